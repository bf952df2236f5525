"""Unknown layers, answered in the field's words. Asked for unknown names alone."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from ..diagnostics.base import Finding, Fix, nearest
from ..diagnostics.names import UnknownLayer
from ..diagnostics.types import Misplaced
from ..ops import OPS
from ..ops.vocabulary import FORMS, advice_for, alike, answer, attribute_meant, is_lacking, said_of
from ..syntax import tree
from ..values import Size
from .evaluate import FUNCTIONS
from .signatures import match, signature_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

    from ..text import Location
    from .template import Template

NEEDED = {
    "leaky_relu": ("slope",),
    "prelu": ("slope",),
    "layer_norm": ("epsilon",),
    "group_norm": ("epsilon",),
    "instance_norm": ("epsilon",),
    "lrn": ("size", "alpha", "beta", "k"),
    "avg_pool": ("count_padding",),
    "hard_sigmoid": ("slope",),
}
"""The attributes whose default another framework has otherwise, by op.

A hard sigmoid's slope cannot be said, so that none is certain.
"""

PLACES = {
    **dict.fromkeys(
        (
            "conv",
            "standardized_conv",
            "depthwise_conv",
            "separable_conv",
            "conv_transpose",
            "channel_conv",
            "batch_norm",
            "layer_norm",
            "instance_norm",
            "rms_norm",
            "global_response_norm",
            "l2_normalize",
            "layer_scale",
            "scalar_affine",
            "prelu",
            "gelu",
            "upsample",
            "pad",
            "crop",
            "lp_pool",
            "blur_pool",
            "global_avg_pool",
            "global_max_pool",
            "multi_head_attention",
            "attention",
        ),
        0,
    ),
    "group_norm": 1,
}
"""How many arguments by place mean the same elsewhere, by op, where it is less than all.

