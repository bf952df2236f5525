"""Every op with many combinations of attributes: PyTorch computes what the formulas say."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from random import Random

import numpy as np
import pytest
import torch
from literal_formulas import conv_transpose, pair
from samples import IMAGES as SHAPES
from samples import LAYERS, VECTOR, accepted_calls
from spec_text import side_by_side
from torch_emission import accepted, assert_exact

from cnndsl.diagnostics.base import Rejected
from cnndsl.ops.base import Op
from cnndsl.ops.convolution import ConvTranspose
from cnndsl.values import Padding, Shape, Size

PADS = ["valid", "same", "1", "2", "1x0", "0x2", "(0, 1, 1, 0)", "(1, 0, 2, 1)"]
IMAGES = ["9x8x4", "7x7x3", "5x6x1"]
VECTORS = ["6", "1"]

CONVOLUTIONS = [
    f"conv(8, {kernel}, stride={stride}, pad={pad}, dilation={dilation}, groups={groups})"
    for kernel, stride, pad, dilation, groups in itertools.product(
        ["1x1", "3x3", "2x2", "4x5", "1x3"],
        ["1", "2", "2x3"],
        PADS,
        ["1", "2", "1x3"],
        ["1", "4"],
    )
]
DEPTHWISE = [
    f"{call} stride={stride}, pad={pad}, dilation={dilation}, multiplier={multiplier}, bias={bias})"
    for call, stride, pad, dilation, multiplier, bias in itertools.product(
        ["depthwise_conv(3x3,", "depthwise_conv(2x4,", "separable_conv(5, 3x3,"],
        ["1", "2"],
        PADS,
        ["1", "2x1"],
        ["1", "3"],
        ["true", "false"],
    )
]
TRANSPOSED = [
    f"conv_transpose(4, {kernel}, {stride}, {pad}{more}, dilation={gap}, groups={groups})"
    for kernel, stride, pad, more, gap, groups in itertools.product(
        ["1x1", "3x3", "2x2", "4x5", "1x3"],
        ["1", "2", "2x3"],
        PADS,
        ["", ", output_padding=1", ", output_padding=1x0"],
        ["1", "2", "1x3"],
        ["1", "4"],
    )
]
POOLINGS = [
    f"{op}({size}{stride}, pad={pad}, rounding={rounding}{count})"
    for op, size, stride, pad, rounding, count in itertools.product(
        ["max_pool", "avg_pool"],
        ["2x2", "3x3", "5x4", "1x3"],
        ["", ", stride=1", ", stride=2", ", stride=3x2", ", stride=4"],
        PADS,
        ["floor", "ceil"],
        ["", ", count_padding=true"],
    )
    if op == "avg_pool" or not count
]
DILATED = [
    f"{op}({size}{stride}, pad={pad}, rounding={rounding}, dilation={gap}{count})"
    for op, size, stride, pad, rounding, gap, count in itertools.product(
        ["max_pool", "avg_pool"],
        ["2x2", "3x3", "1x3"],
        ["", ", stride=1", ", stride=3x2"],
        PADS,
        ["floor", "ceil"],
        ["2", "1x3"],
        ["", ", count_padding=true"],
    )
    if op == "avg_pool" or not count
]
OTHERS = """
    adaptive_avg_pool(1) adaptive_avg_pool(2x3) adaptive_avg_pool(9) adaptive_avg_pool(5x6)
    global_avg_pool global_max_pool subsample(2x2) subsample(3) subsample(2x3)
    batch_norm batch_norm(center=false) batch_norm(scale=false)
    batch_norm(center=false,scale=false) batch_norm(0.99,1e-3) batch_norm(momentum=0)
    lrn lrn(3,0.5,0.5,1) lrn(1) lrn(2,1,1,1) lrn(4,alpha=1) lrn(9,alpha=0) lrn(alpha=0.1,k=1)
    flatten dropout(0.5) dropout(0)
    zero_pad(0) zero_pad(1) zero_pad(1x2) zero_pad((0,1,2,3))
    dense(5) dense(3,bias=false) dense(3,init=he_normal,seed=3,l2=0.1)
    conv(4,3x3,init=lecun_uniform,seed=1,l2=0.5) separable_conv(4,3x3,seed=5,l2=0.5)
    scale(0.5) scale(-2) scale(0)
    relu relu6 leaky_relu leaky_relu(0.3) leaky_relu(0) leaky_relu(1.5) elu elu(0.5) elu(0)
    selu gelu gelu(approximate=true) silu sigmoid hard_sigmoid hard_swish tanh softplus softmax
