"""The operators' formulas, written out: the judge of what a backend computes.

`evaluate` runs a network layer by layer in double precision, on images in NHWC and weights in
canonical layout, in plain numpy.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnndsl.backend import per_input, together
from cnndsl.ir.network import LayerView, Network

Array = NDArray[Any]
Weights = Mapping[str, Array]


def same_sides(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """`same`: ceil(size / stride) outputs, the odd pixel at the end."""
    total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def sides(
    pad: Any, shape: Sequence[int], kernel: Sequence[int], stride: Sequence[int]
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Rows above and below, columns left and right; `kernel` is the dilated one."""
    if pad == "same":
        rows, columns = (same_sides(*one) for one in zip(shape, kernel, stride, strict=True))
        return rows, columns
    return (pad.top, pad.bottom), (pad.left, pad.right)


def pair(size: Any) -> tuple[int, int]:
    return size.height, size.width


def padded(x: Array, rows: tuple[int, int], columns: tuple[int, int], value: float = 0.0) -> Array:
    return np.pad(x, ((0, 0), rows, columns, (0, 0)), constant_values=value)


def convolve(op: Any, x: Array, kernel: Array, groups: int) -> Array:
    """Cross-correlation of NHWC images with a kernel (height, width, in / groups, out)."""
    stride, dilation = pair(op.stride), pair(op.dilation)
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, pair(op.kernel), strict=True)]
    images = padded(x, *sides(op.pad, x.shape[1:3], reach, stride))
    rows, columns = (
        (size - r) // s + 1 for size, r, s in zip(images.shape[1:3], reach, stride, strict=True)
    )
    depth, filters = kernel.shape[2], kernel.shape[3] // groups
    if depth * groups != x.shape[3] or filters * groups != kernel.shape[3]:
        raise ValueError("the groups do not divide channels and filters")
    result = np.zeros((len(x), rows, columns, kernel.shape[3]))
    for i, j, group in np.ndindex(*kernel.shape[:2], groups):
        top, left = i * dilation[0], j * dilation[1]
        taps = images[:, top :: stride[0], left :: stride[1]][:, :rows, :columns]
        seen = taps[..., group * depth : (group + 1) * depth]
        own = slice(group * filters, (group + 1) * filters)
        result[..., own] += seen @ kernel[i, j, :, own]
    return result


def conv(op: Any, x: Array, weights: Weights) -> Array:
    return convolve(op, x, weights["kernel"], op.groups) + weights.get("bias", 0.0)


def standardized_conv(op: Any, x: Array, weights: Weights) -> Array:
    kernel = weights["kernel"].copy()
    for filter in np.moveaxis(kernel, -1, 0):
        filter[...] = (filter - filter.mean()) / np.sqrt(filter.var() + op.epsilon)
    if op.scale is not None:
        kernel *= weights["gain"] * op.scale / np.sqrt(kernel[..., 0].size)
    return convolve(op, x, kernel, op.groups) + weights.get("bias", 0.0)


def depthwise_conv(op: Any, x: Array, weights: Weights) -> Array:
    return convolve(op, x, weights["kernel"], x.shape[-1]) + weights.get("bias", 0.0)


def separable_conv(op: Any, x: Array, weights: Weights) -> Array:
    middle = convolve(op, x, weights["depthwise_kernel"], x.shape[-1])
    return middle @ weights["pointwise_kernel"][0, 0] + weights.get("bias", 0.0)


