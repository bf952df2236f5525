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
    from collections.abc import Iterable, Iterator

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
    if argument is not None:
        return argument.value.start, argument.value.end, text
    given = text if by_position and is_next(target) else f"{target.name}={text}"
    if call.arguments is None:
        return call.name_end, call.name_end, f"({given})"
    if not call.arguments:
        return call.end - 1, call.end - 1, given
    end = call.arguments[-1].end
    return end, end, f", {given}"


def is_next(target: Target) -> bool:
    """Whether an attribute follows the arguments of a call, all given by position."""
    given, known = target.call.arguments or (), tuple(target.site.callee.attributes)
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


def _joined(edits: Iterable[Edit]) -> list[Edit]:
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
    """The edit that gives attributes of a layer these values, if one call decides them all.

    Its advice is the claim, with the call as it reads afterwards.
    """
    found = (target_of(origin, name) for name in values)
    targets = [one for one in found if one is not None and _can_change(one)]
    first = targets[0] if targets else None
    if first is None or len(targets) < len(values):
        return
    if all(one.call is first.call for one in targets):
        edits = _joined(map(set_argument, targets, values.values()))
        text = rewritten(first.template, first.call, edits)
        yield SuggestedEdit(first.template.source, tuple(edits), f"{claim}: `{text}`")


def _can_change(target: Target) -> bool:
    """Whether an argument is plain, and is written at the call, not handed on with the layer."""
    argument = target.argument
    is_plain = argument is None or isinstance(argument.value, tree.Literal | tree.Name)
    return is_plain and (argument is None or argument.start >= target.call.name_end)


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
    steps = (1, 2) if wanted is None else range(1, LARGEST_STRIDE + 1)
    trials: list[dict[str, object]] = [
        {"stride": stride} for stride in steps if stride != getattr(window.stride, axis)
    ]
    if window.pad != "same":
        pads = ("same", *range(1, min(size // 2, 7) + 1))
        with_same = [{**trial, "pad": "same"} for trial in trials]
        trials = [*({"pad": pad} for pad in pads), *trials, *with_same]
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
        op = origin.layer.op if origin.layer is not None else None
        if isinstance(op, Convolution) and op.pad != "same":
            for one in edit_of(origin, {"pad": "same"}, ""):
                edits |= dict.fromkeys(one.edits)
                sources[one.source] = None
    if len(edits) > 1 and len(sources) == 1:
        (source,) = sources
        yield SuggestedEdit(source, tuple(edits), "give each of these convolutions `pad=same`")


def channel_edits(origin: Origin | None, wanted: str, reason: str) -> Iterator[SuggestedEdit]:
    """Another number of filters."""
    if origin is None or origin.layer is None:
        return
    for name in ("filters", "units"):
        if name in origin.layer.op.attributes:
            yield from edit_of(origin, {name: wanted}, reason)


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
    if target is None or target.argument is None:
        return None
    return target.template.location(target.argument.value).text
