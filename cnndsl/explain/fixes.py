"""Edits that certainly mend a finding, and texts with them made.

The parser attaches fixes to its own findings, as it alone knows what was meant. Here are those of
names, which need what the checker knows, and the refreshing of shape assertions.
"""

from __future__ import annotations

from ..diagnostics.base import Finding, Fix, nearest
from ..diagnostics.names import UnknownAttribute, UnknownLayer, UnknownName, UnknownValue
from ..diagnostics.shapes import ShapeDiffers
from ..diagnostics.spelling import distance, slips
from ..syntax.actions import CONSTANTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

SHORTEST_NAME = 3
"""Shorter names lie too near to each other for a guess."""


def fix_for(finding: Finding) -> Fix | None:
    """The fix that is certain, or None.

    The fix of a shape assertion is not safe: it states what the layers do, which may be the
    mistake. It is for those who ask to have their assertions refreshed.
    """
    rule = _RULES.get(type(finding.diagnostic))
    return finding.fix if rule is None else rule(finding, finding.diagnostic)


def with_fixes(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, each with its fix where there is a certain one."""
    return tuple(one.replaced(fix=fix_for(one)) for one in findings)


def compatible(fixes: Iterable[Fix]) -> list[Fix]:
    """The fixes that can be made at once: of those that touch each other, the first alone."""
    made: list[Fix] = []
    for fix in sorted(fixes, key=lambda one: min(one.edits, default=(0, 0, ""))):
        taken = [edit for other in made for edit in other.edits]
        if fix.edits and not any(_overlap(new, old) for new in fix.edits for old in taken):
            made.append(fix)
    return made


def apply(text: str, fixes: Iterable[Fix]) -> str:
    """The text with the compatible ones of the fixes made."""
    edits = [edit for fix in compatible(fixes) for edit in fix.edits]
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def certain_name(word: str, known: Iterable[str]) -> str | None:
    """The one known name that a word is a slip of, or None if there is none or more than one."""
    if not SHORTEST_NAME <= len(word) <= 64:
        return None
    names = sorted(set(known))
    near = [name for name in names if _is_near(word, name)]
    closest = [
        name for name in near if name.replace("_", "").lower() == word.replace("_", "").lower()
    ]
    candidates = closest or near
    if len(candidates) != 1 or candidates[0] != nearest(word, names):
        return None
    return candidates[0]


def _is_near(word: str, name: str) -> bool:
    if abs(len(word) - len(name)) > 2 or len(name) < SHORTEST_NAME:
        return False
    return distance(word.lower(), name.lower()) <= min(slips(name), slips(word))


def _name(finding: Finding, diagnostic: Any) -> Fix | None:
    name = certain_name(diagnostic.name, diagnostic.known)
    start = finding.location.start
    end = start + len(diagnostic.name)
    if name is None or finding.location.source.text[start:end] != diagnostic.name:
        return None
    return Fix(((start, end, name),), is_safe=True)


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


def _overlap(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    """Whether two edits touch the same text, or insert at the same place."""
    return one[:2] == other[:2] or (one[0] < other[1] and other[0] < one[1])


_RULES: dict[type, Callable[[Finding, Any], Fix | None]] = {
    UnknownLayer: _name,
    UnknownAttribute: _name,
    UnknownName: _value_name,
    UnknownValue: _name,
    ShapeDiffers: _assertion,
}
