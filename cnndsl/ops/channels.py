"""Channels chosen, put in another order, or exchanged for pixels."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Rejected
from .base import ANYTHING, COUNT, IMAGES, LARGEST_INTEGER, SEES_ORDER, Integer, Op, attribute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..values import Shape

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
