"""Keras as validation sees it: what each constructor means, and stand-ins for its modules."""

from __future__ import annotations

from math import sqrt

from cnndsl.emit.validation.execution import Package
from cnndsl.emit.validation.functional import (
    Call,
    FunctionalStandIns,
    Layers,
    Model,
    described,
)
from cnndsl.emit.validation.parts import Part, Reading, Unreadable, stated_readings
from cnndsl.emit.validation.recorder import Value
from cnndsl.ops.windows import ONE
from cnndsl.values import Shape, Size
from cnndsl_keras.kernels import is_single_column
from cnndsl_keras.layers import LOWERINGS, MERGES
from cnndsl_keras.pooling import has_single_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


class KerasTensor(Value):
    """A tensor whose shape has the batch first."""

    @property
    def shape(self) -> tuple[int | None, ...]:
        return (None, *self.checked_shape.dims)


# What arguments mean


def by_word(values: dict[str, Any]) -> None:
    if values["pad"] not in ("valid", "same"):
        raise Unreadable(f"padding is {values['pad']!r}")


def around(values: dict[str, Any]) -> None:
    """Read padding as one number, (vertical, horizontal), or ((top, bottom), (left, right))."""
    for name in values.keys() & {"pad", "cut", "counted"}:
        given = values[name]
        rows, columns = given if isinstance(given, tuple) else (given, given)
        top, bottom = rows if isinstance(rows, tuple) else (rows, rows)
        left, right = columns if isinstance(columns, tuple) else (columns, columns)
        values[name] = (top, bottom, left, right)


NORMAL = ("distribution", "untruncated_normal")
INITIALIZERS: dict[object, str] = {
    ("GlorotUniform",): "glorot_uniform",
    ("HeUniform",): "he_uniform",
    ("LecunUniform",): "lecun_uniform",
    ("VarianceScaling", 1.0, NORMAL, ("mode", "fan_avg")): "glorot_normal",
    ("VarianceScaling", 2.0, NORMAL, ("mode", "fan_in")): "he_normal",
    ("VarianceScaling", 1.0, NORMAL, ("mode", "fan_in")): "lecun_normal",
}
"""The language's initialisers, by Keras's and their arguments. Its `HeNormal` is truncated."""
WORDS = ("glorot_uniform", "he_uniform", "lecun_uniform")


def init_of(start: Any) -> dict[str, Any]:
    """The language's initialiser and seed."""
    if start in WORDS:
        return {"init": start, "seed": None}
    if not isinstance(start, Call):
        raise Unreadable(f"the initialiser is {start!r}")
    given = dict(start.keywords)
    seed = given.pop("seed", None)
    scheme = INITIALIZERS.get((start.name, *start.arguments, *sorted(given.items())))
    if scheme is None:
        raise Unreadable(f"the initialiser is {start!r}")
    return {"init": scheme, "seed": seed}


def kernel(values: dict[str, Any]) -> None:
    """What Keras says of a kernel, in the language's terms."""
    values |= init_of(values["init"])
    regularized(values)


def regularized(values: dict[str, Any]) -> None:
    penalty = values["l2"]
    if penalty is not None and (penalty.name != "L2" or penalty.keywords):
        raise Unreadable(f"the regulariser is {penalty!r}")
    values["l2"] = penalty.arguments[0] if penalty is not None else 0.0


def square(values: dict[str, Any]) -> None:
    stride = values["stride"]
    if isinstance(stride, tuple) and stride[0] != stride[1]:
        raise Unreadable(f"depthwise strides are {stride}, which TensorFlow does not take")


def one_of_both(values: dict[str, Any]) -> None:
    if sizes(values["stride"]) != ONE != sizes(values["dilation"]):
        raise Unreadable("Keras has no convolution with strides and dilation")


