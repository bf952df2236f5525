"""Small files that hold, and whose parameters give emission and pictures much to try.

Each kind writes a file of up to 5 KB whose last model is the one to compile.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

LARGEST, ROOM = 5_000, 4_700
TURNS = (1, 2, 3, 9, 60, 500, 4_000, 16_000)


def many_parameters(random: Random) -> str:
    """Blocks that hand many parameters on, called with ever new values."""
    count, depth = random.choice([4, 12, 30, 60]), random.randrange(2, 5)
    depth = depth if count < 30 else 2
    names = [f"p{one}" for one in range(count)]
    forms = [
        "conv({0}, 1x1)",
        "if {0} > {1} {{ relu }} else {{ conv({0}, 1x1) }}",
        "scale({0} * 0.5)",
        "(conv({0}, 1x1)) * {1}",
        "for i in range({0}) {{ conv(i + 1, 1x1) }}",
        "if {0} == {1} {{ conv(2, 3x3, pad=same) }}",
    ]
    used = random.sample(forms, random.randrange(1, 4))
    lines = [random.choice(used).format(one, random.choice(names)) for one in names]
    turned = ", ".join(names[1:] + names[:1])
    grown = ", ".join(f"{one} + 1" for one in names)
    calls = [f"b{{0}}({random.choice([turned, grown, ', '.join(names)])})"]
    calls += random.choice([[], calls, calls * 3]) if count < 12 else []
    blocks = [f"block b0({', '.join(names)}) {{\n" + "\n".join(lines) + "\n}\n"]
    for number in range(1, depth):
        inner = "\n".join(one.format(number - 1) for one in calls)
        blocks.append(f"block b{number}({', '.join(names)}) {{\n{inner}\n}}\n")
    given = ", ".join(f"{one} = {random.randrange(1, 4)}" for one in names)
    body = f"b{depth - 1}({', '.join(names)})"
    return _within(blocks, f"model m({given}) {{\n input 4x4x3\n {body}\n}}\n")


def under_a_bound(random: Random) -> str:
    """Blocks inside themselves and each other, to a depth that is a parameter."""
    layer = random.choice(["conv(w, 1x1)", "conv(w + n, 1x1)", "scale(n + 0.5)", "relu"])
    again = random.choice(
        [
            "b(n - 1, w)",
            "b(n - 1, w + 1)",
            "b(n - 1, 2 * w)",
            "c(n - 1, w)",
            "b(n - 1, w) -> b(n - 1, w)",
            "b(n - 1, w) -> b(n - 2, w + 1)",
            "add {{ b(n - 1, w)\n b(n - 1, w) }}",
            "b(n - 1, w + n) * 2",
            "for i in range(n) {{ b(n - 1, w + i) }}",
        ]
    ).format()
    depth, turns = random.choice([2, 5, 12, 31]), random.choice([1, 3, 40])
    bodies = random.choice(
        [
            f"block b(n, w) {{ {layer}\n if n > 0 {{ {again} }} }}\n",
            f"block b(n, w) {{ if n > 0 {{ {again} -> {layer} }} else {{ relu }} }}\n",
            f"block b(n, w) {{ {layer} as s\n if n > 0 {{ {again}\n conv(w, 1x1)\n"
            " concat(s, main) } }\n",
        ]
    )
    other = f"block c(n, w) {{ if n > 0 {{ b(n - 1, w + 1)\n {layer} }} }}\n"
    calls = "\n".join(f" b(n, w + {one})" for one in range(turns))
    return f"{bodies}{other}model m(n = {depth}, w = 3) {{\n input 4x4x3\n{calls}\n}}\n"


def counted(random: Random) -> str:
    """Loops in loops, whose counts, steps and bounds are parameters."""
    names = [f"n{one}" for one in range(random.choice([1, 2, 3, 5, 40]))]
    layer = random.choice(
        [
            "conv({0} + 1, 1x1)",
            "scale({0} + 0.5)",
            "conv({0} % 7 + 1, 1x1)",
            "b({0})",
            "if {0} % 2 == 0 {{ relu }} else {{ tanh }}",
            "relu",
            "conv(4, 1x1)",
            "add {{ conv(3, 1x1)\n conv(3, 1x1) }}",
            "conv(4, 1x1) * ({0} % 3 + 1)",
            "if {0} > {1} {{ conv({0}, 1x1) }}",
            "b({0}, {1})",
            "conv(3, 1x1) as kept[]",
            "let v = {0} + 1\n conv(v, 1x1)",
        ]
    )
    is_nested = random.random() < 0.5 and len(names) < 40
    body = ""
    if is_nested:
        inner = layer.format("i0", names[0])
        for place, name in reversed(list(enumerate(names))):
            inner = f"for i{place} in range({name}) {{ {inner} }}"
        body = inner
    else:
        body = "\n".join(
            f" for i{place} in range({name}) {{ {layer.format(f'i{place}', name)} }}"
            for place, name in enumerate(names)
        )
    turns = random.choice([n for n in TURNS if not is_nested or n ** len(names) < 20_000])
    given = ", ".join(f"{name} = {turns}" for name in names)
    block = "block b(n, k = 1) { conv(n % 5 + k, 1x1) -> relu }\n"
    return f"{block}model m({given}) {{\n input 4x4x3\n{body}\n}}\n"


def listed(random: Random) -> str:
    """Lists of lists and of tuples as parameters, over which loops run."""
    size = random.choice([3, 40, 300, 900])
    widths = f"[{', '.join(str(random.randrange(1, 9)) for _ in range(size))}]"
    pairs = f"[{', '.join(f'({one % 7 + 1}, {one % 3 + 1})' for one in range(size // 2 + 1))}]"
    deep = f"[{', '.join(f'[{one + 1}, [{one + 2}, 3]]' for one in range(size // 5 + 1))}]"
    value, loop = random.choice(
        [
            (widths, "for w in v { conv(w, 1x1) }"),
            (widths, "for w in v { b(w) }"),
            (
                widths[:99].rpartition(",")[0] + "]",
                "for w in v { for u in v { scale(w + u + 0.5) } }",
            ),
            (widths, "for i in range(len(v)) { conv(v[i], 1x1) }"),
            (widths, "for w in v { if w > v[0] { conv(w, 1x1) -> relu } else { b(w) } }"),
            (pairs, "for w, k in v { conv(w, k, pad=same) }"),
            (pairs, "for w, k in v { conv(w, 1x1) * k -> relu }"),
            (pairs, "for w, k in zip(range(1, len(v) + 1), v) { conv(w, k, pad=same) }"),
            (deep, "for w, k in v { conv(w, 1x1) -> conv(k[1], 1x1) }"),
            (deep, "for w, k in v { b(k[0]) }"),
            ("range(1, 2000)", "for w in v { conv(w, 1x1) }"),
            ("range(16384)", "for w in v { scale(w + 0.5) }"),
            (
                "[range(1, 100), range(1, 200), range(1, 300)]",
                "for v2 in v { for w in v2 { b(w) } }",
            ),
        ]
    )
    block = "block b(w, act = relu) { conv(w, 1x1) -> act }\n"
    count = random.choice([1, 1, 4])
    count = count if len(value) * count < ROOM else 1
    given = ", ".join(f"v{'' if not one else one + 5} = {value}" for one in range(count))
    return f"{block}model m({given}) {{\n input 4x4x3\n {loop}\n}}\n"


def layers_given(random: Random) -> str:
    """Ops and blocks as arguments, handed on and in loops over lists of them."""
    acts = ["relu", "tanh", "silu", "gelu", "sigmoid", "conv_b", "batch_norm", "identity", "other"]
    count = random.choice([2, 10, 60])
    pairs = ", ".join(f"({one + 1}, {random.choice(acts)})" for one in range(count))
    depth = random.choice([1, 3, 9, 30])
    blocks = [
        "block conv_b(act = relu) { conv(3, 1x1) -> act }\n",
        "block other { conv(3, 1x1) as s\n relu\n add(s, main) }\n",
        "block b0(w, f, g = f) { conv(w, 1x1) -> f -> g }\n",
    ]
    inner = random.choice(
        [
            "b{0}(w, f, g)",
            "b{0}(w, g, f)",
            "b{0}(w, f) -> b{0}(w + 1, g)",
            "b{0}(w, conv_b) -> f",
            "add {{ b{0}(w, f)\n b{0}(w, g) }}",
        ]
    )
    depth = min(depth, 8) if "->" in inner or "add" in inner else depth
    for number in range(1, depth):
        blocks.append(f"block b{number}(w, f, g = f) {{ {inner.format(number - 1)} }}\n")
    chosen = [random.choice(acts) for _ in range(random.randrange(1, 30))]
    names = [f"a{one}" for one in range(len(chosen))]
    given = ", ".join(f"{name} = {act}" for name, act in zip(names, chosen, strict=True))
    lines = [f"\n b{depth - 1}(3, {name}, {random.choice(names)})" for name in names]
    lines = random.choice(
        [
            lines,
            [f"\n for w, f in [{pairs}] {{ b{depth - 1}(w, f) }}"],
            [f"\n for w, f in [{pairs}] {{ conv(w, 1x1) -> f }}"],
        ]
    )
    used = " -> ".join(names)
    return _within(blocks, f"model m({given}) {{\n input 4x4x3\n {used}\n", lines) + "\n}\n"


def families(random: Random) -> str:
    """Many models that are each another with other parameters, and in each other."""
    count = random.choice([5, 40, 100])
    names = [f"p{one}" for one in range(random.choice([1, 3, 20]))]
    body = "\n".join(
        random.choice(
            [
                " conv({0}, 1x1)",
                " for i in range({0}) {{ conv(i + 1, 1x1) }}",
                " if {0} > 3 {{ relu }}",
                " (conv({0}, 1x1) -> relu) * {0}",
            ]
        ).format(name)
        for name in names
    )
    given = ", ".join(f"{name} = 2" for name in names)
    first = f"model m0({given}) {{\n input 4x4x3\n{body}\n}}\n"
    links = [
        f"model m{one} = m{random.choice([one - 1, 0])}({random.choice(names)}={one % 98 + 1})\n"
        for one in range(1, count)
    ]
    last = random.choice(
        [
            f"model m = m0({names[0]}=1)\n",
            f"model m = m3({names[0]}=7)\n",
            "model m(a = 1) {\n input 4x4x3\n m1 -> conv(3, 1x1)\n m0(a)\n}\n",
        ]
    )
    return last + _within([first], "", links)


def numbers(random: Random) -> str:
    """Long chains of named numbers made of parameters and of each other."""
    form = random.choice(
        [
            "v{0} + 1",
            "v{0} + a",
            "v{0} * 2 % 1000 + 1",
            "max(v{0}, a)",
            "[v{0}, a][0]",
            "v{0} + v{0} - v{0}",
            "v{0} if v{0} > a else a",
            "(v{0} + v{1}) % 99 + 1",
            "min(v{0} + v{0}, 99)",
            "v{0} // 2 + in.channels",
        ]
    )
    use = random.choice(["", "", "\n conv(v{0}, 1x1)", "\n if v{0} > a {{ relu }}", "\n b(v{0})"])
    lines, size = ["let v0 = a", "let v1 = a"], 0
    for number in range(2, 900):
        line = f"let v{number} = {form.format(number - 1, number - 2)}{use.format(number - 1)}"
        size += len(line) + 2
        if size > ROOM - 200:
            break
        lines.append(line)
    body = "\n ".join(lines)
    last = f" conv(v{len(lines) - 1}, 1x1)\n"
    if random.random() < 0.5:
        return (
            f"block b(n) {{ conv(n, 1x1) }}\nmodel m(a = 3) {{\n input 4x4x3\n {body}\n{last}}}\n"
        )
    calls = "\n".join(f" c({one} + a)" for one in range(random.randrange(1, 9)))
    block = f"block b(n) {{ conv(n, 1x1) }}\nblock c(a) {{\n {body}\n{last}}}\n"
    return f"{block}model m(a = 3) {{\n input 4x4x3\n{calls}\n}}\n"


def conditions(random: Random) -> str:
    """Deep and many decisions by parameters, in blocks of which every instance differs."""
    count = random.choice([5, 12, 40])
    names = [f"p{one}" for one in range(count)]
    kind = random.choice(["true", "3", "1x1", "same", "relu"])
    test = {"true": "{0}", "3": "{0} > {1}", "1x1": "{0} == 3x3", "same": "{0} == same"}.get(
        kind, ""
    )
    then = random.choice(["relu", "conv({1}, 1x1)", "conv(3, 1x1) -> relu", "b({1})"])
    test, then = test or "a0 > {1}", then if test else "{0}"
    nested = random.random() < 0.5
    body = ""
    for place, name in enumerate(names):
        condition, layer = test.format(name, place + 1), then.format(name, place + 1)
        body = (
            f"if {condition} {{ {layer}\n{body} }} else {{ tanh }}\n"
            if nested and place < 60
            else f"{body}if {condition} {{ {layer} }} else {{ tanh }}\n"
        )
    given = ", ".join(f"{name} = {kind}" for name in names)
    block = "block b(n) { conv(n, 1x1) }\n"
    if random.random() < 0.5:
        return f"{block}model m({given}, a0 = 3) {{\n input 4x4x3\n {body}}}\n"
    values = {"true": "false", "3": "{0}", "1x1": "3x3", "same": "valid"}.get(kind, "silu")
    calls = [
        f" c({', '.join([*names[:one], *[values.format(one)] * (count - one)])}, a0)\n"
        for one in random.sample(range(count), min(count, 6))
    ]
    blocks = [block, f"block c({', '.join(names)}, a0) {{\n {body}}}\n"]
    return _within(blocks, f"model m({given}, a0 = 3) {{\n input 4x4x3\n", calls) + "}\n"


def splits(random: Random) -> str:
    """Channels that are split and joined in loops, branches and blocks of several values."""
    turns = random.choice([2, 9, 60, 500, 2_000])
    body = random.choice(
        [
            "split(2) as a, b\n let c = a -> conv(k, 1x1)\n concat(c, b) -> conv(4, 1x1)",
            "unit(k)",
            "unit(i % 3 + 1)",
            "conv(4, 1x1) as kept[]",
            "conv(4, 1x1) as kept[]\n conv(k, 1x1) as kept[]\n add(kept[-2], main)",
            "conv(k, 1x1) as kept[]\n concat(kept[0], kept[i])\n conv(k, 1x1)",
            "share s = conv(4, 1x1)\n s -> s -> s",
            "for j in range(3) { conv(k, 1x1) as kept[] }",
        ]
    )
    after = random.choice(
        [
            "relu",
            "for i in range(n) { concat(kept[-1 - i], main) -> conv(k, 1x1) }",
            "for i in range(n) { add(kept[i], main) }",
            "concat(kept[0], kept[-1])",
            "(main, main) -> pair(k) * n -> pair(4) as y, z\n add(y, z)",
        ]
    )
    blocks = (
        "block unit(k) {\n split(2) as a, b\n let c = b -> conv(k, 1x1)\n"
        " concat(a, c) -> conv(4, 1x1)\n}\n"
        "block pair(k) {\n input x, y\n let z = y -> conv(4, 1x1)\n output main, z\n}\n"
    )
    if "kept" in after and "kept" not in body:
        after = "relu"
    return (
        f"{blocks}model m(n = {turns}, k = 4) {{\n input 4x4x4\n"
        f" for i in range(n) {{ {body} }}\n {after}\n}}\n"
    )


def repeated(random: Random) -> str:
    """The same few layers, block or stage, very often, in few or many kinds."""
    turns = random.choice([100, 5_000, 16_000, 100_000])
    inner = random.choice(
        [
            "conv(k, 1x1)",
            "(conv(k, 1x1) -> relu)",
            "b(k)",
            "(b(k) -> b(k + 1))",
            "(add {{ identity\n conv(3, 1x1) }})".format(),
        ]
    )
    side = round(turns**0.5)
    form = random.choice(
        [
            f"{inner} * n",
            f"for i in range(n) {{ {inner} }}",
            f"for i in range({side}) {{ ({inner}) * {side} }}",
            f"for i in range({side}) {{ b(i + 1) * {side} }}",
            f"stage s {{ {inner} * n }}",
            "for i in range(min(n, 16000)) { conv(i + 1, 1x1) }",
            "for i in range(min(n, 16000)) { scale(i + 0.5) }",
            "for i in range(min(n, 16000)) { b(i + 1) }",
            "for i in range(min(n, 3000)) { add { conv(3, 1x1)\n conv(3, 1x1) -> conv(3, 1x1) } }",
        ]
    )
    block = "block b(k) { conv(k, 1x1) -> relu }\n"
    return f"{block}model m(n = {turns}, k = 3) {{\n input 4x4x3\n {form}\n}}\n"


def wide(random: Random) -> str:
    """Merges of very many paths, values and outputs."""
    turns = random.choice([10, 100, 250])
    lines = [f"conv({one % 5 + 1}, 1x1) as v{one}" for one in range(turns)]
    body = random.choice(
        [
            "concat {\n" + "\n".join(f"conv({one % 7 + 1}, 1x1)" for one in range(turns)) + "\n}",
            "\n".join(lines) + f"\nconcat({', '.join(f'v{one}' for one in range(turns))})",
            "\n".join(lines) + f"\noutput {', '.join(f'v{one}' for one in range(turns))}",
            "\n".join(f"let v{one} = conv({one % 4 + 1}, 1x1)" for one in range(turns))
            + f"\nconcat({', '.join(f'v{one}' for one in range(turns))})",
            "\n".join(f"let v{one} = conv(3, 1x1)\nadd(main, v{one})" for one in range(turns // 2)),
            f"split([{', '.join(['1'] * 120)}]) as {', '.join(f'v{one}' for one in range(120))}\n"
            + "concat(v0, v119)",
            "b -> " * turns + "relu",
            "\n".join(f"stage s{one} {{ conv(k, 1x1) -> b }}" for one in range(turns // 2)),
        ]
    )
    block = "block b { conv(3, 1x1) as s\n relu\n add(s, main) }\n"
    return f"{block}model m(k = 3) {{\n input 4x4x120\n{body}\n}}\n"


def _within(before: list[str], last: str, lines: list[str] | None = None) -> str:
    """Texts in a row, with as many of the lines behind as there is room for."""
    text = "".join(before) + last
    for line in lines or ():
        if len(text) + len(line) > ROOM:
            break
        text += line
    return text


KINDS: tuple[Callable[[Random], str], ...] = (
    many_parameters,
    under_a_bound,
    counted,
    listed,
    layers_given,
    families,
    numbers,
    conditions,
    splits,
    repeated,
    wide,
)


def bomb(seed: int) -> str:
    text = KINDS[seed % len(KINDS)](Random(seed))
    return text if len(text) <= LARGEST else bomb(seed + 10_000 * len(KINDS))