def conv_transpose(op: Any, x: Array, weights: Weights) -> Array:
    """Each pixel's part of the whole result, of which `pad` keeps the middle.

    Raises ValueError for output padding that would be that of a larger input.
    """
    kernel, groups = weights["kernel"], op.groups
    axes = list(
        zip(x.shape[1:3], kernel.shape[:2], pair(op.stride), pair(op.dilation), strict=True)
    )
    more = pair(op.output_padding)
    if any(
        m >= max(s, d) or (m and op.pad == "same")
        for m, (_, _, s, d) in zip(more, axes, strict=True)
    ):
        raise ValueError("there is a larger input that gives as much")
    height, width = ((n - 1) * s + d * (k - 1) + 1 for n, k, s, d in axes)
    if op.pad == "same":
        sizes = [n * s for n, _, s, _ in axes]
        top, left = max(height - sizes[0], 0) // 2, max(width - sizes[1], 0) // 2
    else:
        top, left = op.pad.top, op.pad.left
        sizes = [height + more[0] - top - op.pad.bottom, width + more[1] - left - op.pad.right]
    whole = np.zeros((len(x), top + sizes[0] + height, left + sizes[1] + width, op.filters))
    filters, depth = op.filters // groups, x.shape[-1] // groups
    for y, z, i, j, group in np.ndindex(*x.shape[1:3], *kernel.shape[:2], groups):
        row, column = y * axes[0][2] + i * axes[0][3], z * axes[1][2] + j * axes[1][3]
        seen = slice(group * depth, (group + 1) * depth)
        own = slice(group * filters, (group + 1) * filters)
        whole[:, row, column, own] += x[:, y, z, seen] @ kernel[i, j, :, seen].T
    return whole[:, top : top + sizes[0], left : left + sizes[1]] + weights.get("bias", 0.0)


