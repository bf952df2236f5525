"""Convolutions against their literal definition, against PyTorch, and within bounded memory."""

import itertools
import tracemalloc
from typing import NamedTuple

import numpy as np
import pytest
import torch
from cnndsl_numpy.functional import convolution
from cnndsl_numpy.functional.convolution import (
    channel_sums,
    conv_backward,
    conv_forward,
    dense_backward,
    dense_forward,
    depthwise_conv_backward,
    depthwise_conv_forward,
)
from cnndsl_numpy.functional.geometry import windows
from hypothesis import given, settings
from hypothesis import strategies as st


class Case(NamedTuple):
    """A convolution: A_prev, W, b, and the keyword arguments of `conv_forward`."""

    A_prev: np.ndarray
    W: np.ndarray
    b: np.ndarray
    stride: tuple[int, int]
    pad: str | tuple[int, int, int, int]
    dilation: tuple[int, int]
    groups: int

    @property
    def geometry(self):
        return {"stride": self.stride, "pad": self.pad, "dilation": self.dilation}

    @property
    def pads(self):
        """The padding as numbers, by the definition of "same" in the language reference."""
        if self.pad == "valid":
            return 0, 0, 0, 0
        if self.pad != "same":
            return self.pad
        found = []
        for axis in (0, 1):
            size, stride = self.A_prev.shape[1 + axis], self.stride[axis]
            extent = self.dilation[axis] * (self.W.shape[axis] - 1) + 1
            total = max((-(-size // stride) - 1) * stride + extent - size, 0)
            found += [total // 2, total - total // 2]
        return tuple(found)


def loop_windows(case):
    """Yield the index (m, y, x) of every output pixel and its window (f_h, f_w, channels)."""
    top, bottom, left, right = case.pads
    padded = np.pad(case.A_prev, ((0, 0), (top, bottom), (left, right), (0, 0)))
    f_h, f_w = case.W.shape[:2]
    (s_h, s_w), (d_h, d_w) = case.stride, case.dilation
    n_H = (padded.shape[1] - (d_h * (f_h - 1) + 1)) // s_h + 1
    n_W = (padded.shape[2] - (d_w * (f_w - 1) + 1)) // s_w + 1
    for m, y, x in itertools.product(range(len(padded)), range(n_H), range(n_W)):
        rows = slice(y * s_h, y * s_h + d_h * (f_h - 1) + 1, d_h)
        columns = slice(x * s_w, x * s_w + d_w * (f_w - 1) + 1, d_w)
        yield (m, y, x), (m, rows, columns), padded[m, rows, columns]


def loop_forward(case):
    """Slice, multiply, sum: the definition, one output value at a time."""
    n_C, ins = case.W.shape[3], case.W.shape[2]
    values = {}
    for at, _, window in loop_windows(case):
        for c in range(n_C):
            first = c // (n_C // case.groups) * ins
            values[*at, c] = np.sum(window[..., first : first + ins] * case.W[..., c]) + case.b[c]
    shape = tuple(last + 1 for last in max(values))
    return np.array([values[at] for at in np.ndindex(*shape)]).reshape(shape)


def loop_backward(case, dZ):
    """The gradients of the definition: every output value sends its own back to its window."""
    top, bottom, left, right = case.pads
    d_padded = np.zeros_like(np.pad(case.A_prev, ((0, 0), (top, bottom), (left, right), (0, 0))))
    dW, db = np.zeros_like(case.W), np.zeros_like(case.b)
    n_C, ins = case.W.shape[3], case.W.shape[2]
    for at, cells, window in loop_windows(case):
        for c in range(n_C):
            first = c // (n_C // case.groups) * ins
            d_padded[cells][..., first : first + ins] += dZ[*at, c] * case.W[..., c]
            dW[..., c] += dZ[*at, c] * window[..., first : first + ins]
            db[c] += dZ[*at, c]
    height, width = case.A_prev.shape[1:3]
    return d_padded[:, top : top + height, left : left + width], dW, db


sizes = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def cases(draw, *, depthwise=False):
    """Draw a convolution whose kernel fits into its padded image."""
    kernel, stride, dilation = draw(sizes), draw(sizes), draw(sizes)
    pad = draw(
        st.sampled_from(["valid", "same"]) | st.tuples(*[st.integers(0, 3) for _ in range(4)])
    )
    least = [1, 1]
    if pad != "same":
        pads = (0, 0, 0, 0) if pad == "valid" else pad
        for axis in (0, 1):
            extent = dilation[axis] * (kernel[axis] - 1) + 1
            least[axis] = max(1, extent - pads[2 * axis] - pads[2 * axis + 1])
    height, width = (least[axis] + draw(st.integers(0, 5)) for axis in (0, 1))
    groups = draw(st.integers(1, 3))
    ins, outs = (1 if depthwise else draw(st.integers(1, 2))), draw(st.integers(1, 2))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    return Case(
        random.standard_normal((draw(st.integers(1, 3)), height, width, ins * groups)),
        random.standard_normal((*kernel, ins, outs * groups)),
        random.standard_normal(outs * groups),
        stride,
        pad,
        dilation,
        groups,
    )


def gradient_like(Z):
    return np.random.default_rng(Z.size).standard_normal(Z.shape)


def assert_close(found, expected):
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


@settings(deadline=None, max_examples=80)
@given(cases())
def test_conv_is_its_definition(case):
    Z = conv_forward(case.A_prev, case.W, case.b, groups=case.groups, **case.geometry)
    assert_close(Z, loop_forward(case))
    dZ = gradient_like(Z)
    found = conv_backward(dZ, case.A_prev, case.W, groups=case.groups, **case.geometry)
    for gradient, expected in zip(found, loop_backward(case, dZ), strict=True):
        assert_close(gradient, expected)


@settings(deadline=None, max_examples=60)
@given(cases(depthwise=True))
def test_depthwise_conv_is_the_definition_with_a_group_for_each_channel(case):
    Z = depthwise_conv_forward(case.A_prev, case.W, case.b, **case.geometry)
    assert_close(Z, loop_forward(case))
    dZ = gradient_like(Z)
    found = depthwise_conv_backward(dZ, case.A_prev, case.W, **case.geometry)
    for gradient, expected in zip(found, loop_backward(case, dZ), strict=True):
        assert_close(gradient, expected)


@settings(deadline=None, max_examples=80)
@given(cases())
def test_conv_is_that_of_pytorch(case):
    top, bottom, left, right = case.pads
    A_prev = torch.tensor(case.A_prev, requires_grad=True)
    W = torch.tensor(case.W, requires_grad=True)
    b = torch.tensor(case.b, requires_grad=True)
    image = torch.nn.functional.pad(A_prev.permute(0, 3, 1, 2), (left, right, top, bottom))
    kernel = W.permute(3, 2, 0, 1).contiguous()
    expected = torch.nn.functional.conv2d(
        image, kernel, b, case.stride, 0, case.dilation, case.groups
    ).permute(0, 2, 3, 1)
    Z = conv_forward(case.A_prev, case.W, case.b, groups=case.groups, **case.geometry)
    assert_close(Z, expected.detach().numpy())
    dZ = gradient_like(Z)
    expected.backward(torch.tensor(dZ))
    found = conv_backward(dZ, case.A_prev, case.W, groups=case.groups, **case.geometry)
    for gradient, leaf in zip(found, (A_prev, W, b), strict=True):
        assert_close(gradient, leaf.grad.numpy())


@settings(deadline=None, max_examples=30)
@given(cases(), st.sampled_from([1, 200, 1500]))
def test_small_blocks_change_nothing(case, block_bytes):
    whole = conv_forward(case.A_prev, case.W, case.b, groups=case.groups, **case.geometry)
    dZ = gradient_like(whole)
    gradients = conv_backward(dZ, case.A_prev, case.W, groups=case.groups, **case.geometry)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convolution, "BLOCK_BYTES", block_bytes)
        cut = conv_forward(case.A_prev, case.W, case.b, groups=case.groups, **case.geometry)
        assert_close(cut, whole)
        found = conv_backward(dZ, case.A_prev, case.W, groups=case.groups, **case.geometry)
        for gradient, expected in zip(found, gradients, strict=True):
            assert_close(gradient, expected)


@pytest.mark.parametrize("size", range(1, 8))
@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2])
def test_same_gives_the_size_over_the_stride_with_the_odd_pixel_last(
    size, kernel, stride, dilation
):
    axis = windows(size, size, kernel, stride, "same", dilation).rows
    assert axis.count == -(-size // stride)
    assert axis.after - axis.before in (0, 1)
    # No more padding than the windows need.
    assert axis.before + axis.after == max(axis.reach - size, 0)


@pytest.mark.parametrize("shape", [(16, 64, 64, 32), (1, 256, 256, 32)])
def test_memory_stays_bounded(shape):
    """All windows unrolled would need nine times the batch, be it many images or a large one."""
    A_prev = np.ones(shape, np.float32)
    W = np.ones((3, 3, 32, 32), np.float32)
    dZ = np.ones(shape, np.float32)
    for work in (
        lambda: conv_forward(A_prev, W, pad="same"),
        lambda: conv_backward(dZ, A_prev, W, pad="same"),
    ):
        tracemalloc.start()
        work()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        # The result, one block of unrolled windows, and padded images.
        assert peak < A_prev.nbytes + 2.5 * convolution.BLOCK_BYTES


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_kept(dtype):
    A_prev, W = np.ones((2, 5, 5, 2), dtype), np.ones((3, 3, 2, 2), dtype)
    depthwise, b = np.ones((3, 3, 1, 4), dtype), np.ones(2, dtype)
    Z = conv_forward(A_prev, W, b, pad="same")
    found = [
        Z,
        *conv_backward(Z, A_prev, W, pad="same"),
        depthwise_conv_forward(A_prev, depthwise, pad="same"),
        *depthwise_conv_backward(np.ones((2, 5, 5, 4), dtype), A_prev, depthwise, pad="same"),
    ]
    assert {array.dtype for array in found} == {np.dtype(dtype)}


def test_input_gradient_can_be_left_out():
    A_prev, W = np.ones((2, 5, 5, 2)), np.ones((3, 3, 2, 2))
    dZ = np.ones((2, 3, 3, 2))
    d_input, dW, _ = conv_backward(dZ, A_prev, W, input_gradient=False)
    assert d_input is None
    assert_close(dW, conv_backward(dZ, A_prev, W)[1])
    depthwise = np.ones((3, 3, 1, 2))
    d_input, dW, _ = depthwise_conv_backward(dZ, A_prev, depthwise, input_gradient=False)
    assert d_input is None
    assert_close(dW, depthwise_conv_backward(dZ, A_prev, depthwise)[1])


def test_kernels_that_do_not_fit_the_channels_are_refused():
    with pytest.raises(ValueError, match=r"3 \* 1 must be 4"):
        conv_forward(np.ones((1, 5, 5, 4)), np.ones((3, 3, 3, 2)))
    with pytest.raises(ValueError, match="2 must divide 3"):
        conv_forward(np.ones((1, 5, 5, 4)), np.ones((3, 3, 2, 3)), groups=2)


def test_kernel_that_does_not_fit_the_image_is_refused():
    with pytest.raises(ValueError, match=r"needs height 7 .* only 1 \+ 4 \+ 0 = 5"):
        windows(4, 9, 4, pad=(1, 0, 0, 0), dilation=2)


@pytest.mark.parametrize("pad", ["half", (1, 2, 3), -1, (0, -1)])
def test_bad_padding_is_refused(pad):
    with pytest.raises(ValueError, match="pad must"):
        windows(8, 8, 3, pad=pad)


def test_dense_is_that_of_pytorch():
    random = np.random.default_rng(0)
    arrays = [random.standard_normal(shape) for shape in ((4, 5), (5, 3), (3,))]
    A_prev, W, b = (torch.tensor(array, requires_grad=True) for array in arrays)
    Z = dense_forward(*arrays)
    expected = torch.nn.functional.linear(A_prev, W.T, b)
    assert_close(Z, expected.detach().numpy())
    dZ = gradient_like(Z)
    expected.backward(torch.tensor(dZ))
    found = dense_backward(dZ, *arrays[:2])
    for gradient, leaf in zip(found, (A_prev, W, b), strict=True):
        assert_close(gradient, leaf.grad.numpy())


@pytest.mark.parametrize("shape", [(64, 50, 50, 2), (100_000, 2), (50_000, 1, 2, 2)])
def test_long_single_precision_sums_keep_their_digits(shape):
    X = np.random.default_rng(0).random(shape, dtype=np.float32) + 100
    exact = X.reshape(-1, 2).sum(axis=0, dtype=np.float64)
    np.testing.assert_allclose(channel_sums(X), exact, rtol=2e-6)
