"""A reference layer library in plain NumPy: models that run forward and backward, and train.

    import cnndsl_numpy as cn

    inputs = cn.Input((28, 28, 1))
    x = cn.Conv(6, 5, pad="same", name="conv")(inputs)
    x = cn.Relu(name="relu")(x)
    x = cn.GlobalAvgPool(name="pool")(x)
    x = cn.Dense(10, name="dense")(x)
    model = cn.Model(inputs, cn.Softmax(name="softmax")(x), name="small", seed=0)

Arrays are batch first and channels last. The formulas are in `cnndsl_numpy.functional`.
"""

from typing import TYPE_CHECKING

from cnndsl.ops.base import Weight
from cnndsl_numpy.functional.geometry import Array, PadLike, Rounding, SizeLike
from cnndsl_numpy.graph import Input, Layer, Shape, Tensor, once
from cnndsl_numpy.layers import LAYERS
from cnndsl_numpy.optimizers import SGD, Adam, AdamW, Momentum, Optimizer, RMSprop
from cnndsl_numpy.trainer import Loss, Pixels, Trainer
from cnndsl_numpy.training import Epoch, Model

if TYPE_CHECKING:  # for type checkers, which cannot follow the table below
    from cnndsl_numpy.layers.activations import *  # noqa: F403  # every layer
    from cnndsl_numpy.layers.convolution import *  # noqa: F403  # every layer
    from cnndsl_numpy.layers.normalization import *  # noqa: F403  # every layer
    from cnndsl_numpy.layers.pooling import *  # noqa: F403  # every layer
    from cnndsl_numpy.layers.resizing import *  # noqa: F403  # every layer
    from cnndsl_numpy.layers.structure import *  # noqa: F403  # every layer

globals().update({layer.__name__: layer for layer in LAYERS.values()})

__all__ = [
    "SGD",
    "Adam",
    "AdamW",
    "Array",
    "Epoch",
    "Input",
    "Layer",
    "Loss",
    "Model",
    "Momentum",
    "Optimizer",
    "PadLike",
    "Pixels",
    "RMSprop",
    "Rounding",
    "Shape",
    "SizeLike",
    "Tensor",
    "Trainer",
    "Weight",
    "once",
    *(layer.__name__ for layer in LAYERS.values()),
]
