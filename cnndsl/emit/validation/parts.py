"""Primitive ops in the language's terms: what a checked layer is, and what a framework's call does.

Both are chains of parts that are compared part by part. Padding is in pixels of the image at hand,
a depthwise convolution is one with a group for each channel, a separable one is two convolutions,
and zeros put around an image belong to the window that slides over it.
"""

from __future__ import annotations

import math

from ...record import Record
from ...values import NO_PADDING, Padding, Shape, Size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, TypeAlias

    from ...ops.base import Op

    Sides: TypeAlias = tuple[int, int]
    """Height and width."""

ONE: Sides = (1, 1)
ROUNDING = 1e-9
"""The relative difference of numbers that are computed in another order, such as 1 - 0.9."""


class Part(Record):
    """A primitive op on an image or vector, and the shape that leaves it."""

    kind: str
    facts: dict[str, Any]
    shape: Shape

    def with_facts(self, **more: Any) -> Part:
        return Part(self.kind, {**self.facts, **more}, self.shape)


def plain(kind: str, shape: Shape, **facts: Any) -> Part:
    """An op that keeps the shape."""
    return Part(kind, facts, shape)


def dense(vector: Shape, length: int, units: int, **facts: Any) -> Part:
    return Part("dense", {"length": length, "units": units, **facts}, Shape((units,)))


def pad(image: Shape, padding: Padding, value: float = 0.0) -> Part:
    """A border of one value."""
    height = padding.top + image.height + padding.bottom
    width = padding.left + image.width + padding.right
    facts = {"padding": padding, "value": value}
    return Part("pad", facts, Shape((height, width, image.channels)))


def window(
    kind: str,
    image: Shape,
    kernel: Sides,
    stride: Sides,
    padding: Padding,
    *,
    dilation: Sides = ONE,
    by_ceil: bool = False,
    filters: int | None = None,
    **facts: Any,
) -> Part:
    """A sliding window, with the padding that it sees around the image."""
    spans = (
        (image.height, padding.top, padding.bottom),
        (image.width, padding.left, padding.right),
    )
    sides = []
    for axis, (size, before, after) in enumerate(spans):
        room = before + size + after - (dilation[axis] * (kernel[axis] - 1) + 1)
        count = room // stride[axis] + 1
        if by_ceil and room % stride[axis] and count * stride[axis] < before + size:
            count += 1
        sides.append(count)
    known = {"kernel": kernel, "stride": stride, "dilation": dilation, "padding": padding}
    if filters is not None:
        facts["filters"] = filters
    return Part(kind, {**known, **facts}, Shape((*sides, filters or image.channels)))


def convolution(image: Shape, channels: int, filters: int, kernel: Sides, **facts: Any) -> Part:
    """A convolution of images that are said to have `channels`; see `window` for the others."""
    facts = {"stride": ONE, "padding": NO_PADDING, "groups": 1, **facts}
    return window("conv", image, kernel, filters=filters, channels=channels, **facts)


def pooled(image: Shape, kind: str) -> list[Part]:
    """A global pooling, `average` or `max`: down to one pixel, of which a vector is made."""
    one = Part(f"adaptive_{kind}", {"size": ONE}, Shape((1, 1, image.channels)))
    return [one, Part("flatten", {}, Shape((image.channels,)))]


# Chains of parts in one form


BORDERS = {"conv": 0.0, "max_pool": -math.inf, "avg_pool": 0.0}
"""The kinds of windows, and the value of a border that is as good as their own padding."""


def settled(parts: Iterable[Part], image: Shape) -> list[Part]:
    """Parts with borders joined to windows, and no more said of a window than what it sees."""
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        is_border = last is not None and last.kind == "pad"
        if last is not None and is_border and BORDERS.get(part.kind) == last.facts["value"]:
            border = last.facts["padding"]
            facts = {"padding": _sum(border, part.facts["padding"])}
            if "counted" in part.facts:
                facts["counted"] = _sum(border, part.facts["counted"])
            joined[-1] = part.with_facts(**facts)
        else:
            joined.append(part)
    entries = [image, *(part.shape for part in joined)]
    return [_seen(part, entry) for part, entry in zip(joined, entries, strict=False)]


def _sum(one: Padding, other: Padding) -> Padding:
    return Padding(*(left + right for left, right in zip(_sides(one), _sides(other), strict=True)))


def _sides(padding: Padding) -> tuple[int, int, int, int]:
    return padding.top, padding.bottom, padding.left, padding.right


def _seen(part: Part, image: Shape) -> Part:
    """A window by where it starts and how often it moves, and the counted cells that it reaches."""
    if part.kind not in BORDERS:
        return part
    facts, padding = dict(part.facts), part.facts["padding"]
    facts["padding"] = (padding.top, padding.left)
    facts["output"] = (part.shape.height, part.shape.width)
    if "counted" in facts:
        counted = facts["counted"]
        reach = [
            max((count - 1) * step + size - before - pixels, 0)
            for count, step, size, before, pixels in zip(
                facts["output"],
                facts["stride"],
                facts["kernel"],
                facts["padding"],
                (image.height, image.width),
                strict=True,
            )
        ]
        facts["counted"] = (
            min(counted.top, padding.top),
            min(counted.bottom, reach[0]),
            min(counted.left, padding.left),
            min(counted.right, reach[1]),
        )
    return Part(part.kind, facts, part.shape)


