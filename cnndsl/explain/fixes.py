"""Edits that mend a finding, and texts with them made.

The parser and the binder attach fixes to their own findings, where they know what was meant. Here
are those of other names, and the refreshing of shape assertions. A name is certain only where it
differs in case and separators alone: one that is merely near is suggested, and never written.
"""

from __future__ import annotations

from bisect import bisect_left, insort

from ..diagnostics.base import Finding, Fix, nearest
from ..diagnostics.names import UnknownAttribute, UnknownLayer, UnknownName, UnknownValue
from ..diagnostics.shapes import ShapeDiffers
from ..ops.vocabulary import alike
from ..semantics.foreign import is_settled
from ..syntax.actions import CONSTANTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    Edit = tuple[int, int, str]


def fix_for(finding: Finding) -> Fix | None:
    """The fix of a finding, or None.

    The fix of a shape assertion is not safe: it states what the layers do, which may be the
    mistake. It is for those who ask to have their assertions refreshed.
    """
    rule = _RULES.get(type(finding.diagnostic))
    return finding.fix if rule is None else rule(finding, finding.diagnostic)


def with_fixes(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, each with its fix where there is one."""
    return tuple(one.replaced(fix=fix_for(one)) for one in findings)


def compatible(fixes: Iterable[Fix]) -> list[Fix]:
    """The fixes that can be made at once: of those that touch each other, the first alone."""
    made: list[Fix] = []
    taken: list[Edit] = []
    for fix in sorted(fixes, key=lambda one: min(one.edits, default=(0, 0, ""))):
        if fix.edits and not any(_is_taken(edit, taken) for edit in fix.edits):
            made.append(fix)
            for edit in fix.edits:
                insort(taken, edit)
    return made


def apply(text: str, fixes: Iterable[Fix]) -> str:
    """The text with the compatible ones of the fixes made."""
    edits = [edit for fix in compatible(fixes) for edit in fix.edits]
    parts: list[str] = []
    position = 0
    for start, end, new in sorted(edits):
        parts += text[position:start], new
        position = end
    return "".join([*parts, text[position:]])


def _name(finding: Finding, diagnostic: Any) -> Fix | None:
    """The name that differs in case or separators alone; else the nearest, which is a guess."""
    same = alike(diagnostic.name, diagnostic.known)
    return _renaming(finding, same or nearest(diagnostic.name, diagnostic.known), bool(same))


def _value(finding: Finding, diagnostic: Any) -> Fix | None:
    """As for other names, but that a layer is named by it, so that the slip must be here."""
    fix = _name(finding, diagnostic)
    if fix is None or is_settled(fix.edits[0][2], None, finding.location):
        return fix
    return fix.replaced(is_safe=False)


def _renaming(finding: Finding, name: str | None, is_safe: bool) -> Fix | None:
    diagnostic: Any = finding.diagnostic
    word, start = diagnostic.name, finding.location.start
    end = start + len(word)
    if name is None or finding.location.source.text[start:end] != word:
        return None
    return Fix(((start, end, name),), is_safe)


def _layer(finding: Finding, diagnostic: Any) -> Fix | None:
    """That of the binder, which knows the arguments."""
    return finding.fix or _name(finding, diagnostic)


def _attribute(finding: Finding, diagnostic: Any) -> Fix | None:
    if diagnostic.advice is None or diagnostic.meant is not None:
        name = diagnostic.meant or nearest(diagnostic.name, diagnostic.known)
        return _renaming(finding, name, diagnostic.meant is not None)
    return None


def _value_name(finding: Finding, diagnostic: Any) -> Fix | None:
    """As for other names; Python's `True` is a constant's."""
    word = str(diagnostic.name)
    if word.lower() in CONSTANTS and word not in CONSTANTS:
        start = finding.location.start
        return Fix(((start, start + len(word), word.lower()),), is_safe=True)
    return _name(finding, diagnostic)


def _assertion(finding: Finding, diagnostic: Any) -> Fix | None:
    """The shape that was found in place of the one asserted, if that is written as a number."""
    written = finding.location.text
    if finding.count > 1 or not written.replace("x", "").replace("_", "").isdigit():
        return None
    location = finding.location
    return Fix(((location.start, location.end, str(diagnostic.found)),))


def _is_taken(edit: Edit, taken: list[Edit]) -> bool:
    """Whether an edit touches any of others, which are in order and do not touch each other."""
    place = bisect_left(taken, edit)
    return any(_overlap(edit, other) for other in taken[max(place - 1, 0) : place + 2])


def _overlap(one: Edit, other: Edit) -> bool:
    """Whether two edits touch the same text, or insert at the same place."""
    return one[:2] == other[:2] or (one[0] < other[1] and other[0] < one[1])


_RULES: dict[type, Callable[[Finding, Any], Fix | None]] = {
    UnknownLayer: _layer,
    UnknownAttribute: _attribute,
    UnknownName: _value_name,
    UnknownValue: _value,
    ShapeDiffers: _assertion,
}
