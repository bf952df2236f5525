"""Every op with many attributes: what the checker accepts, Keras builds and computes exactly.

The judge is `literal_formulas`: the language's formulas in plain numpy, in double precision. Its
convolution is held against PyTorch's here.
"""

from __future__ import annotations

import itertools
import random
from typing import Any

import keras
import numpy as np
import pytest
from keras_models import TOLERANCE, assert_exact, checks, difference, network_for
from literal_formulas import conv_transpose, convolve, same_sides
from samples import IMAGES as SHAPES
from samples import LAYERS, VECTOR, accepted_calls
from spec_text import network_of, side_by_side

from cnndsl.ops.base import Op
from cnndsl.ops.convolution import ConvTranspose
from cnndsl.values import NO_PADDING, SAME, Shape, Size

PADS = ("valid", "same", "1", "1x2", "(0, 1, 2, 0)", "2")

ATTRIBUTES: dict[str, dict[str, tuple[str, ...]]] = {
    "conv(6": {
        "kernel": ("1", "2", "3x2", "4x4", "5"),
        "stride": ("1", "2", "2x1", "1x3"),
        "pad": PADS,
        "dilation": ("1", "2", "1x3"),
        "groups": ("1", "2"),
        "bias": ("true", "false"),
    },
    "depthwise_conv(": {
        "kernel": ("1", "2", "3x2", "4x4", "5"),
        "stride": ("1", "2", "2x1", "1x3"),
        "pad": PADS,
        "dilation": ("1", "2", "1x3"),
        "multiplier": ("1", "3"),
        "bias": ("true", "false"),
    },
    "separable_conv(6": {
        "kernel": ("1", "2", "3x2", "4x4", "5"),
        "stride": ("1", "2", "2x1", "1x3"),
        "pad": PADS,
        "dilation": ("1", "2", "1x3"),
        "multiplier": ("1", "3"),
        "bias": ("true", "false"),
    },
    "conv_transpose(6": {
        "kernel": ("1", "2", "3x2", "4x4", "5"),
        "stride": ("1", "2", "2x1", "1x3"),
        "pad": PADS,
        "output_padding": ("0", "1", "0x2"),
        "dilation": ("1", "2", "1x3"),
        "groups": ("1", "2"),
        "bias": ("true", "false"),
    },
    "max_pool(": {
        "size": ("1", "2", "3x2", "4", "5"),
        "stride": ("none", "1", "2", "2x1", "3", "7"),
        "pad": PADS,
        "rounding": ("floor", "ceil"),
        "dilation": ("1", "2", "1x3"),
    },
    "avg_pool(": {
        "size": ("1", "2", "3x2", "4", "5"),
        "stride": ("none", "1", "2", "2x1", "3", "7"),
        "pad": PADS,
        "rounding": ("floor", "ceil"),
        "count_padding": ("false", "true"),
        "dilation": ("1", "2", "1x3"),
    },
}


def bodies(start: str, count: int) -> list[str]:
    """Up to `count` calls that the checker accepts, drawn from all combinations."""
    names = list(ATTRIBUTES[start])
    combinations = list(itertools.product(*ATTRIBUTES[start].values()))
    random.Random(start).shuffle(combinations)
    found = []
    for values in combinations:
        arguments = ", ".join(f"{name}={value}" for name, value in zip(names, values, strict=True))
        comma = "" if start.endswith("(") else ", "
        body = f"{start}{comma}{arguments})"
        if checks(body):
            found.append(body)
        if len(found) == count:
            break
    return found


def few(start: str) -> list[str]:
    return bodies(start, 24)


