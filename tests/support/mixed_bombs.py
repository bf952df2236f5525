"""Small files that mix much of the language at once, and networks of the zoo made large.

`bomb(seed)` is one of up to 5 KB, mostly one that holds but for what is too much in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

LARGEST = 5_000
ZOO = Path(__file__).parents[2] / "specs"
COUNTS = ("2", "3", "9", "40", "300", "2_000", "16_384", "131_072", "2 ** 31", "9" * 40)
NUMBERS = re.compile(r"(?<![\w.])[0-9]+(?![\w.])")


def values(random: Random, depth: int = 3) -> str:
    """A number that takes some working out."""
    if depth <= 0:
        return random.choice(["n", "1", "2", "3", "in.channels", "in.height", "k", "7", "0.5"])
    inner, other = values(random, depth - 1), values(random, depth - 2)
    return random.choice(
        [
            "sum([{0} for i{3} in range({2})])",
            "len([i{3} for i{3} in range({2}) if i{3} % 2 == {1}])",
            "max([{0}, {1}])",
            "[{0}, {1}][0]",
            "sum([a{3} * b{3} for a{3}, b{3} in zip(range({2}), range({2}))])",
            "len(enumerate(zip([{0}], [{1}])))",
            "make_divisible({0}, 8)",
            "({0} if {0} > {1} else {1})",
            "round({0} * 1.5)",
            "({0} ** 2) % 64 + 1",
            "{0} // 2 + 1",
            "min({0}, {1}, 512)",
            "ceil({0} / 2.0)",
            "len([[i{3}, [j{3} for j{3} in range(i{3})]] for i{3} in range({2})])",
            "sum([sum([j{3} for j{3} in range(i{3})]) for i{3} in range({2})])",
            "1 + {0} - {0}",
        ]
    ).format(inner, other, random.choice(COUNTS[:7]), depth)


def lists(random: Random) -> str:
    """A list to run over."""
    count, number = random.choice(COUNTS[:7]), values(random, 1)
    return random.choice(
        [
            f"range({count})",
            f"[j + 1 for j in range({count})]",
            f"[j for j in range({count}) if j % {number} == 0]",
            f"[{number}, {values(random, 1)}, 3]",
            f"[len([h for h in range(j)]) + 1 for j in range({count})]",
            f"[[j, j][0] for j in range({count})] + [1] + range({count})",
            f"[j + h for j, h in enumerate(range({count}))]",
            f"[max([h, j]) for j, h in zip(range({count}), range({count}))]",
        ]
    )


def steps(random: Random, depth: int = 3, name: list[int] | None = None) -> str:
    """A step of a chain, of any kind."""
    names = name if name is not None else [0]
    names[0] += 1
    own = names[0]
    if depth <= 0:
        return random.choice(
            ["relu", "conv(8, 1x1)", "conv({0}, 1x1)", "batch_norm", "scale({0} * 0.5)", "act",
             "permute(whc)", "channel_shuffle(2)", "depthwise_conv(3x3, pad=same)", "unit(8, act)",
             "upsample(2)", "max_pool(2x2, stride=1, pad=same)", "conv(8, 1x1)", "unit(8)",
             "layer_norm", "act -> act",
             "multi_head_attention(2)", "blur_pool(3)", "unit({0}, act=silu)", "resize((9, 9))",
             "deep({0}, unit)", "deep(3, deep)", "dropout(0.5)", "both", "split(2, part=0)",
             "conv(8, 1x1, init=he_normal, bias=false) : (in.height, in.width, 8)",
             "space_to_depth(2)", "pad(1, mode=reflect)", "adaptive_avg_pool({0})"]
        ).format(values(random, 1))  # fmt: skip
    inner, other = steps(random, depth - 1, names), steps(random, depth - 2, names)
    return random.choice(
        [
            "for f{2} in {3} {{\n {0}\n}}",
            "for f{2}, g{2} in enumerate({3}) {{ {0}\n {1} }}",
            "for f{2}, g{2} in [(1, relu), (2, unit), (3, act)] {{ {0}\n g{2} }}",
            "({7} -> {8}) * {4}",
            "if {5} > {6} {{ {0} }} else if n == 3 {{ {1} }} else {{ relu }}",
            "add {{\n identity\n {0}\n}}",
            "concat {{\n {0}\n {1}\n {0}\n}}",
            "multiply {{\n identity\n global_avg_pool(keepdims=true) -> {8}\n}}",
            "stage s{2} {{\n {0}\n {1}\n}}",
            "{7} as v{2}\n add(v{2}, main)",
            "let v{2} = {7} -> {8}\n concat(v{2}, main, v{2})",
            "let x{2} = {5}\n scale(x{2})\n {0}",
            "for f{2} in range({4}) {{ {7} as kept{2}[] }}\n concat(kept{2})\n {1}",
            "share s{2} = unit(8)\n s{2} -> {7} -> s{2}",
            "split(2) as a{2}, b{2}\n let c{2} = a{2} -> {7}\n concat(c{2}, b{2})",
            "(main, main) -> pair({5}) * {4} as p{2}, q{2}\n add(p{2}, q{2})\n {0}",
            "{0}\n {1}\n expect params < {5} or macs < 3",
        ]
    ).format(
        inner, other, own, lists(random), random.choice(COUNTS), values(random, 2),
        values(random, 1), steps(random, 0), steps(random, 0)
    )  # fmt: skip


BLOCKS = """block unit(w, act = relu) {{ conv(w, 1x1) -> act }}
block deep(w, inner = unit, k = {1}) {{ if w > 0 {{ inner(w - 1)
 {0} }} else {{ unit(8) }} }}
