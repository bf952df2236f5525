"""CNN3xx: shapes that do not fit."""

from __future__ import annotations

from .base import Diagnostic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..values import Shape, Size


GATE = (
    "a 1x1 image scales channels: `adaptive_avg_pool(1x1)` for `global_avg_pool`, and "
    "`conv(n, 1x1)` for `dense(n)`"
)
"""What to write for a vector that is to scale the channels of an image."""


def _listed(shapes: tuple[Shape, ...]) -> str:
    """Each distinct shape once: `3, 4 and 5`."""
    *others, last = dict.fromkeys(map(str, shapes))
    return f"{', '.join(others)} and {last}" if others else last


class PathsDiffer(Diagnostic):
    """An elementwise merge (`add`, `multiply`) joins paths whose shapes are not equal.

    The sum of two images is taken pixel by pixel and channel by channel, so both need the same
    height, width and channels. The language does not stretch the smaller one, but in `multiply`: a
    1x1 image scales channels, and an image of one channel pixels. Most often one path has a stride,
    a window without padding, or other filters than the path beside it.
    """

    code = "CNN301"
    op: str
    shapes: tuple[Shape, ...]
    advice: str | None = None

    @property
    def message(self) -> str:
        return f"{self.op} joins paths of different shapes: {_listed(self.shapes)}"

    @property
    def help(self) -> str | None:
        if self.advice is not None:
            return self.advice
        channels = {shape.channels for shape in self.shapes}
        if len({len(shape.dims) for shape in self.shapes}) > 1:
            if self.op == "multiply":
                return GATE
            return "bring every path to the same form, with `flatten` or `global_avg_pool`"
        if len(channels) > 1 and len({shape.dims[:-1] for shape in self.shapes}) == 1:
            return f"a 1x1 convolution changes the channels: `conv({max(channels)}, 1x1)`"
        return "give every path the same stride and padding"


class ConcatMismatch(Diagnostic):
    """`concat` joins along channels, so its paths need equal height and width.

    The images are put behind each other like sheets of paper; their numbers of channels may differ.
    """

    code = "CNN302"
    shapes: tuple[Shape, ...]
    advice: str | None = None
    help_template = "`pad=same` and `stride=1` keep a path's height and width"

    @property
    def message(self) -> str:
        return f"concat needs paths of equal height and width, but they are {_listed(self.shapes)}"


class ShapeDiffers(Diagnostic):
    """A shape assertion (`: 28x28x6`) does not hold.

    An assertion says what its author had in mind. Either a layer before it is not what was meant,
    or the assertion is out of date; `check --update-shapes` corrects it in that case.
    """

    code = "CNN303"
    expected: Shape
    found: Shape
    advice: str | None = None
    message_template = "the shape here is {found}, not {expected}"


class ModelInput(Diagnostic):
    """A model that is called where another shape enters than its `input` states.

    As a part of another one, a model takes what its own weights and shapes were made for.
    """

    code = "CNN336"
    model: str
    stated: Shape
    entering: Shape
    name: str = ""

    @property
    def message(self) -> str:
        where = f" as `{self.name}`" if self.name else ""
        return f"model {self.model} takes {self.stated}{where}, and {self.entering} enters here"

    help_template = "bring what enters to {stated}, or make the model's `input` a parameter"


class SharedDiffers(Diagnostic):
    """What is shared would need other weights, or other layers, for one call than for another.

    All calls have one set of weights: they can differ in height and width, as far as no weight
    depends on these.
    """

    code = "CNN337"
    path: str
    first: Shape
    other: Shape
    message_template = (
        "the shared `{path}` would be another layer for {other} than it is for {first}"
    )
    help_template = "bring both to one number of channels, or have a `share` for each"


class NeedsImage(Diagnostic):
    """An op that works on images (height x width x channels) receives a vector.

    After `flatten` or a global pooling there are no rows and columns for a window to move over.
    """

    code = "CNN305"
    op: str
    shape: Shape
    advice: str | None = None
    message_template = "{op} needs an image, but receives a vector of {shape}"
    help_template = "put {op} before `flatten` or the global pooling"


class NeedsVector(Diagnostic):
    """`dense` receives an image. Which order its pixels go in must be said, with `flatten`.

    Frameworks disagree about it: Keras would apply the layer to each pixel, PyTorch to the last
    axis, whichever that is.
    """

    code = "CNN306"
    op: str
    shape: Shape
    advice: str | None = None
    message_template = "{op} needs a vector, but receives an image of {shape}"
    help_template = "write `flatten -> {op}(...)` or `global_avg_pool -> {op}(...)`"


