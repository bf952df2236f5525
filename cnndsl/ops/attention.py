"""What attention is made of: values that are weighed by what others are."""

from __future__ import annotations

from .base import ANYTHING, SEES_ORDER, Integer, Op, Weight, attribute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..values import Shape

TAPS = Integer("an odd integer of at least 1", 1, is_odd=True)


class ChannelConv(Op):
    """Cross-correlate a vector, or each pixel's channels, with one kernel, without a bias:
    y[c] = sum over i of kernel[i] * x[c + i - floor(K / 2)], with zeros beyond the channels, K
    being the kernel's length (Wang et al. 2020, section 3.2).

    Weights: kernel (length, 1, 1).
    """

    name = "channel_conv"
    ranks = ANYTHING
    order = SEES_ORDER
    depth = 1
    deviation = 1.5
    kernel: int = attribute(TAPS, doc="how many neighbouring channels it sees")

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        return (Weight("kernel", (self.kernel, 1, 1), "glorot_uniform"),)

    def macs_per_pixel(self, inputs: Sequence[Shape]) -> int:
        return self.kernel * inputs[0].channels
