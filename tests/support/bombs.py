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


KINDS: tuple[Callable[[Random], str], ...] = (doubling, loops, calls, nesting, braces)


def bomb(seed: int) -> str:
    random = Random(seed)
    text = KINDS[seed % len(KINDS)](random)
    if random.random() < 0.2:
        cut = random.randrange(len(text))
        text = text[:cut] + text[cut + random.randrange(1, 20) :]
    return text[:LARGEST]