def windows(op: Any, shape: Sequence[int]) -> tuple[list[int], list[int], Any]:
    """Where the windows of a pooling start, counted from the image's corner, and the padding."""
    stride = pair(op.stride or op.size)
    size = [
        gap * (length - 1) + 1 for gap, length in zip(pair(op.dilation), pair(op.size), strict=True)
    ]
    padding = sides(op.pad, shape, size, stride)
    starts = []
    for pixels, length, step, (low, high) in zip(shape, size, stride, padding, strict=True):
        room = low + pixels + high - length
        count = (math.ceil(room / step) if op.rounding == "ceil" else room // step) + 1
        if (count - 1) * step >= pixels + low:
            count -= 1
        starts.append([number * step - low for number in range(count)])
    return starts[0], starts[1], padding


def inside(start: int, length: int, gap: int, low: int, high: int) -> list[int]:
    """The cells of a window from `low` (inclusive) to `high` (exclusive)."""
    return [cell for cell in range(start, start + length * gap, gap) if low <= cell < high]


def pool(op: Any, x: Array, reduce: Callable[[Array, int, int], Array]) -> Array:
    """`reduce` of every window's pixels, with the window's first row and column."""
    rows, columns, _ = windows(op, x.shape[1:3])
    high, wide = zip(pair(op.size), pair(op.dilation), strict=True)
    result = np.empty((len(x), len(rows), len(columns), x.shape[3]))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            down = inside(row, *high, 0, x.shape[1])
            cells = x[:, down][:, :, inside(column, *wide, 0, x.shape[2])]
            result[:, i, j] = reduce(cells, row, column)
    return result


def max_pool(op: Any, x: Array, _weights: Weights) -> Array:
    return pool(op, x, lambda cells, _row, _column: cells.max((1, 2)))


def avg_pool(op: Any, x: Array, _weights: Weights) -> Array:
    (top, bottom), (left, right) = windows(op, x.shape[1:3])[2]
    high, wide = zip(pair(op.size), pair(op.dilation), strict=True)

    def mean(cells: Array, row: int, column: int) -> Array:
        count = cells.shape[1] * cells.shape[2]
        if op.count_padding:
            count = len(inside(row, *high, -top, x.shape[1] + bottom))
            count *= len(inside(column, *wide, -left, x.shape[2] + right))
        return cells.sum((1, 2)) / count

    return pool(op, x, mean)


def adaptive_avg_pool(op: Any, x: Array, _weights: Weights) -> Array:
    count = pair(op.size)
    result = np.empty((len(x), *count, x.shape[3]))
    for index in np.ndindex(*count):
        (top, bottom), (left, right) = (
            (math.floor(i * size / n), math.ceil((i + 1) * size / n))
            for i, n, size in zip(index, count, x.shape[1:3], strict=True)
        )
        result[:, *index] = x[:, top:bottom, left:right].mean((1, 2))
    return result


def cubic(d: float) -> float:
    if d <= 1:
        return 1.25 * d**3 - 2.25 * d**2 + 1
    return -0.75 * d**3 + 3.75 * d**2 - 6 * d + 3


def line(op: Any, lines: Array, at: float, i: int, count: int) -> Array:
    """Output line i of count, which lies at a place among input lines (the first axis)."""
    low = math.floor(at)

    def pixel(place: int) -> Array:
        return lines[min(max(place, 0), len(lines) - 1)]

    if op.mode == "nearest":
        return pixel((2 * i + 1) * len(lines) // (2 * count))
    if op.mode == "nearest_floor":
        return pixel(i * len(lines) // count)
    if op.mode == "bilinear":
        return (1 - (at - low)) * pixel(low) + (at - low) * pixel(low + 1)
    near = range(low - 1, low + 3)
    return np.sum([cubic(abs(at - place)) * pixel(place) for place in near], axis=0)


def interpolate(op: Any, x: Array, height: int, width: int) -> Array:
    for axis, count in ((1, height), (2, width)):
        lines, size = np.moveaxis(x, axis, 0), x.shape[axis]
        places = [(i + 0.5) * size / count - 0.5 for i in range(count)]
        if op.align_corners:
            places = [i * (size - 1) / (count - 1) if count > 1 else 0.0 for i in range(count)]
        found = [line(op, lines, at, i, count) for i, at in enumerate(places)]
        x = np.moveaxis(np.stack(found), 0, axis)
    return x


def subsample(op: Any, x: Array, weights: Weights) -> Array:
    height, width = pair(op.size)
    rows, columns = x.shape[1] // height, x.shape[2] // width
    cut = x[:, : rows * height, : columns * width]
    cells = cut.reshape(len(x), rows, height, columns, width, x.shape[3])
    return cells.sum((2, 4)) * weights["gain"] + weights["bias"]


def batch_norm(op: Any, x: Array, weights: Weights) -> Array:
    deviation = np.sqrt(weights["moving_variance"] + op.epsilon)
    return scaled((x - weights["moving_mean"]) / deviation, weights)


def scaled(x: Array, weights: Weights) -> Array:
    return x * weights.get("gamma", 1.0) + weights.get("beta", 0.0)


def layer_norm(op: Any, x: Array, weights: Weights) -> Array:
    deviation = np.sqrt(x.var(-1, keepdims=True) + op.epsilon)
    return scaled((x - x.mean(-1, keepdims=True)) / deviation, weights)


def normal(op: Any, x: Array, axes: tuple[int, ...]) -> Array:
    if all(x.shape[axis] == 1 for axis in axes):
        raise ValueError("a value has no deviation")
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + op.epsilon)


def group_norm(op: Any, x: Array, weights: Weights) -> Array:
    groups = np.split(x, op.groups, -1)
    normalized = [normal(op, group, tuple(range(1, x.ndim))) for group in groups]
    return scaled(np.concatenate(normalized, -1), weights)


def global_response_norm(op: Any, x: Array, weights: Weights) -> Array:
    lengths = np.linalg.norm(x, axis=(1, 2), keepdims=True)
    n = lengths / (lengths.mean(-1, keepdims=True) + op.epsilon)
    return x + weights["gamma"] * x * n + weights["beta"]


def lrn(op: Any, x: Array, _weights: Weights) -> Array:
    result = np.empty_like(x)
    for c in range(x.shape[-1]):
        first = c - op.size // 2
        near = x[..., max(first, 0) : first + op.size]
        result[..., c] = x[..., c] / (op.k + op.alpha * (near**2).sum(-1)) ** op.beta
    return result


def softmax(x: Array) -> Array:
    powers = np.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def gelu(op: Any, x: Array) -> Array:
    if op.approximate:
        return x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2
    return x * (1 + np.vectorize(math.erf)(x / math.sqrt(2))) / 2


def relu6(x: Array) -> Array:
    return np.clip(x, 0, 6)


def exponential_unit(x: Array, alpha: float) -> Array:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def split(op: Any, x: Array, w: Weights) -> Array:
    if isinstance(op.parts, int):
        return np.split(x, op.parts, axis=-1)[op.part]
    if sum(op.parts) != x.shape[-1]:
        raise ValueError("there are channels left over")
    return np.split(x, np.cumsum(op.parts)[:-1], axis=-1)[op.part]


def channel_shuffle(op: Any, x: Array, w: Weights) -> Array:
    """Raises ValueError for vectors."""
    _batch, _height, _width, _channels = x.shape
    groups = np.split(x, op.groups, -1)
    return np.stack([one[..., j] for j in range(groups[0].shape[-1]) for one in groups], -1)


def channel_slice(op: Any, x: Array, w: Weights) -> Array:
    """Raises IndexError for a channel that does not exist."""
    places = range(x.shape[-1])
    if op.stop == 0:
        raise IndexError("there is no channel before the first")
    last = places[-1 if op.stop is None else op.stop - 1]
    return np.stack([x[..., place] for place in range(places[op.start], last + 1)], -1)


def upsample(op: Any, x: Array, w: Weights) -> Array:
    if op.mode == "nearest" and op.align_corners:
        raise ValueError("nearest pixels have no corners to align")
    return interpolate(op, x, x.shape[1] * op.factor.height, x.shape[2] * op.factor.width)


def resize(op: Any, x: Array, w: Weights) -> Array:
    if op.mode.startswith("nearest") and op.align_corners:
        raise ValueError("nearest pixels have no corners to align")
    return interpolate(op, x, op.size.height, op.size.width)


def lp_pool(op: Any, x: Array, w: Weights) -> Array:
    (high, wide), step = pair(op.size), pair(op.stride or op.size)
    rows, columns = (x.shape[1] - high) // step[0] + 1, (x.shape[2] - wide) // step[1] + 1
    y = np.zeros((len(x), rows, columns, x.shape[3]))
    for i, j in np.ndindex(high, wide):
        seen = x[:, i :: step[0], j :: step[1]][:, :rows, :columns]
        y += seen**op.power
    return np.asarray(y ** (1 / op.power))


def blur_pool(op: Any, x: Array, w: Weights) -> Array:
    """The whole image filtered with its border mirrored, and then every pixel of a stride."""
    reach = (op.size - 1) // 2, op.size // 2
    if max(reach) >= min(x.shape[1:3]):
        raise ValueError("the image is too small")
    kernel = np.poly1d([0.5, 0.5]) ** (op.size - 1)
    x = np.pad(x, ((0, 0), reach, reach, (0, 0)), "reflect")
    for axis in (1, 2):
        x = np.apply_along_axis(np.convolve, axis, x, kernel.coeffs, "valid")
    return x[:, :: op.stride.height, :: op.stride.width]


BORDERS = {"constant": "constant", "reflect": "reflect", "edge": "edge", "circular": "wrap"}
"""NumPy's words for what is put around an image."""


def pad(op: Any, x: Array, w: Weights) -> Array:
    rows, columns = (op.pad.top, op.pad.bottom), (op.pad.left, op.pad.right)
    if op.mode == "constant":
        return padded(x, rows, columns, op.value)
    if op.value:
        raise ValueError("only a constant has a value")
    most = {"reflect": 1, "circular": 0, "edge": -math.inf}[op.mode]
    if max(rows) > x.shape[1] - most or max(columns) > x.shape[2] - most:
        raise ValueError("the image has not as many rows and columns")
    return np.pad(x, ((0, 0), rows, columns, (0, 0)), BORDERS[op.mode])  # type: ignore[call-overload]  # its words


def crop(op: Any, x: Array, w: Weights) -> Array:
    height, width = x.shape[1] - op.cut.bottom, x.shape[2] - op.cut.right
    if op.cut.top >= height or op.cut.left >= width:
        raise ValueError("nothing is left")
    return x[:, op.cut.top : height, op.cut.left : width]


def center_crop(op: Any, x: Array, w: Weights) -> Array:
    """As torchvision's `center_crop` has it."""
    height, width = pair(op.size)
    if height > x.shape[1] or width > x.shape[2]:
        raise ValueError("the image is too small")
    top, left = round((x.shape[1] - height) / 2.0), round((x.shape[2] - width) / 2.0)
    return x[:, top : top + height, left : left + width]


def place_in_block(op: Any, i: int, j: int, channel: int, channels: int) -> int:
    """Where among the channels a pixel of a block stands."""
    if op.channel_order == "crd":
        return int(channel * op.block**2 + i * op.block + j)
    place = {"dcr": i * op.block + j, "drc": j * op.block + i}[op.channel_order]
    return int(place * channels + channel)


def reshape(op: Any, x: Array, w: Weights) -> Array:
    values, (height, width) = x.reshape(len(x), -1), pair(op.size)
    channels = values.shape[1] // (height * width)
    if height * width * channels != values.shape[1]:
        raise ValueError("the values do not make up pixels")
    y = np.empty((len(x), height, width, channels))
    for i, j, c in np.ndindex(height, width, channels):
        y[:, i, j, c] = values[:, (i * width + j) * channels + c]
    return y


def permute(op: Any, x: Array, w: Weights) -> Array:
    axes = op.axes
    sides = dict(zip("hwc", x.shape[1:], strict=True))
    y = np.empty((len(x), *(sides[axis] for axis in axes)))
    for place in np.ndindex(y.shape[1:]):
        was = dict(zip(axes, place, strict=True))
        y[:, *place] = x[:, was["h"], was["w"], was["c"]]
    return y


def depth_to_space(op: Any, x: Array, w: Weights) -> Array:
    b, channels = op.block, x.shape[-1] // op.block**2
    if channels * b**2 != x.shape[-1]:
        raise ValueError("the channels do not make up blocks")
    y = np.empty((len(x), x.shape[1] * b, x.shape[2] * b, channels))
    for i, j, c in np.ndindex(b, b, channels):
        y[:, i::b, j::b, c] = x[..., place_in_block(op, i, j, c, channels)]
    return y


def space_to_depth(op: Any, x: Array, w: Weights) -> Array:
    b, channels = op.block, x.shape[-1]
    if x.shape[1] % b or x.shape[2] % b:
        raise ValueError("the image does not make up blocks")
    y = np.empty((len(x), x.shape[1] // b, x.shape[2] // b, channels * b**2))
    for i, j, c in np.ndindex(b, b, channels):
        y[..., place_in_block(op, i, j, c, channels)] = x[:, i::b, j::b, c]
    return y


def channel_conv(op: Any, x: Array, w: Weights) -> Array:
    y = np.zeros_like(x)
    for c, i in np.ndindex(x.shape[-1], op.kernel):
        seen = c + i - op.kernel // 2
        if 0 <= seen < x.shape[-1]:
            y[..., c] += w["kernel"][i, 0, 0] * x[..., seen]
    return y


def pixels_of(x: Array) -> Array:
    if x.ndim != 4:
        raise ValueError("a vector has no pixels")
    return x


def pixel_dense(op: Any, x: Array, w: Weights) -> Array:
    return pixels_of(x) @ w["kernel"] + w.get("bias", 0.0)


def path_softmax(op: Any, x: Array, w: Weights) -> Array:
    shares = softmax(np.stack(np.split(x, op.paths, -1), -1))
    return np.concatenate(list(np.moveaxis(shares, -1, 0)), -1)


def multi_head_attention(op: Any, x: Array, w: Weights) -> Array:
    size = op.key_size or x.shape[-1] // op.heads
    if op.key_size is None and x.shape[-1] % op.heads:
        raise ValueError("the heads do not divide the channels")
    batch, height, width, channels = x.shape
    pixels = x.reshape(batch, height * width, channels)
    entering = pixels @ w["in_kernel"] + w.get("in_bias", 0.0)
    query, key, value = np.split(entering, 3, -1)
    result = np.zeros((batch, height * width, op.heads * size))
    for n, head in np.ndindex(batch, op.heads):
        own = slice(head * size, (head + 1) * size)
        weighed = softmax(query[n, :, own] @ key[n, :, own].T / math.sqrt(size))
        result[n, :, own] = weighed @ value[n, :, own]
    return (result @ w["out_kernel"] + w.get("out_bias", 0.0)).reshape(x.shape)


def attention(op: Any, x: Array, w: Weights) -> Array:
    batch, rows, columns, channels = x.shape
    height, width = (rows, columns) if op.window is None else pair(op.window)
    sources, size = op.key_heads or op.heads, op.key_size
    values = channels - (op.heads + sources) * size
    if rows % height or columns % width or op.heads % sources or values < 1 or values % sources:
        raise ValueError("the heads or windows do not fit")
    long = values // sources
    down, across = rows // height, columns // width
    asking = [range(0, height, op.stride), range(0, width, op.stride)]
    shape = (down * len(asking[0]), across * len(asking[1]))
    result = np.zeros((batch, *shape, op.heads * long))

    def place(window: tuple[int, ...], y: int, x: int, high: int, wide: int) -> tuple[int, int]:
        if op.grid:
            return y * down + window[0], x * across + window[1]
        return window[0] * high + y, window[1] * wide + x

    for n, head, *window in np.ndindex(batch, op.heads, down, across):
        source = head * sources // op.heads
        seen = [*np.ndindex(height, width)]
        pixels = [x[n][place(window, i, j, height, width)] for i, j in seen]
        first, last = op.heads * size + source * size, (op.heads + sources) * size + source * long
        keys = np.array([one[first : first + size] for one in pixels])
        value = np.array([one[last : last + long] for one in pixels])
        for (at, y), (beside, z) in itertools.product(*map(enumerate, asking)):
            query = x[n][place(window, y, z, height, width)][head * size : (head + 1) * size]
            bias = [position_bias(op, w, y - i, z - j, height, width)[head] for i, j in seen]
            weighed = softmax(keys @ query / math.sqrt(size) + bias)
            target = place(window, at, beside, *map(len, asking))
            result[n][target][head * long : (head + 1) * long] = weighed @ value
    return result


def position_bias(op: Any, w: Weights, dy: int, dx: int, height: int, width: int) -> Array:
    """What is added for each head where a pixel sees one that is so much above and left of it."""
    if op.bias == "offsets":
        return w["offset_bias"][:, dy + height - 1, dx + width - 1]
    if op.bias == "distances":
        return w["distance_bias"][:, abs(dy), abs(dx)]
    if op.bias == "mlp":
        place = [math.copysign(math.log(1 + abs(one)), one) for one in (dy, dx)]
        hidden = np.maximum(np.array(place) @ w["mlp_kernel"] + w["mlp_bias"], 0)
        return hidden @ w["mlp_out_kernel"] + w["mlp_out_bias"]
    return np.zeros(op.heads)


def normalize(op: Any, x: Array, w: Weights) -> Array:
    if w:
        return (x - w["mean"]) / np.maximum(np.sqrt(w["variance"]), 1e-7)
    mean, std = np.array(op.mean or 0.0), np.array(op.std or 1.0)
    if {mean.shape, std.shape} - {(), x.shape[-1:]}:
        raise ValueError("there are other numbers than channels")
    return (x - mean) / std


FORMULAS: dict[str, Callable[[Any, Array, Weights], Array]] = {
    "conv": conv,
    "standardized_conv": standardized_conv,
    "depthwise_conv": depthwise_conv,
    "separable_conv": separable_conv,
    "conv_transpose": conv_transpose,
    "dense": lambda op, x, w: x @ w["kernel"] + w.get("bias", 0.0),
    "pixel_dense": pixel_dense,
    "placeholder": lambda op, x, w: x,
    "max_pool": max_pool,
    "avg_pool": avg_pool,
    "adaptive_avg_pool": adaptive_avg_pool,
    "global_avg_pool": lambda op, x, w: x.mean((1, 2), keepdims=op.keepdims),
    "global_max_pool": lambda op, x, w: x.max((1, 2), keepdims=op.keepdims),
    "subsample": subsample,
    "upsample": upsample,
    "resize": resize,
    "blur_pool": blur_pool,
    "lp_pool": lp_pool,
    "pad": pad,
    "crop": crop,
    "center_crop": center_crop,
    "batch_norm": batch_norm,
    "layer_norm": layer_norm,
    "group_norm": group_norm,
    "instance_norm": lambda op, x, w: scaled(normal(op, x, (1, 2)), w),
    "rms_norm": lambda op, x, w: (
        w["gamma"] * x / np.sqrt((x**2).mean(-1, keepdims=True) + op.epsilon)
    ),
    "global_response_norm": global_response_norm,
    "l2_normalize": lambda op, x, w: x / np.sqrt((x**2).sum(-1, keepdims=True) + op.epsilon),
    "normalize": normalize,
    "layer_scale": lambda op, x, w: w["gamma"] * x,
    "lrn": lrn,
    "flatten": lambda op, x, w: x.reshape(len(x), -1),
    "reshape": reshape,
    "permute": permute,
    "dropout": lambda op, x, w: x,
    "spatial_dropout": lambda op, x, w: x,
    "drop_path": lambda op, x, w: x,
    "zero_pad": lambda op, x, w: padded(
        x, (op.pad.top, op.pad.bottom), (op.pad.left, op.pad.right)
    ),
    "slice": channel_slice,
    "split": split,
    "channel_shuffle": channel_shuffle,
    "depth_to_space": depth_to_space,
    "space_to_depth": space_to_depth,
    "channel_mean": lambda op, x, w: pixels_of(x).sum(-1, keepdims=True) / x.shape[-1],
    "channel_max": lambda op, x, w: pixels_of(x).max(-1, keepdims=True),
    "channel_conv": channel_conv,
    "path_softmax": path_softmax,
    "multi_head_attention": multi_head_attention,
    "attention": attention,
    "position_embedding": lambda op, x, w: x + w["embedding"][: x.shape[1], : x.shape[2]],
    "scalar_affine": lambda op, x, w: w["gamma"] * x + w.get("beta", 0.0),
    "rescale": lambda op, x, w: op.factor * x + op.offset,
    "scale": lambda op, x, w: op.factor * x,
    "relu": lambda op, x, w: np.maximum(x, 0),
    "relu6": lambda op, x, w: relu6(x),
    "leaky_relu": lambda op, x, w: np.where(x >= 0, x, op.slope * x),
    "prelu": lambda op, x, w: np.where(x >= 0, x, w["alpha"] * x),
    "relu_squared": lambda op, x, w: np.maximum(x, 0) ** 2,
    "threshold": lambda op, x, w: np.where(x <= op.limit, op.value, x),
    "clip": lambda op, x, w: np.minimum(np.maximum(x, op.low), op.high),
    "hard_tanh": lambda op, x, w: np.minimum(np.maximum(x, -1), 1),
    "elu": lambda op, x, w: exponential_unit(x, op.alpha),
    "selu": lambda op, x, w: SELU_SCALE * exponential_unit(x, SELU_ALPHA),
    "gelu": lambda op, x, w: gelu(op, x),
    "silu": lambda op, x, w: x / (1 + np.exp(-x)),
    "mish": lambda op, x, w: x * np.tanh(np.logaddexp(x, 0)),
    "sigmoid": lambda op, x, w: 1 / (1 + np.exp(-x)),
    "hard_sigmoid": lambda op, x, w: np.minimum(np.maximum(op.slope * x + op.offset, 0), 1),
    "hard_swish": lambda op, x, w: x * relu6(x + 3) / 6,
    "tanh": lambda op, x, w: np.tanh(x),
    "softplus": lambda op, x, w: np.logaddexp(x, 0),
    "softsign": lambda op, x, w: x / (1 + np.abs(x)),
    "softmax": lambda op, x, w: softmax(x),
    "log_softmax": lambda op, x, w: np.log(softmax(x)),
}

MERGES: dict[str, Callable[[list[Array]], Array]] = {
    "add": lambda inputs: np.sum(inputs, axis=0),
    "multiply": lambda inputs: functools.reduce(np.multiply, inputs),
    "subtract": lambda inputs: inputs[0] - inputs[1],
    "maximum": lambda inputs: np.max(inputs, axis=0),
    "minimum": lambda inputs: np.min(inputs, axis=0),
    "average": lambda inputs: np.mean(inputs, axis=0),
    "concat": lambda inputs: np.concatenate(inputs, axis=-1),
}


def apply(layer: LayerView, inputs: list[Array], weights: Mapping[str, Array]) -> Array:
    """One layer's output."""
    if layer.op.merges:
        return MERGES[layer.op.name](inputs)
    own = {
        weight.name: np.asarray(weights[f"{layer.path}/{weight.name}"], np.float64)
        for weight in layer.op.weights(layer.input_shapes)
    }
    (x,) = inputs
    return FORMULAS[layer.op.name](layer.op, x, own)


def evaluate(network: Network, weights: Mapping[str, Array], images: Any) -> tuple[Array, ...]:
    """The network's outputs in inference, in double precision."""
    values: dict[int, Array] = {
        -1 - place: batch.astype(np.float64) for place, batch in enumerate(per_input(images))
    }
    for layer in network.layers:
        values[layer.index] = apply(layer, [values[one] for one in layer.inputs], weights)
        if values[layer.index].shape[1:] != layer.shape.dims:
            found = values[layer.index].shape[1:]
            raise AssertionError(f"{layer.path}: the formula gives {found}, not {layer.shape}")
    return tuple(values[index] for _, index in network.outputs)


def random_images(network: Network, count: int = 2, seed: int = 0) -> Any:
    """A batch, or a tuple of one for each of several inputs."""
    generator = np.random.default_rng(seed)
    shapes = [(count, *one.dims) for one in network.input_shapes]
    return together([generator.normal(size=one).astype(np.float32) for one in shapes])


def random_weights(network: Network, seed: int = 1) -> dict[str, Array]:
    """Weights without symmetry; variances are positive, and counts whole.

    What an attention's perceptron gives is some units large: a softmax multiplies its rounding.
    """
    generator = np.random.default_rng(seed)
    weights = {}
    for layer in network.layers:
        for weight in layer.weights:
            array = generator.normal(size=weight.shape) * 0.5 + 0.1
            if weight.name.endswith("variance"):
                array = np.abs(array) + 0.5
            if weight.name == "count":
                array = np.ceil(np.abs(array))
            if weight.name == "mlp_out_kernel":
                array /= np.sqrt(weight.shape[0])
            weights[f"{layer.path}/{weight.name}"] = array.astype(np.float32)
    return weights
