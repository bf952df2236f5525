"""`docs/api.md`, written from docstrings and signatures: cnndsl from Python."""

from __future__ import annotations

import inspect
import re

import cnndsl

from ..api import CheckedNetwork, check, load, loads
from ..diagnostics.base import Finding, Fix, Frame, Note
from ..fitting import Trained
from ..ir.network import LayerView
from ..project.facts import Facts
from ..record import Record
from ..text import Location

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

HEADING = """\
# From Python

What `import cnndsl` gives, and the values that it hands out. Written by `python -m cnndsl.generate`
from the docstrings.

```python
import cnndsl

network = cnndsl.load("lenet5")
print(network)
print(network.output_shape, network.params)
```
"""
FUNCTIONS = (load, loads, check)
ERRORS = (cnndsl.SpecError, cnndsl.UnreadableSpecError)
CLASSES = (CheckedNetwork, Trained, Facts, LayerView, Finding, Location, Note, Frame, Fix)
ENTRY = re.compile(r"^(\w+): ")
LONGEST = 96


def api_page() -> str:
    """The whole page in Markdown."""
    lines = [HEADING, "## Functions", ""]
    for function in FUNCTIONS:
        lines += described(f"cnndsl.{function.__name__}", function)
    lines += ["## Errors", ""]
    for error in ERRORS:
        lines += [f"### cnndsl.{error.__name__}", "", *prose(error), ""]
    lines += ["## Classes", ""]
    for one in CLASSES:
        lines += class_lines(one)
    return "\n".join(lines)


def class_lines(one: type) -> Iterator[str]:
    """A class: its fields and properties as a table, and its methods."""
    yield from (f"### {one.__name__}", "", *prose(one), "")
    rows = [*fields(one), *properties(one)]
    if rows:
        yield from ("| attribute | type | meaning |", "|---|---|---|", *rows, "")
    for name, member in vars(one).items():
        if inspect.isfunction(member) and not name.startswith("_"):
            yield from described(f"{one.__name__}.{name}", member, 4)


def fields(one: type) -> Iterator[str]:
    """The fields of a record, which its docstring explains."""
    if issubclass(one, Record):
        yield from (f"| `{name}` | {typed(kind)} |  |" for name, kind in public_fields(one).items())


def public_fields(one: type) -> dict[str, str]:
    return {name: kind for name, kind in one.__annotations__.items() if not name.startswith("_")}


def properties(one: type) -> Iterator[str]:
    for name, member in vars(one).items():
        if isinstance(member, property) and not name.startswith("_"):
            kind = member.fget.__annotations__.get("return", "") if member.fget else ""
            said = " ".join((inspect.getdoc(member) or "").split())
            yield f"| `{name}` | {typed(kind)} | {said} |"


def typed(kind: str) -> str:
    escaped = kind.replace("|", "\\|")
    return f"`{escaped}`" if kind else ""


def described(title: str, function: Callable[..., Any], level: int = 3) -> list[str]:
    """A function with its signature and docstring."""
    heading = f"{'#' * level} {title}"
    return [heading, "", "```python", signature(title, function), "```", "", *prose(function), ""]


def signature(title: str, function: Callable[..., Any]) -> str:
    """The call with its types, on several lines where it is long."""
    whole = inspect.signature(function)
    parts: list[str] = []
    kind = None
    for name, one in whole.parameters.items():
        if name == "self":
            continue
        if kind == one.POSITIONAL_ONLY != one.kind:
            parts.append("/")
        if one.kind == one.KEYWORD_ONLY != kind:
            parts.append("*")
        parts.append(parameter(one))
        kind = one.kind
    parts += ["/"] if kind == inspect.Parameter.POSITIONAL_ONLY else []
    line = f"{title}({', '.join(parts)}) -> {whole.return_annotation}"
    if len(line) <= LONGEST:
        return line
    inside = "".join(f"    {part},\n" for part in parts)
    return f"{title}(\n{inside}) -> {whole.return_annotation}"


def parameter(one: inspect.Parameter) -> str:
    """A parameter as it is written in a module whose annotations are text."""
    stars = "**" if one.kind == one.VAR_KEYWORD else ""
    default = "" if one.default is one.empty else f" = {one.default!r}"
    return f"{stars}{one.name}: {one.annotation}{default}"


def prose(documented: object) -> list[str]:
    """A docstring in Markdown: its paragraphs, and the entries `name: meaning` as a list."""
    lines: list[str] = []
    for paragraph in (inspect.getdoc(documented) or "").split("\n\n"):
        entries = any(ENTRY.match(line) for line in paragraph.splitlines())
        for line in paragraph.splitlines():
            lines.append(ENTRY.sub(r"- `\1`: ", line) if entries else line)
        lines.append("")
    return lines[:-1]
