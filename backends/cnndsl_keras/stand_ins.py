"""Keras as validation sees it: what each constructor means, and stand-ins for its modules."""

from __future__ import annotations

from cnndsl.emit.validation.execution import Package
from cnndsl.emit.validation.functional import (
    Call,
    FunctionalStandIns,
    Layers,
    Model,
    Tensor,
    described,
)
from cnndsl.emit.validation.parts import (
    ONE,
    Part,
    Unreadable,
    convolution,
    dense,
    need_rank,
    pad,
    pair,
    plain,
    pooled,
    same_as_language,
    whole,
    window,
)
from cnndsl.values import NO_PADDING, Padding, Shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cnndsl.emit.validation.functional import Reading
    from cnndsl.emit.validation.parts import Sides


class KerasTensor(Tensor):
    """A tensor whose shape has the batch first."""

    __slots__ = ()

    @property
    def shape(self) -> tuple[int | None, ...]:
        return (None, *self.checked_shape.dims)


# What arguments mean


def padding_of(
    word: str, image: Shape, kernel: Sides, stride: Sides, dilation: Sides = ONE
) -> Padding:
    if word not in ("valid", "same"):
        raise Unreadable(f"padding is {word!r}")
    return NO_PADDING if word == "valid" else same_as_language(image, kernel, stride, dilation)


def as_padding(sides: Any) -> Padding:
    """One number, (vertical, horizontal), or ((top, bottom), (left, right))."""
    rows, columns = sides if isinstance(sides, tuple) else (sides, sides)
    (top, bottom), (left, right) = pair(rows), pair(columns)
    return Padding(top, bottom, left, right)


UNIFORM = {"GlorotUniform": "glorot", "HeUniform": "he", "LecunUniform": "lecun"}
VARIANCES = {(1.0, "fan_avg"): "glorot", (2.0, "fan_in"): "he", (1.0, "fan_in"): "lecun"}
WORDS = ("glorot_uniform", "he_uniform", "lecun_uniform")


def init_of(start: Any) -> dict[str, Any]:
    """The language's initialiser and seed. Keras's `he_normal` and the like are truncated."""
    if start in WORDS:
        return {"init": start, "seed": None}
    if not isinstance(start, Call):
        raise Unreadable(f"the initialiser is {start!r}")
    given = dict(start.keywords)
    seed = given.pop("seed", None)
    if start.name in UNIFORM and not given and not start.arguments:
        return {"init": f"{UNIFORM[start.name]}_uniform", "seed": seed}
    drawn = given.pop("distribution", None)
    scheme = VARIANCES.get((*start.arguments, given.pop("mode", None)))
    if start.name != "VarianceScaling" or given or scheme is None:
        raise Unreadable(f"the initialiser is {start!r}")
    if drawn != "untruncated_normal":
        raise Unreadable(f"the initialiser draws from {drawn}")
    return {"init": f"{scheme}_normal", "seed": seed}


def depthwise_init_of(start: Any, channels: int, multiplier: int) -> dict[str, Any]:
    """The same of a depthwise kernel, for which a helper of emitted files stands."""
    if not isinstance(start, Call) or start.name != "depthwise_initializer":
        raise Unreadable(f"the initialiser of the depthwise kernel is {start!r}")
    names = ("kind", "channels", "multiplier", "seed")
    given = {**dict(zip(names, start.arguments, strict=False)), **dict(start.keywords)}
    if (given["channels"], given.get("multiplier", 1)) != (channels, multiplier):
        raise Unreadable(f"the initialiser counts {given}")
    return {"init": given["kind"], "seed": given.get("seed")}


def l2_of(penalty: Any) -> dict[str, Any]:
    if penalty is None:
        return {"l2": 0.0}
    if penalty.name != "L2" or penalty.keywords:
        raise Unreadable(f"the regulariser is {penalty!r}")
    return {"l2": penalty.arguments[0]}


# What layers do


def convolved(
    image: Shape,
    filters: int,
    kernel_size: Any,
    strides: Any,
    padding: str,
    dilation_rate: Any,
    facts: Mapping[str, Any],
) -> list[Part]:
    """What all convolutions with their arguments do."""
    kernel, stride, dilation = pair(kernel_size), pair(strides), pair(dilation_rate)
    zeros = padding_of(padding, image, kernel, stride, dilation)
    windows = {"stride": stride, "padding": zeros, "dilation": dilation}
    return [convolution(image, image.channels, filters, kernel, **windows, **facts)]


