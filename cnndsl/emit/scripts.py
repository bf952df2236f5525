"""Scripts put together from fragments: modules of which some scripts need only a part.

A fragment has all lines that any script may need. What ends a line says which scripts have it, with
all that is indented below it and the bracket that closes it:

    # if CONDITION      those of which it holds: features by name, with `not`, `and` and `or`
    # within CONDITION  the same; others have what is below the line, without its indentation
    # = NAME            all, but with the statements that are given for the name in its place

A fragment's definitions are what scripts carry, from the first class or function on. Of what stands
before them, a script has the imports and constants that it reads.
"""

from __future__ import annotations

import ast
import os
import re
import sys

from ..record import Record
from . import python
from .support import Verbatim

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

IMPORT = re.compile(r"import |from ")
MARK = re.compile(r"  # (if|within|=) ([\w ]+)$")
INDENTATION = "    "


class Choice(Record):
    """What a script has of fragments.

    features: whether it has each
    statements: what stands in it for a name
    """

    features: Mapping[str, bool]
    statements: Mapping[str, Sequence[python.Statement]]

    def holds(self, condition: str) -> bool:
        """Whether a condition holds of the script."""
        return any(
            all(self.features[one.removeprefix("not ")] != one.startswith("not ") for one in both)
            for both in (either.split(" and ") for either in condition.split(" or "))
        )

    def of(self, lines: Sequence[str]) -> Iterator[str]:
        """The lines that a script has of some."""
        position = 0
        while position < len(lines):
            line, end = lines[position], _end(lines, position)
            position += 1
            mark = MARK.search(line)
            if mark is None:
                yield line
                continue
            kind, name = mark.groups()
            if kind == "=":
                found = (one.lines(len(_margin(line))) for one in self.statements[name])
                yield from (part for lines in found for one in lines for part in one.split("\n"))
            elif self.holds(name):
                yield line[: mark.start()]
                continue
            elif kind == "within":
                below = lines[position:end]
                yield from self.of([one.removeprefix(INDENTATION) for one in below])
            position = end


def _margin(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _end(lines: Sequence[str], start: int) -> int:
    """Where what a line begins ends: behind all that is indented and the closing bracket."""
    margin, end = len(_margin(lines[start])), start + 1
    for number, line in enumerate(lines[start + 1 :], start + 1):
        if line and (len(_margin(line)) < margin or line[margin] not in " )]}"):
            break
        if line:
            end = number + 1
    return end


class Script:
    """A script in the making.

    constants: by name, the values of those that it may read, which stand at its top
    """

    def __init__(self, choice: Choice, constants: Mapping[str, python.Expression]) -> None:
        self.choice = choice
        self.constants = constants
        self.imports: list[str] = []
        self.parts: list[python.Statement] = []

    def add(self, text: str) -> None:
        """Go on with the definitions of a module."""
        lines, first = text.split("\n"), _definitions(text)
        self.imports += self.choice.of([line for line in lines[:first] if IMPORT.match(line)])
        chosen = "\n".join(self.choice.of(lines[first:]))
        tidy = re.sub(r"\n{4,}", "\n\n\n", re.sub(r"\n{3,}(?= )", "\n\n", chosen))
        self.parts.append(Verbatim(tidy.strip("\n"), ()))

    def add_fragments(self, folder: str, *names: str) -> None:
        """Go on with the definitions of modules in a folder."""
        for name in names:
            with open(os.path.join(folder, f"{name}.py"), encoding="utf-8") as file:
                self.add(file.read())

    def render(self, docstring: str) -> str:
        """The whole text."""
        used = _names(self.parts)
        constants = [
            python.Assign(name, value) for name, value in self.constants.items() if name in used
        ]
        used |= _names(constants)
        imports = _imports("\n".join(self.imports), used)
        return python.render([python.Docstring(docstring), *imports, *constants, *self.parts])


def _names(statements: Sequence[python.Statement]) -> set[str]:
    tree = ast.parse(python.render(statements))
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _definitions(text: str) -> int:
    """The line that a module's definitions begin in."""
    starts = (ast.ClassDef, ast.FunctionDef, ast.If)
    first = next(node for node in ast.parse(text).body if isinstance(node, starts))
    decorators = [] if isinstance(first, ast.If) else first.decorator_list
    return min(one.lineno for one in (first, *decorators)) - 1


def _imports(text: str, used: set[str]) -> Iterator[python.Statement]:
    """Imports of what is used, once each: `__future__`, the standard library, others."""
    whole: dict[str, str | None] = {}
    parts: dict[str, set[str]] = {"__future__": {"annotations"}}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import):
            whole |= {one.name: one.asname for one in node.names if _bound(one) in used}
        elif isinstance(node, ast.ImportFrom):
            names = {one.name for one in node.names if one.name in used}
            parts.setdefault(str(node.module), set()).update(names)
    for rank in range(3):
        if rank:
            yield python.Blank()
        yield from (python.Import(one, whole[one]) for one in sorted(whole) if _rank(one) == rank)
        for module in sorted(one for one in parts if parts[one] and _rank(one) == rank):
            yield python.ImportFrom(module, sorted(parts[module], key=_order))


def _bound(alias: ast.alias) -> str:
    return (alias.asname or alias.name).split(".")[0]


def _rank(module: str) -> int:
    top = module.split(".")[0]
    return 0 if top == "__future__" else 1 if top in sys.stdlib_module_names else 2


def _order(name: str) -> tuple[int, str]:
    """Constants come before classes, and those before functions."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)
