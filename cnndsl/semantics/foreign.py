"""Unknown layers, answered in the field's words. Asked for unknown names alone."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from ..diagnostics.base import Finding, Fix, nearest
from ..diagnostics.names import UnknownLayer
from ..ops import OPS
from ..ops.vocabulary import alike, answer, is_lacking
from ..syntax import tree
from .expressions import match, signature_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..text import Location
    from .template import Template

NEEDED = {
    "leaky_relu": ("slope",),
    "lrn": ("size", "alpha", "beta", "k"),
    "avg_pool": ("count_padding",),
    "hard_sigmoid": ("slope",),
}
"""The attributes whose default another framework has otherwise, by op.

A hard sigmoid's slope cannot be said, so that none is certain.
"""


def unknown_layer(
    primary: tree.Call | tree.Merge,
    known: tuple[str, ...],
    visible: dict[str, Template],
    location: Location,
) -> Finding:
    """A name that is nothing here. It has a certain fix where only one thing can be meant."""
    word = primary.name
    call = primary if isinstance(primary, tree.Call) else None
    same = alike(word, known)
    if same is not None:
        is_certain = same in OPS or is_settled(same, visible.get(same), location)
        is_safe = is_certain and _fits(call, same, visible) and _has_needed(call, same)
        return Finding(UnknownLayer(word, (same,)), location, fix=_renamed(location, same, is_safe))
    found = answer(word)
    if found is None:
        return _nearest(primary, known, visible, location)
    op, note, is_same = found
    if is_lacking(op):
        return Finding(UnknownLayer(word, (), f"the language has no such op ({note})"), location)
    if op not in known:
        return _nearest(primary, known, visible, location)
    shown = "{ ... }" if OPS[op].merges else ""
    text = f"{op} {shown}" if shown else signature_of(OPS[op]).text
    fits = is_same and _fits(call, op, {}) and len((call and call.arguments) or ()) <= 1
    advice = f"write `{op if fits else text}`" + (f"; {note}" if note else "")
    fix = _renamed(location, op, True) if fits else None
    return Finding(UnknownLayer(word, (), advice), location, fix=fix)


def is_settled(name: str, block: Template | None, location: Location) -> bool:
    """Whether the spec's own name is spelt like that twice, or another file defines it.

    Where it stands once, that may be the slip, and layers and weights are named by it.
    """
    is_of_file = block is None or block.source is location.source
    return not is_of_file or _words(location.source.text)[name] > 1


@lru_cache(1)
def _words(text: str) -> Counter[str]:
    """How often each word stands in a spec, comments aside."""
    return Counter(re.findall(r"\w+", re.sub(r"#.*", "", text)))


def _nearest(
    primary: tree.Call | tree.Merge,
    known: tuple[str, ...],
    visible: dict[str, Template],
    location: Location,
) -> Finding:
    """A name that is merely near is suggested, with its arguments where those given do not fit."""
    near = nearest(primary.name, known)
    call = primary if isinstance(primary, tree.Call) else None
    callee = visible.get(near or "") or OPS.get(near or "")
    if callee is None or near is None or _fits(call, near, visible):
        return Finding(UnknownLayer(primary.name, known), location)
    advice = f"did you mean `{signature_of(callee).text}`?"
    return Finding(UnknownLayer(primary.name, (), advice), location)


def _renamed(location: Location, name: str, is_safe: bool) -> Fix:
    return Fix(((location.start, location.end, name),), is_safe)


def _fits(call: tree.Call | None, name: str, visible: dict[str, Template]) -> bool:
    """Whether arguments are those of the op, block or value of this name."""
    callee = visible.get(name) or OPS.get(name)
    if call is None or callee is None or (isinstance(callee, type) and callee.merges):
        return True
    faults: list[object] = []
    match(signature_of(callee), call, lambda diagnostic, _node: faults.append(diagnostic))
    return not faults


def _has_needed(call: tree.Call | None, name: str) -> bool:
    """Whether a call says all that frameworks have different defaults for."""
    needed = NEEDED.get(name, ())
    op = OPS.get(name)
    if call is None or op is None or not needed:
        return True
    known = list(op.attributes)
    arguments = call.arguments or ()
    given = {one.name or known[place] for place, one in enumerate(arguments) if place < len(known)}
    return given.issuperset(needed) or (name == "avg_pool" and "pad" not in given)
