"""Channels chosen, put in another order, or exchanged for pixels."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Rejected
from ..values import Shape, whole
from .base import (
    ANYTHING,
    COUNT,
    IMAGES,
    LARGEST_INTEGER,
    SEES_ORDER,
    Choice,
    Integer,
    Kind,
    Op,
    WrongKind,
    attribute,
    is_integer,
    moved,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..values import Value
    from .base import Reach

ORDER = Choice("crd, dcr or drc", ("crd", "dcr", "drc"))
AXES = Choice("whc, hcw, chw, wch or cwh", ("whc", "hcw", "chw", "wch", "cwh"))
INDEX = Integer("an integer", -LARGEST_INTEGER)
OPTIONAL_INDEX = Integer("an integer, or none", -LARGEST_INTEGER, is_optional=True)


class Slice(Op):
    """The channels from `start` up to `stop`, which is not included; of a vector, the elements.

    They are counted from 0. What is below 0 is counted from the end, as Python does: -2 is the last
    but one. Without `stop` it goes to the end.

    (slice-1) it has a channel at least, and all of them exist
    """

    name = "slice"
    operations = 0
    ranks = ANYTHING
    order = SEES_ORDER
    start: int = attribute(INDEX, default=0, doc="the first channel")
    stop: int | None = attribute(OPTIONAL_INDEX, default=None, doc="the one behind the last")

    def bounds(self, channels: int) -> tuple[int, int]:
        """The first channel and the one behind the last, counted from the front."""
        start, stop = self.start, channels if self.stop is None else self.stop
        return start + channels * (start < 0), stop + channels * (stop < 0)

    def check(self, inputs: Sequence[Shape]) -> None:
        channels = inputs[0].channels
        first, end = self.bounds(channels)
        if not 0 <= first < end <= channels:
            raise Rejected(diagnostics.SliceOutside("slice-1", self.start, self.stop, channels))

    def channels(self, inputs: Sequence[Any]) -> Any:
        start, stop = self.start, 0 if self.stop is None else self.stop
        is_at_end = self.stop is None or stop < 0
        if (start < 0) is is_at_end:
            return stop - start
        return inputs[0] + stop - start if is_at_end else stop - start - inputs[0]


class PartsKind(Kind):
    """How many equal parts, or the size of each."""

    counts = True

    def accept(self, value: Value) -> Value:
        sizes = tuple(map(whole, value)) if isinstance(value, tuple) else whole(value)
        counts = (len(sizes), *sizes) if isinstance(sizes, tuple) else (sizes,)
        if not (is_integer(counts[0], 2) and all(is_integer(one, 1) for one in counts)):
            raise WrongKind(self.text)
        return sizes


PARTS = PartsKind("an integer of at least 2, or a list of sizes")
PLACE = Integer("an integer of at least 0", 0)


class Split(Op):
    """One of several parts of the channels, equal ones or of given sizes; of a vector, of its
    elements.

    `split(2) as left, right` names all parts in order. Those are values, each of which can start a
    chain; the main line goes on from what is split.

    (split-1) the parts make up the channels
    (split-2) `part` is one of them
    """

    name = "split"
    written = "split(2) as left, right`, or one part, `split(2, part=0)"
    operations = 0
    ranks = ANYTHING
    order = SEES_ORDER
    parts: int | tuple[int, ...] = attribute(PARTS, doc="how many parts, or the size of each")
    part: int = attribute(
        PLACE, doc="which of them, from 0; names behind `as` say it by their order"
    )

    @property
    def count(self) -> int:
        return len(self.parts) if isinstance(self.parts, tuple) else self.parts

    def is_whole(self, channels: int) -> bool:
        """Whether the parts make up the channels."""
        if isinstance(self.parts, int):
            return channels % self.parts == 0
        return sum(self.parts) == channels

    def bounds(self, channels: int) -> tuple[int, int]:
        """The first channel of the part, and the one behind its last."""
        sizes = self.parts
        if isinstance(sizes, int):
            sizes = (channels // sizes,) * sizes
        start = sum(sizes[: self.part])
        return start, start + sizes[self.part]

    def check(self, inputs: Sequence[Shape]) -> None:
        channels = inputs[0].channels
        if not self.is_whole(channels):
            raise Rejected(diagnostics.PartsDoNotFit("split-1", self.parts, channels))
        if self.part >= self.count:
            raise Rejected(diagnostics.NoSuchPart("split-2", self.part, self.count))

    def channels(self, inputs: Sequence[Any]) -> Any:
        if isinstance(self.parts, tuple):
            return self.parts[self.part]
        return inputs[0] // self.parts


class ChannelShuffle(Op):
    """Deal the channels out of `groups` groups, one of each in turn: channel j of group i becomes
    channel j * groups + i (Zhang et al. 2018, section 3.1).

    (channel_shuffle-1) the input is an image
    (channel_shuffle-2) `groups` divides the channels
    """

    name = "channel_shuffle"
    operations = 0
    ranks = IMAGES
    order = SEES_ORDER
    groups: int = attribute(COUNT, doc="into how many groups the channels go")

    def check(self, inputs: Sequence[Shape]) -> None:
        channels = inputs[0].channels
        if channels % self.groups:
            raise Rejected(
                diagnostics.GroupsDoNotDivide(
                    "channel_shuffle-2", "channels", channels, self.groups
                )
            )


class Permute(Op):
    """Put height, width and channels in another order: `whc` swaps rows and columns.

    `axes` names them, in the order height, width, channels of the output, as those of the input
    that they were: in `chw` the output's rows are the input's channels, its columns the input's
    rows, and its channels the input's columns.

    (permute-1) the input is an image
    """

    name = "permute"
    operations = 0
    ranks = IMAGES
    order = SEES_ORDER
    folds_space = True
    axes: str = attribute(
        AXES, doc="what height, width and channels were: `whc`, `hcw`, `chw`, `wch` or `cwh`"
    )

    @property
    def taken(self) -> tuple[int, ...]:
        """The input's axis for each of the output's, height being 0."""
        return tuple(map("hwc".index, self.axes))

    def extent(self, inputs: Sequence[Shape]) -> Shape:
        return Shape(tuple(inputs[0].dims[axis] for axis in self.taken))

    def reach(self, inputs: Sequence[Shape]) -> tuple[Reach, ...]:
        return moved(0, 0)


class AcrossChannels(Op):
    """What the ops share that make one channel of all."""

    ranks = IMAGES
    order = SEES_ORDER

    def channels(self, inputs: Sequence[Any]) -> Any:
        return 1

    def operations_per_value(self, inputs: Sequence[Shape]) -> int:
        return inputs[0].channels


class ChannelMean(AcrossChannels):
    """The mean of each pixel's channels, as an image of one channel: (sum over c of x[c]) / C.

    (channel_mean-1) the input is an image
    """

    name = "channel_mean"


class ChannelMax(AcrossChannels):
    """The largest of each pixel's channels, as an image of one channel: max over c of x[c].

    Where k channels are the largest, each has a k-th of the gradient.

    (channel_max-1) the input is an image
    """

    name = "channel_max"
    selects = True


class Blocks(Op):
    """What the ops share that exchange channels for pixels: a pixel is a block of pixels."""

    ranks = IMAGES
    order = SEES_ORDER
    operations = 0
    block: int = attribute(COUNT, doc="height and width of a block")
    channel_order: str = attribute(
        ORDER,
        doc="the depth, column and row of a block, the fastest first: `crd`, `dcr` or `drc`",
    )

    @property
    def area(self) -> int:
        """The pixels of a block."""
        return self.block * self.block

    def need_multiple(self, what: str, count: int, divisor: int) -> None:
        if count % divisor:
            label = f"{self.name}-2"
            raise Rejected(diagnostics.BlocksDoNotFit(self.name, label, what, count, divisor))


class DepthToSpace(Blocks):
    """Lay channels out as blocks of pixels (Shi et al. 2016, section 3.2).

    Pixel (i, j) of a block and channel c of the output was channel c * block^2 + i * block + j in
    the order `crd`, PyTorch's PixelShuffle; (i * block + j) * C + c in `dcr`, TensorFlow's
    depth_to_space, C being the channels of the output; and (j * block + i) * C + c in `drc`.

    (depth_to_space-1) the input is an image
    (depth_to_space-2) block^2 divides the channels
    """

    name = "depth_to_space"

    def check(self, inputs: Sequence[Shape]) -> None:
        self.need_multiple("channels", inputs[0].channels, self.area)

    def sides(self, inputs: Sequence[Shape]) -> tuple[int, ...]:
        return inputs[0].height * self.block, inputs[0].width * self.block

    def channels(self, inputs: Sequence[Any]) -> Any:
        return inputs[0] // (self.block * self.block)


class SpaceToDepth(Blocks):
    """Lay blocks of pixels out as channels: what undoes `depth_to_space` in the same order.

    Pixel (i, j) of a block and channel c becomes channel c * block^2 + i * block + j in the order
    `crd`, PyTorch's PixelUnshuffle; (i * block + j) * C + c in `dcr`, TensorFlow's space_to_depth,
    C being the channels of the input; and (j * block + i) * C + c in `drc`, the Focus of YOLOv5
    and YOLOX (Ge et al. 2021), which takes a column of a block after the other.

    (space_to_depth-1) the input is an image
    (space_to_depth-2) `block` divides height and width
    """

    name = "space_to_depth"

    def check(self, inputs: Sequence[Shape]) -> None:
        self.need_multiple("rows", inputs[0].height, self.block)
        self.need_multiple("columns", inputs[0].width, self.block)

    def sides(self, inputs: Sequence[Shape]) -> tuple[int, ...]:
        return inputs[0].height // self.block, inputs[0].width // self.block

    def channels(self, inputs: Sequence[Any]) -> Any:
        return inputs[0] * self.block * self.block
