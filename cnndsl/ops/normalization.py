"""Normalisation."""

from __future__ import annotations

from .base import (
    FLAG,
    IMAGES,
    NON_NEGATIVE,
    POSITIVE,
    RATE,
    SEES_ORDER,
    InPlace,
    Integer,
    Op,
    Weight,
    attribute,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..values import Shape

WINDOW = Integer("an odd integer of at least 1", 1, is_odd=True)
LARGEST_DEVIATION = 1e3


class BatchNorm(InPlace):
    """Normalise each channel: gamma * (x - mean) / sqrt(variance + epsilon) + beta.

    Training uses the batch's mean and (biased) variance and moves the running statistics:
    moving = momentum * moving + (1 - momentum) * batch. Inference uses the running statistics
    (Ioffe and Szegedy 2015, algorithms 1 and 2).

    Weights: gamma (channels), beta (channels), moving_mean (channels), moving_variance (channels);
    the last two are not trainable.
    """

    name = "batch_norm"
    deviation = 1.0
    compares_channels = True
    momentum: float = attribute(RATE, default=0.9, doc="share of the old statistics kept")
    epsilon: float = attribute(POSITIVE, default=1e-5, doc="added to the variance")
    center: bool = attribute(FLAG, default=True, doc="train a shift, beta")
    scale: bool = attribute(FLAG, default=True, doc="train a scale, gamma")

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        shape = (inputs[0].channels,)
        return (
            *([Weight("gamma", shape, 1.0)] if self.scale else []),
            *([Weight("beta", shape, 0.0)] if self.center else []),
            Weight("moving_mean", shape, 0.0, trainable=False),
            Weight("moving_variance", shape, 1.0, trainable=False),
        )


class Lrn(Op):
    """Local response normalisation across channels.

    b[c] = a[c] / (k + alpha * sum of a[j]^2)^beta, where j runs over the `size` channels around
    c that exist (Krizhevsky et al. 2012, section 3.3). Alpha is not divided by `size`.

    (lrn-1) the input is an image
    """

    name = "lrn"
    ranks = IMAGES
    order = SEES_ORDER
    size: int = attribute(WINDOW, default=5, doc="how many neighbouring channels take part")
    alpha: float = attribute(NON_NEGATIVE, default=1e-4, doc="weight of the squares")
    beta: float = attribute(POSITIVE, default=0.75, doc="exponent")
    k: float = attribute(POSITIVE, default=2.0, doc="offset")

    def best_deviation(self) -> float | None:
        if self.alpha == 0:
            return 1.5
        deviation: float = (max(self.k, 1.0) / (self.alpha * self.size)) ** 0.5
        return min(deviation, LARGEST_DEVIATION)
