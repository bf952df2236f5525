"""Pooling against its literal definition and against PyTorch."""

import itertools
from typing import NamedTuple

import numpy as np
import pytest
import torch
from cnndsl_numpy.functional.pooling import (
    adaptive_average_pool_backward,
    adaptive_average_pool_forward,
    average_pool_backward,
    average_pool_forward,
    global_average_pool_backward,
    global_average_pool_forward,
    global_max_pool_backward,
    global_max_pool_forward,
    max_pool_backward,
    max_pool_forward,
    pool_windows,
    subsample_backward,
    subsample_forward,
)
from hypothesis import given, settings
from hypothesis import strategies as st


class Case(NamedTuple):
    """A pooling: its image, and the arguments of `max_pool_forward`."""

    A_prev: np.ndarray
    size: tuple[int, int]
    stride: tuple[int, int]
    pad: str | tuple[int, int, int, int]
    rounding: str
    dilation: tuple[int, int]

    @property
    def geometry(self):
        names = ("stride", "pad", "rounding", "dilation")
        return {name: getattr(self, name) for name in names}

    @property
    def spans(self):
        """The height and width of what a window spans."""
        return [gap * (size - 1) + 1 for size, gap in zip(self.size, self.dilation, strict=True)]


def loop_axis(size, kernel, stride, pad, rounding):
    """Return the starts of the windows in the image, and the padding, by the reference."""
    if pad is None:
        count = -(-size // stride)
        total = max((count - 1) * stride + kernel - size, 0)
        low, high = total // 2, total - total // 2
    else:
        low, high = pad
        room = size + low + high - kernel
        count = (room // stride if rounding == "floor" else -(-room // stride)) + 1
        if rounding == "ceil" and (count - 1) * stride >= size + low:
            count -= 1
    return [at * stride - low for at in range(count)], low, high


def loop_windows(case):
    """Yield the index of each output pixel, the pixels in its window, and its padded cells."""
    pads = {"same": (None, None), "valid": ((0, 0), (0, 0))}.get(case.pad) or (
        case.pad[:2],
        case.pad[2:],
    )
    axes = [
        loop_axis(
            case.A_prev.shape[1 + axis],
            case.spans[axis],
            case.stride[axis],
            pads[axis],
            case.rounding,
        )
        for axis in (0, 1)
    ]
    for (y, top), (x, left) in itertools.product(*(enumerate(starts) for starts, _, _ in axes)):
        (high, wide), (down, across) = case.spans, case.dilation
        rows, columns = range(top, top + high, down), range(left, left + wide, across)
        cells = list(itertools.product(rows, columns))
        height, width = case.A_prev.shape[1:3]
        inside = [(i, j) for i, j in cells if 0 <= i < height and 0 <= j < width]
        (_, low_i, high_i), (_, low_j, high_j) = axes
        padded = [
            (i, j)
            for i, j in cells
            if -low_i <= i < height + high_i and -low_j <= j < width + high_j
        ]
        yield (y, x), inside, len(padded)


def loop_pool(case, dA_of, rule):
    """Pool and send gradients back, value by value; `rule` gives a value and its cells' shares."""
    outputs, places = {}, {}
    for at, inside, padded in loop_windows(case):
        for m, c in np.ndindex(case.A_prev.shape[0], case.A_prev.shape[3]):
            values = np.array([case.A_prev[m, i, j, c] for i, j in inside])
            outputs[m, *at, c], shares = rule(values, padded)
            places[m, *at, c] = [
                ((m, i, j, c), share) for (i, j), share in zip(inside, shares, strict=True)
            ]
    shape = tuple(last + 1 for last in max(outputs))
    A = np.array([outputs[at] for at in np.ndindex(*shape)]).reshape(shape)
    dA, d_input = dA_of(A), np.zeros_like(case.A_prev)
    for at, cells in places.items():
        for cell, share in cells:
            d_input[cell] += dA[at] * share
    return A, d_input


def maximum(values, _):
    """The first of the largest values, in reading order, takes the whole gradient."""
    shares = np.zeros(len(values))
    shares[values.argmax()] = 1
    return values.max(), shares


def average(values, _):
    return values.mean(), np.full(len(values), 1 / len(values))


def average_with_padding(values, padded):
    return values.sum() / padded, np.full(len(values), 1 / padded)


@st.composite
def cases(draw):
    """Draw a pooling whose window fits into its padded image. Small integers make ties."""
    size = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    stride = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    dilation = draw(st.just((1, 1)) | st.tuples(st.integers(1, 3), st.integers(1, 3)))
    spans = [gap * (length - 1) + 1 for gap, length in zip(dilation, size, strict=True)]
    pad = draw(
        st.sampled_from(["valid", "same"])
        | st.tuples(*(st.integers(0, spans[axis] // 2) for axis in (0, 0, 1, 1)))
    )
    least = list(dilation)
    if pad != "same":
        pads = (0, 0, 0, 0) if pad == "valid" else pad
        least = [
            max(dilation[axis], spans[axis] - pads[2 * axis] - pads[2 * axis + 1])
            for axis in (0, 1)
        ]
    height, width = (low + draw(st.integers(0, 5)) for low in least)
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    shape = (draw(st.integers(1, 2)), height, width, draw(st.integers(1, 2)))
    A_prev = random.integers(-3, 3, shape).astype(float)
    return Case(A_prev, size, stride, pad, draw(st.sampled_from(["floor", "ceil"])), dilation)


def gradient_like(A):
    return np.random.default_rng(A.size).standard_normal(A.shape)


def assert_close(found, expected):
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@settings(deadline=None, max_examples=120)
@given(cases())
def test_max_pool_is_its_definition(case):
    A, d_input = loop_pool(case, gradient_like, maximum)
    found = max_pool_forward(case.A_prev, case.size, **case.geometry)
    assert_close(found, A)
    dA = gradient_like(A)
    assert_close(max_pool_backward(dA, case.A_prev, found, case.size, **case.geometry), d_input)


@settings(deadline=None, max_examples=120)
@given(cases(), st.booleans())
def test_average_pool_is_its_definition(case, count_padding):
    A, d_input = loop_pool(case, gradient_like, average_with_padding if count_padding else average)
    found = average_pool_forward(
        case.A_prev, case.size, count_padding=count_padding, **case.geometry
    )
    assert_close(found, A)
    back = average_pool_backward(
        gradient_like(A),
        case.A_prev.shape,
        case.size,
        count_padding=count_padding,
        **case.geometry,
    )
    assert_close(back, d_input)


@settings(deadline=None, max_examples=80)
@given(cases(), st.booleans())
def test_pools_are_those_of_pytorch(case, count_padding):
    """PyTorch knows symmetric explicit padding only; with it, both must agree."""
    explicit = (0, 0, 0, 0) if case.pad in ("valid", "same") else case.pad
    high, wide = min(explicit[0], case.size[0] // 2), min(explicit[2], case.size[1] // 2)
    pad = (high, high, wide, wide)
    height, width = case.A_prev.shape[1:3]
    if height + 2 * pad[0] < case.size[0] or width + 2 * pad[2] < case.size[1]:
        pad = (case.size[0] // 2,) * 2 + (case.size[1] // 2,) * 2
    case = case._replace(pad=pad, dilation=(1, 1))
    ceil = case.rounding == "ceil"
    for found, back, function, options in (
        (
            max_pool_forward(case.A_prev, case.size, **case.geometry),
            lambda dA, A: max_pool_backward(dA, case.A_prev, A, case.size, **case.geometry),
            torch.nn.functional.max_pool2d,
            {},
        ),
        (
            average_pool_forward(
                case.A_prev, case.size, count_padding=count_padding, **case.geometry
            ),
            lambda dA, _: average_pool_backward(
                dA, case.A_prev.shape, case.size, count_padding=count_padding, **case.geometry
            ),
            torch.nn.functional.avg_pool2d,
            {"count_include_pad": count_padding},
        ),
    ):
        image = torch.tensor(case.A_prev, requires_grad=True)
        expected = function(
            image.permute(0, 3, 1, 2),
            case.size,
            case.stride,
            (pad[0], pad[2]),
            ceil_mode=ceil,
            **options,
        ).permute(0, 2, 3, 1)
        assert_close(found, expected.detach().numpy())
        dA = gradient_like(found)
        expected.backward(torch.tensor(dA))
        assert_close(back(dA, found), image.grad.numpy())


def test_the_first_of_equal_maxima_takes_the_gradient():
    A_prev = np.zeros((1, 2, 2, 1))
    A = max_pool_forward(A_prev, 2)
    d_input = max_pool_backward(np.ones_like(A), A_prev, A, 2)
    np.testing.assert_array_equal(d_input[0, :, :, 0], [[1, 0], [0, 0]])
    d_input = global_max_pool_backward(np.ones((1, 1)), A_prev)
    np.testing.assert_array_equal(d_input[0, :, :, 0], [[1, 0], [0, 0]])


def test_padding_never_wins_a_maximum():
    A = max_pool_forward(np.full((1, 3, 3, 1), -5.0), 3, stride=1, pad="same")
    np.testing.assert_array_equal(A, -5.0)


def test_more_padding_than_half_the_window_is_refused():
    with pytest.raises(ValueError, match=r"pad 2 is more than half the width .*3 // 2 = 1"):
        pool_windows((8, 8, 1), 3, pad=(1, 1, 2, 0))


@settings(deadline=None, max_examples=30)
@given(*[st.integers(1, 9)] * 4)
def test_adaptive_average_pool_is_that_of_pytorch(height, width, rows, columns):
    A_prev = np.random.default_rng(0).standard_normal((2, height, width, 3))
    image = torch.tensor(A_prev, requires_grad=True)
    expected = torch.nn.functional.adaptive_avg_pool2d(
        image.permute(0, 3, 1, 2), (rows, columns)
    ).permute(0, 2, 3, 1)
    A = adaptive_average_pool_forward(A_prev, (rows, columns))
    assert_close(A, expected.detach().numpy())
    dA = gradient_like(A)
    expected.backward(torch.tensor(dA))
    assert_close(adaptive_average_pool_backward(dA, A_prev.shape), image.grad.numpy())


def test_global_pools_are_those_of_numpy():
    A_prev = np.random.default_rng(0).standard_normal((3, 4, 5, 2))
    dA = np.random.default_rng(1).standard_normal((3, 2))
    assert_close(global_average_pool_forward(A_prev), A_prev.mean(axis=(1, 2)))
    assert_close(
        global_average_pool_backward(dA, A_prev.shape),
        np.ones_like(A_prev) * dA[:, None, None] / 20,
    )
    A = global_max_pool_forward(A_prev)
    assert_close(A, A_prev.max(axis=(1, 2)))
    is_maximum = A_prev == A[:, None, None]
    assert_close(global_max_pool_backward(dA, A_prev), is_maximum * dA[:, None, None])


@settings(deadline=None, max_examples=30)
@given(cases())
def test_subsample_is_the_window_sum_times_gain_plus_bias(case):
    case = case._replace(stride=case.size, pad="valid", rounding="floor", dilation=(1, 1))
    height, width = case.A_prev.shape[1:3]
    case = case._replace(size=(min(case.size[0], height), min(case.size[1], width)))
    case = case._replace(stride=case.size)
    gain, b = np.array([0.5, -2.0]), np.array([1.0, 3.0])
    gain, b = gain[: case.A_prev.shape[3]], b[: case.A_prev.shape[3]]
    sums, d_sums = loop_pool(
        case,
        lambda A: gradient_like(A) * gain,
        lambda values, _: (values.sum(), np.ones(len(values))),
    )
    Z = subsample_forward(case.A_prev, gain, b, case.size)
    assert_close(Z, sums * gain + b)
    dZ = gradient_like(Z)
    d_input, d_gain, db = subsample_backward(dZ, case.A_prev, gain, case.size)
    assert_close(d_input, d_sums)
    assert_close(d_gain, (dZ * sums).sum(axis=(0, 1, 2)))
    assert_close(db, dZ.sum(axis=(0, 1, 2)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_kept(dtype):
    A_prev = np.random.default_rng(0).random((2, 5, 5, 3)).astype(dtype)
    channel = np.ones(3, dtype)
    options = {"stride": 2, "pad": 1, "rounding": "ceil"}
    A = max_pool_forward(A_prev, 3, **options)
    Z = subsample_forward(A_prev, channel, channel, 2)
    found = [
        A,
        max_pool_backward(A, A_prev, A, 3, **options),
        average_pool_forward(A_prev, 3, **options),
        average_pool_backward(A, A_prev.shape, 3, **options),
        adaptive_average_pool_forward(A_prev, 2),
        adaptive_average_pool_backward(A, A_prev.shape),
        global_average_pool_forward(A_prev),
        global_average_pool_backward(A_prev[:, 0, 0], A_prev.shape),
        global_max_pool_backward(A_prev[:, 0, 0], A_prev),
        Z,
        *subsample_backward(Z, A_prev, channel, 2),
    ]
    assert {array.dtype for array in found} == {np.dtype(dtype)}
