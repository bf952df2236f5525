"""Small files that are made to take long: `bomb(seed)` is one of up to 5 KB."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from random import Random

LARGEST = 5_000


def doubling(random: Random) -> str:
    """Each parameter is made of several of the one before."""
    form = random.choice(["{0} + {0}", "[{0}, {0}]", "({0}, {0})", "[{0}]", "{0} + [{0}]"])
    last = f"a{random.randrange(1, 60)}"
    names = [f"a{number}" for number in range(int(last[1:]) + 1)]
    parts = [f"{names[0]} = [1, 2]"]
    parts += [f"{new} = {form.format(old)}" for old, new in pairwise(names)]
    use = random.choice(["{0} == {0}", "len({0}) > 3", "max({0}) == 1", "{0}[0] == 1"])
    body = f"if {use.format(last)} {{ relu }} else {{ tanh }}"
    if random.random() < 0.5:
        return f"model m({', '.join(parts)}) {{\n    input 4x4x3\n    {body}\n}}\n"
    calls = "    b\n" * random.randrange(1, 30)
    return f"block b({', '.join(parts)}) {{ {body} }}\nmodel m {{\n    input 4x4x3\n{calls}}}\n"


def loops(random: Random) -> str:
    """Loops in loops around something that takes long."""
    count = random.choice([50, 1000, 16_000, 100_000])
    inner = random.choice(
        [
            "scale(i * 0.5)",
            f"if min(range({count})) == i {{ relu }}",
            f"if len([range({count}), range({count})]) == i {{ relu }}",
            f"if {' + '.join(['i'] * 150)} == 3 {{ relu }}",
            "add { identity\n scale(i + 0.5) }",
            "conv(i + 1, 1x1)",
            f"for j in range({count}) {{ relu }}",
            f"for j in [range({count}), [i]] {{ for k in j {{ scale(k) }} }}",
            f"(scale(i + 0.5)) * {count}",
            "concat { identity\n identity }",
            "b(i)",
        ]
    )
    block = "block b(n) { scale(n + 0.5) -> scale(n + 0.25) }\n"
    model = f"{{\n    input 4x4x3\n    for i in range({count}) {{ {inner} }}\n}}\n"
    return block + "".join(f"model m{n} {model}" for n in range(random.choice([1, 30])))


def calls(random: Random) -> str:
    """Blocks that call others several times, with ever new values."""
    depth = random.randrange(2, 60)
    form = random.choice(
        [
            "b{0}(2*n) -> b{0}(2*n + 1)",
            "add {{ b{0}(n + 1)\n b{0}(2*n) }}",
            "for i in range(9) {{ b{0}(n*9 + i) }}",
            "b{0}(n) * 100",
        ]
    )
    blocks = "".join(f"block b{one}(n) {{ {form.format(one + 1)} }}\n" for one in range(depth))
    return f"{blocks}block b{depth}(n) {{ scale(n + 0.5) }}\nmodel m {{\n input 4x4x3\n b0(1)\n}}\n"


def nesting(random: Random) -> str:
    """Brackets, operators, indices and braces inside each other or in a row."""
    count = random.randrange(10, 1200)
    value = random.choice(
        [
            "(" * count + "1" + ")" * count,
            "[" * count + "1" + "]" * count,
            "[1]" + "[0]" * count,
            "-" * count + "1",
            "not " * count + "true",
            " + ".join(["1"] * count),
            "9" * count,
            f"1e{count}",
            f"{'9' * count}.5 * 2",
            "1 if true else " * (count // 4) + "1",
            f"max({', '.join(['1'] * count)})",
            "max(" * count + "1" + ")" * count,
        ]
    )
    use = random.choice(["scale({})", "conv({}, 1x1)", "if {} == 1 {{ relu }}", "(relu) * {}"])
    return f"model m {{\n    input 4x4x3\n    {use.format(value)}\n}}\n"


def braces(random: Random) -> str:
    count = random.randrange(10, 800)
    opening, closing = random.choice(
        [("(", ")"), ("add { identity\n", "}"), ("if true { ", "}"), ("for i in [1, 2] { ", "}"),
         ("stage s { ", "}"), ("(", ") * 9"), ("for i in [1.5, 2.5] { scale(i) -> ", "}")]
    )  # fmt: skip
    return f"model m {{\n    input 4x4x3\n    {opening * count}relu{closing * count}\n}}\n"


def repetition(random: Random) -> str:
    """The same thing as often as there is room, right or wrong."""
    line = random.choice(
        [
            "let v{0} = relu",
            "add(main, v{0})",
            "relu as v{0}",
            "rleu{0}",
            "conv(siez{0}, 3x3)",
            "conv(3, 99x99)",
            "conv(8, 3x3, pad=same, stride={0} // 99 + 1) : 1x2x3",
            "{0}{0}{0}",
            "conv 3 3",
            "conv(3, (3x3",
            "}}",
            "stage s{0} {{ if in.channels == {0} {{ relu }} else {{ dense({0}) }} }}",
            "add {{ identity\n identity }}",
            "scale(max(range(16000)) + {0})",
            "expect params < {0} or depth == {0}",
            "output v{0}",
            "(dense({0}) -> relu) * 9999",
            "if [range(16000)] == [range(16000)] {{ relu }}",
            "for i in range(9) {{ b(i + {0}, [i, {0}]) }}",
            "b({0})",
            "relu -> ",
            "-",
            "a{0}b" * 40,
        ]
    )
    block = random.choice(["", "block b(n, m = [n, n], o = m + m) { scale(len(o) + n) }\n"])
    lines = (f"    {line.format(number)}\n" for number in range(LARGEST // len(line)))
    return f"{block}model m {{\n    input 32x32x3\n{''.join(lines)[: LARGEST - 200]}\n}}\n"


def models(random: Random) -> str:
    """As many models and blocks as there is room for, each of which costs something."""
    body = random.choice(
        [
            "input 9x9x3\n relu * 100000",
            "input 9x9x3\n for i in range(5000) { scale(i + 0.5) }",
            "input 9x9x3\n b(1)\n b(2)",
            "input 9\n dense(x{0})",
            "input 9x9x3\n conv(3, 11x11)",
            "input x\n relu",
        ]
    )
    parameters = random.choice(["", "(x = 9)", "(x)", "(x = range(16000), y = x == x)"])
    blocks = "block b(n) { for i in range(2000) { scale(i + n) } }\n"
    count = LARGEST // (len(body) + len(parameters) + 14)
    return blocks + "".join(f"model m{n}{parameters} {{ {body} }}\n" for n in range(count))


def tree(random: Random) -> str:
    """Any expressions and statements inside each other."""

    def value(depth: int) -> str:
        if depth <= 0:
            leaves = ["1", "2.5", "3x3", "n", "in.channels", "same", "none", "true", "9" * 30,
                      "range(9999)", "1e300", "-5", "x" * 90, "[]"]  # fmt: skip
            return random.choice(leaves)
        one, other = value(depth - random.randrange(1, 4)), value(depth - random.randrange(1, 3))
        forms = ["{0} + {1}", "{0} * {1}", "{0} // {1}", "[{0}, {1}]", "({0}, {1})", "{0}[{1}]",
                 "{0} if {1} else {0}", "max({0}, {1})", "len({0})", "not {0}", "{0} == {1}",
                 "-({0})", "range({0})", "{0} and {1}", "min({0})",
                 "[{0}, {0}] + [{1}]"]  # fmt: skip
        return random.choice(forms).format(one, other)

    def step(depth: int) -> str:
        if depth <= 0:
            return f"conv({value(3)}, {value(2)}, stride={value(1)})"
        inner = step(depth - 1)
        forms = [f"({inner}) * {value(3)}", f"if {value(4)} {{ {inner} }} else {{ {inner} }}",
                 f"for n in {value(4)} {{ {inner} }}", f"add {{ {inner}\n identity }}",
                 f"stage s{depth} {{ {inner} }} : {value(2)}", f"b({value(5)}) -> {inner}",
                 f"{inner} -> scale({value(6)})"]  # fmt: skip
        return random.choice(forms)

    lines = "\n    ".join(step(random.randrange(6)) for _ in range(random.randrange(1, 9)))
    blocks = f"block b(n, k = {value(7)}) {{ {step(2)} }}\n"
    return f"{blocks}model m(n = {value(8)}) {{\n    input 9x9x4\n    {lines}\n}}\n"


def recursion(random: Random) -> str:
    """Blocks inside themselves, with ever new values, layers as arguments or several values."""
    end = random.choice(["n > 0", "n < 30", "n % 97 != 0", "len(n) > 0", "in.channels < 999_999"])
    step = random.choice(["n - 1", "n + 1", "[n, n]", "n + n", "2 * n", "n * 0.5", "range(n)"])
    twice = random.choice(["b({0}) -> b({0} + 1)", "add {{ b({0})\n b(0) }}", "b({0}) * 40",
                           "for i in range(40) {{ b({0} + i) }}", "concat {{ b({0})\n identity }}",
                           "(b({0}, b)) * 3", "(main, main) -> p({0})", "c({0})"])  # fmt: skip
    start = random.choice(["31", "1", "[1]", "range(16384)", "0.5", "31.5"])
    return (
        f"block b(n, act = relu) {{ if {end} {{ {twice.format(step)} }} else {{ act }} }}\n"
        f"block c(n) {{ b(n)\n b(n + 1)\n c(n) }}\n"
        f"block p(n) {{\n input x, y\n let z = y -> b(n)\n x -> b(n)\n output main, z\n}}\n"
        f"model m {{\n    input 4x4x3\n    b({start})\n}}\n"
    )


def parts(random: Random) -> str:
    """Models in models, each several times, and families of them."""
    count = random.randrange(2, 60)
    use = random.choice(
        [
            "m{0} -> m{0}",
            "m{0} * 9",
            "add {{ m{0}\n m{0} }}",
            "m{0}({0} + a)",
            "for i in range(99) {{ m{0}(i + a) }}",
            "share s = m{0}\n s -> s -> s",
        ]
    )
    body = f"{{{{\n input 4x4x3\n {use}\n expect flops + receptive_field > {{0}}\n}}}}\n"
    models = "".join(f"model m{n + 1}(a = 1) {body.format(n)}" for n in range(count))
    family = "".join(f"model f{n} = m{random.randrange(count)}(a=range({n}))\n" for n in range(9))
    return f"model m0(a = 1) {{\n input 4x4x3\n scale(a + 0.5)\n}}\n{models}{family}"


def giants(random: Random) -> str:
    """Ops that make much of little, in loops, shared or read by facts."""
    size = random.choice(
        ["2147483647", "99_999", "1_000_000", "2 ** 40", "9" * 25, "(1, 2147483647)"]
    )
    op = random.choice(["resize({0})", "pad({0}, mode=reflect)", "pad({0})", "zero_pad({0})",
                        "upsample({0})", "depth_to_space({0})", "space_to_depth({0})", "crop({0})",
                        "center_crop({0})", "split({0}) as a, b", "split(range({0})) as a, b",
                        "split([1] + range(9999)) as a, b", "slice(0, {0})", "channel_shuffle({0})",
                        "conv_transpose(3, {0}, stride={0})", "multi_head_attention({0})",
                        "channel_conv({0})", "group_norm({0})", "dense({0})", "conv({0}, 1x1)",
                        "blur_pool({0})", "adaptive_avg_pool({0})", "clip(0, {0})",
                        "path_softmax({0})", "normalize([1] * 3)"])  # fmt: skip
    form = random.choice(
        [
            "{0}",
            "({0}) * 1000",
            "share s = {0}\n s -> s",
            "{0}\n" * 40,
            "for i in range(9999) {{ {0} }}",
            "{0} -> {0} -> flatten -> dense(9)",
        ]
    )
    facts = ["flops", "inference_memory", "training_memory", "receptive_field", "smallest_input"]
    expect = f"expect {random.choice(facts)} < {random.choice(facts)}\n" * random.choice([1, 100])
    lines = form.format(op.format(size))
    return (
        f"model m {{\n    input {random.choice(['4x4x3', '99999x99999x3'])}\n {lines}\n{expect}}}\n"
    )


def names(random: Random) -> str:
    """Named numbers and values, names with numbers in them, several values, `zoo:` imports."""
    line = random.choice(["let v{0} = [v{1}, v{1}]", "let v{0} = v{1} + v{1}", "relu as x[{0}]",
                          "(main, main, main) -> p -> p -> p as a{0}, b{0}, c{0}", "share s{0} = p",
                          "relu as x[range(9999)]", "(main, main, main) -> p * 999",
                          "(main, main, main) -> (p -> p) * 99 as a{0}, b{0}, c{0}",
                          "share s{0} = b(v0)\n s{0} -> s{0}", "let v{0} = range(16384)",
                          "for i, j in [[{0}, 1], [2, v0]] {{ p }}", "pixels rgb(mean=range({0}))",
                          "split(3) as a{0}, b{0}, c{0}\n concat(a{0}, b{0}, c{0}, main)",
                          "defaults conv(bias=len(range(16384)) > {0})"])  # fmt: skip
    imports = random.choice(
        [
            'import bottleneck, mbconv from "zoo:blocks"\n',
            "",
            *(
                f'import {name} from "zoo:{name}"\n' * 60
                for name in ("vgg16", "densenet201", "nasnet_large", "none", "../x")
            ),
        ]
    )
    block = "block p {\n input a, b, c\n output c, a, b\n}\nblock b(n) { scale(len(n)) }\n"
    lines = "".join(f"    {line.format(n + 1, n)}\n" for n in range(LARGEST // len(line)))
    head = f"{imports}{block}model m {{\n    input 6x6x3\n    let v0 = [1, 2]\n"
    return f"{head}{lines[: LARGEST - len(head) - 9]}\n}}\n"


def lessons(random: Random) -> str:
    """Recipes whose patterns, words and numbers are many, for many layers or several outputs."""
    line = random.choice(
        [
            'freeze "*"',
            'freeze "..*{0}" for {0}',
            'rate 0.{0} for "{1}", "*"',
            'missing "{1}"',
            'rate 2 for "a.*", "*.*", "*.*.*", "[!x]*", "?*?*?*?*?*?*?*?*?*?*?*?*?*z"',
            "loss mean_squared_error for o{0}",
            "loss cross_entropy(weight={0}, smoothing=0.{0}) for main",
            "augment {2}mirror",
            "metrics {3}accuracy",
            "optimizer adma{0}",
            "optimizer sgd(rate={4})",
            "schedule steps(at=range(16384), factor=0.5)",
            "schedule steps(at=[{5}1], factor=0.5)",
            "batch {4}",
            "epochs 2 ** {0}",
            "xyzzy{0} {0}, {0}, {0}",
            'data "{1}"',
        ]
    )
    pattern = random.choice(["*a" * 60 + "b", "*" * 99, "[" * 99, "?" * 50, "x" * 99, ".." * 40])
    words = (pattern, "mirror, " * 40, "top(5), " * 40, "9" * random.choice([3, 300, 4000]))
    filled = [line.format(number, *words, "2, " * 99) for number in range(1, 200)]
    settings = "\n".join(filled)[: random.choice([60, 900, 3000])].rpartition("\n")[0] or filled[0]
    body = random.choice(
        [
            "conv(4, 1x1) * 30_000",
            "for i in range(300) { (conv(4, 1x1) -> batch_norm) * 30 }",
            "stage s { " * 90 + "conv(4, 1x1) * 400" + " }" * 90,
            "b(12)",
            "conv(4, 1x1) as a\n relu -> dense(1)\n output main, a",
            "".join(f"conv(3, 1x1) as o{n}\n" for n in range(40)) + f"output {_joined('o', 40)}",
            "flatten -> dense(9) -> softmax",
        ]
    )
    block = "block b(n) { if n > 0 { b(n - 1) -> b(n - 1) } else { conv(4, 1x1) } }\n"
    body += random.choice(
        ["", "\n flatten -> dense(9)", "\n global_avg_pool -> dense(9) -> softmax"]
    )
    model = f"{block}model m {{\n input 9x9x4\n {body}\n}}\n"
    room = (LARGEST - len(model)) // (len(settings) + 30)
    many = range(min(random.choice([1, 1, 30]), max(room, 1)))
    return model + "".join(f"recipe r{n} for m {{\n{settings}\n}}\n" for n in many)


def _joined(name: str, count: int) -> str:
    return ", ".join(f"{name}{number}" for number in range(count))


KINDS: tuple[Callable[[Random], str], ...] = (
    doubling,
    loops,
    calls,
    nesting,
    braces,
    repetition,
    models,
    tree,
    recursion,
    parts,
    giants,
    names,
    lessons,
)


def bomb(seed: int) -> str:
    random = Random(seed)
    text = KINDS[seed % len(KINDS)](random)
    if random.random() < 0.2:
        cut = random.randrange(len(text))
        text = text[:cut] + text[cut + random.randrange(1, 20) :]
    return text[:LARGEST]
