"""Edits that may mend a shape error. Each is tried on the whole spec before it is suggested."""

from __future__ import annotations

import re

from ...diagnostics.base import Rejected
from ...ops.base import WrongKind
from ...ops.convolution import Convolution
from ...ops.pooling import Pooling
from ...ops.windows import window_of
from ...record import Record
from ...syntax import tree
from .origins import Origin, Target, sides, target_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...ir.network import Layer
    from ...semantics.template import Template
    from ...text import Source
    from ...values import Shape

    Edit = tuple[int, int, str]

ARROW_BEHIND = re.compile(r"\s*->\s*")
LARGEST_STRIDE = 4


class SuggestedEdit(Record):
    """Edits of one source, and the advice to give if they mend it."""

    source: Source
    edits: tuple[Edit, ...]
    advice: str


def set_argument(target: Target, text: str, by_position: bool = False) -> Edit:
    """The edit that gives a call's attribute the value `text`.

    An attribute that is not given yet goes in by its name, or `by_position` if it comes next.
    """
    call, argument = target.call, target.argument
    if by_position and argument is None and is_next(target):
        end = (call.arguments or ())[-1].end
        return end, end, f", {text}"
    if argument is not None:
        return argument.value.start, argument.value.end, text
    if call.arguments is None:
        return call.name_end, call.name_end, f"({target.name}={text})"
    if not call.arguments:
        return call.end - 1, call.end - 1, f"{target.name}={text}"
    end = call.arguments[-1].end
    return end, end, f", {target.name}={text}"


def is_next(target: Target) -> bool:
    """Whether an attribute follows the arguments of a call, all given by position."""
    given, known = target.call.arguments or (), target.site.known
    is_positional = bool(given) and all(one.name is None for one in given)
    return is_positional and len(given) < len(known) and known[len(given)] == target.name


def rewritten(template: Template, node: tree.Node, edits: list[Edit]) -> str:
    """The text of a node after edits within it, on one line."""
    text = template.source.text
    parts, position = [], node.start
    for start, end, new in sorted(edits):
        parts += [text[position:start], new]
        position = end
    parts.append(text[position : node.end])
    return " ".join("".join(parts).split())


def set_attributes(origin: Origin, values: dict[str, str]) -> tuple[Target, list[Edit], str] | None:
    """The edits that give attributes of a layer these values, if one call decides them all.

    With the call as it reads afterwards.
    """
    targets = []
    for name in values:
        target = target_of(origin, name)
        if target is None:
            return None
        argument = target.argument
        if argument is not None and not isinstance(argument.value, tree.Literal | tree.Name):
            return None
        targets.append(target)
    first = targets[0]
    if any(one.call is not first.call for one in targets):
        return None
    edits = [set_argument(one, text) for one, text in zip(targets, values.values(), strict=True)]
    if len({start for start, end, _ in edits if start == end}) < sum(s == e for s, e, _ in edits):
        edits = _joined(edits)
    return first, edits, rewritten(first.template, first.call, edits)


def _joined(edits: list[Edit]) -> list[Edit]:
    """Insertions at one place as one edit, in their order."""
    merged: dict[tuple[int, int], str] = {}
    for start, end, text in edits:
        before = merged.get((start, end), "")
        if before.startswith("(") and text.startswith("("):
            merged[start, end] = f"{before[:-1]}, {text[1:]}"
        elif before and not before.startswith(","):
            merged[start, end] = f"{before}, {text}"
        else:
            merged[start, end] = before + text
    return [(start, end, text) for (start, end), text in merged.items()]


def edit_of(origin: Origin, values: dict[str, str], claim: str) -> Iterator[SuggestedEdit]:
    """The mend that gives attributes of a layer these values; none where no call decides them."""
    made = set_attributes(origin, values)
    if made is not None:
        target, edits, text = made
        yield SuggestedEdit(target.template.source, tuple(edits), f"{claim}: `{text}`")


