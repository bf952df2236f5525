"""The shelf `keras/`: the networks of keras.applications, with their weights and their numbers.

Every network is built by both, all weights of keras.applications' model are drawn anew (statistics
and biases too, which would otherwise be zeros and ones) and set into ours, and both look at the
same images. Layers are matched by their place in the graph, not by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import keras
import numpy as np
import pytest
from numpy.typing import NDArray
from shares import mostly_slow

import cnndsl


class Application(NamedTuple):
    """One of keras.applications, and what is known of it."""

    name: str
    params: int
    tier: str = "slow"
    gamma: float = 0.5
    """The scales around which signals neither die nor grow on their way through many layers."""

    def build(self) -> Any:
        return getattr(keras.applications, self.name)(weights=None)


ALWAYS = "always"
SHELF = {
    "vgg16": Application("VGG16", 138_357_544),
    "vgg19": Application("VGG19", 143_667_240),
    "resnet50": Application("ResNet50", 25_636_712),
    "resnet101": Application("ResNet101", 44_707_176),
    "resnet152": Application("ResNet152", 60_419_944),
    "resnet50v2": Application("ResNet50V2", 25_613_800),
    "resnet101v2": Application("ResNet101V2", 44_675_560),
    "resnet152v2": Application("ResNet152V2", 60_380_648),
    "inception_v3": Application("InceptionV3", 23_851_784),
    "inception_resnet_v2": Application("InceptionResNetV2", 55_873_736),
    "xception": Application("Xception", 22_910_480),
    "mobilenet": Application("MobileNet", 4_253_864, ALWAYS, 1.0),
    "mobilenet_v2": Application("MobileNetV2", 3_538_984, "slow", 1.0),
    "mobilenet_v3_small": Application("MobileNetV3Small", 2_554_968, ALWAYS, 0.9),
    "mobilenet_v3_large": Application("MobileNetV3Large", 5_507_432, "slow", 0.85),
    "densenet121": Application("DenseNet121", 8_062_504),
    "densenet169": Application("DenseNet169", 14_307_880),
    "densenet201": Application("DenseNet201", 20_242_984, "long"),
    "nasnet_mobile": Application("NASNetMobile", 5_326_716, "long", 0.7),
    "nasnet_large": Application("NASNetLarge", 88_949_818, "long", 0.7),
    "efficientnet_b0": Application("EfficientNetB0", 5_330_571, "slow", 1.1),
    "efficientnet_b1": Application("EfficientNetB1", 7_856_239, "long", 1.0),
    "efficientnet_b2": Application("EfficientNetB2", 9_177_569, "long", 1.0),
    "efficientnet_b3": Application("EfficientNetB3", 12_320_535, "long", 0.95),
    "efficientnet_b4": Application("EfficientNetB4", 19_466_823, "long", 0.95),
    "efficientnet_b5": Application("EfficientNetB5", 30_562_527, "long", 0.9),
    "efficientnet_b6": Application("EfficientNetB6", 43_265_143, "long", 0.88),
    "efficientnet_b7": Application("EfficientNetB7", 66_658_687, "long", 0.9),
    "efficientnet_v2_b0": Application("EfficientNetV2B0", 7_200_312, "slow", 0.8),
    "efficientnet_v2_b1": Application("EfficientNetV2B1", 8_212_124, "long", 0.8),
    "efficientnet_v2_b2": Application("EfficientNetV2B2", 10_178_374, "long", 0.8),
    "efficientnet_v2_b3": Application("EfficientNetV2B3", 14_467_622, "long", 0.8),
    "efficientnet_v2_s": Application("EfficientNetV2S", 21_612_360, "long", 0.7),
    "efficientnet_v2_m": Application("EfficientNetV2M", 54_431_388, "long", 0.7),
    "efficientnet_v2_l": Application("EfficientNetV2L", 119_027_848, "long", 0.7),
    "convnext_tiny": Application("ConvNeXtTiny", 28_589_128, "slow", 0.5),
    "convnext_small": Application("ConvNeXtSmall", 50_223_688, "long", 0.5),
    "convnext_base": Application("ConvNeXtBase", 88_591_464, "long", 0.5),
    "convnext_large": Application("ConvNeXtLarge", 197_767_336, "long", 0.5),
    "convnext_xlarge": Application("ConvNeXtXLarge", 350_196_968, "long", 0.5),
}
SAME_SETTINGS = {
    "Conv2D": ("filters", "kernel_size", "strides", "use_bias", "groups", "dilation_rate"),
    "DepthwiseConv2D": ("depth_multiplier", "kernel_size", "strides", "use_bias", "dilation_rate"),
    "SeparableConv2D": ("filters", "depth_multiplier", "kernel_size", "strides", "use_bias"),
    "BatchNormalization": ("momentum", "epsilon", "center", "scale"),
    "LayerNormalization": ("epsilon", "center", "scale"),
    "LayerScale": (),
    "Dense": ("units", "use_bias"),
    "Normalization": ("invert",),
}

PREPROCESSING = (keras.layers.Normalization, keras.layers.Rescaling)
"""The layers that take pixels from 0 to 255."""

by_name = pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if one.tier == ALWAYS else [getattr(pytest.mark, one.tier)])
        for name, one in SHELF.items()
    ],
)


@pytest.fixture(autouse=True)
def clear_memory(request: pytest.FixtureRequest) -> Iterator[None]:
    """Large models are let go of at once, which takes a second."""
    yield
    if any(map(request.node.get_closest_marker, ("slow", "long"))):
        keras.backend.clear_session()


def weighted_layers(model: Any) -> list[Any]:
    """The layers with weights, each behind all that feed it, a merge's first path first."""
    found: list[Any] = []
    seen: set[int] = set()
    pending = [(model.outputs[0]._keras_history.operation, False)]
    while pending:
        layer, inputs_are_done = pending.pop()
        if inputs_are_done:
            parts = layer.layers if isinstance(layer, keras.Sequential) else [layer]
            found += [one for one in parts if getattr(one, "weights", ())]
        elif id(layer) not in seen:
            seen.add(id(layer))
            pending.append((layer, True))
            inputs = layer.input if isinstance(layer.input, list) else [layer.input]
            feeders = [tensor._keras_history.operation for tensor in reversed(inputs)]
            pending += [(one, False) for one in feeders if one is not layer]
    return found


