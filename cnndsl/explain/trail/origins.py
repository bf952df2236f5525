"""Where a dimension was born: the layer behind a value that last set one of its axes.

Read only once there is something to explain, so a spec that holds does not pay for it.
"""

from __future__ import annotations

from ...ir.network import Child, Layer, Run, width
from ...ops.convolution import ConvTranspose, KernelOp
from ...ops.pooling import Pooling, Subsample
from ...ops.windows import arithmetic, window_of
from ...record import Record
from ...semantics.bound import OpCall
from ...semantics.scope_builder import Builder, FailedStep
from ...syntax import tree
from ...values import Size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from ...ir.network import Scope, Step
    from ...ops.base import Op
    from ...semantics.bound import Argument, BlockCall
    from ...semantics.template import Template
    from ...text import Location
    from ...values import Shape

FARTHEST = 4_000
"""How many steps a trail is walked back."""
WINDOW = "window"
"""Asked for in place of an axis: every layer with a window, whether it changes a side or not."""
SETS_CHANNELS = ("filters", "units", "multiplier")
ONE = Size(1, 1)


class CallSite(Record):
    """A block call on the way to a layer, and the definition that it stands in."""

    caller: Template
    site: BlockCall


class Origin(Record):
    """A layer that set an axis; `calls` lead to it from the scope that was asked, inner first.

    Without a layer it is an input of the model: the one at `place`.
    """

    layer: Layer | None
    template: Template
    calls: tuple[CallSite, ...]
    place: int = 0


class Target(Record):
    """An attribute of a call, in the text that decides it."""

    template: Template
    site: OpCall | BlockCall
    name: str

    @property
    def call(self) -> tree.Call:
        call: tree.Call = self.site.syntax.primary
        return call

    @property
    def argument(self) -> Argument | None:
        return self.site.argument(self.name)


class Broken(Exception):
    """The trail ends at an earlier error, or is too long to follow."""


class Walker:
    """Walks from a value back to the layers that made it."""

    def __init__(self, axis: str) -> None:
        self.axis = axis
        self.left = FARTHEST

    def origins(
        self, builder: Builder | None, value: int, stop: int | None = None
    ) -> Iterator[Origin]:
        """The layers that set the axis, the last one first.

        With `stop` only those between that value of the builder and `value`.
        """
        try:
            while builder is not None:
                value = yield from self.back(builder, (), value, stop or 0)
                if stop is not None:
                    return
                if builder.parent is None:
                    yield Origin(None, builder.template, (), value)
                    return
                value, builder = builder.entry[value], builder.parent
        except Broken:
            return

    def back(
        self,
        scope: Builder | Scope,
        calls: tuple[CallSite, ...],
        value: int,
        stop: int = 0,
    ) -> Generator[Origin, None, int]:
        """Walk back from a value of a scope; gives the input that it comes from."""
        inputs = scope.inputs if isinstance(scope, Builder) else len(scope.input_shapes)
        made = [(step, place) for step in scope.steps for place in range(width_of(step))]
        while value >= max(inputs, stop + 1):
            step, place = made[value - inputs]
            if isinstance(step, FailedStep):
                value = self.before(step)
                continue
            place = yield from self.through(step, scope.template, calls, place)
            value = step.inputs[place]
        return value

    def before(self, lost: FailedStep) -> int:
        """The value before a failed assertion that has left the axis alone."""
        found, claimed = lost.found, lost.claimed
        if found is None or claimed is None or len(found.dims) != len(claimed.dims):
            raise Broken
        if self.axis not in ("form", WINDOW) and getattr(found, self.axis) != getattr(
            claimed, self.axis
        ):
            raise Broken
        return lost.entry

    def through(
        self, step: Step, template: Template, calls: tuple[CallSite, ...], place: int
    ) -> Generator[Origin, None, int]:
        """Walk back through a step from one of its values; gives the place of the input."""
        self.left -= 1
        if self.left < 0:
            raise Broken
        if isinstance(step, Run):
            for one in reversed(step.steps):
                place = yield from self.through(one, template, calls, place)
            return place
        if isinstance(step, Child):
            scope = step.scope
            if scope.kind == "block":
                calls = (CallSite(template, step.site), *calls)
            return (yield from self.back(scope, calls, scope.outputs[place][1]))
        if sets(step, self.axis):
            yield Origin(step, template, calls)
        return unstretched(step)


def width_of(step: Step | FailedStep) -> int:
    return 1 if isinstance(step, FailedStep) else width(step)


def first_origin(axis: str, builder: Builder, value: int, stop: int | None = None) -> Origin | None:
    return next(Walker(axis).origins(builder, value, stop), None)


def unstretched(layer: Layer) -> int:
    """The place of the input that the others of a product are stretched to, or the first."""
    shapes = layer.input_shapes
    return shapes.index(layer.shape) if layer.shape in shapes else 0


def sets(layer: Layer, axis: str) -> bool:
    """Whether a layer decides an axis: it changes it, or sets it whatever it was."""
    before, after = layer.input_shapes[unstretched(layer)], layer.shape
    if axis == WINDOW:
        return window_of(layer.op, before) is not None
    if len(before.dims) != len(after.dims):
        return True
    if axis == "form":
        return False
    if axis == "channels":
        given = any(name in layer.op.attributes for name in SETS_CHANNELS[:2])
        return given or before.channels != after.channels
    return bool(getattr(before, axis) != getattr(after, axis))