IMAGES = [
    "conv(8, 3x3, stride=2, pad=same, groups=4)",
    "conv(4, 3, pad=1, groups=4, init=he_normal, seed=3, l2=0.1)",
    "conv(3, 7x9)",
    "conv(3, 9x11, pad=1)",
    "conv(5, 1x1, stride=3)",
    "depthwise_conv(3x3, stride=2, pad=1, init=lecun_uniform, seed=1, l2=1e-3)",
    "separable_conv(5, 3x3, stride=1x2, pad=(2, 1, 0, 1), multiplier=2, init=he_uniform, l2=0.1)",
    "max_pool(3x3, stride=2, pad=1, rounding=ceil)",
    "max_pool(2)",
    "avg_pool(2)",
    "avg_pool(3x3, stride=2, pad=1, rounding=ceil, count_padding=true)",
    "avg_pool(7x9)",
    "global_avg_pool",
    "global_max_pool",
    "adaptive_avg_pool(7x9)",
    "adaptive_avg_pool(3x4)",
    "adaptive_avg_pool(1)",
    "adaptive_avg_pool(9x2)",
    "subsample(2x2)",
    "subsample(1)",
    "subsample(3x2)",
    "lrn",
    "lrn(size=1)",
    "lrn(4, alpha=1, k=1)",
    "lrn(2, alpha=1, k=1)",
    "lrn(3, alpha=0.5, beta=0.5, k=1)",
    "lrn(9, alpha=1, beta=2)",
    "zero_pad(2)",
    "zero_pad(1x3)",
    "zero_pad((0, 1, 2, 3))",
    "zero_pad(0)",
    "flatten",
    "flatten -> flatten",
]
ANYTHING = [
    "batch_norm",
    "batch_norm(momentum=0.5, epsilon=0.1)",
    "batch_norm(center=false)",
    "batch_norm(scale=false)",
    "batch_norm(center=false, scale=false)",
    "dropout(0)",
    "dropout(0.9)",
    "scale(2)",
    "scale(-0.5)",
    "scale(0)",
    "relu",
    "relu6",
    "leaky_relu",
    "leaky_relu(0.3)",
    "leaky_relu(0)",
    "elu",
    "elu(0.5)",
    "elu(alpha=0)",
    "selu",
    "gelu",
    "gelu(approximate=true)",
    "silu",
    "sigmoid",
    "hard_sigmoid",
    "hard_swish",
    "tanh",
    "softplus",
    "softmax",
    "identity -> relu",
    "add { relu\n tanh }",
    "add { identity\n tanh\n sigmoid\n relu }",
    "multiply { identity\n tanh }",
    "multiply { identity\n identity\n relu }",
    "concat { identity\n tanh }",
    "concat { relu\n identity\n tanh }",
]
VECTORS = [
    "dense(3)",
    "dense(3, bias=false)",
    "dense(1, init=lecun_normal, seed=0, l2=0.5)",
    "flatten -> dense(2)",
    "concat { dense(2)\n dense(5) }",
]


@pytest.mark.parametrize("body", IMAGES)
def test_on_images(body: str) -> None:
    assert_exact(network_for(body))


@pytest.mark.parametrize(
    "input_shape",
    ["5x4x3", "7", *(pytest.param(one, marks=pytest.mark.slow) for one in ("1x1x1", "1"))],
)
@pytest.mark.parametrize("body", ANYTHING)
def test_on_images_and_vectors(body: str, input_shape: str) -> None:
    assert_exact(network_for(body, input_shape))


@pytest.mark.parametrize("body", VECTORS)
def test_on_vectors(body: str) -> None:
    assert_exact(network_for(body, "6"))


@pytest.mark.parametrize("body", [body for start in ATTRIBUTES for body in few(start)])
def test_windows(body: str) -> None:
    assert_exact(network_for(body))


@pytest.mark.slow
@pytest.mark.parametrize("start", ATTRIBUTES)
def test_more_windows(start: str) -> None:
    for body in bodies(start, 250):
        assert_exact(network_for(body))