block both {{
 input a
 let n = 3
 a -> relu
}}
block pair(w, n = 2, k = 1, act = relu) {{
 input x, y
 let z = y -> relu
 output z, main
}}
"""


def mixture(random: Random) -> str:
    """Any statements in a model with any blocks."""
    blocks = BLOCKS.format(steps(random, 1), values(random, 2))
    body = "\n ".join(steps(random, random.randrange(5)) for _ in range(random.randrange(1, 7)))
    facts = ("params", "macs", "depth", "flops", "receptive_field", "smallest_input")
    budget = f" expect {random.choice(facts)} < {values(random, 2)}\n"
    head = f"model m(n = {random.choice(COUNTS[:5])}, k = 2, act = relu) {{\n"
    shape = random.choice(["9x9x8", "(n, n, 8)", "1x1x8", "4096x4096x8", "8", "left: 9x9x8"])
    return f"{blocks}{head} input {shape}\n {body}\n{budget}}}\n"


def comprehensions(random: Random) -> str:
    """Comprehensions in each other, wherever a value can stand."""
    depth = random.randrange(1, 30)
    value = random.choice(["1", "i0", f"range({random.choice(COUNTS[:6])})", "[i0, [i0]]"])
    for place in range(depth):
        over = random.choice(["range(2)", f"range({random.choice(COUNTS[:5])})", "[1, 2]", "r"])
        test = random.choice(["", "", f" if i{place} != 1", f" if len([{value}]) == 1"])
        value = f"[{value} for i{place} in {over}{test}]"
        if len(value) > 1200:
            break
    use = random.choice(
        [
            " for i in {0} {{ scale(len({0})) }}",
            " conv(len({0}), 1x1)",
            " expect params < len({0})",
            " if {0} == {0} {{ relu }}",
            " pixels rgb(mean={0})",
            " split({0}) as a, b",
            " let v = {0}\n for i in v {{ scale(len(v)) }}",
            " relu * len({0}) : (9, 9, len({0}))",
            " b({0}) -> b({0})",
            " scale({0}[0][0])",
        ]
    ).format(value)
    blocks = f"block b(l, m = {value if random.random() < 0.3 else 'l'}) {{ scale(len(m)) }}\n"
    return f"{blocks}model m(r = range({random.choice(COUNTS[:5])})) {{\n input 9x9x3\n{use}\n}}\n"


def enlarged(random: Random) -> str:
    """A network of the zoo with other numbers, doubled lines and lists in the place of numbers."""
    paths = [one for one in sorted(ZOO.rglob("*.cnn")) if one.stat().st_size < LARGEST]
    text = random.choice(paths).read_text(encoding="utf-8")
    text = re.sub(r'from "(\w+).cnn"', r'from "zoo:\1"', text)
    for _ in range(random.randrange(1, 12)):
        text = random.choice((_number, _number, _line, _element, _nested))(text, random)
    return text


def _number(text: str, random: Random) -> str:
    places = [one.span() for one in NUMBERS.finditer(text)]
    if not places:
        return text
    start, end = random.choice(places)
    new = random.choice([*COUNTS, "0", "-1", "1e9", "none", "relu", "[1, 2]", "3x3", "0.5"])
    new = random.choice([new, f"({values(random, 2)})".replace("n", "2"), f"range({new})"])
    return f"{text[:start]}{new}{text[end:]}"


def _line(text: str, random: Random) -> str:
    lines = text.splitlines(keepends=True)
    place = random.randrange(len(lines))
    return "".join([*lines[:place], lines[place] * random.choice([0, 2, 9, 60]), *lines[place:]])


def _element(text: str, random: Random) -> str:
    places = [one.start() for one in re.finditer("->", text)]
    if not places:
        return text
    place = random.choice(places)
    step = steps(random, random.randrange(3))
    return f"{text[:place]}-> ({step}) {text[place:]}" if "\n" not in step else text


def _nested(text: str, random: Random) -> str:
    places = [one.end() for one in re.finditer(r"input .*\n", text)]
    if not places:
        return text
    place, end = random.choice(places), text.rfind("}")
    start = random.choice(["for zz in range({0}) {{\n", "stage zz {{\n", "add {{\n identity\n ("])
    close = ") * 2\n}" if start.endswith("(") else "}\n"
    opening = start.format(random.choice(COUNTS))
    return f"{text[:place]}{opening}{text[place:end]}{close}{text[end:]}"


def mirrors(random: Random) -> str:
    """A file that imports itself and the zoo, and takes what it imports for models and blocks."""
    zoo = ("vgg16", "resnet50", "blocks", "densenet201", "efficientnet_b7", "bomb", "lenet5")
    lines = [
        random.choice(
            [
                f'import {random.choice(zoo)} from "zoo:{random.choice(zoo)}"',
                'import m, b from "bomb.cnn"',
                'import m from "./bomb.cnn"',
                'import m from "' + "../" * 40 + 'bomb.cnn"',
                'import m from "zoo:\\n{}%s"',
                f"import {', '.join(zoo)} from 'zoo:{random.choice(zoo)}'",
                'import b from "\\u0000\\x00"',
                'import b from "~/b.cnn"',
                'import b from "/dev/zero.cnn"',
                'import b from "/proc/self/fd/0.cnn"',
            ]
        )
        for _ in range(random.choice([1, 5, 60]))
    ]
    use = random.choice(
        ["vgg16", "resnet50 * 9", "efficientnet_b7", "m", "b", "densenet201 -> relu",
         "add { vgg16\n vgg16 }", "for i in range(40) { resnet50(i + 2) }"]
    )  # fmt: skip
    return "\n".join(lines) + f"\nmodel m {{\n input 224x224x3\n {use}\n}}\n"


def families(random: Random) -> str:
    """Models of models, whose parameters are lists, layers and each other's."""
    first = f"model m0(n = 2, k = {lists(random)}, act = relu) {{\n input 9x9x8\n"
    first += f" for w in k {{ {steps(random, 1)} }}\n expect smallest_input < n\n}}\n"
    first += BLOCKS.format("relu", "1")
    given = ("n={0}", "k=[{0}, {0}]", "k=range({0} * 30)", "act=unit", "act=deep", "n=k", "m={0}")
    lines = [
        f"model m{one} = m{random.randrange(max(one - 5, 0), one)}"
        f"({random.choice(given).format(one)}, act={random.choice(['relu', 'silu', 'unit'])})\n"
        for one in range(1, random.choice([3, 30, 90]))
    ]
    return first + "".join(lines)


