"""The trail behind a shape error: where the wrong dimension was born, and what may mend it."""

from __future__ import annotations

from itertools import islice
from string import ascii_lowercase

from ...diagnostics.base import Note
from ...diagnostics.shapes import (
    GATE,
    ConcatMismatch,
    GroupsDoNotDivide,
    NeedsImage,
    NeedsVector,
    PathsDiffer,
    ShapeDiffers,
)
from ...diagnostics.windows import KernelTooLarge, PoolPaddingTooLarge
from ...ir.network import NOTHING, Layer
from ...record import Record
from ...semantics.bound import Assertion, BlockCall, Identity, Let, OpCall, nodes
from ...syntax import tree
from .edits import (
    SuggestedEdit,
    all_same,
    channel_edits,
    edit_of,
    left_out,
    put_before,
    put_behind,
    rewritten,
    set_argument,
    window_edits,
    written,
)
from .origins import (
    WINDOW,
    CallSite,
    Origin,
    Target,
    Walker,
    differing_axis,
    first_origin,
    place_of,
    sides,
    target_of,
    tell,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from ...semantics.bound import Path, Steps
    from ...semantics.reporting import JoinedValue, Rejection
    from ...semantics.template import Template
    from ...text import Location
    from ...values import Shape

MOST_BIRTHS = 6
"""How far back a mend is looked for."""
MOST_PATHS = 12
"""How many paths of a merge are pointed at."""
MOST_NAMED = 4
"""How many paths a message writes as names."""


class Trail(Record):
    """What is known about a failure: a better place to point at, notes, and edits to try."""

    notes: Iterable[Note] = ()
    suggestions: Iterable[SuggestedEdit] = ()
    location: Location | None = None
    advice: str | None = None
    """Better than the diagnostic's own, where no mend holds."""


def follow(failure: Rejection) -> Trail:
    """The trail of an op that does not fit its inputs, or of an assertion that does not hold."""
    explain = _TRAILS.get(type(failure.diagnostic))
    return explain(failure, failure.diagnostic) if explain is not None else Trail()


# Merges


def _merge(failure: Rejection, diagnostic: PathsDiffer | ConcatMismatch) -> Trail:
    builder, template, paths = failure.builder, failure.context.template, failure.paths
    shapes = diagnostic.shapes
    forms = [one.dims for one in shapes]
    if isinstance(diagnostic, ConcatMismatch):
        forms = [one.dims[:-1] for one in shapes]
    usual = max(forms, key=forms.count)
    wrong = next(number for number, form in enumerate(forms) if form != usual)
    right = forms.index(usual)
    if wrong < right and forms.count(usual) == 1:
        wrong, right = right, wrong
    axis = differing_axis(shapes[right], shapes[wrong])
    notes = []
    origins: dict[int, Origin | None] = {}
    for number in (wrong, right):
        path, shape = paths[number], shapes[number]
        origin = first_origin(axis, builder, path.value, path.entry)
        origins[number] = origin
        subject = "this path" if path.path is not None else "the image"
        still = "still " if origin is None and path.path is not None else ""
        born = place_of(origin, axis) if origin is not None else None
        if number == wrong or path.path is None or not _on_path(born, path.path, template):
            label = f"{_this(path)} {still}{_shown(shape)}{_untaken(path)}"
            notes.append(Note(template.location(path.node), label))
        if origin is not None and born is not None:
            notes.append(Note(born, tell(origin, axis, subject)))
    for number, path in enumerate(paths):
        if number not in origins and forms[number] != usual and number < MOST_PATHS:
            label = f"{_this(path)} {_shown(shapes[number])}"
            notes.append(Note(template.location(path.node), label))
    suggestions = _merge_edits(
        failure, axis, paths[wrong], paths[right], shapes[wrong], shapes[right]
    )
    place = template.location(paths[wrong].node)
    if any(_untaken(path) for path in paths):
        return Trail(notes, (), place, _without_path(paths, getattr(diagnostic, "op", "concat")))
    return Trail(notes, suggestions, place)


def _this(path: JoinedValue) -> str:
    return "this path is" if path.path is not None else "this is"


def _untaken(path: JoinedValue) -> str:
    """What to say of a path that is an `if` of which no layer applies."""
    is_choice = isinstance(getattr(path.node, "primary", None), tree.If)
    is_passed_on = is_choice and path.path is not None and path.value == path.entry
    return ": no layer of the `if` applies here, so it is the identity" if is_passed_on else ""


def _without_path(paths: Sequence[JoinedValue], op: str) -> str:
    """How to leave a path out, where its `if` does not apply."""
    names = ascii_lowercase[: min(len(paths), MOST_NAMED)]
    others = ", ".join(names[:-1])
    left = f"{op}({others})" if len(names) > 2 else others
    return (
        "to leave the path out, name the paths by `let` and join them in both branches: "
        f"`if ... {{ {op}({', '.join(names)}) }} else {{ {left} }}`"
    )


def _shown(shape: Shape) -> str:
    return str(shape) if shape.is_image else f"a vector of {shape}"


def _on_path(born: Location | None, path: Path, template: Template) -> bool:
    is_in_file = born is not None and born.source is template.source
    return born is not None and is_in_file and path.start <= born.start < path.end


def _merge_edits(
    failure: Rejection,
    axis: str,
    wrong: JoinedValue,
    right: JoinedValue,
    shape: Shape,
    wanted: Shape,
) -> Iterator[SuggestedEdit]:
    builder = failure.builder
    if axis == "form":
        yield from _same_form(failure, wrong, right, shape)
        return
    if axis == "channels":
        yield from _same_channels(failure, wrong, right, shape, wanted)
        return
    ours = _origins(axis, builder, wrong.value, wrong.entry)
    theirs = _origins(axis, builder, right.value, right.entry)
    yield from _same_stride(failure, theirs, wrong, shape, wanted)
    yield from _same_stride(failure, ours, right, wanted, shape)
    if shape.channels != wanted.channels and isinstance(failure.diagnostic, PathsDiffer):
        for mine, goal in ((ours, wanted), (theirs, shape)):
            yield from _both(mine[:1], goal)
    yield from all_same([*ours, *theirs])
    for mine, goal in ((ours, wanted), (theirs, shape)):
        for number, origin in enumerate(mine):
            exact = getattr(goal, axis) if number == 0 else None
            yield from window_edits(origin, axis, exact)


def _both(origins: list[Origin], wanted: Shape) -> Iterator[SuggestedEdit]:
    """Another padding or stride together with other filters."""
    for origin in origins:
        for stride in ({}, {"stride": "1"}, {"stride": "2"}):
            values = {"filters": str(wanted.channels), "pad": "same", **stride}
            yield from edit_of(origin, values, f"this gives {wanted}")


def _origins(axis: str, builder: Any, value: int, stop: int | None) -> list[Origin]:
    return list(islice(Walker(axis).origins(builder, value, stop), MOST_BIRTHS))


def _same_form(
    failure: Rejection, wrong: JoinedValue, right: JoinedValue, shape: Shape
) -> Iterator[SuggestedEdit]:
    image, vector = (wrong, right) if shape.is_image else (right, wrong)
    if getattr(failure.diagnostic, "op", "") == "multiply":
        yield from _gate(failure, _steps_to(failure, vector))
    if image.path is not None:
        for op in ("global_avg_pool", "flatten"):
            advice = f"make this path a vector too: `-> {op}`"
            yield put_behind(failure.context.template, image.node, op, advice)


def _steps_to(failure: Rejection, joined: JoinedValue) -> Steps:
    """The path to a value that a merge joins, or the side chain that its name stands for."""
    if joined.path is not None:
        return joined.path.steps
    template = failure.context.template
    name = template.location(joined.node).text
    lets = (one for one in nodes(template.body.steps) if isinstance(one, Let))
    return next((one.steps for one in lets if one.name == name), ())


def _gate(failure: Rejection, steps: Steps) -> Iterator[SuggestedEdit]:
    """Have a path end on a 1x1 image, which scales channels, in place of a vector."""
    edits = []
    for node in nodes(steps):
        if not isinstance(node, OpCall):
            continue
        call = node.syntax.primary
        if call.name == "global_avg_pool":
            edits.append((call.start, call.end, "adaptive_avg_pool(1x1)"))
        elif call.name == "dense":
            first = call.arguments[0]
            edits.append((call.start, call.start + len(call.name), "conv"))
            edits.append((first.end, first.end, ", 1x1"))
    if edits:
        yield SuggestedEdit(failure.context.template.source, tuple(edits), GATE)


def _same_stride(
    failure: Rejection, strided: list[Origin], other: JoinedValue, shape: Shape, wanted: Shape
) -> Iterator[SuggestedEdit]:
    """Give the other path the stride that this one has."""
    template, path = failure.context.template, other.path
    for origin in strided:
        stride = target_of(origin, "stride")
        text = written(stride)
        if stride is None or text is None or path is None or stride.template is not template:
            continue
        for node in nodes(path.steps):
            if isinstance(node, Identity):
                yield from _projection(failure, origin, stride, node, shape, wanted)
            elif isinstance(node, OpCall | BlockCall) and "stride" in node.callee.attributes:
                argument = stride.argument
                by_position = argument is not None and argument.syntax.name is None
                edit = set_argument(Target(template, node, "stride"), text, by_position)
                shown = rewritten(template, node.syntax.primary, [edit])
                advice = f"give this path the same stride: `{shown}`"
                yield SuggestedEdit(template.source, (edit,), advice)


def _projection(
    failure: Rejection,
    origin: Origin,
    stride: Target,
    identity: Identity,
    shape: Shape,
    wanted: Shape,
) -> Iterator[SuggestedEdit]:
    """In place of an empty path the layer of the other one, 1x1 and with its own channels."""
    template = failure.context.template
    known = origin.layer.op.attributes if origin.layer is not None else {}
    values = {}
    if target_of(origin, "filters") is not None and "filters" in known:
        values["filters"] = str(shape.channels)
        if isinstance(failure.diagnostic, PathsDiffer):
            values["filters"] = _channels_text(failure, wanted) or str(wanted.channels)
    if "kernel" in known:
        values["kernel"] = "1x1"
    edits = []
    for name, value in values.items():
        target = target_of(origin, name)
        if target is not None and target.call is stride.call:
            edits.append(set_argument(target, value))
    text = rewritten(stride.template, stride.call, edits)
    advice = f"give this path the same stride: `{text}`"
    node = identity.syntax.primary
    yield SuggestedEdit(template.source, ((node.start, node.end, text),), advice)


def _channels_text(failure: Rejection, wanted: Shape) -> str | None:
    """How the path of these channels writes them, if this is where it does."""
    return next((written(filters) for _, filters in _deciding(failure, wanted)), None)


def _deciding(failure: Rejection, wanted: Shape) -> Iterator[tuple[Origin, Target]]:
    """What sets the channels of the paths of this shape, where this definition decides them."""
    for path in failure.paths:
        if failure.builder.shapes[path.value] == wanted:
            origin = first_origin("channels", failure.builder, path.value, path.entry)
            filters = target_of(origin, "filters") if origin is not None else None
            if origin is None or filters is None:
                continue
            if filters.template is failure.context.template:
                yield origin, filters


def _same_channels(
    failure: Rejection, wrong: JoinedValue, right: JoinedValue, shape: Shape, wanted: Shape
) -> Iterator[SuggestedEdit]:
    builder, template = failure.builder, failure.context.template
    ours = first_origin("channels", builder, wrong.value, wrong.entry)
    theirs = first_origin("channels", builder, right.value, right.entry)
    for path, origin, goal in ((wrong, ours, wanted), (right, theirs, shape)):
        text = _channels_text(failure, goal) or str(goal.channels)
        if origin is None and path.path is not None and shape.is_image:
            for new in (*_pointwise(failure, goal), f"conv({text}, 1x1)"):
                advice = f"give this path the same channels: `{new}`"
                node = path.node
                call = getattr(node, "primary", None)
                if isinstance(call, tree.Call) and call.name == "identity":
                    yield SuggestedEdit(template.source, ((call.start, call.end, new),), advice)
                else:
                    yield put_behind(template, node, new, advice)
    for origin, goal, which in ((ours, wanted, "this"), (theirs, shape, "the other")):
        reason = f"give {which} path the same channels"
        for filters in dict.fromkeys((_channels_text(failure, goal), str(goal.channels))):
            if filters is not None:
                yield from channel_edits(origin, filters, reason)


def _pointwise(failure: Rejection, wanted: Shape) -> Iterator[str]:
    """The call that sets the channels of the other path, with a kernel of 1x1."""
    template = failure.context.template
    for origin, filters in _deciding(failure, wanted):
        kernel = target_of(origin, "kernel")
        is_own = kernel is not None and kernel.call is filters.call
        if kernel is not None and is_own and filters.call.name in template.visible:
            yield rewritten(template, filters.call, [set_argument(kernel, "1x1", True)])


# Assertions


def _assertion(failure: Rejection, diagnostic: ShapeDiffers) -> Trail:
    expected, found = diagnostic.expected, diagnostic.found
    notes: list[Note] = []
    suggestions: list[SuggestedEdit] = []
    axes = [differing_axis(found, expected)]
    if axes != ["form"] and "channels" not in axes and found.channels != expected.channels:
        axes.append("channels")
    for axis in axes:
        born, origins = _input_notes(failure, axis)
        notes += born
        if axis in ("height", "width"):
            suggestions += all_same(origins)
            for number, origin in enumerate(origins):
                exact = getattr(expected, axis) if number == 0 else None
                suggestions += window_edits(origin, axis, exact)
            for origin in _origins(WINDOW, failure.builder, failure.inputs[0], None)[:1]:
                suggestions += window_edits(origin, axis, getattr(expected, axis))
        elif axis == "channels" and origins:
            unit = "channels" if expected.is_image else "values"
            reason = f"{expected.channels} {unit} are expected"
            suggestions += channel_edits(origins[0], str(expected.channels), reason)
        elif not expected.is_image:
            for op in ("flatten", "global_avg_pool"):
                advice = f"make it a vector first: `-> {op}`"
                template, primary = failure.context.template, failure.node.syntax.primary
                suggestions.append(put_behind(template, primary, op, advice))
    return Trail(notes, suggestions)


# Single layers


def _failing(failure: Rejection) -> Origin:
    """The layer that failed, as if it were placed, with the calls that lead to it."""
    layer = None
    if failure.op is not None and not isinstance(failure.node, Assertion):
        shapes = tuple(failure.builder.shapes[number] for number in failure.inputs)
        known = tuple(shape for shape in shapes if shape is not None)
        layer = Layer("", failure.node, failure.op, failure.inputs, known, known[0], NOTHING)
    calls = tuple(CallSite(caller, site) for caller, site, _ in failure.context.callers)
    return Origin(layer, failure.context.template, calls)


def _input_notes(failure: Rejection, axis: str) -> tuple[list[Note], list[Origin]]:
    """Where the input's axis was born, as a note if anywhere, and all that set it."""
    origins = _origins(axis, failure.builder, failure.inputs[0], None)
    notes = [Note(place_of(one, axis), tell(one, axis, "the image")) for one in origins[:1]]
    return notes, origins


def _window(failure: Rejection, diagnostic: KernelTooLarge) -> Trail:
    axis = "height" if diagnostic.axis == "high" else "width"
    notes, origins = _input_notes(failure, axis)
    own = _failing(failure)
    suggestions: list[SuggestedEdit] = []
    if own.layer is not None:
        suggestions += window_edits(own, axis, None)
        image = own.layer.input_shapes[0]
        name = "kernel" if "kernel" in own.layer.op.attributes else "size"
        smaller = f"{min(image.height, diagnostic.size)}x{min(image.width, diagnostic.size)}"
        suggestions += edit_of(own, {name: smaller}, f"the image is {sides(image)}")
    for origin in origins:
        suggestions += window_edits(origin, axis, None)
    return Trail(notes, suggestions)


def _pool_padding(failure: Rejection, diagnostic: PoolPaddingTooLarge) -> Trail:
    most = diagnostic.size // 2
    claim = f"half of {diagnostic.size} is {most}"
    return Trail((), edit_of(_failing(failure), {"pad": str(most)}, claim))


def _groups(failure: Rejection, diagnostic: GroupsDoNotDivide) -> Trail:
    notes: list[Note] = []
    own = _failing(failure)
    if own.layer is None:
        return Trail()
    channels, filters = own.layer.input_shapes[0].channels, getattr(own.layer.op, "filters", 1)
    if diagnostic.count == channels:
        notes, _ = _input_notes(failure, "channels")
    known = range(1, min(channels, filters, 4096) + 1)
    fitting = [n for n in known if channels % n == 0 and filters % n == 0]
    best = min(fitting, key=lambda n: abs(n - diagnostic.groups))
    claim = f"`groups={best}` divides {channels} channels and {filters} filters"
    suggestions = list(edit_of(own, {"groups": str(best)}, claim))
    if best == 1 and filters % diagnostic.groups:
        nearest = max(round(filters / diagnostic.groups), 1) * diagnostic.groups
        claim = f"{diagnostic.groups} groups divide {nearest} filters"
        suggestions = [*edit_of(own, {"filters": str(nearest)}, claim), *suggestions]
    return Trail(notes, suggestions)


def _needs_vector(failure: Rejection, _diagnostic: NeedsVector) -> Trail:
    template, node = failure.context.template, failure.node.syntax.primary
    makers = ("flatten", "global_avg_pool") if failure.node.syntax.repeat is None else ()
    suggestions = [put_before(template, node, op) for op in makers]
    notes, _ = _input_notes(failure, "height")
    return Trail(notes, suggestions)


def _needs_image(failure: Rejection, _diagnostic: NeedsImage) -> Trail:
    notes, origins = _input_notes(failure, "form")
    suggestions = [mend for origin in origins[:1] for mend in left_out(origin)]
    advice = None
    if origins and origins[0].layer is None:
        advice = "an image has three sides, as in `input 32x32x3`"
    return Trail(notes, suggestions, advice=advice)


_TRAILS: dict[type, Callable[[Rejection, Any], Trail]] = {
    PathsDiffer: _merge,
    ConcatMismatch: _merge,
    ShapeDiffers: _assertion,
    KernelTooLarge: _window,
    PoolPaddingTooLarge: _pool_padding,
    GroupsDoNotDivide: _groups,
    NeedsVector: _needs_vector,
    NeedsImage: _needs_image,
}
__all__ = ["SuggestedEdit", "Trail", "follow"]
