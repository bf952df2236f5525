"""What attention is made of: values that are weighed by what others are."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Rejected
from .base import (
    ANYTHING,
    COUNT,
    FLAG,
    IMAGES,
    NUMBER,
    OPTIONAL_SIZE,
    SEES_ORDER,
    Choice,
    InPlace,
    Integer,
    Op,
    Weight,
    attribute,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..values import Shape, Size

OFFSETS, DISTANCES, MLP = "offsets", "distances", "mlp"
BIAS = Choice("offsets, distances or mlp, or none", (OFFSETS, DISTANCES, MLP), is_optional=True)
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


def need_multiple(
    op: str, constraint: int, count: int, divisor: int, what: str = "channels"
) -> None:
    if count % divisor:
        label = f"{op}-{constraint}"
        raise Rejected(diagnostics.BlocksDoNotFit(op, label, what, count, divisor))


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


class Attention(Op):
    """What is in the middle of attention: pixels get values, weighed by queries and keys that
    layers before it have made (Vaswani et al. 2017, section 3.2).

    The channels are the queries of all heads, side by side, then their keys, then their values. In
    a head, a pixel with the query q gets sum over the pixels of its window of
    softmax(q . k / sqrt(key_size) + b) * v. The window is the whole image without `window`; with
    it the image is laid out in windows of that size, or with `grid` a window holds pixels that are
    as far apart as there are windows along a side: pixel (i, j) of window (m, n) is pixel
    (i * M + m, j * N + n) of the image, of M x N windows (Tu et al. 2022, section 3.2). Of each
    window every `stride`-th row and column asks, from the first. Of `key_heads` heads of keys and
    values, head h reads number floor(h * key_heads / heads) (Shazeer 2019; Ainslie et al. 2023).

    From pixel (y, x) of a window of H x W to pixel (i, j) of it, b is, for each head,
    `offsets`: offset_bias[y - i + H - 1, x - j + W - 1] (Liu et al. 2021, section 3.2);
    `distances`: distance_bias[|y - i|, |x - j|] (Graham et al. 2021, section 3.4);
    `mlp`: relu(c times mlp_kernel + mlp_bias) times mlp_out_kernel + mlp_out_bias, where c is the
    sign of y - i times log(1 + |y - i|), and likewise of x - j (Liu et al. 2022, section 3.3).

    Weights of the bias: offset_bias (heads, 2 * H - 1, 2 * W - 1); or distance_bias (heads, H, W);
    or mlp_kernel (2, hidden), mlp_bias (hidden), mlp_out_kernel (hidden, heads), mlp_out_bias
    (heads).

    (attention-1) the input is an image
    (attention-2) `key_heads` divides `heads`
    (attention-3) there are channels behind those of queries and keys, which `key_heads` divides
    (attention-4) `window` divides height and width
    """

    name = "attention"
    ranks = IMAGES
    order = SEES_ORDER
    deviation = 1.0
    heads: int = attribute(COUNT, doc="how many weighings go on beside each other")
    key_size: int = attribute(COUNT, doc="the length of a head's queries and keys")
    key_heads: int | None = attribute(
        SIZE, default=None, doc="how many heads have keys and values of their own; all"
    )
    window: Size | None = attribute(
        OPTIONAL_SIZE, default=None, doc="the pixels that see each other; all"
    )
    grid: bool = attribute(FLAG, default=False, doc="whether a window is spread over the image")
    stride: int = attribute(COUNT, default=1, doc="the step between pixels that ask")
    bias: str | None = attribute(BIAS, default=None, doc="what is learned for pairs of places")
    hidden: int = attribute(COUNT, default=512, doc="the units within `mlp`")

    @property
    def sources(self) -> int:
        """How many heads have keys and values of their own."""
        return self.key_heads or self.heads

    @property
    def compared(self) -> int:
        """How many channels are queries and keys."""
        return (self.heads + self.sources) * self.key_size

    def extents(self, image: Shape) -> tuple[int, ...]:
        """Height and width of a window."""
        return image.dims[:2] if self.window is None else (self.window.height, self.window.width)

    def check(self, inputs: Sequence[Shape]) -> None:
        (image,) = inputs
        need_multiple(self.name, 2, self.heads, self.sources, "heads")
        values = image.channels - self.compared
        if values < 1:
            raise Rejected(diagnostics.NoValues("attention-3", image.channels, self.compared))
        need_multiple(self.name, 3, values, self.sources, "channels of values")
        height, width = self.extents(image)
        need_multiple(self.name, 4, image.height, height, "rows")
        need_multiple(self.name, 4, image.width, width, "columns")

    def sides(self, inputs: Sequence[Shape]) -> tuple[int, ...]:
        sides = zip(inputs[0].dims, self.extents(inputs[0]), strict=False)
        return tuple(side // extent * -(-extent // self.stride) for side, extent in sides)

    def channels(self, inputs: Sequence[Any]) -> Any:
        if self.key_heads is None:
            return inputs[0] - 2 * self.heads * self.key_size
        values = inputs[0] - (self.heads + self.key_heads) * self.key_size
        return self.heads * (values // self.key_heads)

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        height, width = self.extents(inputs[0])
        learned: dict[str | None, tuple[Weight, ...]] = {
            OFFSETS: (Weight("offset_bias", (self.heads, 2 * height - 1, 2 * width - 1), 0.0),),
            DISTANCES: (Weight("distance_bias", (self.heads, height, width), 0.0),),
            MLP: (
                Weight("mlp_kernel", (2, self.hidden), "glorot_uniform"),
                Weight("mlp_bias", (self.hidden,), 0.0),
                Weight("mlp_out_kernel", (self.hidden, self.heads), "glorot_uniform"),
                Weight("mlp_out_bias", (self.heads,), 0.0),
            ),
        }
        return learned.get(self.bias, ())

    def seen(self, image: Shape) -> int:
        """How many pixels are in a window."""
        height, width = self.extents(image)
        return height * width

    def macs_per_pixel(self, inputs: Sequence[Shape]) -> int:
        (image,) = inputs
        values: int = self.channels([image.channels])
        return self.seen(image) * (self.heads * self.key_size + values)

    def flops(self, inputs: Sequence[Shape]) -> int:
        pairs = self.heads * self.seen(inputs[0]) * self.shape(inputs).pixels
        return 2 * self.macs(inputs) + (pairs if self.bias else 0)


class PositionEmbedding(Op):
    """Add a value that is learned for each place: y[i, j, c] = x[i, j, c] + embedding[i, j, c]
    (Dosovitskiy et al. 2021, section 3.1).

    Weights: embedding (height, width, channels).

    (position_embedding-1) the input is an image
    """

    name = "position_embedding"
    ranks = IMAGES
    order = SEES_ORDER

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        return (Weight("embedding", inputs[0].dims, 0.0),)


class ScalarAffine(InPlace):
    """gamma * x + beta, with one learned number for all channels each.

    With `relu_squared` before it, it is StarReLU (Yu et al. 2022, section 4.1); without beta, and
    begun with 0, SkipInit (De and Smith 2020, section 4).

    Weights: gamma (), beta ().
    """

    name = "scalar_affine"
    operations = 2
    order = SEES_ORDER
    start: float = attribute(NUMBER, default=1.0, doc="what gamma begins with")
    bias: bool = attribute(FLAG, default=True, doc="add beta")

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        weights = Weight("gamma", (), self.start), Weight("beta", (), 0.0)
        return weights if self.bias else weights[:1]
