"""Random specs with lists of values, each beside the same network without loops and lists."""

from __future__ import annotations

import re
from random import Random

GROWTH = re.compile(r"as (\w+)\[\]")
WHOLE = re.compile(r"concat\((\w+)\)|concat\((\w+), main\)|concat\(main, (\w+)\)")
ITEM = re.compile(r"(\w+)\[([^\]]+)\]")
LOOP = re.compile(r"for (\w+) in (.*) \{")
BRANCH = re.compile(r"if (.*) \{ (.*) \}")


class Written:
    """The lines of one body in the making."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.counts: dict[str, int] = {}
        """How many values each list has."""
        self.names = 0

    def layer(self) -> str:
        kernel = self.random.choice(["1x1", "3x3, pad=same", "1x3, pad=same"])
        return f"conv({self.random.randint(2, 4)}, {kernel})"

    def index(self, name: str, turns: dict[str, int]) -> str:
        """An index that a list has in every turn of the loops around, by its variables."""
        choices = ["0", "-1"]
        for variable, count in turns.items():
            if count <= self.counts[name]:
                choices += [variable, f"-1 - {variable}"]
        return self.random.choice(choices)

    def statement(self, turns: dict[str, int], depth: int) -> list[str]:
        """The lines of a statement, inside loops of these variables and counts of turns."""
        kinds = ["grow", "grow", "join", "start", "aside", "if", "loop", "loop", "whole", "whole"]
        kind = self.random.choice(kinds)
        if kind == "loop" and depth < 2:
            return self.loop(turns, depth)
        known = [*self.counts]
        if kind == "grow" or kind == "loop" or not known:
            name = self.random.choice(["skips", "kept"])
            self.counts[name] = self.counts.get(name, 0) + 1
            return [f"{self.layer()} -> tanh as {name}[]"]
        if kind == "if" and turns:
            return [f"if {[*turns][-1]} > 0 {{ {self.layer()} }}", self.layer()]
        name = self.random.choice(known)
        if kind == "whole":
            alone = [f"concat({name})"] if self.counts[name] > 1 else []
            joined = self.random.choice([f"concat({name}, main)", f"concat(main, {name})", *alone])
            return [f"{joined} -> {self.layer()}"]
        item = f"{name}[{self.index(name, turns)}]"
        return {
            "join": [f"concat(main, {item}) -> {self.layer()}"],
            "start": [f"{item} -> {self.layer()}"],
            "aside": [f"let side{self.names} = {item} -> relu", f"concat(side{self.names}, main)"],
            "if": ["concat {", "    identity", f"    {item} -> {self.layer()}", "}"],
        }[kind]

    def loop(self, turns: dict[str, int], depth: int) -> list[str]:
        count, variable = self.random.randint(1, 3), "ijk"[len(turns)]
        before = dict(self.counts)
        body = []
        for _ in range(self.random.randint(1, 3)):
            body += self.statement({**turns, variable: count}, depth + 1)
            self.names += 1
        for name, grown in self.counts.items():
            self.counts[name] = before.get(name, 0) + count * (grown - before.get(name, 0))
        counts = self.random.choice([f"range({count})", str([*range(count)])])
        return [f"for {variable} in {counts} {{", *(f"    {line}" for line in body), "}"]


def body_of(random: Random) -> list[str]:
    """The lines of a body whose loops add to lists and read them."""
    written = Written(random)
    lines = [f"{written.layer()} as skips[]"]
    written.counts["skips"] = 1
    for _ in range(random.randint(2, 4)):
        lines += written.statement({}, 0)
        written.names += 1
    return lines


def listed(random: Random) -> str:
    """A spec with such a body, in its model or in a block."""
    body = "\n    ".join(body_of(random))
    if random.random() < 0.5:
        return f"model m {{\n    input 5x4x2\n    {body}\n}}\n"
    model = "model m {\n    input 5x4x2\n    part -> conv(3, 1x1) -> part\n}\n"
    return f"block part {{\n    {body}\n}}\n{model}"


class Unrolled:
    """A body turn by turn, with a name for each value of a list."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.lists: dict[str, list[str]] = {}
        self.turns = 0

    def run(self, lines: list[str], names: dict[str, int]) -> None:
        while lines:
            line, *lines = lines
            loop = LOOP.fullmatch(line)
            if loop is None:
                self.line(line, names)
                continue
            end = lines.index("}")
            body = [one.removeprefix("    ") for one in lines[:end]]
            for turn in eval(loop[2]):  # noqa: S307  # a range or list that we have written
                self.turns += 1
                self.run(body, {**names, loop[1]: turn})
            lines = lines[end + 1 :]

    def line(self, line: str, names: dict[str, int]) -> None:
        branch = BRANCH.fullmatch(line)
        if branch is not None:
            line = branch[2] if eval(branch[1], names) else "identity"  # noqa: S307  # likewise
        line = re.sub(r"\bside(\d+)\b", rf"side\1_{self.turns}", line)
        line = ITEM.sub(lambda one: self.lists[one[1]][eval(one[2], names)], line)  # noqa: S307
        line = WHOLE.sub(lambda one: self.joined(one[0]), line)
        self.lines.append(GROWTH.sub(lambda one: f"as {self.grow(one[1])}", line))

    def joined(self, merge: str) -> str:
        """A merge with the values of a list in place of its name."""
        names = merge.removeprefix("concat(").removesuffix(")").split(", ")
        values = (self.lists.get(name, [name]) for name in names)
        return f"concat({', '.join(one for each in values for one in each)})"

    def grow(self, name: str) -> str:
        values = self.lists.setdefault(name, [])
        values.append(f"{name}_{len(values)}")
        return values[-1]


def pair(random: Random) -> tuple[str, str]:
    """A model with lists, and the same network without loops and lists."""
    body, unrolled = body_of(random), Unrolled()
    unrolled.run(body, {})
    with_lists, without = (
        "model m {\n    input 5x4x2\n    " + "\n    ".join(lines) + "\n}\n"
        for lines in (body, unrolled.lines)
    )
    return with_lists, without