def conv(
    image: Shape,
    filters: int,
    kernel_size: Any,
    *,
    strides: Any = 1,
    padding: str = "valid",
    dilation_rate: Any = 1,
    groups: int = 1,
    use_bias: bool = True,
    kernel_initializer: Any = "glorot_uniform",
    kernel_regularizer: Any = None,
) -> list[Part]:
    need_rank(image, is_image=True)
    facts = {**init_of(kernel_initializer), **l2_of(kernel_regularizer)}
    facts |= {"groups": whole(groups), "bias": use_bias}
    return convolved(image, whole(filters), kernel_size, strides, padding, dilation_rate, facts)


def depthwise(
    image: Shape,
    kernel_size: Any,
    *,
    strides: Any = 1,
    padding: str = "valid",
    dilation_rate: Any = 1,
    depth_multiplier: int = 1,
    use_bias: bool = True,
    depthwise_initializer: Any = None,
    depthwise_regularizer: Any = None,
) -> list[Part]:
    need_rank(image, is_image=True)
    stride = pair(strides)
    if stride[0] != stride[1]:
        raise Unreadable(f"depthwise strides are {stride}, which TensorFlow does not take")
    channels, multiplier = image.channels, whole(depth_multiplier)
    filters = channels * multiplier
    start = depthwise_init_of(depthwise_initializer, channels, multiplier)
    facts = {**start, **l2_of(depthwise_regularizer), "groups": channels, "bias": use_bias}
    return convolved(image, filters, kernel_size, strides, padding, dilation_rate, facts)


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
    first = depthwise(image, kernel_size, use_bias=False, **options)
    kernel = {
        "kernel_initializer": pointwise_initializer,
        "kernel_regularizer": pointwise_regularizer,
    }
    return first + conv(first[0].shape, filters, 1, use_bias=use_bias, **kernel)


def fully_connected(
    vector: Shape,
    units: int,
    *,
    use_bias: bool = True,
    kernel_initializer: Any = "glorot_uniform",
    kernel_regularizer: Any = None,
) -> list[Part]:
    need_rank(vector, is_image=False)
    facts = {**init_of(kernel_initializer), **l2_of(kernel_regularizer)}
    return [dense(vector, vector.channels, whole(units), bias=use_bias, **facts)]


def pool(kind: str) -> Reading:
    def read(
        image: Shape, pool_size: Any, *, strides: Any = None, padding: str = "valid"
    ) -> list[Part]:
        need_rank(image, is_image=True)
        size = pair(pool_size)
        stride = size if strides is None else pair(strides)
        facts: dict[str, Any] = {"counted": NO_PADDING} if kind == "avg_pool" else {}
        zeros = padding_of(padding, image, size, stride)
        return [window(kind, image, size, stride, zeros, **facts)]

    return read


def padded_max_pool(
    image: Shape, pool_size: Any, *, strides: Any = None, padding: Any = 0
) -> list[Part]:
    size = pair(pool_size)
    stride = size if strides is None else pair(strides)
    return [window("max_pool", image, size, stride, as_padding(padding))]


def padded_average(
    image: Shape, pool_size: Any, *, strides: Any = None, padding: Any = 0, counted: Any = 0
) -> list[Part]:
    size = pair(pool_size)
    stride = size if strides is None else pair(strides)
    cells = as_padding(counted)
    return [window("avg_pool", image, size, stride, as_padding(padding), counted=cells)]


def adaptive(image: Shape, size: Any) -> list[Part]:
    height, width = pair(size)
    facts = {"size": (height, width)}
    return [Part("adaptive_average", facts, Shape((height, width, image.channels)))]


def global_pool(kind: str) -> Reading:
    def read(image: Shape) -> list[Part]:
        need_rank(image, is_image=True)
        return pooled(image, kind)

    return read


def batch_norm(
    shape: Shape,
    *,
    momentum: float = 0.99,
    epsilon: float = 1e-3,
    center: bool = True,
    scale: bool = True,
) -> list[Part]:
    facts = {"momentum": momentum, "epsilon": epsilon, "center": center, "scale": scale}
    return [plain("batch_norm", shape, channels=shape.channels, **facts)]


