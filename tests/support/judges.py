"""Keras and PyTorch as judges of specs: what each framework makes of one op, by hand.

This maps ops whose shapes have rules of their own to the frameworks anew, in a few plain lines and
without any of cnndsl, so that a mistake in the checker or in a backend has nothing to hide behind.
Keras works on symbolic tensors, PyTorch on the meta device. Of any other op the formula is asked,
which tests hold the backends to.

`DIFFERENCES` lists what the language refuses although a framework takes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, NamedTuple

import keras
import numpy as np
import tensorflow as tf
import torch
import torch.nn.functional as F
from keras import layers
from literal_formulas import FORMULAS
from planned_specs import Dims, Refused
from samples import accepted
from torch import nn

from cnndsl.ops import OPS
from cnndsl.values import Shape

Attributes = Mapping[str, Any]

KERAS_ERRORS = (ValueError, NotImplementedError, tf.errors.InvalidArgumentError)
TORCH_ERRORS = (ValueError, RuntimeError, IndexError)

NO_PADS = (0, 0, 0, 0)


class Difference(NamedTuple):
    """What the language refuses and a framework takes."""

    refuses: Callable[[str, Attributes, list[Dims]], bool]
    code: str
    """The diagnostic."""
    example: str
    """A body, on a 6x5x4 image, that has it."""
    takes_it: tuple[str, ...]
    """The frameworks that build it."""
    reason: str


def pads_over_half(op: str, given: Attributes, _shapes: list[Dims]) -> bool:
    if op not in ("max_pool", "avg_pool") or given.get("pad", "same") == "same":
        return False
    top, bottom, left, right = given["pad"]
    high, wide = given["size"]
    return 2 * max(top, bottom) > high or 2 * max(left, right) > wide


def overhangs_from_the_start(op: str, given: Attributes, shapes: list[Dims]) -> bool:
    if given.get("rounding") != "ceil" or given.get("pad") == "same" or len(shapes[0]) == 1:
        return False
    top, bottom, left, right = given.get("pad", NO_PADS)
    high, wide, _ = shapes[0]
    return given["size"][0] > top + high + bottom or given["size"][1] > left + wide + right


def stretches(op: str, _given: Attributes, shapes: list[Dims]) -> bool:
    """Whether paths of several shapes meet, but for images that scale channels or pixels."""
    if op not in ("add", "multiply") or len(set(shapes)) == 1:
        return False
    if op == "add" or {*map(len, shapes)} != {3}:
        return True
    height, width, channels = map(max, zip(*shapes, strict=True))
    known = (height, width, channels), (1, 1, channels), (height, width, 1)
    return any(shape not in known for shape in shapes)


def need_output_padding(output_padding: Dims, stride: Dims, dilation: Dims, pad: Any) -> None:
    """Refuse what PyTorch refuses of images with data, and what `same` by its formula has not."""
    limits = map(max, stride, dilation)
    if any(one >= limit for one, limit in zip(output_padding, limits, strict=True)):
        raise ValueError("output padding is below the stride or the dilation")
    if pad == "same" and any(output_padding):
        raise ValueError("`same` takes no output padding")


DIFFERENCES = {
    "broadcasting": Difference(
        stretches,
        "CNN301",
        "add {\nconv(1, 1x1)\nidentity\n}",
        ("keras", "torch"),
        "but for the gates of multiply, no path is stretched: a shape that is off by a factor is "
        "a slip more often than not",
    ),
    "pooling of nothing but padding": Difference(
        pads_over_half,
        "CNN308",
        "max_pool(2x2, pad=(0, 2, 0, 0))",
        ("keras", "torch"),
        "a window that sees no pixel has no largest value and no mean; "
        "PyTorch refuses the symmetric case itself",
    ),
    "a window that only ceil fits": Difference(
        overhangs_from_the_start,
        "CNN304",
        "max_pool(4x6, stride=2, rounding=ceil)",
        ("keras", "torch"),
        "rounding=ceil adds a window to those that fit; it does not make a first one",
    ),
    "a merge of one path": Difference(
        lambda op, given, shapes: op in ("add", "multiply", "concat") and len(shapes) < 2,
        "CNN309",
        "concat { relu }",
        ("keras", "torch"),
        "it would do nothing, so a path was forgotten",
    ),
    "dense on an image": Difference(
        lambda op, given, shapes: op == "dense" and len(shapes[0]) == 3,
        "CNN306",
        "dense(3)",
        ("keras",),
        "Keras multiplies each pixel's channels and PyTorch each row; conv(n, 1x1) says which",
    ),
    "adaptive_avg_pool of a vector": Difference(
        lambda op, given, shapes: op == "adaptive_avg_pool" and len(shapes[0]) == 1,
        "CNN305",
        "flatten -> adaptive_avg_pool(2x2)",
        ("keras",),
        "a vector has no height and width; Keras's symbolic layer does not look at the rank",
    ),
    "zero_pad of a vector": Difference(
        lambda op, given, shapes: op == "zero_pad" and len(shapes[0]) == 1,
        "CNN305",
        "flatten -> zero_pad(1)",
        ("torch",),
        "PyTorch pads the last two axes, whichever they are: here that would be the batch",
    ),
}


def refuse_differences(op: str, attributes: Attributes, shapes: list[Dims]) -> None:
    for name, difference in DIFFERENCES.items():
        if difference.refuses(op, attributes, shapes):
            raise Refused(name)


def extra_for_ceil(pixels: int, before: int, after: int, size: int, step: int) -> int:
    """Rows to put behind the padded image so that floor counts the windows that ceil counts."""
    reached = before + pixels + after
    count = -((size - reached) // step) + 1
    if (count - 1) * step >= before + pixels:
        count -= 1
    return max((count - 1) * step + size - reached, 0)


def shape_by_formula(op: str, attributes: Attributes, shape: Dims) -> Dims:
    """What an op gives that no framework is asked for: as its formula has it, by numbers.

    Raises `ValueError` for what the formula cannot be applied to.
    """
    instance = OPS[op](**accepted(OPS[op], dict(attributes)))
    weights = {one.name: np.zeros(one.shape) for one in instance.weights([Shape(shape)])}
    try:
        return FORMULAS[op](instance, np.zeros((1, *shape)), weights).shape[1:]
    except (IndexError, TypeError) as error:
        raise ValueError(str(error)) from None


class KerasJudge:
    """Keras layers on symbolic tensors, channels last. What it has said once it remembers."""

    strict = True
    known: ClassVar[dict[str, Any]] = {}
    """The shape that an op's application gives, or the reason why Keras refuses it."""

    def start(self, shape: Dims) -> Any:
        return keras.KerasTensor((None, *shape))

    def shape(self, value: Any) -> Dims:
        return tuple(value.shape[1:])

    def apply(self, op: str, attributes: Attributes, inputs: list[Any]) -> Any:
        shapes = [self.shape(one) for one in inputs]
        if self.strict:
            refuse_differences(op, attributes, shapes)
        key = f"{op} {attributes} {shapes}"
        if key not in self.known:
            try:
                rule = getattr(self, op, None)
                self.known[key] = (
                    self.shape(rule(*inputs, **attributes))
                    if rule
                    else shape_by_formula(op, attributes, *shapes)
                )
            except KERAS_ERRORS as error:
                self.known[key] = str(error)
        if isinstance(self.known[key], str):
            raise Refused(self.known[key])
        return self.start(self.known[key])

    # Convolutions

    @staticmethod
    def padded(x: Any, pad: Any) -> tuple[Any, str]:
        if pad == "same":
            return x, "same"
        if any(pad):
            x = layers.ZeroPadding2D(((pad[0], pad[1]), (pad[2], pad[3])))(x)
        return x, "valid"

    def conv(
        self,
        x: Any,
        *,
        filters: int,
        kernel: Dims,
        stride: Dims = (1, 1),
        pad: Any = NO_PADS,
        dilation: Dims = (1, 1),
        groups: int = 1,
    ) -> Any:
        x, padding = self.padded(x, pad)
        if max(stride) > 1:  # with which Keras takes no dilation
            kernel = tuple(gap * (size - 1) + 1 for size, gap in zip(kernel, dilation, strict=True))
            dilation = (1, 1)
        layer = layers.Conv2D(
            filters,
            kernel,
            stride,
            padding,
            dilation_rate=dilation,
            groups=groups,
            kernel_initializer="zeros",
        )
        return layer(x)

    def depthwise_conv(
        self,
        x: Any,
        *,
        kernel: Dims,
        stride: Dims = (1, 1),
        pad: Any = NO_PADS,
        dilation: Dims = (1, 1),
        multiplier: int = 1,
    ) -> Any:
        x, padding = self.padded(x, pad)
        layer = layers.DepthwiseConv2D(
            kernel,
            stride,
            padding,
            multiplier,
            dilation_rate=dilation,
            depthwise_initializer="zeros",
        )
        return layer(x)

    def separable_conv(self, x: Any, *, filters: int, **window: Any) -> Any:
        middle = self.depthwise_conv(x, **window)
        return layers.Conv2D(filters, 1, kernel_initializer="zeros")(middle)

    def conv_transpose(
        self,
        x: Any,
        *,
        filters: int,
        kernel: Dims,
        stride: Dims = (1, 1),
        pad: Any = NO_PADS,
        output_padding: Dims = (0, 0),
        dilation: Dims = (1, 1),
        groups: int = 1,
        **_rest: Any,
    ) -> Any:
        """Groups and dilation are of the judge's own making: Keras lacks most of them."""
        if x.shape[-1] % groups or filters % groups:
            raise ValueError("groups of several sizes")
        need_output_padding(output_padding, stride, dilation, pad)
        reach = tuple(gap * (size - 1) + 1 for size, gap in zip(kernel, dilation, strict=True))
        if pad == "same":
            return layers.Conv2DTranspose(filters, reach, stride, "same")(x)
        layer = layers.Conv2DTranspose(filters, reach, stride, output_padding=0)
        more = ((0, output_padding[0]), (0, output_padding[1]))
        around = ((pad[0], pad[1]), (pad[2], pad[3]))
        return layers.Cropping2D(around)(layers.ZeroPadding2D(more)(layer(x)))

    # Pooling

    def pool(
        self,
        x: Any,
        layer: Any,
        size: Dims,
        stride: Dims | None,
        pad: Any,
        rounding: str,
    ) -> Any:
        stride = stride or size
        if pad == "same":
            return layer(size, stride, padding="same")(x)
        if len(x.shape) == 4 and rounding == "ceil":
            high, wide = x.shape[1:3]
            top, bottom, left, right = pad
            bottom += extra_for_ceil(high, top, bottom, size[0], stride[0])
            right += extra_for_ceil(wide, left, right, size[1], stride[1])
            pad = (top, bottom, left, right)
        x, _ = self.padded(x, pad)
        return layer(size, stride)(x)

    def max_pool(
        self,
        x: Any,
        *,
        size: Dims,
        stride: Dims | None = None,
        pad: Any = NO_PADS,
        rounding: str = "floor",
    ) -> Any:
        return self.pool(x, layers.MaxPooling2D, size, stride, pad, rounding)

    def avg_pool(
        self,
        x: Any,
        *,
        size: Dims,
        stride: Dims | None = None,
        pad: Any = NO_PADS,
        rounding: str = "floor",
        count_padding: bool = False,
    ) -> Any:
        return self.pool(x, layers.AveragePooling2D, size, stride, pad, rounding)

    def subsample(self, x: Any, *, size: Dims) -> Any:
        return layers.AveragePooling2D(size)(x)

    def adaptive_avg_pool(self, x: Any, *, size: Dims) -> Any:
        return layers.AdaptiveAveragePooling2D(size)(x)

    def global_avg_pool(self, x: Any, keepdims: bool = False) -> Any:
        return layers.GlobalAveragePooling2D(keepdims=keepdims)(x)

    def global_max_pool(self, x: Any, keepdims: bool = False) -> Any:
        return layers.GlobalMaxPooling2D(keepdims=keepdims)(x)

    # The rest

    def lrn(self, x: Any, **_attributes: Any) -> Any:
        return layers.Lambda(tf.nn.local_response_normalization)(x)

    def zero_pad(self, x: Any, *, pad: Any) -> Any:
        return layers.ZeroPadding2D(((pad[0], pad[1]), (pad[2], pad[3])))(x)

    def flatten(self, x: Any) -> Any:
        return layers.Flatten()(x)

    def dense(self, x: Any, *, units: int) -> Any:
        return layers.Dense(units, kernel_initializer="zeros")(x)

    def add(self, *paths: Any) -> Any:
        return layers.Add()(paths)

    def multiply(self, *paths: Any) -> Any:
        return layers.Multiply()(paths)

    def concat(self, *paths: Any) -> Any:
        return layers.Concatenate()(paths)


