"""Helper code that emitted files carry with them, kept as real modules beside a backend."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Mapping

from .. import semantics
from . import python

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator


FUNCTIONS = {"make_divisible": "rounding", "quotient": "quotients", "whole": "whole_numbers"}
"""What the language says that Python has no function for, with the module of `semantics`."""


class Verbatim(python.Statement):
    """A definition whose text is already laid out.

    `needs` are the imports that it needs, a line each, without those from `__future__` and
    without those of other helpers, which `uses` names.
    """

    __slots__ = ("needs", "text", "uses")

    definition = True

    def __init__(self, text: str, needs: tuple[str, ...], uses: tuple[str, ...] = ()) -> None:
        self.text = text
        self.needs = needs
        self.uses = uses

    def lines(self, indentation: int) -> list[str]:
        margin = " " * indentation
        return [f"{margin}{line}" if line else "" for line in self.text.rstrip("\n").split("\n")]


class Helpers(Mapping[str, Verbatim]):
    """The helper definitions of a backend, by name: one in each module of a folder.

    The folder is read when the first of them is asked for.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder

    @functools.cached_property
    def definitions(self) -> dict[str, Verbatim]:
        """What is in the folder, by name."""
        found = {}
        for file in sorted(os.listdir(self.folder)):
            if file.endswith(".py") and file != "__init__.py":
                before, own = _parts(self.folder, file.removesuffix(".py"))
                heading = next(line for line in own if not line.startswith("@"))
                name = re.split(r"\W+", heading)[1]
                uses = [one.split()[-1] for one in before if one.startswith("from .")]
                found[name] = Verbatim("\n".join(own), _imports(before), tuple(uses))
        return found

    def __getitem__(self, name: str) -> Verbatim:
        return self.definitions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.definitions)

    def __len__(self) -> int:
        return len(self.definitions)


def carried(helpers: Mapping[str, Verbatim], names: Iterable[str]) -> dict[str, Verbatim]:
    """The helpers among names of emitted code, each after those that it uses itself."""
    found: dict[str, Verbatim] = {}
    for name in names:
        if name in helpers and name not in found:
            found |= {**carried(helpers, helpers[name].uses), name: helpers[name]}
    return found


def functions_of_the_language(names: Container[str]) -> list[Verbatim]:
    """Those functions among names of emitted code that Python lacks."""
    return [_function(module) for name, module in FUNCTIONS.items() if name in names]


def _function(module: str) -> Verbatim:
    before, own = _parts(os.path.dirname(semantics.__file__), module)
    return Verbatim("\n".join(own), _imports(before))


def method_in(folder: str, module: str) -> Verbatim:
    """The first method of a support module's class."""
    before, lines = _parts(folder, module)
    first = next(number for number, line in enumerate(lines) if line.startswith("    def "))
    return Verbatim("\n".join(line[4:] for line in lines[first:]), _imports(before))


def _imports(lines: list[str]) -> tuple[str, ...]:
    starts = ("import ", "from ")
    left_out = ("from .", "from __future__")
    return tuple(one for one in lines if one.startswith(starts) and not one.startswith(left_out))


def _parts(folder: str, module: str) -> tuple[list[str], list[str]]:
    """A support module's lines before its definition, and the definition."""
    with open(os.path.join(folder, f"{module}.py"), encoding="utf-8") as file:
        lines = file.read().split("\n")
    starts = ("class ", "def ", "@")
    first = next(number for number, line in enumerate(lines) if line.startswith(starts))
    return lines[:first], lines[first:]