@pytest.mark.parametrize(
    "start", ["conv(2, 2", "standardized_conv(2, 2", "depthwise_conv(2", "separable_conv(2, 2"]
)
@pytest.mark.parametrize(
    ("stride", "dilation"), [("2", "2"), ("2x1", "1x2"), ("1x2", "2"), ("3", "1x2")]
)
def test_stride_with_dilation(start: str, stride: str, dilation: str) -> None:
    window = f"stride={stride}, dilation={dilation}"
    for pad in ("valid", "same", "(0, 1, 2, 0)"):
        assert_exact(network_for(f"{start}, pad={pad}, {window})"))


@pytest.mark.parametrize("input_shape", ["1x1x2", "2x1x2", "3x3x2", "8x8x2", "9x9x2"])
def test_same_on_any_size(input_shape: str) -> None:
    for kernel, stride in itertools.product(("1", "2", "3", "4x1"), ("1", "2", "3")):
        arguments = f"{kernel}, stride={stride}, pad=same"
        assert_exact(network_for(f"conv(2, {arguments}) -> max_pool({arguments})", input_shape))
        assert_exact(network_for(f"avg_pool({arguments}, rounding=ceil)", input_shape))


@pytest.mark.parametrize(
    "shape",
    [SHAPES[0], *(pytest.param(one, marks=pytest.mark.slow) for one in (*SHAPES[1:], VECTOR))],
    ids=str,
)
@pytest.mark.parametrize("op", LAYERS, ids=lambda op: op.name)
def test_every_op_with_each_attribute(op: type[Op], shape: Shape) -> None:
    calls = [one for one in accepted_calls(op, shape) if "groups" not in one]  # each is compiled
    if calls:
        assert_exact(network_of(side_by_side(calls, str(shape))))


def test_the_convolution_of_the_judge() -> None:
    torch = pytest.importorskip("torch")
    generator = np.random.default_rng(0)
    for groups, stride, dilation in itertools.product((1, 2), (1, 2), (1, 3)):
        network = network_for(
            f"conv(6, 3x2, stride=1x{stride}, dilation={dilation}x1, groups={groups})"
            if stride == 1 or dilation == 1
            else f"conv(6, 3x2, groups={groups})"
        )
        op: Any = network.layers[0].op
        images = generator.normal(size=(2, 9, 8, 4))
        kernel = generator.normal(size=(3, 2, 4 // groups, 6))
        expected = torch.nn.functional.conv2d(
            torch.from_numpy(images.transpose(0, 3, 1, 2).copy()),
            torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy()),
            stride=(op.stride.height, op.stride.width),
            dilation=(op.dilation.height, op.dilation.width),
            groups=groups,
        )
        found = convolve(op, images, kernel, groups)
        assert difference(expected.numpy().transpose(0, 2, 3, 1), found) < TOLERANCE


def test_the_transposed_convolution_of_the_judge() -> None:
    """Keras's own layer, which fills the last step where kernels do not reach it."""
    generator, draw = np.random.default_rng(0), random.Random(0)
    for _ in range(60):
        kernel, step = [tuple(draw.randint(1, most) for _ in range(2)) for most in (4, 3)]
        image = generator.normal(size=(2, draw.randint(1, 5), draw.randint(1, 4), 3))
        padding = draw.choice(["valid", "same"])
        layer = keras.layers.Conv2DTranspose(2, kernel, step, padding, dtype="float64")
        expected = keras.ops.convert_to_numpy(layer(image))
        more = [max(s - k, 0) for s, k in zip(step, kernel, strict=True)]
        op = ConvTranspose(
            filters=2,
            kernel=Size(*kernel),
            stride=Size(*step),
            pad=SAME if padding == "same" else NO_PADDING,
            output_padding=Size(0, 0) if padding == "same" else Size(*more),
        )
        found = conv_transpose(op, image, {"kernel": layer.kernel.numpy()})
        assert difference(expected, found) < 1e-12


def test_the_padding_of_the_judge() -> None:
    assert same_sides(8, 3, 2) == (0, 1)
    assert same_sides(7, 3, 2) == (1, 1)
    assert same_sides(5, 1, 3) == (0, 0)
