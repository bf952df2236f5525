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

from cnndsl_numpy.functional.geometry import Array, PadLike, Rounding, SizeLike
from cnndsl_numpy.graph import Input, Layer, Shape, Tensor, Weight
from cnndsl_numpy.initializers import KernelInit
from cnndsl_numpy.layers.activations import (
    Elu,
    Gelu,
    HardSigmoid,
    HardSwish,
    LeakyRelu,
    Relu,
    Relu6,
    Selu,
    Sigmoid,
    Silu,
    Softmax,
    Softplus,
    Tanh,
)
from cnndsl_numpy.layers.convolution import Conv, Dense, DepthwiseConv, SeparableConv
from cnndsl_numpy.layers.normalization import BatchNorm, Dropout, Lrn
from cnndsl_numpy.layers.pooling import (
    AdaptiveAvgPool,
    AvgPool,
    GlobalAvgPool,
    GlobalMaxPool,
    MaxPool,
    Subsample,
)
from cnndsl_numpy.layers.structure import Add, Concat, Flatten, Identity, Multiply, Scale, ZeroPad
from cnndsl_numpy.model import Model
from cnndsl_numpy.optimizers import SGD, Adam, Momentum, Optimizer
from cnndsl_numpy.training import Epoch

__all__ = [
    "SGD",
    "Adam",
    "AdaptiveAvgPool",
    "Add",
    "Array",
    "AvgPool",
    "BatchNorm",
    "Concat",
    "Conv",
    "Dense",
    "DepthwiseConv",
    "Dropout",
    "Elu",
    "Epoch",
    "Flatten",
    "Gelu",
    "GlobalAvgPool",
    "GlobalMaxPool",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "Input",
    "KernelInit",
    "Layer",
    "LeakyRelu",
    "Lrn",
    "MaxPool",
    "Model",
    "Momentum",
    "Multiply",
    "Optimizer",
    "PadLike",
    "Relu",
    "Relu6",
    "Rounding",
    "Scale",
    "Selu",
    "SeparableConv",
    "Shape",
    "Sigmoid",
    "Silu",
    "SizeLike",
    "Softmax",
    "Softplus",
    "Subsample",
    "Tanh",
    "Tensor",
    "Weight",
    "ZeroPad",
]
