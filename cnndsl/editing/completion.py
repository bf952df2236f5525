"""What could stand at a place, and what the call around it takes.

The text before the place is read by tokens, since a text that is being written does not parse.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..ops import OPS, manual
from ..project import zoo
from ..project.loading import ZOO
from ..project.regular import SUFFIX
from ..record import Record
from ..semantics.evaluate import AXES, FUNCTIONS
from ..semantics.facts import FACTS
from ..semantics.layer_uses import LayerUses
from ..semantics.words import words_for
from ..syntax.actions import CONSTANTS
from . import occurrences as kinds
from . import texts
from .analysis import Analysis

if TYPE_CHECKING:
    from ..semantics.template import Template
    from ..semantics.words import Light

TOP_LEVEL = ("block", "defaults", "import", "model", "pixels", "recipe")
STATEMENTS = ("expect", "for", "if", "input", "let", "output", "share", "stage")
PATH = re.compile(r'\bfrom\s+"([^"\n]*)$')
FIELD = re.compile(r"(\w+)\.\w*$")
COMMENT = re.compile(r"#[^\n]*")
WORD_BEHIND = re.compile(r"\w+$")
STARTS_CHAIN = ("", "->", "{", "\n")
"""What a link of a chain stands behind."""

KEYWORD, FIELD_KIND, FILE = "keyword", "field", "file"


class Candidate(Record):
    """A text that could stand somewhere, what it is, and what is said of it."""

    text: str
    kind: str
    detail: str = ""
    documentation: str = ""


class OpenCall(Record):
    """The call whose brackets a place is in: what is called, and the argument that is written.

    `attribute` is the name before the `=`, or empty; `position` counts the arguments before it.
    """

    name: str
    position: int
    attribute: str
    given: tuple[str, ...]


def completions(analysis: Analysis, text: str, offset: int) -> list[Candidate]:
    """What could stand at a place of a text, of which `analysis` may be an earlier version."""
    before = text[:offset]
    line = before[before.rfind("\n") + 1 :]
    if "#" in line and not PATH.search(line):
        return []
    if path := PATH.search(line):
        return list(_files(analysis, path[1]))
    before = COMMENT.sub("", WORD_BEHIND.sub("", before))
    if FIELD.search(before):
        return [Candidate(one, FIELD_KIND) for one in AXES]
    if call := open_call(before):
        return _arguments(analysis, call, offset)
    if _depth(before) == 0:
        return [Candidate(one, KEYWORD) for one in TOP_LEVEL]
    if _last_token(before) in STARTS_CHAIN:
        return _links(analysis, offset)
    return _values(analysis, offset)


def open_call(before: str) -> OpenCall | None:
    """The call whose brackets are open at the end of a text without comments."""
    opened: list[tuple[str, int]] = []
    for match in re.finditer(r'"[^"\n]*"|[()\[\]{}]', before):
        if match[0] in "([{":
            opened.append((match[0], match.end()))
        elif match[0] in ")]}" and opened:
            opened.pop()
    if not opened or opened[-1][0] != "(":
        return None
    start = opened[-1][1]
    name = re.search(r"([A-Za-z_]\w*)\s*\($", before[:start])
    if name is None:
        return None
    parts = _split(before[start:])
    attribute = re.match(r"\s*([A-Za-z_]\w*)\s*=(?!=)", parts[-1])
    given = (re.match(r"\s*([A-Za-z_]\w*)\s*=(?!=)", one) for one in parts[:-1])
    return OpenCall(
        name[1],
        len(parts) - 1,
        attribute[1] if attribute else "",
        tuple(one[1] for one in given if one),
    )


def _split(arguments: str) -> list[str]:
    """Arguments, the last one unfinished, at the commas that no brackets are around."""
    parts, depth = [""], 0
    for one in arguments:
        depth += (one in "([{") - (one in ")]}")
        if one == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += one
    return parts


def _depth(before: str) -> int:
    return before.count("{") - before.count("}")


def _last_token(before: str) -> str:
    """The last token, `\\n` where a line begins that goes on from nothing."""
    bare = before.rstrip(" \t")
    if bare.endswith("\n"):
        return "->" if bare.rstrip().endswith("->") else "\n"
    tokens = re.findall(r"->|\w+|[^\w\s]", bare[-80:])
    return tokens[-1] if tokens else ""


def _files(analysis: Analysis, written: str) -> Iterator[Candidate]:
    """Specs that an import can name: of the folder, or of the zoo."""
    if written.startswith(ZOO):
        yield from (Candidate(one, FILE, "zoo") for one in sorted(zoo.files()))
        return
    yield Candidate(ZOO, FILE, "the networks and blocks of the package")
    path = analysis.source.path
    folder = os.path.join(os.path.dirname(path) if path else ".", os.path.dirname(written))
    try:
        entries = sorted(os.scandir(folder), key=lambda one: one.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_dir() and not entry.name.startswith("."):
            yield Candidate(f"{entry.name}/", FILE)
        elif entry.name.endswith(SUFFIX) and (not path or not os.path.samefile(entry.path, path)):
            yield Candidate(entry.name, FILE)


def _arguments(analysis: Analysis, call: OpenCall, offset: int) -> list[Candidate]:
    """Names of arguments that are not given yet, or values for the one that is being written."""
    template = analysis.visible.get(call.name)
    if template is not None:
        documented = {
            one.name: (texts.parameter(template.source, one), "") for one in template.parameters
        }
        owner: object = template
    elif call.name in OPS:
        documented = {
            name: (one.kind.text, one.doc) for name, one in OPS[call.name].attributes.items()
        }
        owner = OPS[call.name]
    else:
        return _values(analysis, offset)
    names = list(documented)
    attribute = call.attribute or (names[call.position] if call.position < len(names) else "")
    light: Light | None = (owner, attribute) if attribute else None  # type: ignore[assignment]  # an op or a template
    words = words_for(light)[0] if light and attribute in documented else ()
    found = [Candidate(one, KEYWORD, f"{attribute} of {call.name}") for one in words]
    if template is not None and attribute in documented:
        found += _layers(analysis, template, attribute)
    if not call.attribute:
        found += [
            Candidate(f"{name}=", kinds.ATTRIBUTE, *documented[name])
            for name in names
            if name not in call.given
        ]
    return found + _values(analysis, offset)


def _links(analysis: Analysis, offset: int) -> list[Candidate]:
    """What a link of a chain can be."""
    found = [Candidate(one, KEYWORD) for one in STATEMENTS]
    found += _ops(OPS)
    found += _definitions(analysis.visible.values())
    local = (kinds.VALUE, kinds.SHARED, kinds.PARAMETER)
    return found + [one for one in _locals(analysis, offset) if one.kind in local]


def _ops(names: Iterable[str]) -> list[Candidate]:
    return [
        Candidate(one, kinds.OP, manual.signature(OPS[one]), manual.summary(OPS[one]))
        for one in names
    ]


def _definitions(templates: Iterable[Template]) -> list[Candidate]:
    return [
        Candidate(one.name, one.kind, texts.heading(one), one.definition.documentation)
        for one in templates
    ]


def _layers(analysis: Analysis, template: Template, parameter: str) -> list[Candidate]:
    """What a parameter can be given that is called as a layer; nothing for others."""
    if not LayerUses().takes_layer(template, parameter):
        return []
    blocks = (one for one in analysis.visible.values() if one.kind == "block")
    return _ops(name for name, op in OPS.items() if not op.merges) + _definitions(blocks)


def _values(analysis: Analysis, offset: int) -> list[Candidate]:
    """What an expression can read."""
    words = (*CONSTANTS, "in", "and", "or", "not", "if", "else", "for")
    found = _locals(analysis, offset)
    found += [Candidate(one, kinds.FUNCTION) for one in FUNCTIONS]
    found += [Candidate(one, KEYWORD) for one in words]
    return found + [Candidate(one, kinds.WORD, "of the model") for one in FACTS]


def _locals(analysis: Analysis, offset: int) -> list[Candidate]:
    """The names that the definition around a place gives before it."""
    starts = [one.definition.start for one in analysis.module.definitions]
    start = max((one for one in starts if one <= offset), default=0)
    found: dict[str, Candidate] = {}
    for one in analysis.occurrences:
        if one.is_definition and start <= one.start < offset and one.target.kind in kinds.LOCAL:
            shape = texts.shapes(
                (shape,) for shape in analysis.named_shapes(one.target.name, one.start)
            )
            found[one.target.name] = Candidate(one.target.name, one.target.kind, shape)
    return list(found.values())
