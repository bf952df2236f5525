"""The shape rules against PyTorch and Keras, for random windows: equal shapes, equal refusals.

PyTorch computes shapes on its `meta` device, Keras with `compute_output_shape`; neither touches a
pixel. Where the language is stricter than a framework, or has more, the test says so.
"""

from __future__ import annotations

import math
from typing import Any

import keras
import pytest
import torch
import torch.nn.functional as F  # the name that everyone knows it by
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import LAYERS, calls_of
from torch.utils.flop_counter import FlopCounterMode

from cnndsl.diagnostics.base import Rejected
from cnndsl.ops import OPS
from cnndsl.ops.base import ANYTHING, Op
from cnndsl.ops.channels import Slice
from cnndsl.ops.dense import Reshape
from cnndsl.values import NO_PADDING, SAME, Padding, Shape, Size

EXAMPLES = settings(max_examples=200, deadline=None, derandomize=True)
FEW = settings(max_examples=40, deadline=None, derandomize=True)

sides = st.integers(1, 12)
steps = st.integers(1, 5)
sizes = st.builds(Size, st.integers(1, 7), st.integers(1, 7))
strides = st.builds(Size, steps, steps)
dilations = st.builds(Size, st.integers(1, 3), st.integers(1, 3))
channels = st.sampled_from([1, 2, 3, 4, 6])
groups = st.sampled_from([1, 1, 2, 3])
images = st.builds(lambda h, w, c: Shape((h, w, c)), sides, sides, channels)
pads = st.integers(0, 4)
paddings = st.builds(Padding, pads, pads, pads, pads)
symmetric = st.builds(lambda h, w: Padding(h, h, w, w), pads, pads)

Pair = tuple[int, int]


def pair(size: Size) -> Pair:
    return size.height, size.width


def shape_of(op: Op, *inputs: Shape) -> Shape | None:
    """The op's output shape, or None if it refuses the inputs."""
    try:
        return op.shape(inputs)
    except Rejected:
        return None


def meta(shape: Shape) -> torch.Tensor:
    return torch.empty(1, shape.channels, *shape.dims[:-1], device="meta")


def torch_shape(compute: Any, *inputs: Shape) -> Shape | None:
    """The shape that PyTorch computes, or None if it refuses or leaves no pixel."""
    try:
        dims = tuple(compute(*map(meta, inputs)).shape)[1:]
    except (RuntimeError, ValueError):
        return None
    shape = Shape((*dims[1:], dims[0]))
    return shape if min(dims) > 0 else None


def keras_shape(layer: keras.Layer, image: Shape) -> Shape | None:
    try:
        dims = layer.compute_output_shape((None, *image.dims))[1:]
    except ValueError:
        return None
    return Shape(tuple(dims)) if min(dims) > 0 else None


def padded(image: torch.Tensor, padding: Padding) -> torch.Tensor:
    return F.pad(image, (padding.left, padding.right, padding.top, padding.bottom))


# Convolutions