def difference(expected: Sequence[Part], found: Sequence[Part]) -> str | None:
    """What is first found to differ, in words."""
    if expected == found:
        return None
    kinds = [[part.kind for part in parts] for parts in (expected, found)]
    if kinds[0] != kinds[1]:
        return f"{' then '.join(kinds[1])} instead of {' then '.join(kinds[0])}"
    for one, other in zip(expected, found, strict=True):
        for name in {**one.facts, **other.facts}:
            wanted, given = one.facts.get(name), other.facts.get(name)
            if not _is_same(wanted, given):
                return f"{one.kind} with {name} {given!r} instead of {wanted!r}"
        if one.shape != other.shape:
            return f"{one.kind} gives {other.shape} instead of {one.shape}"
    return None


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float | int):
        return not isinstance(other, bool) and math.isclose(one, other, rel_tol=ROUNDING)
    return type(one) is type(other) and bool(one == other)


# What a checked layer is


def sides_of(size: Size) -> Sides:
    return size.height, size.width


def parts_of(op: Op, inputs: Sequence[Shape]) -> list[Part]:
    """The parts of a checked layer that is no merge."""
    return _PARTS.get(op.name, _by_attributes)(op, inputs[0])


def _by_attributes(op: Op, entry: Shape) -> list[Part]:
    facts = {name: getattr(op, name) for name in op.attributes}
    sized = {name: sides_of(one) for name, one in facts.items() if isinstance(one, Size)}
    return [Part(op.name, {**facts, **sized}, op.shape([entry]))]


def _with_channels(op: Op, entry: Shape) -> list[Part]:
    (part,) = _by_attributes(op, entry)
    return [part.with_facts(channels=entry.channels)]


def kernel_facts(op: Any) -> dict[str, Any]:
    """How a kernel is drawn and held."""
    return {"init": op.init, "seed": op.seed, "l2": op.l2}


def _windows(op: Any, image: Shape) -> dict[str, Any]:
    return {
        "kernel": sides_of(op.kernel),
        "stride": sides_of(op.stride),
        "padding": op.padding(image),
        "dilation": sides_of(op.dilation),
        **kernel_facts(op),
    }


def _conv(op: Any, image: Shape) -> list[Part]:
    facts = _windows(op, image)
    channels = image.channels
    return [convolution(image, channels, op.filters, groups=op.groups, bias=op.bias, **facts)]


def _depthwise(op: Any, image: Shape) -> list[Part]:
    channels = image.channels
    filters, facts = channels * op.multiplier, _windows(op, image)
    return [convolution(image, channels, filters, groups=channels, bias=op.bias, **facts)]


def _separable(op: Any, image: Shape) -> list[Part]:
    channels = image.channels
    facts = {**_windows(op, image), "groups": channels, "bias": False}
    middle = convolution(image, channels, channels * op.multiplier, **facts)
    return [
        middle,
        convolution(
            middle.shape, middle.shape.channels, op.filters, ONE, **pointwise_facts(op, op.bias)
        ),
    ]


def pointwise_facts(op: Any, bias: bool) -> dict[str, Any]:
    return {"bias": bias, **kernel_facts(op)}


def _dense(op: Any, vector: Shape) -> list[Part]:
    return [dense(vector, vector.elements, op.units, bias=op.bias, **kernel_facts(op))]


def _pool(op: Any, image: Shape) -> list[Part]:
    padding = op.padding(image)
    facts: dict[str, Any] = {}
    if op.name == "avg_pool":
        facts["counted"] = padding if op.count_padding else NO_PADDING
    is_ceil = op.rounding == "ceil"
    size, step = sides_of(op.size), sides_of(op.step)
    return [window(op.name, image, size, step, padding, by_ceil=is_ceil, **facts)]


_PARTS: dict[str, Callable[[Any, Shape], list[Part]]] = {
    "conv": _conv,
    "depthwise_conv": _depthwise,
    "separable_conv": _separable,
    "dense": _dense,
    "max_pool": _pool,
    "avg_pool": _pool,
    "global_avg_pool": lambda _op, image: pooled(image, "average"),
    "global_max_pool": lambda _op, image: pooled(image, "max"),
    "adaptive_avg_pool": lambda op, image: [
        Part("adaptive_average", {"size": sides_of(op.size)}, op.shape([image]))
    ],
    "zero_pad": lambda op, image: [pad(image, op.pad)],
    "flatten": lambda _op, image: [Part("flatten", {}, Shape((image.elements,)))],
    "batch_norm": _with_channels,
    "subsample": _with_channels,
}
"""The ops that are no single part with the op's own attributes."""


# What readings of a framework's calls share


class Unreadable(Exception):
    """A framework's call that means nothing, or nothing that the language can say."""


def whole(value: object) -> int:
    """A count, which a framework takes as an integer alone."""
    if type(value) is not int:
        raise Unreadable(f"{value!r} is no integer")
    return value


def pair(value: object) -> Sides:
    """A height and a width, given as one integer or two."""
    if isinstance(value, tuple | list) and len(value) == 2:
        return whole(value[0]), whole(value[1])
    return whole(value), whole(value)


def need_rank(shape: Shape, is_image: bool) -> None:
    if shape.is_image is not is_image:
        raise Unreadable(f"it takes {'an image' if is_image else 'a vector'}, not {shape}")


def same_as_language(image: Shape, kernel: Sides, stride: Sides, dilation: Sides = ONE) -> Padding:
    """`same` as the language and TensorFlow have it, with the odd pixel at the bottom or right."""
    sides = []
    for axis, pixels in enumerate((image.height, image.width)):
        reach = dilation[axis] * (kernel[axis] - 1) + 1
        total = max((-(-pixels // stride[axis]) - 1) * stride[axis] + reach - pixels, 0)
        sides += [total // 2, total - total // 2]
    return Padding(*sides)
