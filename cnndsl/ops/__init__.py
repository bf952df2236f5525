"""The table of contents of the language's ops."""

from __future__ import annotations

from . import activation, convolution, dense, merging, normalization, pooling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .base import Op

OPS: dict[str, type[Op]] = {
    op.name: op
    for op in (
        convolution.Conv,
        convolution.DepthwiseConv,
        convolution.SeparableConv,
        dense.Dense,
        pooling.MaxPool,
        pooling.AvgPool,
        pooling.AdaptiveAvgPool,
        pooling.GlobalAvgPool,
        pooling.GlobalMaxPool,
        pooling.Subsample,
        normalization.BatchNorm,
        normalization.Lrn,
        dense.Flatten,
        dense.Dropout,
        merging.ZeroPad,
        merging.Scale,
        merging.Add,
        merging.Multiply,
        merging.Concat,
        dense.Identity,
        activation.Relu,
        activation.Relu6,
        activation.LeakyRelu,
        activation.Elu,
        activation.Selu,
        activation.Gelu,
        activation.Silu,
        activation.Sigmoid,
        activation.HardSigmoid,
        activation.HardSwish,
        activation.Tanh,
        activation.Softplus,
        activation.Softmax,
    )
}

WORDS: frozenset[str] = frozenset(
    word
    for op in OPS.values()
    for attribute in op.attributes.values()
    for word in attribute.kind.words
)
"""The words that some attribute takes: `same`, `valid`, `ceil`, `he_normal` and so on."""