def of_each_channel(values: dict[str, Any]) -> None:
    """What a depthwise kernel begins with, for which a helper of emitted files stands."""
    start = values.pop("init")
    if not isinstance(start, Call) or start.name != "depthwise_initializer":
        raise Unreadable(f"the initialiser of the depthwise kernel is {start!r}")
    names = ("kind", "channels", "multiplier", "seed")
    given = {**dict(zip(names, start.arguments, strict=False)), **dict(start.keywords)}
    if given.get("multiplier", 1) != values["multiplier"]:
        raise Unreadable(f"the initialiser counts {given}")
    values |= {"init": given["kind"], "seed": given.get("seed"), "channels": given["channels"]}


def outermost(values: dict[str, Any]) -> None:
    """Read a transposed convolution of Keras's, which fills the last step unless it is told."""
    kernel, stride = sizes(values["kernel"]), sizes(values["stride"])
    given, is_same = values["output_padding"], values["pad"] == "same"
    added = Size(0, 0) if given is None else sizes(given)
    is_large = added.height >= stride.height or added.width >= stride.width
    if is_large or (is_same and given is not None) or sizes(values["dilation"]) != ONE:
        raise Unreadable("Keras has no such transposed convolution")
    if given is None and not is_same:
        gaps = stride.height - kernel.height, stride.width - kernel.width
        added = Size(max(gaps[0], 0), max(gaps[1], 0))
    values["output_padding"] = added


def sizes(given: Any) -> Size:
    return Size(given, given) if isinstance(given, int) else Size(*given)


def cropped(values: dict[str, Any]) -> None:
    """Read what a result loses on each side, or gains behind if that is below 0."""
    (top, bottom), (left, right) = values.pop("cropping") or ((0, 0), (0, 0))
    values["pad"] = (top, max(bottom, 0), left, max(right, 0))
    values["output_padding"] = Size(max(-bottom, 0), max(-right, 0))


# What layers do

WINDOW = "strides:stride=1 padding:pad=valid dilation_rate:dilation=1"
KERNEL = "kernel_initializer:init=glorot_uniform kernel_regularizer:l2=None"
POOL = "pool_size:size * strides:stride=None padding:pad=valid"
PADDED_POOL = "pool_size:size * strides:stride=None padding:pad=0"
GAPS = "dilation_rate:dilation=1"
DEPTHWISE = (
    f"kernel_size:kernel * {WINDOW} depth_multiplier:multiplier=1 use_bias:bias=True "
    "depthwise_initializer:init=None depthwise_regularizer:l2=None"
)
CONV = f"filters kernel_size:kernel * {WINDOW} groups=1 use_bias:bias=True {KERNEL}"

TRANSPOSED = f"filters kernel_size:kernel * {WINDOW} use_bias:bias=True output_padding=None"
PADDED_TRANSPOSED = (
    "filters kernel_size:kernel * strides:stride=1 cropping=None dilation_rate:dilation=1 groups=1 "
    "use_bias:bias=True"
)

convolution = Reading("conv", CONV, by_word, kernel, one_of_both)
adaptive = Reading("adaptive_avg_pool", "size")
in_depth = Reading("depthwise_conv", DEPTHWISE, by_word, square, of_each_channel, regularized)


def depthwise(image: Shape, *arguments: Any, **options: Any) -> list[Part]:
    parts = in_depth(image, *arguments, **options)
    if is_single_column(parts[0].facts["kernel"], parts[0].shape.channels):
        raise Unreadable("depthwise convolution of a column in one channel fails in graphs")
    return parts


def separable(
    image: Shape,
    filters: int,
    kernel_size: Any,
    *,
    use_bias: bool = True,
    pointwise_initializer: Any = "glorot_uniform",
    pointwise_regularizer: Any = None,
    **options: Any,
) -> list[Part]:
    (first,) = depthwise(image, kernel_size, use_bias=False, **options)
    pointwise = {
        "use_bias": use_bias,
        "kernel_initializer": pointwise_initializer,
        "kernel_regularizer": pointwise_regularizer,
    }
    return [first, *convolution(first.shape, filters, 1, **pointwise)]


