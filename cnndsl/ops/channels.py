"""Channels chosen, put in another order, or exchanged for pixels."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Rejected
from .base import (
    ANYTHING,
    COUNT,
    IMAGES,
    LARGEST_INTEGER,
    SEES_ORDER,
    Choice,
    Integer,
    Op,
    attribute,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..values import Shape

ORDER = Choice("crd or dcr", ("crd", "dcr"))
INDEX = Integer("an integer", -LARGEST_INTEGER)
OPTIONAL_INDEX = Integer("an integer, or none", -LARGEST_INTEGER, is_optional=True)


class Slice(Op):
    """The channels from `start` up to `stop`, which is not included; of a vector, the elements.

    They are counted from 0. What is below 0 is counted from the end, as Python does: -2 is the last
    but one. Without `stop` it goes to the end.

    (slice-1) it has a channel at least, and all of them exist
    """

    name = "slice"
    ranks = ANYTHING
    order = SEES_ORDER
    start: int = attribute(INDEX, default=0, doc="the first channel")
    stop: int | None = attribute(OPTIONAL_INDEX, default=None, doc="the one behind the last")

    def check(self, inputs: Sequence[Shape]) -> None:
        count = inputs[0].channels
        first, end = self.start, count if self.stop is None else self.stop
        first, end = (count + bound if bound < 0 else bound for bound in (first, end))
        if not 0 <= first < end <= count:
            raise Rejected(diagnostics.SliceOutside("slice-1", self.start, self.stop, count))

    def channels(self, inputs: Sequence[Any]) -> Any:
        start, stop = self.start, 0 if self.stop is None else self.stop
        is_at_end = self.stop is None or stop < 0
        if (start < 0) is is_at_end:
            return stop - start
        return inputs[0] + stop - start if is_at_end else stop - start - inputs[0]


class ChannelShuffle(Op):
    """Deal the channels out of `groups` groups, one of each in turn: channel j of group i becomes
    channel j * groups + i (Zhang et al. 2018, section 3.1).

    (channel_shuffle-1) the input is an image
    (channel_shuffle-2) `groups` divides the channels
    """

    name = "channel_shuffle"
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


class Blocks(Op):
    """What the ops share that exchange channels for pixels: a pixel is a block of pixels."""

    ranks = IMAGES
    order = SEES_ORDER
    block: int = attribute(COUNT, doc="height and width of a block")
    channel_order: str = attribute(
        ORDER,
        doc="what comes first among the channels: `crd` the depth, `dcr` the place in a block",
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
    the order `crd`, PyTorch's PixelShuffle; and (i * block + j) * C + c in `dcr`, TensorFlow's
    depth_to_space, C being the channels of the output.

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
    `crd`, PyTorch's PixelUnshuffle; and (i * block + j) * C + c in `dcr`, TensorFlow's
    space_to_depth, C being the channels of the input.

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