""".split()


WINDOWS = {
    "conv": (CONVOLUTIONS, "9x8x4", "7x7x4"),
    "depthwise_conv": (DEPTHWISE, "9x8x4", "5x6x1"),
    "conv_transpose": (TRANSPOSED, "3x4x4"),
    "pooling": (POOLINGS, "9x8x4", "7x7x3", "5x6x1"),
    "dilated_pooling": (DILATED, "9x8x3"),
}
CASES = [(kind, shape) for kind, (_, *shapes) in WINDOWS.items() for shape in shapes]


@pytest.fixture(autouse=True)
def no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize(
    "every", [pytest.param(1, marks=pytest.mark.long), pytest.param(5, marks=pytest.mark.slow), 21]
)
@pytest.mark.parametrize(("kind", "input_shape"), CASES)
def test_windows(kind: str, input_shape: str, every: int) -> None:
    """All combinations that the checker accepts; by default one of seven."""
    calls = accepted(WINDOWS[kind][0][::every], input_shape)
    assert len(calls) > 250 // every
    assert_exact(side_by_side(calls, input_shape))


def test_the_transposed_convolution_of_the_judge() -> None:
    """PyTorch's own module, with all that it takes."""
    draw = Random(0)
    torch.manual_seed(0)
    for _ in range(120):
        kernel, stride, gap = (Size(draw.randint(1, n), draw.randint(1, n)) for n in (4, 3, 3))
        groups, pad = draw.choice([1, 2, 3]), Padding(*[draw.randint(0, 1)] * 4)
        limits = [max(one) for one in zip(pair(stride), pair(gap), strict=True)]
        more = Size(*[draw.randrange(limit) for limit in limits])
        op = ConvTranspose(
            filters=groups * draw.randint(1, 2),
            kernel=kernel,
            stride=stride,
            dilation=gap,
            groups=groups,
            pad=pad,
            output_padding=more,
        )
        images = torch.randn(2, groups * 2, draw.randint(2, 5), draw.randint(2, 4)).double()
        module = torch.nn.ConvTranspose2d(
            images.shape[1], op.filters, pair(kernel), pair(stride), (pad.top, pad.left),
            pair(more), groups, True, pair(gap), dtype=torch.float64,
        )  # fmt: skip
        kernels, bias = (one.detach().numpy() for one in (module.weight, module.bias))
        weights = {"kernel": kernels.transpose(2, 3, 1, 0), "bias": bias}
        try:
            expected = module(images).detach().numpy().transpose(0, 2, 3, 1)
        except RuntimeError:
            with pytest.raises(Rejected):
                op.shape([Shape((*images.shape[2:], images.shape[1]))])
            continue
        found = conv_transpose(op, images.numpy().transpose(0, 2, 3, 1), weights)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("input_shape", [*IMAGES, *VECTORS, "1x1x3"])
def test_other_ops(input_shape: str) -> None:
    calls = accepted(OTHERS, input_shape)
    assert len(calls) > 20
    assert_exact(side_by_side(calls, input_shape))


@pytest.mark.parametrize("op", ["add", "multiply", "concat"])
@pytest.mark.parametrize("paths", [2, 3, 5])
@pytest.mark.parametrize("input_shape", ["4x3x2", "5"])
def test_merges(op: str, paths: int, input_shape: str) -> None:
    lines = ["identity", "relu", "tanh -> relu", "sigmoid", "identity"][:paths]
    inside = "\n".join(lines)
    assert_exact(f"model m {{\ninput {input_shape}\nsoftplus\n{op} {{\n{inside}\n}}\n}}")


@pytest.mark.parametrize("op", ["add", "multiply", "concat"])
def test_merges_of_named_values(op: str) -> None:
    assert_exact(
        f"""
        model m {{
            input 4x3x2
            relu as a -> tanh as b -> sigmoid
            {op}(a, main, b, a)
        }}"""
    )


def test_concat_of_different_channels() -> None:
    assert_exact(
        """
        model m {
            input 4x3x2
            concat { conv(3, 1x1)
                identity
                max_pool(3x3, stride=1, pad=same) -> conv(1, 1x1) }
        }"""
    )


@pytest.mark.parametrize("shape", [*SHAPES, VECTOR], ids=str)
@pytest.mark.parametrize("op", LAYERS, ids=lambda op: op.name)
def test_every_op_with_each_attribute(op: type[Op], shape: Shape) -> None:
    calls = accepted_calls(op, shape)
    if calls:
        assert_exact(side_by_side(calls, str(shape)))