def differing_axis(one: Shape, other: Shape) -> str:
    """The axis to explain where two shapes differ."""
    if len(one.dims) != len(other.dims):
        return "form"
    for axis in ("height", "width"):
        if getattr(one, axis) != getattr(other, axis):
            return axis
    return "channels"


# Which text decides


def target_of(origin: Origin, attribute: str, exact: bool = True) -> Target | None:
    """The text that decides an attribute of a layer: as far out as block calls only pass it on.

    Unless `exact`, an expression of parameters leads outwards too, to the first one given.
    """
    layer = origin.layer
    if layer is None or not isinstance(layer.site, OpCall):
        return None
    target = Target(origin.template, layer.site, attribute)
    for step in origin.calls:
        outer = _outwards(target, step, exact)
        if outer is None:
            break
        target = outer
    return target


def _outwards(target: Target, step: CallSite, exact: bool) -> Target | None:
    argument, parameters = target.argument, step.site.callee.attributes
    if argument is None:
        return None
    value = argument.value
    if isinstance(value, tree.Name):
        is_parameter = value.name in parameters
        return Target(step.caller, step.site, value.name) if is_parameter else None
    if exact:
        return None
    for name in (part.name for part in tree.parts(value) if isinstance(part, tree.Name)):
        if step.site.argument(name) is not None:
            return Target(step.caller, step.site, name)
    return None


def place_of(origin: Origin, axis: str) -> Location:
    """Where the text stands that decides the axis."""
    template, layer = origin.template, origin.layer
    if layer is None:
        stated = [place for one in template.definition.body.statements for place in inputs_in(one)]
        return template.location(stated[origin.place] if stated else template.definition)
    primary = layer.site.syntax.primary
    target = target_of(origin, responsible(layer.op, axis), exact=False)
    if target is not None:
        return target.template.location(target.argument or target.call)
    end = getattr(primary, "name_end", primary.end)
    return template.location(tree.Node(primary.start, end))


def inputs_in(statement: tree.Node) -> Sequence[tree.Node]:
    """Where a statement of a model states its inputs."""
    if isinstance(statement, tree.Inputs):
        pairs = zip(statement.names, statement.shapes, strict=True)
        return [tree.Node(name.start, shape.end) for name, shape in pairs]
    return [statement] if isinstance(statement, tree.Input) else []


def responsible(op: Op, axis: str) -> str:
    """The attribute that decides the axis."""
    if axis == "channels":
        return next((name for name in SETS_CHANNELS if name in op.attributes), "")
    if isinstance(op, KernelOp):
        return "kernel" if op.stride == ONE else "stride"
    if isinstance(op, Pooling):
        return "size" if op.stride is None or op.stride == ONE else "stride"
    return "size" if "size" in op.attributes else "pad"


# In words and numbers


def sides(shape: Shape) -> str:
    return f"{shape.height}x{shape.width}" if shape.is_image else str(shape)


def tell(origin: Origin, axis: str, subject: str) -> str:
    """What the layer did to the axis."""
    layer = origin.layer
    if layer is None:
        names = origin.template.body.inputs
        return f"this is the input{f' `{names[origin.place]}`' if len(names) > 1 else ''}"
    op, before, after = layer.op, layer.input_shapes[0], layer.shape
    if len(before.dims) != len(after.dims):
        return f"{op.name} makes a vector of {after} here: {_vector(op, before)}"
    if axis == "channels":
        return _channels(layer, subject)
    change = f"{sides(before)} -> {sides(after)}"
    if isinstance(op, ConvTranspose):
        return f"{subject} becomes {sides(after)} here: {op.arithmetic(before, axis)}"
    window = window_of(op, before)
    if window is None:
        return f"{op.name} changes {subject} here: {change}"
    stride = getattr(window.stride, axis)
    cause = f"stride {stride}"
    if isinstance(op, Pooling | Subsample) and (window.stride == window.kernel):
        cause = f"{op.name}({window.kernel})"
    if stride > 1 and getattr(before, axis) == stride * getattr(after, axis):
        effect = f"halves {subject}" if stride == 2 else f"divides {subject} by {stride}"
        return f"{cause} {effect}: {change}"
    return f"{subject} becomes {sides(after)} here: {arithmetic(window, after, axis)}"


def _vector(op: Op, before: Shape) -> str:
    if op.folds_space:
        return f"{before.height} * {before.width} * {before.channels} = {before.elements}"
    return f"one value for each of the {before.channels} channels"


def _channels(layer: Layer, subject: str) -> str:
    op, after = layer.op, layer.shape
    if op.sums_channels:
        parts = " + ".join(str(shape.channels) for shape in layer.input_shapes)
        return f"{op.name} joins the channels: {parts} = {after.channels}"
    name = responsible(op, "channels")
    if name == "multiplier":
        before, times = layer.input_shapes[0].channels, getattr(op, name)
        return f"multiplier={times} sets the channels here: {before} * {times} = {after.channels}"
    unit = "channels" if after.is_image else "length"
    if not name:
        entering = layer.input_shapes[unstretched(layer)]
        return f"{op.name} changes the {unit} here: {entering.channels} -> {after.channels}"
    return f"{name}={after.channels} sets the {unit} here"