def drawn(layer: Any, weight: Any, gamma: float, random: np.random.Generator) -> NDArray[Any]:
    """A weight for which signals neither die nor grow, if scales are around a fitting one."""
    name, shape = weight.name, weight.shape
    if name.endswith("kernel"):
        sees_one_channel = name[0] == "d" or isinstance(layer, keras.layers.DepthwiseConv2D)
        fan_in = int(np.prod(shape[: 2 if sees_one_channel else -1]))
        values = random.standard_normal(shape) * np.sqrt(2 / fan_in)
    elif name == "gamma":
        values = gamma * random.uniform(0.6, 1.4, shape)
    elif name.endswith("variance"):
        values = random.uniform(0.7, 1.6, shape)
    else:
        values = random.normal(0.0, 0.1, shape)
    return values.astype("float32")


def chequered(side: int, random: np.random.Generator) -> NDArray[Any]:
    """Two images of large coloured squares: noise looks alike to global average pooling."""
    squares = random.normal(0.0, 3.0, (2, 6, 6, 3)).astype("float32")
    return squares.repeat(side // 6 + 1, 1).repeat(side // 6 + 1, 2)[:, :side, :side]


def assert_same_settings(ours: Any, theirs: Any) -> None:
    """Ours is the same layer; `GroupedConv2D` is a `Conv2D` that takes a quicker way."""
    kind = type(ours).__name__.replace("GroupedConv2D", "Conv2D")
    assert kind == type(theirs).__name__
    for setting in SAME_SETTINGS[kind]:
        assert getattr(ours, setting) == getattr(theirs, setting), (ours.name, setting)
    if kind != "LayerScale":  # theirs has no name for its weight
        assert [one.name for one in ours.weights] == [one.name for one in theirs.weights]


@by_name
def test_equal_to_keras_applications(name: str) -> None:
    application = SHELF[name].build()
    model = cnndsl.load(f"keras/{name}").build("keras")
    random = np.random.default_rng(0)
    layers = weighted_layers(model)
    for ours, theirs in zip(layers, weighted_layers(application), strict=True):
        assert_same_settings(ours, theirs)
        weights = [drawn(ours, one, SHELF[name].gamma, random) for one in ours.weights]
        ours.set_weights(weights)
        theirs.set_weights(weights)
        if isinstance(ours, keras.layers.Normalization):  # it computes with constants
            ours.finalize_state()
            theirs.finalize_state()
    assert {id(layer) for layer in layers} == {id(one) for one in model.layers if one.weights}

    images = chequered(model.input_shape[1], random)
    if isinstance(model.layers[1], PREPROCESSING):  # the first behind the input
        images *= 255  # it divides by as much
    expected = [np.asarray(application(image[None], training=False)) for image in images]
    found = [np.asarray(model(image[None], training=False)) for image in images]
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    of_the_image = np.abs(expected[0] / expected[1] - 1)
    assert np.median(of_the_image) > 1e-3, "what the image adds is far above the tolerance"


@by_name
def test_parameters_are_those_of_keras_applications(name: str) -> None:
    with keras.StatelessScope():  # no memory for weights that are only counted
        application = SHELF[name].build()
    network = cnndsl.load(f"keras/{name}")
    trainable = sum(int(np.prod(one.shape)) for one in application.trainable_weights)
    assert network.params == application.count_params() == SHELF[name].params
    assert network.trainable_params == trainable
    assert all(
        theirs in (None, ours)
        for ours, theirs in zip(network.input_shape, application.input_shape[1:], strict=True)
    )
    assert network.output_shape == application.output_shape[1:]


def test_every_spec_of_the_shelf_is_tested() -> None:
    from cnndsl.project import zoo

    shelf = {one.name.removeprefix("keras/") for one in zoo.entries() if "keras/" in one.name}
    assert shelf == SHELF.keys()


@pytest.mark.parametrize("name", mostly_slow(SHELF, ["resnet50", "vgg16"]))
def test_another_number_of_classes(name: str) -> None:
    assert cnndsl.load(f"keras/{name}", classes=7).output_shape == (7,)
