"""Normalisation."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Rejected
from .base import (
    COUNT,
    FLAG,
    IMAGES,
    NON_NEGATIVE,
    NUMBER,
    POSITIVE,
    RATE,
    SEES_ORDER,
    InPlace,
    Numbers,
    Op,
    Weight,
    attribute,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..values import Shape

LARGEST_DEVIATION = 1e3
MEANS = Numbers("a number, one for each channel, or none", NUMBER, True)
DEVIATIONS = Numbers("a number greater than 0, one for each channel, or none", POSITIVE, True)


class BatchNorm(InPlace):
    """Normalise each channel: gamma * (x - mean) / sqrt(variance + epsilon) + beta.

    Training uses the batch's mean and (biased) variance and moves the running statistics:
    moving = momentum * moving + (1 - momentum) * batch. Inference uses the running statistics
    (Ioffe and Szegedy 2015, algorithms 1 and 2).

    Weights: gamma (channels), beta (channels), moving_mean (channels), moving_variance (channels);
    the last two are not trainable.
    """

    name = "batch_norm"
    operations = 2
    deviation = 1.0
    compares_channels = True
    momentum: float = attribute(RATE, default=0.9, doc="share of the old statistics kept")
    epsilon: float = attribute(POSITIVE, default=1e-5, doc="added to the variance")
    center: bool = attribute(FLAG, default=True, doc="train a shift, beta")
    scale: bool = attribute(FLAG, default=True, doc="train a scale, gamma")

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        shape = (inputs[0].channels,)
        return (
            *scale_and_shift(self.scale, self.center, shape),
            Weight("moving_mean", shape, 0.0, trainable=False),
            Weight("moving_variance", shape, 1.0, trainable=False),
        )


def scale_and_shift(scale: bool, center: bool, shape: tuple[int, ...]) -> Iterator[Weight]:
    if scale:
        yield Weight("gamma", shape, 1.0)
    if center:
        yield Weight("beta", shape, 0.0)


class Normalization(InPlace):
    """What the norms share that treat each sample by itself: a scale and a shift by channel."""

    deviation = 0.1
    epsilon: float = attribute(POSITIVE, default=1e-5, doc="added to the variance")
    center: bool = attribute(FLAG, default=True, doc="train a shift, beta")
    scale: bool = attribute(FLAG, default=True, doc="train a scale, gamma")

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        return tuple(scale_and_shift(self.scale, self.center, (inputs[0].channels,)))


class LayerNorm(Normalization):
    """Normalise a vector, or each pixel's channels: gamma * (x - mean) / sqrt(variance + epsilon)
    + beta, with the (biased) variance of these values (Ba et al. 2016, section 3).

    Weights: gamma (channels), beta (channels).
    """

    name = "layer_norm"
    operations = 2


def need_several(label: str, shape: Shape, groups: int) -> None:
    """Raise `Rejected` where each group is one value alone."""
    if shape.elements == groups:
        raise Rejected(diagnostics.NormOfOneValue(label, shape))


class GroupNorm(Normalization):
    """Normalise each group of channels over all pixels: gamma * (x - mean) / sqrt(variance +
    epsilon) + beta, with the (biased) variance of these values (Wu and He 2018, section 3.1).

    (group_norm-1) `groups` divides the channels
    (group_norm-2) a group has more than one value

    Weights: gamma (channels), beta (channels).
    """

    name = "group_norm"
    operations = 2
    order = SEES_ORDER
    __fields__ = ("groups", "epsilon", "center", "scale")
    groups: int = attribute(COUNT, default=32, doc="into how many groups the channels go")

    def check(self, inputs: Sequence[Shape]) -> None:
        channels = inputs[0].channels
        if channels % self.groups:
            raise Rejected(
                diagnostics.GroupsDoNotDivide("group_norm-1", "channels", channels, self.groups)
            )
        need_several("group_norm-2", inputs[0], self.groups)


class InstanceNorm(Normalization):
    """Normalise each channel of an image over its pixels: gamma * (x - mean) / sqrt(variance +
    epsilon) + beta, with the (biased) variance of these values (Ulyanov et al. 2016, equation 3).

    (instance_norm-1) the input is an image
    (instance_norm-2) of more than one pixel

    Weights: gamma (channels), beta (channels).
    """

    name = "instance_norm"
    operations = 2
    ranks = IMAGES

    def check(self, inputs: Sequence[Shape]) -> None:
        need_several("instance_norm-2", inputs[0], inputs[0].channels)


class RmsNorm(InPlace):
    """Divide a vector, or each pixel's channels, by the root of their mean square:
    gamma * x / sqrt(mean of x^2 + epsilon) (Zhang and Sennrich 2019, equation 4).

    Weights: gamma (channels).
    """

    name = "rms_norm"
    operations = 2
    deviation = 0.1
    epsilon: float = attribute(POSITIVE, default=1e-6, doc="added to the mean square")

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        return (Weight("gamma", (inputs[0].channels,), 1.0),)


class GlobalResponseNorm(Op):
    """x + gamma * x * n + beta, where n is a channel's length over all pixels, divided by
    epsilon + the mean of the channels' lengths (Woo et al. 2023, section 3.1).

    (global_response_norm-1) the input is an image

    Weights: gamma (channels), beta (channels).
    """

    name = "global_response_norm"
    operations = 2
    ranks = IMAGES
    order = SEES_ORDER
    compares_channels = True
    epsilon: float = attribute(POSITIVE, default=1e-6, doc="added to the mean length")

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        shape = (inputs[0].channels,)
        return Weight("gamma", shape, 0.0), Weight("beta", shape, 0.0)


class L2Normalize(InPlace):
    """Divide a vector, or each pixel's channels, by its length: x / sqrt(sum of x^2 + epsilon)."""

    name = "l2_normalize"
    operations = 2
    deviation = 0.1
    epsilon: float = attribute(POSITIVE, default=1e-12, doc="added to the sum of squares")