@EXAMPLES
@given(images, st.integers(1, 6), sizes, strides, dilations, groups, paddings)
def test_conv_with_explicit_padding(
    image: Shape,
    filters: int,
    kernel: Size,
    stride: Size,
    dilation: Size,
    groups: int,
    padding: Padding,
) -> None:
    op = OPS["conv"](
        filters=filters, kernel=kernel, stride=stride, pad=padding, dilation=dilation, groups=groups
    )

    def compute(x: torch.Tensor) -> torch.Tensor:
        if filters % groups or image.channels % groups:
            raise ValueError("PyTorch's module says so, its function on meta tensors need not")
        weight = torch.empty(filters, image.channels // groups, *pair(kernel), device="meta")
        return F.conv2d(padded(x, padding), weight, None, pair(stride), 0, pair(dilation), groups)

    assert shape_of(op, image) == torch_shape(compute, image)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("filters", [1, 2, 3, 4])
@pytest.mark.parametrize("groups", [1, 2, 3])
def test_conv_takes_the_groups_that_pytorch_takes(channels: int, filters: int, groups: int) -> None:
    op = OPS["conv"](filters=filters, kernel=Size(1, 1), groups=groups)
    try:
        module = torch.nn.Conv2d(channels, filters, 1, groups=groups, device="meta")
    except ValueError:
        assert shape_of(op, Shape((3, 3, channels))) is None
    else:
        assert shape_of(op, Shape((3, 3, channels))) == Shape((3, 3, filters))
        kernel = op.weights([Shape((3, 3, channels))])[0]
        assert kernel.shape == tuple(module.weight.permute(2, 3, 1, 0).shape)


@pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")
@EXAMPLES
@given(images, st.integers(1, 6), sizes, dilations)
def test_conv_same_with_stride_one_is_that_of_pytorch(
    image: Shape, filters: int, kernel: Size, dilation: Size
) -> None:
    op = OPS["conv"](filters=filters, kernel=kernel, pad=SAME, dilation=dilation)
    weight = torch.empty(filters, image.channels, *pair(kernel), device="meta")
    computed = torch_shape(
        lambda x: F.conv2d(x, weight, padding="same", dilation=pair(dilation)), image
    )
    assert shape_of(op, image) == computed == Shape((image.height, image.width, filters))


@EXAMPLES
@given(images, st.integers(1, 6), sizes, st.integers(1, 5), dilations, st.booleans())
def test_conv_is_that_of_keras(
    image: Shape, filters: int, kernel: Size, stride: int, dilation: Size, is_same: bool
) -> None:
    if stride > 1:  # Keras has no strides together with dilation
        dilation = Size(1, 1)
    op = OPS["conv"](
        filters=filters,
        kernel=kernel,
        stride=Size(stride, stride),
        pad=SAME if is_same else NO_PADDING,
        dilation=dilation,
    )
    layer = keras.layers.Conv2D(
        filters,
        pair(kernel),
        strides=stride,
        padding="same" if is_same else "valid",
        dilation_rate=pair(dilation),
    )
    assert shape_of(op, image) == keras_shape(layer, image)


@EXAMPLES
@given(images, sizes, steps, st.integers(1, 3), st.booleans(), st.integers(1, 5))
def test_depthwise_and_separable_conv_are_those_of_keras(
    image: Shape, kernel: Size, stride: int, multiplier: int, is_same: bool, filters: int
) -> None:
    shared = {
        "kernel": kernel,
        "stride": Size(stride, stride),
        "pad": SAME if is_same else NO_PADDING,
        "multiplier": multiplier,
    }
    options = {
        "strides": stride,
        "padding": "same" if is_same else "valid",
        "depth_multiplier": multiplier,
    }
    depthwise = keras.layers.DepthwiseConv2D(pair(kernel), **options)
    separable = keras.layers.SeparableConv2D(filters, pair(kernel), **options)
    assert shape_of(OPS["depthwise_conv"](**shared), image) == keras_shape(depthwise, image)
    assert shape_of(OPS["separable_conv"](filters=filters, **shared), image) == keras_shape(
        separable, image
    )


@EXAMPLES
@given(images, sizes, strides, dilations)
def test_same_is_ceil_of_size_over_stride(
    image: Shape, kernel: Size, stride: Size, dilation: Size
) -> None:
    op = OPS["conv"](filters=1, kernel=kernel, stride=stride, pad=SAME, dilation=dilation)
    padding = op.padding(image)  # type: ignore[attr-defined]  # convolutions have it
    assert 0 <= padding.bottom - padding.top <= 1
    assert 0 <= padding.right - padding.left <= 1
    assert op.shape([image]) == Shape(
        (math.ceil(image.height / stride.height), math.ceil(image.width / stride.width), 1)
    )


# Weights and cost


@FEW
@given(images, st.integers(1, 6), sizes, st.booleans(), st.integers(1, 3))
def test_weights_are_those_of_keras(
    image: Shape, filters: int, kernel: Size, bias: bool, multiplier: int
) -> None:
    options = {"padding": "same", "use_bias": bias}
    shared = {"kernel": kernel, "pad": SAME, "bias": bias}
    separate = {**shared, "multiplier": multiplier}
    pairs = [
        (
            OPS["conv"](filters=filters, **shared),
            keras.layers.Conv2D(filters, pair(kernel), **options),
        ),
        (
            OPS["conv_transpose"](filters=filters, **shared),
            keras.layers.Conv2DTranspose(filters, pair(kernel), **options),
        ),
        (
            OPS["depthwise_conv"](**separate),
            keras.layers.DepthwiseConv2D(pair(kernel), depth_multiplier=multiplier, **options),
        ),
        (
            OPS["separable_conv"](filters=filters, **separate),
            keras.layers.SeparableConv2D(
                filters, pair(kernel), depth_multiplier=multiplier, **options
            ),
        ),
        (
            OPS["batch_norm"](center=bias),
            keras.layers.BatchNormalization(center=bias),
        ),
    ]
    for op, layer in pairs:
        layer.build((None, *image.dims))
        weights = op.weights([image])
        assert sum(one.size for one in weights) == layer.count_params()
        assert [one.trainable for one in weights] == [one.trainable for one in layer.weights]


@FEW
@given(images, st.integers(1, 3), sizes, strides, st.integers(1, 3))
def test_macs_are_half_of_the_operations_that_pytorch_counts(
    image: Shape, factor: int, kernel: Size, stride: Size, groups: int
) -> None:
    image = Shape((image.height, image.width, image.channels * groups))
    filters = factor * groups
    op = OPS["conv"](
        filters=filters, kernel=kernel, stride=stride, pad=Padding(3, 3, 3, 3), groups=groups
    )
    weight = torch.empty(filters, image.channels // groups, *pair(kernel), device="meta")
    with FlopCounterMode(display=False) as counter:
        F.conv2d(meta(image), weight, None, pair(stride), 3, 1, groups)
    assert 2 * op.macs([image]) == counter.get_total_flops()


@FEW
@given(images, st.integers(1, 3), sizes, strides, st.integers(1, 3))
def test_macs_of_a_transposed_convolution(
    image: Shape, factor: int, kernel: Size, stride: Size, groups: int
) -> None:
    image = Shape((image.height, image.width, image.channels * groups))
    filters = factor * groups
    op = OPS["conv_transpose"](filters=filters, kernel=kernel, stride=stride, groups=groups)
    weight = torch.empty(image.channels, factor, *pair(kernel), device="meta")
    with FlopCounterMode(display=False) as counter:
        F.conv_transpose2d(meta(image), weight, None, pair(stride), 0, 0, groups)
    assert 2 * op.macs([image]) == counter.get_total_flops()


@FEW
@given(st.integers(1, 50), st.integers(1, 50))
def test_macs_of_dense(length: int, units: int) -> None:
    with FlopCounterMode(display=False) as counter:
        F.linear(torch.empty(1, length, device="meta"), torch.empty(units, length, device="meta"))
    assert 2 * OPS["dense"](units=units).macs([Shape((length,))]) == counter.get_total_flops()


# Pooling


@EXAMPLES
@given(images, sizes, strides, symmetric, st.booleans(), st.booleans())
def test_pooling_is_that_of_pytorch(
    image: Shape, size: Size, stride: Size, padding: Padding, ceil: bool, is_max: bool
) -> None:
    op = OPS["max_pool" if is_max else "avg_pool"](
        size=size, stride=stride, pad=padding, rounding="ceil" if ceil else "floor"
    )
    pool = F.max_pool2d if is_max else F.avg_pool2d

    def compute(x: torch.Tensor) -> torch.Tensor:
        sides = (padding.top, padding.left)
        return pool(x, pair(size), pair(stride), sides, ceil_mode=ceil)

    computed = torch_shape(compute, image)
    found = shape_of(op, image)
    fits = (
        2 * padding.top + image.height >= size.height
        and 2 * padding.left + image.width >= size.width
    )
    if fits:
        assert found == computed
    else:  # with `ceil_mode` PyTorch takes a window that is larger than the padded image
        assert found is None


@EXAMPLES
@given(images, sizes, strides, st.booleans(), st.booleans())
def test_pooling_is_that_of_keras(
    image: Shape, size: Size, stride: Size, is_same: bool, is_max: bool
) -> None:
    op = OPS["max_pool" if is_max else "avg_pool"](
        size=size, stride=stride, pad=SAME if is_same else NO_PADDING
    )
    layer = (keras.layers.MaxPooling2D if is_max else keras.layers.AveragePooling2D)(
        pair(size), strides=pair(stride), padding="same" if is_same else "valid"
    )
    assert shape_of(op, image) == keras_shape(layer, image)


@EXAMPLES
@given(images, sizes, strides)
def test_same_pooling_keeps_its_shape_under_both_roundings(
    image: Shape, size: Size, stride: Size
) -> None:
    floor = OPS["max_pool"](size=size, stride=stride, pad=SAME, rounding="floor")
    ceil = OPS["max_pool"](size=size, stride=stride, pad=SAME, rounding="ceil")
    assert shape_of(floor, image) == shape_of(ceil, image)


@EXAMPLES
@given(images, sizes)
def test_subsample_is_average_pooling_in_shape(image: Shape, size: Size) -> None:
    computed = torch_shape(lambda x: F.avg_pool2d(x, pair(size)), image)
    assert shape_of(OPS["subsample"](size=size), image) == computed


@EXAMPLES
@given(images, sizes)
def test_adaptive_pooling_is_that_of_pytorch(image: Shape, size: Size) -> None:
    computed = torch_shape(lambda x: F.adaptive_avg_pool2d(x, pair(size)), image)
    assert shape_of(OPS["adaptive_avg_pool"](size=size), image) == computed


@EXAMPLES
@given(images, paddings)
def test_zero_pad(image: Shape, padding: Padding) -> None:
    computed = torch_shape(lambda x: padded(x, padding), image)
    layer = keras.layers.ZeroPadding2D(
        ((padding.top, padding.bottom), (padding.left, padding.right))
    )
    found = shape_of(OPS["zero_pad"](pad=padding), image)
    assert found == computed == keras_shape(layer, image)


# Merges, vectors, and everything else


@EXAMPLES
@given(st.lists(images, min_size=2, max_size=4))
def test_concat_is_that_of_pytorch(inputs: list[Shape]) -> None:
    few = [Shape((one.height % 2 + 1, one.width % 2 + 1, one.channels)) for one in inputs]
    computed = torch_shape(lambda *xs: torch.cat(xs, dim=1), *few)
    assert shape_of(OPS["concat"](), *few) == computed


@pytest.mark.parametrize("name", ["add", "multiply"])
def test_elementwise_merges_do_not_broadcast(name: str) -> None:
    """The frameworks would stretch a side of 1; the language wants equal shapes."""
    image = Shape((3, 4, 5))
    op = OPS[name]()
    assert shape_of(op, image, image, image) == image
    for other in [Shape((1, 4, 5)), Shape((5,)), Shape((60,))]:
        assert shape_of(op, image, other) is None
    gate = shape_of(op, image, Shape((3, 4, 1)))
    assert gate == (image if name == "multiply" else None)  # which `multiply` takes for weights


@pytest.mark.parametrize("name", ["add", "multiply", "concat"])
def test_merges_of_vectors(name: str) -> None:
    vector = Shape((3,))
    assert shape_of(OPS[name](), vector, vector) == (Shape((6,)) if name == "concat" else vector)
    assert shape_of(OPS[name](), vector, Shape((1, 1, 3))) is None
    assert shape_of(OPS[name](), vector) == vector  # a list of one value


@FEW
@given(images)
def test_ops_on_whole_images(image: Shape) -> None:
    vector = Shape((image.elements,))
    assert shape_of(OPS["flatten"](), image) == vector
    assert shape_of(OPS["flatten"](), vector) == vector
    for name in ("global_avg_pool", "global_max_pool"):
        assert shape_of(OPS[name](), image) == Shape((image.channels,))
        assert shape_of(OPS[name](), vector) is None
    assert shape_of(OPS["dense"](units=3), vector) == Shape((3,))
    assert shape_of(OPS["dense"](units=3), image) is None


@pytest.mark.parametrize(
    "op_class", [op for op in LAYERS if op.ranks == ANYTHING and op not in (Slice, Reshape)]
)
def test_what_takes_anything_keeps_every_shape(op_class: type[Op]) -> None:
    for call in calls_of(op_class):
        for shape in (Shape((1, 1, 5)), Shape((3, 4, 5)), Shape((7,))):
            kept = Shape((shape.elements,)) if op_class.folds_space else shape
            found = shape_of(call.op, shape)
            if found is None and f"({op_class.name}-1)" in str(op_class.__doc__):
                continue  # it has a constraint, which is tested for itself
            assert found == kept
            assert call.op.macs([shape]) == 0 or "kernel" in call.op.attributes