def dense(shape: Shape, *arguments: Any, **options: Any) -> list[Part]:
    """A dense layer, which works on the channels of each pixel if it is given an image."""
    kind = "pixel_dense" if shape.is_image else "dense"
    read = Reading(kind, f"units * use_bias:bias=True {KERNEL}", kernel)
    return read(shape, *arguments, **options)


def relu(shape: Shape, *, max_value: int | None = None) -> list[Part]:
    if max_value not in (None, 6):
        raise Unreadable(f"max_value is {max_value}")
    return Reading("relu" if max_value is None else "relu6")(shape)


def adaptive_average(image: Shape, size: Any) -> list[Part]:
    parts = adaptive(image, size)
    if has_single_lines(image, parts[0].shape):
        raise Unreadable("adaptive pooling of single rows or columns fails in graphs")
    return parts


ACTIVATIONS = {"mish", *LOWERINGS.given}
"""The activations that Keras has by the language's names; `gelu` is the exact one."""


def activation(shape: Shape, name: str) -> list[Part]:
    if name not in ACTIVATIONS:
        raise Unreadable(f"the activation is {name!r}")
    return Reading(name)(shape)


def of_each(shape: Shape, alpha_initializer: Any, shared_axes: Any = None) -> list[Part]:
    """PReLU, whose slopes are those of channels if pixels share them."""
    if shared_axes != ([1, 2] if shape.is_image else None):
        raise Unreadable(f"slopes are shared over the axes {shared_axes}")
    (start,) = alpha_initializer.arguments
    return Reading("prelu", "slope")(shape, start)


