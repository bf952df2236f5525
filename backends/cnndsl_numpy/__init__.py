"""A reference layer library in plain NumPy: models that run forward and backward, and train.

    import cnndsl_numpy as cn

    inputs = cn.Input((28, 28, 1))
    x = cn.Conv(6, 5, pad="same", name="conv")(inputs)
    x = cn.Relu(name="relu")(x)
    x = cn.GlobalAvgPool(name="pool")(x)
    x = cn.Dense(10, name="dense")(x)
    model = cn.Model(inputs, cn.Softmax(name="softmax")(x), name="small", seed=0)

Arrays are batch first and channels last. The formulas are in `cnndsl_numpy.functional`.

A name is imported when it is first used: who emits code for this library needs no NumPy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cnndsl.emit.headings import camel_case
from cnndsl.ops import OPS

if TYPE_CHECKING:  # for type checkers, which cannot follow the table below
    from cnndsl.ops.base import Weight
    from cnndsl_numpy.functional.geometry import Array, PadLike, Rounding, SizeLike
    from cnndsl_numpy.graph import Input, Layer, Shape, Tensor, once
    from cnndsl_numpy.layers.activations import *  # noqa: F403  # every layer
    from cnndsl_numpy.layers.convolution import *  # noqa: F403  # every layer
    from cnndsl_numpy.layers.derived import UnaryLayer
    from cnndsl_numpy.layers.normalization import *  # noqa: F403  # every layer
    from cnndsl_numpy.layers.pooling import *  # noqa: F403  # every layer
    from cnndsl_numpy.layers.resizing import *  # noqa: F403  # every layer
    from cnndsl_numpy.layers.structure import *  # noqa: F403  # every layer
    from cnndsl_numpy.optimizers import SGD, Adam, AdamW, Momentum, Optimizer, RMSprop
    from cnndsl_numpy.trainer import Loss, Pixels, Trainer
    from cnndsl_numpy.training import Epoch, Model

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
    "UnaryLayer",
    "Weight",
    "once",
    *map(camel_case, OPS),
]
_MODULES = (
    "cnndsl_numpy.graph",
    "cnndsl_numpy.training",
    "cnndsl_numpy.optimizers",
    "cnndsl_numpy.trainer",
    "cnndsl_numpy.layers.derived",
    "cnndsl_numpy.functional.geometry",
    "cnndsl.ops.base",
)


def __getattr__(name: str) -> Any:
    """A public name, at its first use."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    layers = import_module("cnndsl_numpy.layers").LAYERS.values()
    public = {layer.__name__: layer for layer in layers}
    for module in map(import_module, _MODULES):
        public |= {one: value for one, value in vars(module).items() if one in __all__}
    globals().update(public)
    return public[name]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
