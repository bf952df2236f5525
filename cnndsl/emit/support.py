"""Helper code that emitted files carry with them, kept as real modules beside a backend."""

from __future__ import annotations

import os

from . import python


class Verbatim(python.Statement):
    """A definition whose text is already laid out."""

    __slots__ = ("text",)

    definition = True

    def __init__(self, text: str) -> None:
        self.text = text

    def lines(self, indentation: int) -> list[str]:
        margin = " " * indentation
        return [f"{margin}{line}" if line else "" for line in self.text.rstrip("\n").split("\n")]


def definition_in(folder: str, module: str) -> Verbatim:
    """The one definition of a support module: its text from the first class or function on."""
    return Verbatim("\n".join(_parts(folder, module)[1]))


def method_in(folder: str, module: str) -> Verbatim:
    """The first method of a support module's class."""
    lines = _parts(folder, module)[1]
    first = next(number for number, line in enumerate(lines) if line.startswith("    def "))
    return Verbatim("\n".join(line[4:] for line in lines[first:]))


def imports_in(folder: str, module: str) -> tuple[str, ...]:
    """The imports of a support module, a line each, without those from `__future__`."""
    starts = ("import ", "from ")
    lines = _parts(folder, module)[0]
    return tuple(one for one in lines if one.startswith(starts) and "__future__" not in one)


def _parts(folder: str, module: str) -> tuple[list[str], list[str]]:
    """A support module's lines before its definition, and the definition."""
    with open(os.path.join(folder, f"{module}.py"), encoding="utf-8") as file:
        lines = file.read().split("\n")
    starts = ("class ", "def ", "@")
    first = next(number for number, line in enumerate(lines) if line.startswith(starts))
    return lines[:first], lines[first:]