convolution = partial(nn.Conv2d, device="meta")


class TorchJudge:
    """PyTorch modules on the meta device, channels first."""

    strict = True

    def start(self, shape: Dims) -> Any:
        *sides, channels = shape
        return torch.empty(1, channels, *sides, device="meta")

    def shape(self, value: Any) -> Dims:
        _, channels, *sides = value.shape
        return (*sides, channels)

    def apply(self, op: str, attributes: Attributes, inputs: list[Any]) -> Any:
        shapes = [self.shape(one) for one in inputs]
        if self.strict:
            refuse_differences(op, attributes, shapes)
        try:
            with torch.no_grad():
                rule = getattr(self, op, None)
                if rule is None:
                    return self.start(shape_by_formula(op, attributes, *shapes))
                return rule(*inputs, **attributes)
        except TORCH_ERRORS as error:
            raise Refused(str(error)) from None

    # Convolutions

    @staticmethod
    def same(x: Any, kernel: Dims, stride: Dims, dilation: Dims) -> Any:
        """Pad as TensorFlow's guide to padding has it, by the remainder of the division."""
        pads: list[int] = []
        for pixels, size, step, gap in zip(x.shape[2:], kernel, stride, dilation, strict=True):
            reach = gap * (size - 1) + 1
            total = max(reach - (pixels % step or step), 0)
            pads = [total // 2, total - total // 2, *pads]
        return F.pad(x, pads)

    def conv(
        self,
        x: Any,
        *,
        filters: int,
        kernel: Dims,
        stride: Dims = (1, 1),
        pad: Any = NO_PADS,
        dilation: Dims = (1, 1),
        groups: int = 1,
    ) -> Any:
        channels = x.shape[1]
        if pad == "same" and stride == (1, 1):
            module = convolution(channels, filters, kernel, 1, "same", dilation, groups)
            return module(x)
        if pad == "same":
            x = self.same(x, kernel, stride, dilation) if x.dim() == 4 else x
        elif pad[0] == pad[1] and pad[2] == pad[3]:
            sides = (pad[0], pad[2])
            return convolution(channels, filters, kernel, stride, sides, dilation, groups)(x)
        else:
            x = F.pad(x, (pad[2], pad[3], pad[0], pad[1]))
        return convolution(channels, filters, kernel, stride, 0, dilation, groups)(x)

    def depthwise_conv(self, x: Any, *, multiplier: int = 1, **window: Any) -> Any:
        channels = x.shape[1]
        return self.conv(x, filters=channels * multiplier, groups=channels, **window)

    def separable_conv(self, x: Any, *, filters: int, **window: Any) -> Any:
        middle = self.depthwise_conv(x, **window)
        return convolution(middle.shape[1], filters, 1)(middle)

    def conv_transpose(
        self,
        x: Any,
        *,
        filters: int,
        kernel: Dims,
        stride: Dims = (1, 1),
        pad: Any = NO_PADS,
        output_padding: Dims = (0, 0),
        dilation: Dims = (1, 1),
        groups: int = 1,
        **_rest: Any,
    ) -> Any:
        need_output_padding(output_padding, stride, dilation, pad)
        options = groups, False, dilation
        window = x.shape[1], filters, kernel, stride
        layer = nn.ConvTranspose2d(*window, 0, output_padding, *options, device="meta")
        full = layer(x)
        if pad != "same":
            top, bottom, left, right = pad
            return F.pad(full, (-left, -right, -top, -bottom))
        high, wide = (pixels * step for pixels, step in zip(x.shape[2:], stride, strict=True))
        return F.pad(full, (0, wide - full.shape[3], 0, high - full.shape[2]))

    # Pooling

    def pool(
        self, x: Any, pool: Any, size: Dims, stride: Dims | None, pad: Any, rounding: str
    ) -> Any:
        stride = stride or size
        if x.dim() != 4:
            raise Refused("pooling takes images")
        if pad == "same":
            return pool(self.same(x, size, stride, (1, 1)), size, stride)
        top, bottom, left, right = pad
        if top == bottom and left == right:
            return pool(x, size, stride, (top, left), ceil_mode=rounding == "ceil")
        if rounding == "ceil":
            bottom += extra_for_ceil(x.shape[2], top, bottom, size[0], stride[0])
            right += extra_for_ceil(x.shape[3], left, right, size[1], stride[1])
        return pool(F.pad(x, (left, right, top, bottom)), size, stride)

    def max_pool(
        self,
        x: Any,
        *,
        size: Dims,
        stride: Dims | None = None,
        pad: Any = NO_PADS,
        rounding: str = "floor",
    ) -> Any:
        return self.pool(x, F.max_pool2d, size, stride, pad, rounding)

    def avg_pool(
        self,
        x: Any,
        *,
        size: Dims,
        stride: Dims | None = None,
        pad: Any = NO_PADS,
        rounding: str = "floor",
        count_padding: bool = False,
    ) -> Any:
        return self.pool(x, F.avg_pool2d, size, stride, pad, rounding)

    def subsample(self, x: Any, *, size: Dims) -> Any:
        return F.avg_pool2d(x, size)

    def adaptive_avg_pool(self, x: Any, *, size: Dims) -> Any:
        return F.adaptive_avg_pool2d(x, size)

    def global_avg_pool(self, x: Any, keepdims: bool = False) -> Any:
        return F.adaptive_avg_pool2d(x, 1).flatten(-1 if keepdims else 1)

    def global_max_pool(self, x: Any, keepdims: bool = False) -> Any:
        return F.max_pool2d(x, x.shape[2:]).flatten(-1 if keepdims else 1)

    # The rest

    def lrn(self, x: Any, **attributes: Any) -> Any:
        return nn.LocalResponseNorm(attributes.get("size", 5))(x)

    def zero_pad(self, x: Any, *, pad: Any) -> Any:
        return F.pad(x, (pad[2], pad[3], pad[0], pad[1]))

    def flatten(self, x: Any) -> Any:
        return nn.Flatten()(x)

    def dense(self, x: Any, *, units: int) -> Any:
        return nn.Linear(x.shape[1], units, device="meta")(x)

    def add(self, first: Any, *others: Any) -> Any:
        for other in others:
            first = first + other
        return first

    def multiply(self, first: Any, *others: Any) -> Any:
        for other in others:
            first = first * other
        return first

    def concat(self, *paths: Any) -> Any:
        return torch.cat(paths, dim=1)
