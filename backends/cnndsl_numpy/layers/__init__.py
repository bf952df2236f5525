"""The layers: one class for each op of the language, which brings its attributes and its rules."""

from cnndsl_numpy.layers import (
    activations,
    attention,
    channels,
    convolution,
    normalization,
    pooling,
    resizing,
    structure,
)
from cnndsl_numpy.layers.derived import LAYERS

__all__ = [
    "LAYERS",
    "activations",
    "attention",
    "channels",
    "convolution",
    "normalization",
    "pooling",
    "resizing",
    "structure",
]
