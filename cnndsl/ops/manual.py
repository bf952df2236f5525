"""The chapter on ops of the language reference, written from the op classes.

It is the part of `docs/language.md` that lies between two marks.
"""

from __future__ import annotations

import inspect
import re

from ..values import write
from . import OPS
from .vocabulary import LACKING, OTHERWISE, SAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .base import Attribute, Op

BEGIN = "<!-- ops: written by `python -m cnndsl.generate` -->"
END = "<!-- end of ops -->"
CONSTRAINT = re.compile(r"^\((\w+-\d+)\) (.+)$")


def chapter() -> str:
    """All ops in Markdown: a table of contents, then one section each."""
    rows = [f"| [`{name}`](#{name}) | {summary(op)} |" for name, op in OPS.items()]
    contents = "\n".join(["| op | what it does |", "|---|---|", *rows])
    return "\n\n".join([contents, *map(section, OPS.values())])


def section(op: type[Op]) -> str:
    """One op: how it is called, what it does, its attributes, and what it asks of its input."""
    prose, constraints = manual(op)
    parts = [f"### {op.name}", f"`{signature(op)}`", *prose]
    if op.attributes:
        rows = [attribute_row(name, one) for name, one in op.attributes.items()]
        head = ["| attribute | takes | default | meaning |", "|---|---|---|---|"]
        parts.append("\n".join([*head, *rows]))
    if constraints:
        parts.append("\n".join(f"- `{label}`: {rule}" for label, rule in constraints))
    return "\n\n".join(parts)


def signature(op: type[Op]) -> str:
    """The op with its attributes in their order; those in `=` may be left out."""
    if op.merges:
        return f"{op.name} {{ ... }}` or `{op.name}(a, b, ...)"
    shown = [
        name if one.is_required else f"{name}={write(one.default)}"
        for name, one in op.attributes.items()
    ]
    return f"{op.name}({', '.join(shown)})" if shown else op.name


def manual(op: type[Op]) -> tuple[list[str], list[tuple[str, str]]]:
    """The docstring's paragraphs and its numbered constraints."""
    prose: list[str] = []
    constraints: list[tuple[str, str]] = []
    for paragraph in inspect.cleandoc(op.__doc__ or "").split("\n\n"):
        found = [CONSTRAINT.match(line) for line in paragraph.splitlines()]
        if any(found):
            constraints += [(match[1], match[2]) for match in found if match]
        else:
            prose.append(paragraph)
    return prose, constraints


def summary(op: type[Op]) -> str:
    """The first sentence of the docstring."""
    first = manual(op)[0][0].replace("\n", " ")
    return re.split(r"(?<=\.)(?<!al\.)\s", first, maxsplit=1)[0]


def attribute_row(name: str, one: Attribute) -> str:
    default = "required" if one.is_required else f"`{write(one.default)}`"
    return f"| `{name}` | {one.kind.text} | {default} | {one.doc} |"


def words_of_others() -> str:
    """What other frameworks' ops are called here, and which the language does not have."""
    known = [
        f"| `{op}` | {', '.join(names.split())} |"
        for op, names in (*SAME.items(), *((op, names) for op, (names, _) in OTHERWISE.items()))
    ]
    lacking = [
        f"| {', '.join((op, *names.split()))} | {what} |" for op, (names, what) in LACKING.items()
    ]
    return "\n".join(
        (
            "## Words of other frameworks",
            "",
            "`check` answers these, in any case and with or without `_`, with the op that is",
            "meant. `--fix` writes it where the arguments mean the same.",
            "",
            "| here | elsewhere |",
            "|---|---|",
            *known,
            "",
            "## Not in the language",
            "",
            "These ops of the field have no counterpart, and no other op stands in for them.",
            "",
            "| op | what it is |",
            "|---|---|",
            *lacking,
        )
    )


def with_chapter_on_ops(text: str) -> str:
    """The document with its generated part as it should be. Raises `ValueError` without marks."""
    return with_part(text, BEGIN, END, f"{chapter()}\n\n{words_of_others()}")


def with_part(text: str, begin: str, end: str, part: str) -> str:
    """The document with another part between two marks. Raises `ValueError` without them."""
    before, opening, rest = text.partition(begin)
    _old, closing, after = rest.partition(end)
    if not opening or not closing:
        raise ValueError(f"the marks `{begin}` and `{end}` are missing")
    return f"{before}{begin}\n\n{part}\n\n{end}{after}"