class LayerScale(InPlace):
    """gamma * x, gamma learned for each channel (Touvron et al. 2021, section 2).

    Weights: gamma (channels).
    """

    name = "layer_scale"
    start: float = attribute(NUMBER, default=1e-6, doc="what gamma begins with")

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        return (Weight("gamma", (inputs[0].channels,), self.start),)


class Normalize(InPlace):
    """(x - mean) / std, with a number for all channels or one for each; 0 and 1 where but one of
    the two is given.

    Without both, mean and variance are weights, found in data beforehand and not by training:
    (x - mean) / max(sqrt(variance), 1e-7). It is Keras's Normalization, whose files
    hold a count, too.

    Weights: mean (channels), variance (channels), count (), if neither is given;
    none is trainable.

    (normalize-1) there is one number, or as many as channels
    """

    name = "normalize"
    operations = 2
    order = SEES_ORDER
    compares_channels = True
    mean: float | tuple[float, ...] | None = attribute(MEANS, default=None, doc="subtracted")
    std: float | tuple[float, ...] | None = attribute(
        DEVIATIONS, default=None, doc="what the rest is divided by"
    )

    @property
    def is_learned(self) -> bool:
        return self.mean is None and self.std is None

    def check(self, inputs: Sequence[Shape]) -> None:
        channels = inputs[0].channels
        for name, value in (("mean", self.mean), ("std", self.std)):
            if isinstance(value, tuple) and len(value) != channels:
                raise Rejected(
                    diagnostics.ValuesPerChannel(name, len(value), "the input", channels)
                )

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        shape = (inputs[0].channels,)
        weights = (
            Weight("mean", shape, 0.0, trainable=False),
            Weight("variance", shape, 1.0, trainable=False),
            Weight("count", (), 0.0, trainable=False),
        )
        return weights if self.is_learned else ()

    def statistics(self, channels: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """The mean and deviation of each channel, where they are given."""
        mean, std = self.mean or 0.0, self.std or 1.0
        return (
            mean if isinstance(mean, tuple) else (mean,) * channels,
            std if isinstance(std, tuple) else (std,) * channels,
        )


class Lrn(Op):
    """Local response normalisation across channels.

    b[c] = a[c] / (k + alpha * sum of a[j]^2)^beta, where j runs over the `size` channels from
    c - floor(size / 2) to c + floor((size - 1) / 2) that exist (Krizhevsky et al. 2012, section
    3.3). So of an even size the odd channel is before c, as in PyTorch; in ONNX it is behind.
    Alpha is not divided by `size`.

    (lrn-1) the input is an image
    """

    name = "lrn"
    operations = 2
    ranks = IMAGES
    order = SEES_ORDER
    size: int = attribute(COUNT, default=5, doc="how many neighbouring channels take part")
    alpha: float = attribute(NON_NEGATIVE, default=1e-4, doc="weight of the squares")
    beta: float = attribute(POSITIVE, default=0.75, doc="exponent")
    k: float = attribute(POSITIVE, default=2.0, doc="offset")

    def best_deviation(self) -> float | None:
        if self.alpha == 0:
            return 1.5
        deviation: float = (max(self.k, 1.0) / (self.alpha * self.size)) ** 0.5
        return min(deviation, LARGEST_DEVIATION)