The channels that enter come first in PyTorch's classes, and the size in its `Upsample`.
"""


def unknown_layer(
    primary: tree.Call | tree.Merge,
    known: tuple[str, ...],
    visible: dict[str, Template],
    location: Location,
    may_be_number: bool = False,
) -> Finding:
    """A name that is nothing here. It has a certain fix where only one thing can be meant.

    It may be meant for a function of numbers where `let` names what it gives.
    """
    word = primary.name
    same = alike(word, known)
    if same is not None and not _is_given_too_much(primary, same):
        is_certain = _is_own(same, visible, location) and _means_same(primary, same, 2)
        fix = Fix(((location.start, location.end, same),), is_certain)
        return Finding(UnknownLayer(word, (same,)), location, fix=fix)
    op, _note, is_same = answer(same or word) or (same, None, False)
    form = said_of(word, FORMS)
    if form is not None:
        return Finding(UnknownLayer(word, (), form), location)
    if op is None or not (is_lacking(op) or op in known):
        found = _function(word, known, location) if may_be_number else None
        return found or _nearest(primary, known, visible, location)
    if is_same and op in OPS and _means_same(primary, op, 1):
        fix = Fix(((location.start, location.end, op),), is_safe=True)
        return Finding(UnknownLayer(word, (), f"write `{op}`"), location, fix=fix)
    return Finding(UnknownLayer(word, (), advice_for(word)), location)


def _function(word: str, known: tuple[str, ...], location: Location) -> Finding | None:
    """What to say of a name that is as likely one of a function of numbers."""
    near = nearest(word, (*known, *FUNCTIONS))
    if near in known:
        return None
    advice = f"define it, `block {word}(...) {{ ... }}`, or import it; "
    advice += f"the functions of numbers are {', '.join(FUNCTIONS)}"
    fix = None
    if near is not None:
        advice = f"did you mean `{near}(...)`, or is there to be a `block {word}(...)`?"
        fix = Fix(((location.start, location.end, near),))
    return Finding(UnknownLayer(word, (), advice), location, fix=fix)


def _is_given_too_much(primary: tree.Call | tree.Merge, name: str) -> bool:
    """Whether a call gives places to an op without attributes, as `ReLU(6)` does."""
    arguments = (primary.arguments if isinstance(primary, tree.Call) else None) or ()
    op = OPS.get(name)
    has_none = op is not None and not op.merges and not op.attributes
    return has_none and any(one.name is None for one in arguments)


def _is_own(name: str, visible: dict[str, Template], location: Location) -> bool:
    return name in OPS or is_settled(name, visible.get(name), location)


def _means_same(primary: tree.Call | tree.Merge, name: str, places: int) -> bool:
    """Whether an op's call means the same elsewhere.

    `places` is how many arguments stand in the same order. A merge joins named values alone.
    """
    arguments = (primary.arguments if isinstance(primary, tree.Call) else None) or ()
    op = OPS.get(name)
    if op is None:
        return True
    if op.merges and isinstance(primary, tree.Call):
        return len(arguments) > 1 and all(type(one.value) is tree.Name for one in arguments)
    by_place = [one.value for one in arguments if one.name is None]
    if not any(map(_is_size, by_place)):
        places = min(places, PLACES.get(name, places))
    if len(by_place) > places or (name == "zero_pad" and any(map(_is_tuple, by_place))):
        return False
    known, needed = tuple(op.attributes), NEEDED.get(name, ())
    given = {
        known[place] if one.name is None else attribute_meant(one.name, known) or one.name
        for place, one in enumerate(arguments)
        if one.name is not None or place < len(known)
    }
    return given.issuperset(needed) or (name == "avg_pool" and "pad" not in given)


def _is_size(value: tree.Expression) -> bool:
    """Whether an argument is `3x3`, which no other framework has: the call is of this language."""
    return isinstance(value, tree.Literal) and isinstance(value.value, Size)


def _is_tuple(value: tree.Expression) -> bool:
    """Whether it has sides, which PyTorch has from left to bottom."""
    return not isinstance(value, tree.Literal)


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


def _differs_by_a_word(name: str, known: str) -> bool:
    """Whether one word of several is another one, as in `min_pool` and `max_pool`, and no slip."""
    pairs = list(zip(name.lower().split("_"), known.lower().split("_"), strict=False))
    if name.count("_") != known.count("_") or all(one != other for one, other in pairs):
        return False
    return any(one != other and nearest(one, (other,)) is None for one, other in pairs)


def _nearest(
    primary: tree.Call | tree.Merge,
    known: tuple[str, ...],
    visible: dict[str, Template],
    location: Location,
) -> Finding:
    """A name that is merely near is suggested, with its arguments where those given do not fit."""
    known = tuple(one for one in known if not _differs_by_a_word(primary.name, one))
    near = nearest(primary.name, known)
    call = primary if isinstance(primary, tree.Call) else None
    callee = visible.get(near or "") or OPS.get(near or "")
    if near is None or callee is None or _fits(call, near, visible):
        return Finding(UnknownLayer(primary.name, known), location)
    advice = f"did you mean `{signature_of(callee).text}`?"
    return Finding(UnknownLayer(primary.name, (), advice), location)


def joined(name: str, argument: str) -> Misplaced:
    """A layer that is called on another one, or on a value."""
    rule = f"layers are joined with `->`, as in `{argument} -> {name}`"
    if name in OPS and OPS[name].merges:
        rule = f"paths of layers stand in braces, each on its line: `{name} {{ ... }}`"
    return Misplaced(f"`{argument}`", rule)


def called_on(call: tree.Call, template: Template, values: Container[str]) -> Misplaced:
    """A layer or block that is given values as arguments: they enter it from the left."""
    arguments = call.arguments or ()
    given = [one for one in arguments if type(one.value) is tree.Name and one.value.name in values]
    first, callee = given[0], template.visible.get(call.name)
    names = [template.location(one.value).text for one in given]
    what = f"`{template.location(first).text}`"
    attribute = None if callee else OPS[call.name].attributes.get(first.name or "")
    if attribute is not None and attribute.kind.counts:
        return Misplaced(what, f"it is no number; write `{first.name}={names[0]}.channels`")
    others = tuple(one for one in arguments if one not in given)
    shown = f"({', '.join(template.location(one).text for one in others)})" if others else ""
    if not _fits(call.replaced(arguments=others), call.name, template.visible):
        shown = "(...)"
    wanted = 0 if callee is None else _count_of_inputs(callee)
    entering = [*names, *(["main"] * (len(names) == wanted - 1))]
    front = names[0] if len(entering) == 1 else f"({', '.join(entering)})"
    rule = f"values enter from the left: write `{front} -> {call.name}{shown}`"
    if front == "main":
        rule = f"the line's own value enters by itself: write `{call.name}{shown}`"
    elif callee is None:
        rule += f"; `{names[0]}.channels` and `{names[0]}.size` are its numbers"
    elif len(entering) > 1 and len(entering) != wanted:
        known = [*callee.attributes]
        inputs = [one.name or (*known, "other")[arguments.index(one)] for one in given]
        rule += f", and in {callee.kind} {callee.name} `input {', '.join(inputs)}`"
    return Misplaced(what, rule)


def _count_of_inputs(template: Template) -> int:
    body = template.definition.body
    return sum(len(one.names) for one in body.statements if isinstance(one, tree.Inputs))


def _fits(call: tree.Call | None, name: str, visible: dict[str, Template]) -> bool:
    """Whether arguments are those of the op, block or value of this name."""
    callee = visible.get(name) or OPS.get(name)
    if call is None or callee is None or (isinstance(callee, type) and callee.merges):
        return True
    faults: list[object] = []
    match(signature_of(callee), call, lambda diagnostic, _node: faults.append(diagnostic))
    return not faults