def forms(random: Random) -> str:
    """Ops that change axes, parts and sizes, in loops that let them grow."""
    ops = [
        "split(2) as a, b\n concat(b, a, b)",
        "permute(whc) -> permute(wch) -> permute(hwc)",
        "reshape((1, 1)) -> depth_to_space(2)",
        "upsample(2) -> space_to_depth(2)",
        "conv_transpose(in.channels, 3x3, stride=2)",
        "concat {\n identity\n identity\n }",
        "pad(in.height) -> crop(1)",
        "share s = conv(in.channels, 1x1)\n s -> s -> s",
        "attention(2)",
        "adaptive_avg_pool((in.width, in.height))",
        "reshape((in.height * in.width, 1))",
        "flatten -> dense(in.channels * 2)",
        "slice(0, in.channels // 2)",
        "conv(in.channels + 1, 3x3, pad=same, groups=in.channels)",
    ]
    inner = "\n ".join(random.choice(ops) for _ in range(random.choice([1, 3, 40])))
    count = random.choice(COUNTS[:7])
    body = random.choice(
        ["for i in range({1}) {{\n {0}\n}}", "b * {1}", "stage s {{\n {0}\n}}", "{0}",
         "for i in range({1}) {{ b }}", "add {{\n b\n b -> b\n}}", "if n > 1 {{\n {0}\n}}"]
    ).format(inner, count)  # fmt: skip
    return f"block b {{\n {inner}\n}}\nmodel m(n = 3) {{\n input 8x8x8\n {body}\n}}\n"


def scrawls(random: Random) -> str:
    """Text of any characters, of brackets and strings that do not close, around a plain model."""
    marks = ["é", "\u202e", "\U0001f600", "\ud7ff", "\x00", "\x1b[31m", "\r", "\x0b", "\u2028"]
    marks += ["\\", '"', "'", "\\u{110000}", "`", "%s", "{0}", "$x", "@", "…", "“", "−", "×", "→"]
    marks += ["#", "\t", ";", "/*", "//", "<!--", "</script>", "&lt;", "]]>", "1e400", "0x10"]
    marks += ["((", "[[", "{{", "))", "]]", "}}", "...", "::", "->->", "=>", "**", "==", "!="]
    size = random.choice([1, 20, 400])
    pieces = [random.choice(marks) * random.choice([1, 1, 30]) for _ in range(size)]
    model = f"# {''.join(random.choices(marks, k=9))}\nmodel m {{\n input 9x9x3\n relu\n}}\n"
    for piece in pieces:
        place = random.randrange(len(model))
        model = f"{model[:place]}{piece}{model[place:]}"
    return model


KINDS: tuple[Callable[[Random], str], ...] = (
    mixture,
    comprehensions,
    enlarged,
    mirrors,
    families,
    forms,
    scrawls,
)


def bomb(seed: int) -> str:
    random = Random(seed)
    text = KINDS[seed % len(KINDS)](random)
    return text.encode()[:LARGEST].decode(errors="ignore")