class GroupsDoNotDivide(Diagnostic):
    """A grouped convolution whose channels or filters do not split evenly.

    Each group of filters sees its own group of channels, and all groups are of equal size.
    """

    code = "CNN307"
    label: str
    what: str
    count: int
    groups: int
    advice: str | None = None

    @property
    def message(self) -> str:
        return (
            f"{self.groups} groups do not divide {self.count} {self.what}: "
            f"{self.count} / {self.groups} = {self.count / self.groups:.6g}"
        )

    @property
    def help(self) -> str | None:
        divisors = [n for n in range(1, min(self.count, 4096) + 1) if self.count % n == 0]
        nearest = min(divisors, key=lambda n: abs(n - self.groups))
        return self.advice or f"`groups={nearest}` divides them"


class TooFewPaths(Diagnostic):
    """A merge of fewer than two paths.

    Each line within the braces is one path. Layers that follow each other in one path are joined by
    `->`.
    """

    code = "CNN309"
    op: str
    count: int
    given: str = ""
    """The one value that stands in brackets, as it is written."""
    message_template = "{op} needs at least two paths, but has {count}"

    @property
    def help(self) -> str:
        if self.given:
            other = "NAME" if self.given == "main" else "main"
            return f"write the other value, too: `{self.op}({self.given}, {other})`"
        paths = "write each path on its own line"
        if self.count == 0:
            paths = f"write the names of values, `{self.op}(a, main)`, or {paths[6:]} in braces"
        return f"{paths}; `identity` is the empty path"


class SizeTooLarge(Diagnostic):
    """A shape or weight too large for any framework to hold.

    Most often a number has some digits too many.
    """

    code = "CNN310"
    what: str
    size: str
    limit: int
    message_template = "{what} of {size} is too large (the limit is {limit:,} elements)"


class ChannelsDiffer(Diagnostic):
    """A model's `pixels` name an order of channels that its input does not have.

    `rgb` and `bgr` are three channels, `gray` is one; an input of another depth holds no picture
    that a file could be read as.
    """

    code = "CNN312"
    order: str
    channels: int
    shape: Shape

    @property
    def message(self) -> str:
        stated = f"{self.order} is {self.channels} channel{'s' if self.channels > 1 else ''}"
        return f"{stated}, but the input {self.shape} has {self.shape.channels}"

    @property
    def help(self) -> str:
        if self.shape.channels in (1, 3):
            return f"write `{'gray' if self.shape.channels == 1 else 'rgb'}`, or mend `input`"
        return "leave `pixels` out: it is said of inputs with 1 or 3 channels"


class ValuesPerChannel(Diagnostic):
    """A `mean` or `std` with more or fewer numbers than there are channels.

    Each channel is shifted and divided by its own number, or all of them by one.
    """

    code = "CNN313"
    name: str
    found: int
    order: str
    channels: int
    message_template = "`{name}` has {found} numbers, but {order} has {channels} channels"
    help_template = "write one number for each channel, in the order of `{order}`, or a single one"


class TooManyPaths(Diagnostic):
    """A merge of more than two paths that is defined for two: a difference.

    Several paths can be added, and one of them scaled by -1 before.
    """

    code = "CNN314"
    op: str
    count: int
    message_template = "{op} joins two paths, but has {count}"
    help_template = "make one path of what is taken away, with `add`"


class MeansNothing(Diagnostic):
    """An attribute that the mode of its op has no use for, such as `align_corners` for `nearest`.

    Which pixel is nearest is told by the middles of pixels: to align the corners means something
    for modes that weigh several pixels.
    """

    code = "CNN316"
    op: str
    label: str
    attribute: str
    mode: str
    instead: str = "another `mode`"
    message_template = "{op}: `{attribute}` means nothing for `{mode}`"
    help_template = "leave `{attribute}` out, or write {instead}"


class SliceOutside(Diagnostic):
    """A `slice` of channels that do not exist, or of none.

    Python cuts such bounds off without a word; a network that is built on fewer channels than its
    author had in mind is another one.
    """

    code = "CNN317"
    label: str
    start: int
    stop: int | None
    channels: int

    @property
    def message(self) -> str:
        stop = "the end" if self.stop is None else self.stop
        return f"slice from {self.start} to {stop} is not within {self.channels} channels"

    @property
    def help(self) -> str:
        return f"the first channel is 0, and `stop`, which is not included, {self.channels} at most"


class BlocksDoNotFit(Diagnostic):
    """Channels that do not make up whole blocks, paths or heads, or an image without whole blocks.

    `depth_to_space` takes block x block channels for each of its output; `space_to_depth` divides
    height and width by the block. The paths of `path_softmax` have equal parts of the channels,
    as have the heads of `multi_head_attention` if their size is not given. `attention` divides the
    image into windows, and the channels of its values into heads.
    """

    code = "CNN331"
    op: str
    label: str
    what: str
    count: int
    divisor: int
    message_template = "{op}: {count} {what} cannot be divided by {divisor}"

    @property
    def help(self) -> str:
        below = self.count // self.divisor * self.divisor
        near = " or ".join(map(str, [*[below] * bool(below), below + self.divisor]))
        return f"{near} {self.what} can"


