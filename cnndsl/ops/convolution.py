"""Convolutions."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Rejected
from ..values import NO_PADDING, Padding, Shape, Size
from .base import (
    COUNT,
    FLAG,
    INITIALIZER,
    NON_NEGATIVE,
    PADS,
    POSITIVE,
    SEED,
    SIZE,
    Number,
    Weight,
    attribute,
)
from .windows import ONE, Window, Windowed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, ClassVar

SCALE = Number("a number greater than 0, or none", 0.0, float("inf"), True, is_optional=True)


class Convolution(Windowed):
    """What the three convolutions share: the window, and the initialiser of its kernels."""

    kernel: Size = attribute(SIZE, doc="height and width of the window")
    stride: Size = attribute(SIZE, default=ONE, doc="step of the window")
    pad: str | Padding = attribute(PADS, default=NO_PADDING, doc="zeros around the image")
    dilation: Size = attribute(SIZE, default=ONE, doc="distance between the window's taps")
    bias: bool = attribute(FLAG, default=True, doc="add a trainable bias to each filter")
    init: str = attribute(INITIALIZER, default="glorot_uniform", doc="initialiser of the kernel")
    seed: int | None = attribute(SEED, default=None, doc="seed of the initialiser")
    l2: float = attribute(
        NON_NEGATIVE, default=0.0, doc="the loss gains l2 times the sum of the squared kernel"
    )
    depth = 1
    deviation = 1.5
    stride_rule: ClassVar[int] = 3
    """The number of the constraint on stride and dilation."""

    def window(self, image: Shape) -> Window:
        return Window(image, self.kernel, self.stride, self.dilation, self.pad)

    def check(self, inputs: Sequence[Shape]) -> None:
        if self.stride != ONE and self.dilation != ONE:
            label = f"{self.name}-{self.stride_rule}"
            stride, dilation = str(self.stride), str(self.dilation)
            raise Rejected(diagnostics.StrideWithDilation(self.name, label, stride, dilation))

    def bias_weight(self, channels: int) -> tuple[Weight, ...]:
        return (Weight("bias", (channels,), 0.0),) if self.bias else ()

    def window_weight(self, name: str, depth: int, filters: int) -> Weight:
        return Weight(name, (self.kernel.height, self.kernel.width, depth, filters), self.init)


class Conv(Convolution):
    """Cross-correlate the image with `filters` kernels, each over one group of channels.

    Output channel block g of `filters / groups` sees input channel block g alone.

    Weights: kernel (height, width, channels / groups, filters), bias (filters).

    (conv-1) the dilated kernel fits into the padded image
    (conv-2) channels % groups = 0
    (conv-3) filters % groups = 0
    (conv-4) the input is an image
    (conv-5) stride and dilation are not both above 1
    """

    name = "conv"
    filters: int = attribute(COUNT, doc="output channels")
    groups: int = attribute(COUNT, default=1, doc="channel groups that do not see each other")
    stride_rule = 5

    __fields__ = ("filters", *Convolution.__fields__[:4], "groups", *Convolution.__fields__[4:])

    def check(self, inputs: Sequence[Shape]) -> None:
        channels = inputs[0].channels
        if channels % self.groups:
            raise Rejected(
                diagnostics.GroupsDoNotDivide(
                    f"{self.name}-2", "input channels", channels, self.groups
                )
            )
        if self.filters % self.groups:
            raise Rejected(
                diagnostics.GroupsDoNotDivide(
                    f"{self.name}-3", "filters", self.filters, self.groups
                )
            )
        super().check(inputs)

    def channels(self, inputs: Sequence[Any]) -> Any:
        return self.filters

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        depth = inputs[0].channels // self.groups
        return (self.window_weight("kernel", depth, self.filters), *self.bias_weight(self.filters))

    def macs_per_pixel(self, inputs: Sequence[Shape]) -> int:
        return self.filters * self.kernel.area * (inputs[0].channels // self.groups)


class StandardizedConv(Conv):
    """A convolution whose kernels are standardised: it is `conv` with (W - mean) / sqrt(variance +
    epsilon), mean and (biased) variance being those of each filter's kernel (Qiao et al. 2019,
    equation 5).

    With `scale`, that is multiplied by gain * scale / sqrt(N), gain being learned for each filter
    and N the number of a kernel's values (Brock et al. 2021, equation 1).

    Weights: kernel (height, width, channels / groups, filters), bias (filters); with `scale`, gain
    (1, 1, 1, filters).

    (standardized_conv-1) the dilated kernel fits into the padded image
    (standardized_conv-2) channels % groups = 0
    (standardized_conv-3) filters % groups = 0
    (standardized_conv-4) the input is an image
    (standardized_conv-5) stride and dilation are not both above 1
    """

    name = "standardized_conv"
    epsilon: float = attribute(POSITIVE, default=1e-6, doc="added to the variance of a kernel")
    scale: float | None = attribute(
        SCALE, default=None, doc="scale kernels, by a gain, too; the activation's own correction"
    )

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        gain = () if self.scale is None else (Weight("gain", (1, 1, 1, self.filters), 1.0),)
        return (*super().weights(inputs), *gain)


class DepthwiseConv(Convolution):
    """Convolve each channel on its own, with `multiplier` kernels each.

    Output channel c * multiplier + j comes from input channel c.

    Weights: kernel (height, width, 1, channels * multiplier), bias (channels * multiplier).

    (depthwise_conv-1) the dilated kernel fits into the padded image
    (depthwise_conv-2) the input is an image
    (depthwise_conv-3) stride and dilation are not both above 1
    """

    name = "depthwise_conv"
    multiplier: int = attribute(COUNT, default=1, doc="output channels for each input channel")

    __fields__ = (*Convolution.__fields__[:4], "multiplier", *Convolution.__fields__[4:])

    def channels(self, inputs: Sequence[Any]) -> Any:
        return inputs[0] * self.multiplier

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        filters = self.channels([inputs[0].channels])
        return (self.window_weight("kernel", 1, filters), *self.bias_weight(filters))

    def macs_per_pixel(self, inputs: Sequence[Shape]) -> int:
        return inputs[0].channels * self.multiplier * self.kernel.area


class SeparableConv(DepthwiseConv):
    """A depthwise convolution without bias, then a 1x1 convolution to `filters` channels.

    Weights: depthwise_kernel (height, width, 1, channels * multiplier),
    pointwise_kernel (1, 1, channels * multiplier, filters), bias (filters).

    (separable_conv-1) the dilated kernel fits into the padded image
    (separable_conv-2) the input is an image
    (separable_conv-3) stride and dilation are not both above 1
    """

    name = "separable_conv"
    filters: int = attribute(COUNT, doc="output channels")
    depth = 2

    __fields__ = ("filters", *DepthwiseConv.__fields__)

    def channels(self, inputs: Sequence[Any]) -> Any:
        return self.filters

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        middle = inputs[0].channels * self.multiplier
        pointwise = Weight("pointwise_kernel", (1, 1, middle, self.filters), self.init)
        depthwise = self.window_weight("depthwise_kernel", 1, middle)
        return (depthwise, pointwise, *self.bias_weight(self.filters))

    def macs_per_pixel(self, inputs: Sequence[Shape]) -> int:
        return inputs[0].channels * self.multiplier * (self.kernel.area + self.filters)
