"""What attention is made of: values that are weighed by what others are."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Rejected
from .base import ANYTHING, COUNT, FLAG, IMAGES, SEES_ORDER, Integer, Op, Weight, attribute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..values import Shape

PATHS = Integer("an integer of at least 2", 2)
SIZE = Integer("an integer of at least 1, or none", 1, is_optional=True)
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


class PathSoftmax(Op):
    """A softmax over paths: the channels are `paths` equal parts side by side, and values in the
    same place of each add up to 1. x[p, c] being channel c of part p, it is exp(x[p, c]) / sum
    over p of exp(x[p, c]) (Li et al. 2019, section 3.1; Zhang et al. 2022, section 3.1).

    `split` into as many parts has the weights of each path.

    (path_softmax-1) `paths` divides the channels
    """

    name = "path_softmax"
    ranks = ANYTHING
    order = SEES_ORDER
    paths: int = attribute(PATHS, doc="how many paths are weighed")

    def check(self, inputs: Sequence[Shape]) -> None:
        need_multiple(self.name, 1, inputs[0].channels, self.paths)


def need_multiple(op: str, constraint: int, channels: int, divisor: int) -> None:
    if channels % divisor:
        label = f"{op}-{constraint}"
        raise Rejected(diagnostics.BlocksDoNotFit(op, label, "channels", channels, divisor))


class MultiHeadAttention(Op):
    """Attention between the pixels of an image (Vaswani et al. 2017, section 3.2.2).

    x times in_kernel, plus in_bias, are the queries, keys and values of all heads, in this order
    side by side. In a head, a pixel with the query q gets sum over all pixels of softmax(q . k /
    sqrt(key_size)) * v. What the heads give, side by side, is multiplied by out_kernel, and
    out_bias is added. No pixel knows where it is.

    Weights: in_kernel (channels, 3 * heads * key_size), in_bias (3 * heads * key_size),
    out_kernel (heads * key_size, channels), out_bias (channels).

    (multi_head_attention-1) the input is an image
    (multi_head_attention-2) without `key_size`, `heads` divides the channels
    """

    name = "multi_head_attention"
    ranks = IMAGES
    order = SEES_ORDER
    depth = 2
    deviation = 1.0
    heads: int = attribute(COUNT, doc="how many weighings go on beside each other")
    key_size: int | None = attribute(
        SIZE, default=None, doc="the length of a head's queries, keys and values; channels / heads"
    )
    bias: bool = attribute(FLAG, default=True, doc="add trainable biases to all four")

    def check(self, inputs: Sequence[Shape]) -> None:
        if self.key_size is None:
            need_multiple(self.name, 2, inputs[0].channels, self.heads)

    def width(self, channels: int) -> int:
        """How many channels all heads have together."""
        return channels if self.key_size is None else self.heads * self.key_size

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        channels = inputs[0].channels
        width = self.width(channels)
        weights = (
            Weight("in_kernel", (channels, 3 * width), "glorot_uniform"),
            Weight("in_bias", (3 * width,), 0.0),
            Weight("out_kernel", (width, channels), "glorot_uniform"),
            Weight("out_bias", (channels,), 0.0),
        )
        return weights if self.bias else weights[::2]

    def macs_per_pixel(self, inputs: Sequence[Shape]) -> int:
        (image,) = inputs
        return self.width(image.channels) * (4 * image.channels + 2 * image.pixels)

    def flops(self, inputs: Sequence[Shape]) -> int:
        (image,) = inputs
        added = sum(one.size for one in self.weights(inputs) if one.name.endswith("bias"))
        return 2 * self.macs(inputs) + added * image.pixels