class PartsDoNotFit(Diagnostic):
    """A `split` whose parts do not make up the channels.

    Equal parts need a number of channels that they divide, and given sizes are to add up to it:
    no channel is left over.
    """

    code = "CNN332"
    label: str
    parts: int | tuple[int, ...]
    channels: int

    @property
    def message(self) -> str:
        if isinstance(self.parts, int):
            each = f"{self.channels} / {self.parts} = {self.channels / self.parts:.6g}"
            return f"{self.parts} equal parts do not make up {self.channels} channels: {each}"
        total = f"{' + '.join(map(str, self.parts))} = {sum(self.parts)}"
        return f"the parts do not make up {self.channels} channels: {total}"

    @property
    def help(self) -> str | None:
        if isinstance(self.parts, int):
            return "write the size of each part: `split([16, 48]) as few, many`"
        return None


class NoSuchPart(Diagnostic):
    """A `part` of a split beyond the last one: they are counted from 0."""

    code = "CNN333"
    label: str
    part: int
    count: int
    message_template = "there is no part {part} of {count} parts, which are counted from 0"


class PartsNamed(Diagnostic):
    """More or fewer names behind a `split` than it has parts.

    Each part has a name, so that no channel is lost without a word.
    """

    code = "CNN334"
    names: int
    count: int
    message_template = "{names} names for {count} parts"
    help_template = "write a name for each part: `split(2) as left, right`"


class ValuesDiffer(Diagnostic):
    """More or fewer values than what they go into takes.

    A layer takes one value, and a block as many as its `input` names. Where several go on side by
    side, names behind them tell them apart.
    """

    code = "CNN351"
    what: str
    wanted: int
    found: int
    in_sequence: bool = False
    """Whether they come in a stage, loop or repeat."""
    names: tuple[str, ...] = ()
    """What the values are called, if they have names."""

    @property
    def message(self) -> str:
        values = "value" if self.wanted == 1 else "values"
        come = "comes" if self.found == 1 else "come"
        return f"{self.what} takes {self.wanted} {values}, and {self.found} {come}"

    @property
    def help(self) -> str:
        some = ", ".join("abcdefghijklmnopqrstuvwxyz"[: max(self.wanted, self.found)])
        if self.wanted > 1 and self.in_sequence:
            return (
                f"values in brackets stand before a loop or repeat, `({some}) -> for ...`, "
                "or in a block: a stage takes one value"
            )
        if self.wanted > 1:
            into = self.what if self.what.startswith("`") else "`...`"
            values = f"({', '.join(some.split(', ')[: self.wanted])})"
            return (
                f"start a chain with {self.wanted} values in brackets: `{values} -> {into[1:]}; "
                "`main` is the main line"
            )
        if self.names:
            joined = f"concat({', '.join(self.names)})"
            return f"join them, as in `{joined}`, or start the chain with one: `{self.names[0]} ->`"
        if self.in_sequence:
            return f"put it into a block, in which `as {some}` names them, and call that here"
        return f"end the line with a name for each, `as {some}`; what follows takes `a`"


class ValuesNamed(Diagnostic):
    """More or fewer names behind a block than it has outputs."""

    code = "CNN352"
    names: int
    count: int

    @property
    def message(self) -> str:
        values = "value" if self.count == 1 else "values"
        return f"{self.names} names for {self.count} {values}"

    help_template = "a block gives the values that its `output` lists, each of which has a name"


class NormOfOneValue(Diagnostic):
    """A norm of values of which each is a group of its own.

    Such a value is its own mean and has no deviation: what is left is the shift, whatever enters.
    PyTorch refuses it for one sample, too.
    """

    code = "CNN345"
    label: str
    shape: Shape
    message_template = "each of the {shape} values would be normalised by itself, which leaves none"
    help_template = "leave the norm out, or normalise before the image is pooled to one pixel"


class NoValues(Diagnostic):
    """An `attention` whose queries and keys leave no channels for values.

    It takes what layers before it have made: the channels are `heads` queries and `key_heads` keys
    of `key_size` each, and behind them the values.
    """

    code = "CNN347"
    label: str
    channels: int
    compared: int
    message_template = "attention: queries and keys take {compared} of {channels} channels"
    help_template = (
        "the channels are queries, keys and values side by side: make more than {compared} of them"
    )


class NoWholePixels(Diagnostic):
    """A `reshape` to an image whose pixels would not have the same number of channels.

    The values are dealt out to pixels in rows; none is left over, and none is made.
    """

    code = "CNN348"
    label: str
    size: Size
    shape: Shape

    @property
    def message(self) -> str:
        elements, pixels = self.shape.elements, self.size.area
        each = f"{elements} / {pixels} = {elements / pixels:.6g}"
        return f"{self.size} pixels do not share {elements} values alike: {each}"

    @property
    def help(self) -> str:
        area, elements = self.size.area, self.shape.elements
        fewer, more = elements // area * area, -(-elements // area) * area
        near = f"{fewer} or {more}" if fewer else f"{more}"
        return f"let {near} values enter, or give another size"