def window_edits(origin: Origin, axis: str, wanted: int | None) -> Iterator[SuggestedEdit]:
    """Other paddings and strides of a windowed layer.

    With `wanted` those that give the axis that size; else those that change it least.
    """
    layer = origin.layer
    if layer is None:
        return
    image = layer.input_shapes[0]
    window = window_of(layer.op, image)
    if window is None or not isinstance(layer.op, Convolution | Pooling):
        return
    size = getattr(window.kernel, axis)
    trials: list[dict[str, object]] = []
    if window.pad != "same":
        trials.append({"pad": "same"})
        trials += [{"pad": pad} for pad in range(1, min(size // 2, 7) + 1)]
    steps = (1, 2) if wanted is None else range(1, LARGEST_STRIDE + 1)
    strides = [one for one in steps if one != getattr(window.stride, axis)]
    trials += [{"stride": stride} for stride in strides]
    if window.pad != "same":
        trials += [{"stride": stride, "pad": "same"} for stride in strides]
    for trial in trials:
        after = shape_with(layer, trial)
        if after is None or (wanted is not None and getattr(after, axis) != wanted):
            continue
        values = {name: str(value) for name, value in trial.items()}
        yield from edit_of(origin, values, claim(trial, image, after))


def claim(trial: dict[str, object], before: Shape, after: Shape) -> str:
    """`pad=1` gives 28x28."""
    given = ", ".join(f"{name}={value}" for name, value in trial.items())
    verb = "keeps" if sides(before) == sides(after) else "gives"
    return f"`{given}` {verb} {sides(after)}"


def shape_with(layer: Layer, changes: dict[str, object]) -> Shape | None:
    """The layer's output with other attributes, or None if they do not fit."""
    op = layer.op
    values = {name: getattr(op, name) for name in op.attributes}
    try:
        for name, value in changes.items():
            values[name] = op.attributes[name].kind.accept(value)
        return type(op)(**values).shape(layer.input_shapes)
    except (Rejected, WrongKind, KeyError):
        return None


def all_same(origins: list[Origin]) -> Iterator[SuggestedEdit]:
    """`pad=same` on every convolution that takes pixels off, if there are several."""
    edits: dict[Edit, None] = {}
    sources: dict[Source, None] = {}
    for origin in origins:
        layer = origin.layer
        if layer is None or not isinstance(layer.op, Convolution):
            continue
        if target_of(origin, "pad") is None or layer.op.pad == "same":
            continue
        made = set_attributes(origin, {"pad": "same"})
        if made is not None:
            edits |= dict.fromkeys(made[1])
            sources[made[0].template.source] = None
    if len(edits) > 1 and len(sources) == 1:
        (source,) = sources
        yield SuggestedEdit(source, tuple(edits), "give each of these convolutions `pad=same`")


def channel_edits(origin: Origin | None, wanted: str, reason: str) -> Iterator[SuggestedEdit]:
    """Another number of filters."""
    if origin is None or origin.layer is None:
        return
    for name in ("filters", "units"):
        if name in origin.layer.op.attributes:
            made = set_attributes(origin, {name: wanted})
            if made is not None:
                target, edits, text = made
                advice = f"{reason}: `{text}`"
                yield SuggestedEdit(target.template.source, tuple(edits), advice)


def put_before(template: Template, node: tree.Node, what: str) -> SuggestedEdit:
    text = template.location(node).text
    advice = f"write `{what} -> {' '.join(text.split())}`"
    return SuggestedEdit(template.source, ((node.start, node.start, f"{what} -> "),), advice)


def put_behind(template: Template, node: tree.Node, what: str, advice: str) -> SuggestedEdit:
    """The chain that ends with `node` goes on with `what`."""
    return SuggestedEdit(template.source, ((node.end, node.end, f" -> {what}"),), advice)


def left_out(origin: Origin) -> Iterator[SuggestedEdit]:
    """The chain without this layer."""
    layer = origin.layer
    if layer is None or not isinstance(layer.site.syntax.primary, tree.Call):
        return
    source, site = origin.template.source, layer.site
    arrow = ARROW_BEHIND.match(source.text, site.end)
    if arrow is not None:
        location = origin.template.location(site)
        yield SuggestedEdit(
            source,
            ((site.start, arrow.end(), ""),),
            f"leave out the `{location.text}` in line {location.row}",
        )


def written(target: Target | None) -> str | None:
    """The text of the argument that decides an attribute."""
    if target is None:
        return None
    argument = target.argument
    return target.template.location(argument.value).text if argument is not None else None