def reshaped(shape: Shape, target_shape: tuple[int, ...]) -> list[Part]:
    if len(target_shape) != 3:
        raise Unreadable(f"it makes no image, but {target_shape}")
    height, width, channels = target_shape
    if channels not in (-1, shape.elements // (height * width)):
        raise Unreadable(f"it makes {channels} channels of {shape}")
    return Reading("reshape", "size")(shape, (height, width))


def permuted(shape: Shape, dims: tuple[int, ...]) -> list[Part]:
    return Reading("permute", "axes")(shape, "".join("_hwc"[dim] for dim in dims))


def dropping(shape: Shape, rate: float, *, noise_shape: Any = None) -> list[Part]:
    """Dropout of single values, or of whole samples."""
    if noise_shape not in (None, (None, *[1] * len(shape.dims))):
        raise Unreadable(f"it draws by {noise_shape}")
    return Reading("drop_path" if noise_shape else "dropout", "rate")(shape, rate)


def with_variance(values: dict[str, Any]) -> None:
    """Read a variance as a deviation."""
    if values.pop("invert"):
        raise Unreadable("it undoes a normalisation")
    for name, change in (("mean", float), ("std", sqrt)):
        given = values[name]
        if isinstance(given, list | tuple):
            values[name] = tuple(map(change, given))
        elif given is not None:
            values[name] = change(given)


def grouped(shape: Shape, groups: int = 32, **given: Any) -> list[Part]:
    """A norm of groups of channels, or of each channel if there is a group for each."""
    rest = "* epsilon=1e-3 center=True scale=True"
    if shape.is_image and groups in (-1, shape.channels):
        return Reading("instance_norm", rest)(shape, **given)
    return Reading("group_norm", f"groups {rest}")(shape, groups, **given)


def nearest(values: dict[str, Any]) -> None:
    if values["mode"] != "nearest":
        raise Unreadable(f"{values['mode']} interpolation in 32 bits")


def interpolated(image: Shape, *, size: Any = None, factor: Any = 1, **kind: Any) -> list[Part]:
    """What the helper does that resizes to a size, or by a factor."""
    if size is None:
        return Reading("upsample", "factor * mode align_corners=False")(image, factor, **kind)
    return Reading("resize", "size * mode align_corners=False")(image, size, **kind)


UPSAMPLE = "size:factor=2 * interpolation:mode=nearest"

READINGS: dict[str, Callable[..., list[Part]]] = {
    "Conv2D": convolution,
    "DepthwiseConv2D": depthwise,
    "SeparableConv2D": separable,
    "Conv2DTranspose": Reading(
        "conv_transpose", f"{TRANSPOSED} {KERNEL}", by_word, kernel, outermost
    ),
    "Dense": dense,
    "MaxPooling2D": Reading("max_pool", POOL, by_word),
    "AveragePooling2D": Reading("avg_pool", POOL, by_word),
    "AdaptiveAveragePooling2D": adaptive_average,
    "Cropping2D": Reading("crop", "cropping:cut", around),
    "Dropout": dropping,
    "GroupNormalization": grouped,
    "Permute": permuted,
    "Reshape": reshaped,
    "UpSampling2D": Reading("upsample", UPSAMPLE, nearest),
    "ZeroPadding2D": Reading("zero_pad", "padding:pad", around),
    "Normalization": Reading(
        "normalize", "* mean=None variance:std=None invert=False", with_variance
    ),
    "ReLU": relu,
    "PReLU": of_each,
    "Activation": activation,
    **stated_readings(LOWERINGS, "layers"),
}
"""What a layer of `keras.layers` does, by its class."""

HELPERS: dict[str, Callable[..., list[Part]]] = {
    "CenterCropping2D": Reading("center_crop", "size"),
    "Interpolation": interpolated,
    "Padding2D": Reading("pad", "padding:pad * mode=constant value=0.0", around),
    "DilatedMaxPooling2D": Reading("max_pool", f"{PADDED_POOL} {GAPS}", around),
    "DilatedAveragePooling2D": Reading("avg_pool", f"{PADDED_POOL} counted=0 {GAPS}", around),
    "PaddedAveragePooling2D": Reading("avg_pool", f"{PADDED_POOL} counted=0", around),
    "StandardizedConv2D": Reading(
        "standardized_conv", f"{CONV} epsilon=1e-6 scale=None", by_word, kernel
    ),
    "PaddedConv2DTranspose": Reading(
        "conv_transpose", f"{PADDED_TRANSPOSED} {KERNEL}", kernel, cropped
    ),
    "GroupedConv2D": convolution,
    "StridedDilatedConv2D": Reading("conv", CONV, by_word, kernel),
    "PaddedMaxPooling2D": Reading("max_pool", PADDED_POOL, around),
    **stated_readings(LOWERINGS, ""),
}
"""What the layers that emitted files carry do."""


class KerasStandIns(FunctionalStandIns):
    """Stand-ins for Keras."""

    value: type[Value] = KerasTensor

    def modules(self) -> Mapping[str, object]:
        merges = {layer: op.name for op, layer in MERGES.items()}
        layers = Layers("layers", self.session, READINGS, merges, Layer=object)
        names = ("Constant", "GlorotUniform", "HeUniform", "LecunUniform", "VarianceScaling")
        initializers = {name: described(name) for name in names}
        saving = Package(
            "saving", register_keras_serializable=lambda *_arguments: lambda definition: definition
        )
        config = Package(
            "config", backend=lambda: "tensorflow", image_data_format=lambda: "channels_last"
        )
        system = Package("sys", getrecursionlimit=int, setrecursionlimit=int)
        keras = Package(
            "keras",
            config=config,
            Input=lambda *, shape, name=None: layers.named_input(shape, name),
            KerasTensor=KerasTensor,
            Layer=object,
            Model=Model,
            initializers=Package("initializers", Initializer=object, **initializers),
            layers=layers,
            regularizers=Package("regularizers", L2=described("L2")),
            saving=saving,
        )
        self.layers = layers
        return {"keras": keras, "sys": system}

    def replacements(self, entry: str) -> dict[str, object]:
        helpers = Layers("helpers", self.session, HELPERS, {})
        helpers.kept = self.layers.kept
        known = {name: getattr(helpers, name) for name in HELPERS}
        known |= dict.fromkeys(("once", "InTurn"), helpers.keep)
        known["depthwise_initializer"] = described("depthwise_initializer")
        return {**super().replacements(entry), **known}
