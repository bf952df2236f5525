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
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

MARK = re.compile(r"  # (if|within|=) ([\w ]+)$")
INDENTATION = "    "
DEFINITIONS = (ast.ClassDef, ast.FunctionDef)


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


def fragments(folder: str, *names: str) -> list[str]:
    """The texts of modules in a folder."""
    return [_text(os.path.join(folder, f"{name}.py")) for name in names]


def _text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def bound_in(texts: Iterable[str]) -> frozenset[str]:
    """The names that modules give to what they define and import."""
    nodes = [node for text in texts for node in ast.parse(text).body]
    imported = frozenset(_bound(one) for node in nodes for one in getattr(node, "names", ()))
    return imported.union(node.name for node in nodes if isinstance(node, DEFINITIONS))


def script(
    docstring: str,
    texts: Iterable[str],
    choice: Choice,
    constants: Mapping[str, python.Expression],
    remark: str = "",
) -> str:
    """The text of a script: a docstring, a remark, imports, constants and definitions.

    texts: of modules; what a script does when it runs, which ends the last one, decides which of
        their definitions it has
    constants: by name, values that it has where they are read
    remark: a comment for the tools that read it
    """
    imports: list[ast.stmt] = []
    parts: list[Part] = []
    for text in texts:
        lines, nodes = text.split("\n"), ast.parse(text).body
        first = next(node for node in nodes if isinstance(node, (*DEFINITIONS, ast.If)))
        start = min(one.lineno for one in (first, *getattr(first, "decorator_list", ()))) - 1
        imports += nodes[: nodes.index(first)]
        parts += _parts("\n".join(choice.of(lines[start:])))
    parts = _needed(parts)
    used = set().union(*(part.reads for part in parts))
    values = [python.Assign(name, value) for name, value in constants.items() if name in used]
    used |= _reads(ast.parse(python.render(values)))
    header = [python.Docstring(docstring), *_imports(imports, used), *values]
    text = python.render([*header, *(Verbatim(part.text, ()) for part in parts)])
    before, start, rest = text.partition("\nfrom __future__")
    return f"{before}\n{remark}\n{start}{rest}" if remark else text


class Part(Record):
    """A definition, or what a script does when it runs, whose name is empty."""

    name: str
    text: str
    reads: frozenset[str]


def _parts(text: str) -> Iterator[Part]:
    lines, end = text.split("\n"), 0
    for node in ast.parse(text).body:
        own = "\n".join(lines[end : node.end_lineno]).strip("\n")
        end = node.end_lineno or end
        tidy = re.sub(r"\n{3,}", "\n\n", own)
        yield Part(getattr(node, "name", ""), tidy, _reads(node))


def _reads(tree: ast.AST) -> frozenset[str]:
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


def _needed(parts: Sequence[Part]) -> list[Part]:
    """What a script does when it runs, and all definitions that this needs."""
    names, grown = {""}, True
    while grown:
        found = [part for part in parts if part.name in names]
        wider = names.union(*(part.reads for part in found))
        grown, names = wider != names, wider
    return found


def _imports(nodes: Iterable[ast.stmt], used: set[str]) -> Iterator[python.Statement]:
    """Imports of what is used, once each: `__future__`, the standard library, others."""
    whole: dict[str, str | None] = {}
    parts: dict[str, set[str]] = {"__future__": {"annotations"}}
    for node in nodes:
        if isinstance(node, ast.Import):
            whole |= {one.name: one.asname for one in node.names if _bound(one) in used}
        elif isinstance(node, ast.ImportFrom) and not str(node.module).startswith("cnndsl"):
            names = {one.name for one in node.names if one.name in used}
            parts.setdefault(str(node.module), set()).update(names)
    for rank in range(3):
        if rank and any(_rank(one) == rank for one in (*whole, *filter(parts.get, parts))):
            yield python.Blank()
        yield from (python.Import(one, whole[one]) for one in sorted(whole) if _rank(one) == rank)
        for module in sorted(one for one in parts if parts[one] and _rank(one) == rank):
            yield python.ImportFrom(module, sorted(parts[module], key=_order))


def literal(value: Any) -> python.Expression:
    """A value as Python writes it: a number, a text, or several of them."""
    if isinstance(value, dict):
        return python.Dict([(literal(name), literal(one)) for name, one in value.items()])
    if isinstance(value, list | tuple):
        kind = python.List if isinstance(value, list) else python.Tuple
        return kind([literal(one) for one in value])
    return python.string(value) if isinstance(value, str) else python.number(value)


def _bound(alias: ast.alias) -> str:
    return (alias.asname or alias.name).split(".")[0]


def _rank(module: str) -> int:
    top = module.split(".")[0]
    return 0 if top == "__future__" else 1 if top in sys.stdlib_module_names else 2


def _order(name: str) -> tuple[int, str]:
    """Constants come before classes, and those before functions."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)
