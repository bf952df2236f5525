"""The LALR(1) tables of `grammar.lark`, as `grammar.py` has laid them down in `grammar.tables`.

A state or rule is read when the parser first comes to it: most texts need a third of them.
"""

from __future__ import annotations

import os
from sys import intern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    Rule: TypeAlias = "tuple[str, int, str, tuple[int, ...], tuple[int, ...]]"


class Lines:
    """What the lines of a paragraph mean, by their numbers, or what follows from that.

    `known` has what was read already, and None for the others.
    """

    def __init__(self, lines: list[str] | Lines, read: Callable[[Any], Any]) -> None:
        self.lines = lines
        self.read = read
        self.known: list[Any] = [None] * len(lines)

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, number: int) -> Any:
        meaning = self.known[number]
        if meaning is None:
            meaning = self.known[number] = self.read(self.lines[number])
        return meaning


def _paragraphs() -> list[list[str]]:
    path = os.path.join(os.path.dirname(__file__), "grammar.tables")
    with open(path, encoding="utf-8") as file:
        return [paragraph.split("\n") for paragraph in file.read()[:-1].split("\n\n", 5)]


def _pairs(lines: list[str]) -> dict[str, str]:
    return {word: kind for line in lines for word, kind in [line.split()]}


def _rule(line: str) -> Rule:
    """Nonterminal, length, builder, and places of the kept children and the spliced of those."""
    name, length, builder, kept, spliced = line.split(" ")
    return intern(name), int(length), builder, _numbers(kept), _numbers(spliced)


def _numbers(text: str) -> tuple[int, ...]:
    return () if text == "-" else tuple(map(int, text.split(",")))


def _state(line: str) -> dict[str, int]:
    """What to do at each symbol: go to a state, or end rule n, which is written -1 - n."""
    shifts, *reductions = line.split("|")
    words = shifts.split()
    row = dict(zip(map(intern, words[::2]), map(int, words[1::2]), strict=True))
    for one in reductions:
        number, *symbols = one.split()
        row.update(dict.fromkeys(map(intern, symbols), -1 - int(number)))
    return row


_PATTERN, _KEYWORDS, _OPERATORS, _END, _RULES, _STATES = _paragraphs()
TOKEN = _PATTERN[0]
KEYWORDS = _pairs(_KEYWORDS)
OPERATORS = _pairs(_OPERATORS)
END = int(_END[0])
RULES = Lines(_RULES, _rule)
STATES = Lines(_STATES, _state)