def lrn(image: Shape, *, size: int, alpha: float, beta: float, k: float) -> list[Part]:
    return [plain("lrn", image, size=size, alpha=float(alpha), beta=float(beta), k=float(k))]


def subsample(image: Shape, size: Any) -> list[Part]:
    whole_size = pair(size)
    part = window("subsample", image, whole_size, whole_size, NO_PADDING)
    return [Part("subsample", {"size": whole_size, "channels": image.channels}, part.shape)]


def relu(shape: Shape, *, max_value: int | None = None) -> list[Part]:
    if max_value not in (None, 6):
        raise Unreadable(f"max_value is {max_value}")
    return [plain("relu" if max_value is None else "relu6", shape)]


ACTIVATIONS = ("selu", "silu", "sigmoid", "hard_sigmoid", "tanh", "softplus")
EXACT: dict[str, dict[str, Any]] = {"gelu": {"approximate": False}, "hard_swish": {}}
ACTIVATION_FACTS = {**{name: {} for name in ACTIVATIONS}, **EXACT}


def activation(shape: Shape, name: str) -> list[Part]:
    if name not in ACTIVATION_FACTS:
        raise Unreadable(f"the activation is {name!r}")
    return [plain(name, shape, **ACTIVATION_FACTS[name])]


def number(kind: str, fact: str, keyword: str | None = None, default: float = 1.0) -> Reading:
    """A layer with one number, by position or keyword."""

    def read(shape: Shape, *given: float, **keywords: float) -> list[Part]:
        value = keywords.pop(keyword, default) if keyword else default
        (value,) = given or (value,)
        if keywords:
            raise Unreadable(f"it has no {next(iter(keywords))}")
        return [plain(kind, shape, **{fact: float(value)})]

    return read


READINGS: dict[str, Reading] = {
    "Conv2D": conv,
    "DepthwiseConv2D": depthwise,
    "SeparableConv2D": separable,
    "Dense": fully_connected,
    "MaxPooling2D": pool("max_pool"),
    "AveragePooling2D": pool("avg_pool"),
    "AdaptiveAveragePooling2D": adaptive,
    "GlobalAveragePooling2D": global_pool("average"),
    "GlobalMaxPooling2D": global_pool("max"),
    "BatchNormalization": batch_norm,
    "Flatten": lambda shape: [Part("flatten", {}, Shape((shape.elements,)))],
    "Dropout": number("dropout", "rate"),
    "ZeroPadding2D": lambda image, zeros: [pad(image, as_padding(zeros))],
    "Rescaling": number("scale", "factor"),
    "ReLU": relu,
    "LeakyReLU": number("leaky_relu", "slope", "negative_slope", 0.3),
    "ELU": number("elu", "alpha", "alpha"),
    "Activation": activation,
    "Softmax": lambda shape: [plain("softmax", shape)],
}
"""What a layer of `keras.layers` does, by its class."""

HELPERS: dict[str, Reading] = {
    "ApproximateGELU": lambda shape: [plain("gelu", shape, approximate=True)],
    "LocalResponseNormalization": lrn,
    "PaddedAveragePooling2D": padded_average,
    "PaddedMaxPooling2D": padded_max_pool,
    "Subsample": subsample,
}
"""What the layers that emitted files carry do."""

MERGES = {"Add": "add", "Multiply": "multiply", "Concatenate": "concat"}


class KerasStandIns(FunctionalStandIns):
    """Stand-ins for Keras."""

    tensor = KerasTensor

    def modules(self) -> Mapping[str, object]:
        layers = Layers("layers", self.session, READINGS, MERGES, KerasTensor, Layer=object)
        initializers = {name: described(name) for name in (*UNIFORM, "VarianceScaling")}
        saving = Package(
            "saving", register_keras_serializable=lambda *_arguments: lambda definition: definition
        )
        keras = Package(
            "keras",
            Input=lambda *, shape, name=None: layers.input(shape),
            KerasTensor=KerasTensor,
            Model=Model,
            initializers=Package("initializers", Initializer=object, **initializers),
            layers=layers,
            regularizers=Package("regularizers", L2=described("L2")),
            saving=saving,
        )
        return {"keras": keras}

    def helpers(self) -> Mapping[str, object]:
        helpers = Layers("helpers", self.session, HELPERS, {}, KerasTensor)
        known = {name: getattr(helpers, name) for name in HELPERS}
        return {**known, "depthwise_initializer": described("depthwise_initializer")}
