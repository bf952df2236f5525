"""The trail behind a shape error: where the wrong dimension was born, and what may mend it."""

from __future__ import annotations

from .. import syntax
from ..diagnostics.base import Note
from ..diagnostics.shapes import (
    ConcatMismatch,
    GroupsDoNotDivide,
    KernelTooLarge,
    NeedsImage,
    NeedsVector,
    PathsDiffer,
    PoolPaddingTooLarge,
    ShapeDiffers,
)
from ..network import NOTHING, Layer
from ..record import Record
from .births import (
    WINDOW,
    Birth,
    CallSite,
    Target,
    Walker,
    differing_axis,
    first_birth,
    place_of,
    sides,
    target_of,
    tell,
)
from .edits import (
    Mend,
    all_same,
    channel_mends,
    left_out,
    mend_of,
    put_before,
    put_behind,
    rewritten,
    set_argument,
    takes,
    window_mends,
    written,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from ..placing import Failure, Path
    from ..sources import Location
    from ..values import Shape

MOST_BIRTHS = 6
"""How far back a mend is looked for."""
MOST_PATHS = 12
"""How many paths of a merge are pointed at."""


class Trail(Record):
    """What is known about a failure: a better place to point at, notes, and possible mends."""

    location: Location | None = None
    notes: tuple[Note, ...] = ()
    mends: tuple[Mend, ...] = ()
    advice: str | None = None
    """Better than the diagnostic's own, where no mend holds."""


def follow(failure: Failure) -> Trail:
    """The trail of an op that does not fit its inputs, or of an assertion that does not hold."""
    explain = _TRAILS.get(type(failure.diagnostic))
    return explain(failure, failure.diagnostic) if explain is not None else Trail()


# Merges


def _merge(failure: Failure, diagnostic: PathsDiffer | ConcatMismatch) -> Trail:
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
    location = template.location(paths[wrong].node)
    notes = []
    births: dict[int, Birth | None] = {}
    for number in (wrong, right):
        path, shape = paths[number], shapes[number]
        birth = first_birth(axis, builder, path.value, path.entry)
        births[number] = birth
        place = template.location(path.node)
        subject = "this path" if path.chain is not None else "the image"
        still = "still " if birth is None and path.chain is not None else ""
        what = "this path is" if path.chain is not None else "this is"
        label = f"{what} {still}{_shown(shape)}"
        born = place_of(birth, axis) if birth is not None else None
        if number == wrong or path.chain is None or not _on_path(born, path, template):
            notes.append(Note(place, label))
        if birth is not None and born is not None:
            notes.append(Note(born, tell(birth, axis, subject)))
    for number, path in enumerate(paths):
        if number not in births and forms[number] != usual and number < MOST_PATHS:
            kind = "this path is" if path.chain is not None else "this is"
            notes.append(Note(template.location(path.node), f"{kind} {_shown(shapes[number])}"))
    mends = _merge_mends(failure, axis, paths[wrong], paths[right], shapes[wrong], shapes[right])
    return Trail(location, tuple(notes), tuple(mends))


def _shown(shape: Shape) -> str:
    return str(shape) if shape.is_image else f"a vector of {shape}"


def _on_path(born: Location | None, path: Path, template: Any) -> bool:
    chain = path.chain
    return (
        born is not None
        and chain is not None
        and born.source is template.source
        and chain.start <= born.start < chain.end
    )


def _merge_mends(
    failure: Failure, axis: str, wrong: Path, right: Path, shape: Shape, wanted: Shape
) -> Iterator[Mend]:
    builder = failure.builder
    if axis == "form":
        yield from _same_form(failure, wrong, right, shape)
        return
    if axis == "channels":
        yield from _same_channels(failure, wrong, right, shape, wanted)
        return
    ours = _births(axis, builder, wrong.value, wrong.entry)
    theirs = _births(axis, builder, right.value, right.entry)
    yield from _same_stride(failure, theirs, wrong, shape, wanted)
    yield from _same_stride(failure, ours, right, wanted, shape)
    if shape.channels != wanted.channels and isinstance(failure.diagnostic, PathsDiffer):
        for mine, goal in ((ours, wanted), (theirs, shape)):
            yield from _both(mine[:1], goal)
    yield from all_same([*ours, *theirs])
    for mine, goal in ((ours, wanted), (theirs, shape)):
        for number, birth in enumerate(mine):
            exact = getattr(goal, axis) if number == 0 else None
            yield from window_mends(birth, axis, exact)


def _both(births: list[Birth], wanted: Shape) -> Iterator[Mend]:
    """Another padding or stride together with other filters."""
    for birth in births:
        for stride in (None, "1", "2"):
            values = {"filters": str(wanted.channels), "pad": "same"}
            if stride is not None:
                values["stride"] = stride
            yield from mend_of(birth, values, f"this gives {wanted}")


def _births(axis: str, builder: Any, value: int, stop: int | None) -> list[Birth]:
    found = []
    for birth in Walker(axis).births(builder, value, stop):
        found.append(birth)
        if len(found) == MOST_BIRTHS:
            break
    return found


def _same_form(failure: Failure, wrong: Path, right: Path, shape: Shape) -> Iterator[Mend]:
    image, vector = (wrong, right) if shape.is_image else (right, wrong)
    if getattr(failure.diagnostic, "op", "") == "multiply" and vector.chain is not None:
        yield from _gate(failure, vector.chain)
    if image.chain is not None:
        for op in ("global_avg_pool", "flatten"):
            advice = f"make this path a vector too: `-> {op}`"
            yield put_behind(failure.context.template, image.node, op, advice)


def _gate(failure: Failure, chain: syntax.Chain) -> Iterator[Mend]:
    """Have a chain end on a 1x1 image, which scales channels, in place of a vector."""
    edits = []
    for element in chain.elements:
        call = element.primary
        if isinstance(call, syntax.Call) and call.name == "global_avg_pool":
            edits.append((call.start, call.end, "adaptive_avg_pool(1x1)"))
        elif isinstance(call, syntax.Call) and call.name == "dense" and call.arguments:
            first = call.arguments[0]
            edits.append((call.start, call.start + len(call.name), "conv"))
            edits.append((first.end, first.end, ", 1x1"))
    advice = (
        "a 1x1 image scales channels: `adaptive_avg_pool(1x1)` for `global_avg_pool`, "
        "and `conv(n, 1x1)` for `dense(n)`"
    )
    if edits:
        yield Mend(failure.context.template.source, tuple(edits), advice)


def _same_stride(
    failure: Failure, strided: list[Birth], other: Path, shape: Shape, wanted: Shape
) -> Iterator[Mend]:
    """Give the other path the stride that this one has."""
    template = failure.context.template
    chain = other.chain
    for birth in strided:
        stride = target_of(birth, "stride")
        text = written(stride)
        if stride is None or text is None or chain is None or stride.template is not template:
            continue
        for element in chain.elements:
            call = element.primary
            if not isinstance(call, syntax.Call):
                continue
            if call.name == "identity":
                yield from _projection(failure, birth, stride, element, shape, wanted)
                continue
            known = takes(template, call, "stride")
            if known is not None:
                argument = stride.argument
                by_position = argument is not None and argument.name is None
                edit = set_argument(Target(template, call, known, "stride"), text, by_position)
                shown = rewritten(template, call, [edit])
                advice = f"give this path the same stride: `{shown}`"
                yield Mend(template.source, (edit,), advice)


def _projection(
    failure: Failure,
    birth: Birth,
    stride: Target,
    identity: syntax.Element,
    shape: Shape,
    wanted: Shape,
) -> Iterator[Mend]:
    """In place of an empty path the layer of the other one, 1x1 and with its own channels."""
    template = failure.context.template
    values = {}
    if target_of(birth, "filters") is not None and "filters" in _attributes(birth):
        joins_channels = isinstance(failure.diagnostic, PathsDiffer)
        values["filters"] = str(wanted.channels if joins_channels else shape.channels)
        if joins_channels:
            values["filters"] = _channels_text(failure, wanted) or values["filters"]
    if "kernel" in _attributes(birth):
        values["kernel"] = "1x1"
    edits = []
    for name, value in values.items():
        target = target_of(birth, name)
        if target is not None and target.call is stride.call:
            edits.append(set_argument(target, value))
    text = rewritten(stride.template, stride.call, edits)
    advice = f"give this path the same stride: `{text}`"
    node = identity.primary
    yield Mend(template.source, ((node.start, node.end, text),), advice)


def _attributes(birth: Birth) -> dict[str, Any]:
    return dict(birth.layer.op.attributes) if birth.layer is not None else {}


def _channels_text(failure: Failure, wanted: Shape) -> str | None:
    """How the path of these channels writes them, if this is where it does."""
    for path in failure.paths:
        if failure.builder.shapes[path.value] == wanted:
            birth = first_birth("channels", failure.builder, path.value, path.entry)
            target = target_of(birth, "filters") if birth is not None else None
            if target is not None and target.template is failure.context.template:
                return written(target)
    return None


def _same_channels(
    failure: Failure, wrong: Path, right: Path, shape: Shape, wanted: Shape
) -> Iterator[Mend]:
    builder, template = failure.builder, failure.context.template
    ours = first_birth("channels", builder, wrong.value, wrong.entry)
    theirs = first_birth("channels", builder, right.value, right.entry)
    for path, birth, goal in ((wrong, ours, wanted), (right, theirs, shape)):
        text = _channels_text(failure, goal) or str(goal.channels)
        if birth is None and path.chain is not None and shape.is_image:
            for new in (*_pointwise(failure, goal), f"conv({text}, 1x1)"):
                advice = f"give this path the same channels: `{new}`"
                node = path.node
                call = getattr(node, "primary", None)
                if isinstance(call, syntax.Call) and call.name == "identity":
                    yield Mend(template.source, ((call.start, call.end, new),), advice)
                else:
                    yield put_behind(template, node, new, advice)
    for birth, goal, which in ((ours, wanted, "this"), (theirs, shape, "the other")):
        reason = f"give {which} path the same channels"
        for filters in dict.fromkeys((_channels_text(failure, goal), str(goal.channels))):
            if filters is not None:
                yield from channel_mends(birth, filters, reason)


def _pointwise(failure: Failure, wanted: Shape) -> Iterator[str]:
    """The call that sets the channels of the other path, with a kernel of 1x1."""
    template = failure.context.template
    for path in failure.paths:
        if failure.builder.shapes[path.value] == wanted:
            birth = first_birth("channels", failure.builder, path.value, path.entry)
            filters = target_of(birth, "filters") if birth is not None else None
            kernel = target_of(birth, "kernel") if birth is not None else None
            if filters is None or kernel is None or filters.template is not template:
                continue
            if kernel.call is filters.call and filters.call.name in template.visible:
                yield rewritten(template, filters.call, [set_argument(kernel, "1x1", True)])


# Assertions


def _assertion(failure: Failure, diagnostic: ShapeDiffers) -> Trail:
    builder, value = failure.builder, failure.inputs[0]
    expected, found = diagnostic.expected, diagnostic.found
    notes: list[Note] = []
    mends: list[Mend] = []
    axes = [differing_axis(found, expected)]
    if axes != ["form"] and "channels" not in axes and found.channels != expected.channels:
        axes.append("channels")
    for axis in axes:
        births = _births(axis, builder, value, None)
        if births:
            notes.append(Note(place_of(births[0], axis), tell(births[0], axis, "the image")))
        if axis in ("height", "width"):
            mends += all_same(births)
            for number, birth in enumerate(births):
                exact = getattr(expected, axis) if number == 0 else None
                mends += window_mends(birth, axis, exact)
            for birth in _births(WINDOW, builder, value, None)[:1]:
                mends += window_mends(birth, axis, getattr(expected, axis))
        elif axis == "channels" and births:
            reason = f"{expected.channels} {_unit(expected)} are expected"
            mends += channel_mends(births[0], str(expected.channels), reason)
        elif not expected.is_image:
            mends += _vector(failure, found)
    return Trail(None, tuple(notes), tuple(mends))


def _unit(shape: Shape) -> str:
    return "channels" if shape.is_image else "values"


def _vector(failure: Failure, found: Shape) -> Iterator[Mend]:
    template, primary = failure.context.template, failure.element.primary
    for op in ("flatten", "global_avg_pool"):
        advice = f"make it a vector first: `-> {op}`"
        yield put_behind(template, primary, op, advice)


# Single layers


def _failing(failure: Failure) -> Birth | None:
    """The layer that failed, as if it were placed, with the calls that lead to it."""
    if failure.op is None:
        return None
    shapes = tuple(failure.builder.shapes[number] for number in failure.inputs)
    known = tuple(shape for shape in shapes if shape is not None)
    layer = Layer("", failure.element, failure.op, failure.inputs, known, known[0], NOTHING)
    calls, callee = [], failure.context.template
    for caller, site, _arguments in failure.context.callers:
        calls.append(CallSite(caller, site, callee))
        callee = caller
    return Birth(layer, failure.context.template, tuple(calls))


def _input_notes(failure: Failure, axis: str) -> tuple[list[Note], list[Birth]]:
    births = _births(axis, failure.builder, failure.inputs[0], None)
    if not births:
        return [], births
    return [Note(place_of(births[0], axis), tell(births[0], axis, "the image"))], births


def _window(failure: Failure, diagnostic: KernelTooLarge) -> Trail:
    axis = "height" if diagnostic.axis == "high" else "width"
    notes, births = _input_notes(failure, axis)
    own = _failing(failure)
    mends: list[Mend] = []
    if own is not None and own.layer is not None:
        mends += window_mends(own, axis, None)
        image = own.layer.input_shapes[0]
        name = "kernel" if "kernel" in own.layer.op.attributes else "size"
        smaller = f"{min(image.height, diagnostic.size)}x{min(image.width, diagnostic.size)}"
        mends += mend_of(own, {name: smaller}, f"the image is {sides(image)}")
    for birth in births:
        mends += window_mends(birth, axis, None)
    return Trail(None, tuple(notes), tuple(mends))


def _pool_padding(failure: Failure, diagnostic: PoolPaddingTooLarge) -> Trail:
    own = _failing(failure)
    most = diagnostic.size // 2
    if own is None:
        return Trail()
    mends = mend_of(own, {"pad": str(most)}, f"half of {diagnostic.size} is {most}")
    return Trail(None, (), tuple(mends))


def _groups(failure: Failure, diagnostic: GroupsDoNotDivide) -> Trail:
    notes: list[Note] = []
    own = _failing(failure)
    if own is None or own.layer is None:
        return Trail()
    channels, filters = own.layer.input_shapes[0].channels, getattr(own.layer.op, "filters", 1)
    if diagnostic.count == channels:
        notes, _ = _input_notes(failure, "channels")
    known = range(1, min(channels, filters, 4096) + 1)
    fitting = [n for n in known if channels % n == 0 and filters % n == 0]
    best = min(fitting, key=lambda n: abs(n - diagnostic.groups))
    claim = f"`groups={best}` divides {channels} channels and {filters} filters"
    mends = list(mend_of(own, {"groups": str(best)}, claim))
    if best == 1 and filters % diagnostic.groups:
        nearest = max(round(filters / diagnostic.groups), 1) * diagnostic.groups
        claim = f"{diagnostic.groups} groups divide {nearest} filters"
        mends = [*mend_of(own, {"filters": str(nearest)}, claim), *mends]
    return Trail(None, tuple(notes), tuple(mends))


def _needs_vector(failure: Failure, _diagnostic: NeedsVector) -> Trail:
    template, node = failure.context.template, failure.element.primary
    mends = [put_before(template, node, op) for op in ("flatten", "global_avg_pool")]
    if failure.element.repeat is not None:
        mends = []
    notes, _ = _input_notes(failure, "height")
    return Trail(None, tuple(notes), tuple(mends))


def _needs_image(failure: Failure, _diagnostic: NeedsImage) -> Trail:
    notes, births = _input_notes(failure, "form")
    mends = [mend for birth in births[:1] for mend in left_out(birth)]
    advice = None
    if births and births[0].layer is None:
        advice = "an image has three sides, as in `input 32x32x3`"
    return Trail(None, tuple(notes), tuple(mends), advice)


_TRAILS: dict[type, Callable[[Failure, Any], Trail]] = {
    PathsDiffer: _merge,
    ConcatMismatch: _merge,
    ShapeDiffers: _assertion,
    KernelTooLarge: _window,
    PoolPaddingTooLarge: _pool_padding,
    GroupsDoNotDivide: _groups,
    NeedsVector: _needs_vector,
    NeedsImage: _needs_image,
}
__all__ = ["Mend", "Trail", "follow"]
