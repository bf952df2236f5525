"""Primitive ops in the language's terms: what a checked layer is, and what a framework's call does.

Both are chains of parts that are compared part by part. Padding is in pixels of the image at hand,
a depthwise convolution is one with a group for each channel, a separable one is two convolutions,
and zeros put around an image belong to the window that slides over it.
"""

from __future__ import annotations

import marshal
import math
from functools import cached_property, lru_cache
from itertools import takewhile

from ...ops import OPS
from ...ops.attention import MLP
from ...ops.base import EXPLICIT_PADS, NUMBER, WrongKind, attribute
from ...ops.channels import ChannelShuffle, DepthToSpace, Slice, SpaceToDepth
from ...ops.convolution import Conv, Convolution
from ...ops.dense import Flatten
from ...ops.merging import Rescale, ZeroPad
from ...ops.normalization import InstanceNorm, Normalize
from ...ops.pooling import AdaptiveAvgPool
from ...ops.resizing import CONSTANT, NEAREST, NEAREST_FLOOR, nearest_places
from ...ops.windows import ONE, Window, window_of
from ...record import Record
from ...values import NO_PADDING, Padding, Shape, Size
from ..lowering import parameters_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence
    from typing import Any

    from ...ops.base import Op
    from ..lowering import Lowerings

    Change = Callable[[dict[str, Any]], None]
    """Turns values of a call into those that attributes of the language take."""

ROUNDING = 1e-9
"""The relative difference of numbers that are computed in another order, such as 1 - 0.9."""


class Part(Record):
    """A primitive op on an image or vector, and the shape that leaves it."""

    kind: str
    facts: dict[str, Any]
    shape: Shape

    def with_facts(self, **more: Any) -> Part:
        return Part(self.kind, {**self.facts, **more}, self.shape)


class Unreadable(Exception):
    """A framework's call that means nothing, or nothing that the language can say."""


# What a checked layer is


class AdaptiveMaxPool(AdaptiveAvgPool):
    """The largest value of each part of an image, which the language has for the whole alone."""

    name = "adaptive_max_pool"


class Border(ZeroPad):
    """Any number put around an image; with padding below 0 what a crop leaves of it."""

    value: float = attribute(NUMBER, default=0.0, doc="the number")


@lru_cache(maxsize=512)  # what is emitted is mostly read as the very op that was checked
def parts_of(op: Op, entry: Shape) -> list[Part]:
    """The parts of an op that is no merge."""
    parts: list[Part] = []
    for one in PRIMITIVES[op.name](op, entry) if op.name in PRIMITIVES else (op,):
        parts.append(_part(one, parts[-1].shape if parts else entry))
    return parts


def _grouped(op: Any, image: Shape, bias: bool) -> Conv:
    """A depthwise convolution as one with a group for each channel."""
    shared = {name: getattr(op, name) for name in Convolution.__fields__}
    filters = image.channels * op.multiplier
    return Conv(**{**shared, "bias": bias}, filters=filters, groups=image.channels)


def _separable(op: Any, image: Shape) -> Sequence[Op]:
    drawn = {name: getattr(op, name) for name in ("bias", "init", "seed", "l2")}
    return _grouped(op, image, bias=False), Conv(filters=op.filters, kernel=ONE, **drawn)


def _transposed(op: Any, _image: Shape) -> tuple[Op]:
    """A transposed convolution with pixels taken off behind or put there, not both."""
    pads, added = op.margins
    low, right = pads.bottom - added.height, pads.right - added.width
    taken = Padding(pads.top, max(low, 0), pads.left, max(right, 0))
    return (op.replaced(pad=taken, output_padding=Size(max(-low, 0), max(-right, 0))),)


def _of_groups(op: Any, shape: Shape) -> Op:
    """A norm of groups of one channel as what it is."""
    is_of_each = shape.is_image and op.groups == shape.channels
    return InstanceNorm(epsilon=op.epsilon) if is_of_each else op


def _of_channels(op: Any, shape: Shape) -> Op:
    """A normalisation with a number for each channel, unless it has weights for them."""
    if op.is_learned:
        return Normalize()
    mean, std = op.statistics(shape.channels)
    return Normalize(mean=mean, std=std)


def _from_front(op: Any, entry: Shape) -> Slice:
    """A slice or part by bounds that are counted from the front."""
    start, stop = op.bounds(entry.channels)
    return Slice(start=start, stop=None if stop == entry.channels else stop)


def _to_space(op: Any, _image: Shape) -> Sequence[Op]:
    """Blocks of pixels whose places come first among the channels, with a shuffle before them."""
    ordered = DepthToSpace(block=op.block, channel_order="crd")
    if op.channel_order == "drc":  # which no shuffle makes
        return (op,)
    return (ordered,) if op == ordered else (ChannelShuffle(groups=op.area), ordered)


def _to_depth(op: Any, image: Shape) -> Sequence[Op]:
    """Likewise, with a shuffle behind them."""
    ordered = SpaceToDepth(block=op.block, channel_order="crd")
    if op.channel_order == "drc":
        return (op,)
    return (ordered,) if op == ordered else (ordered, ChannelShuffle(groups=image.channels))


def _cut(off: Padding) -> Border:
    return Border(pad=Padding(-off.top, -off.bottom, -off.left, -off.right))


def _to_nearest(op: Any, image: Shape) -> Op:
    """A resizing whose nearest pixels are the same by both rules, by the first."""
    sides = (image.height, op.size.height), (image.width, op.size.width)
    by_floor, by_middle = (
        [nearest_places(mode, *side) for side in sides] for mode in (NEAREST_FLOOR, NEAREST)
    )
    is_same = op.mode == NEAREST_FLOOR and by_floor == by_middle
    same: Op = op.replaced(mode=NEAREST) if is_same else op
    return same


def _in_windows(op: Any, image: Shape) -> Op:
    """An attention by its windows, of which an image may be one, without what has no effect."""
    height, width = op.extents(image)
    is_grid = op.grid and (height, width) != image.dims[:2]
    hidden = op.hidden if op.bias == MLP else 1
    same: Op = op.replaced(window=Size(height, width), grid=is_grid, hidden=hidden)
    return same


def _globally(op: Any, pool: type[AdaptiveAvgPool]) -> Sequence[Op]:
    return (pool(size=ONE),) if op.keepdims else (pool(size=ONE), Flatten())


PRIMITIVES: dict[str, Callable[[Any, Shape], Sequence[Op]]] = {
    "depthwise_conv": lambda op, image: (_grouped(op, image, op.bias),),
    "separable_conv": _separable,
    "conv_transpose": _transposed,
    "normalize": lambda op, shape: (_of_channels(op, shape),),
    "scale": lambda op, _shape: (Rescale(factor=op.factor),),
    "zero_pad": lambda op, _image: (Border(pad=op.pad),),
    "pad": lambda op, _image: (
        (Border(pad=op.pad, value=op.value),) if op.mode == CONSTANT else (op,)
    ),
    "attention": lambda op, image: (_in_windows(op, image),),
    "resize": lambda op, image: (_to_nearest(op, image),),
    "crop": lambda op, image: (_cut(op.removed(image)),),
    "center_crop": lambda op, image: (_cut(op.removed(image)),),
    "split": lambda op, entry: (_from_front(op, entry),),
    "slice": lambda op, entry: (_from_front(op, entry),),
    "depth_to_space": _to_space,
    "space_to_depth": _to_depth,
    "group_norm": lambda op, shape: (_of_groups(op, shape),),
    "global_avg_pool": lambda op, _image: _globally(op, AdaptiveAvgPool),
    "global_max_pool": lambda op, _image: _globally(op, AdaptiveMaxPool),
}
"""The ops that others make up."""
SAID_BY_WINDOWS = ("size", "pad", "rounding", "count_padding")


def _part(op: Op, entry: Shape) -> Part:
    """A primitive op by its attributes, and what its window sees of the image."""
    if len(entry.dims) not in op.ranks:
        raise Unreadable(f"{op.name} does not take {entry}")
    facts = {name: getattr(op, name) for name in op.attributes}
    window = window_of(op, entry) if op.name in BORDERS else None
    if window is not None:
        if facts.get("count_padding") is not None:
            facts["counted"] = window.padding if facts["count_padding"] else NO_PADDING
        facts = {name: fact for name, fact in facts.items() if name not in SAID_BY_WINDOWS}
        facts |= {"kernel": window.kernel, "stride": window.stride, "padding": window.padding}
    return Part(op.name, facts, op.extent([entry]))


# What a framework's call does


CONSTANTS = {"None": None, "True": True, "False": False}


class Reading:
    """A framework's constructor as an op of the language.

    The signature names each parameter as the framework does, and behind a colon the attribute, if
    that is called otherwise: `kernel_size:kernel stride=1 padding:pad=0`. Those after `*` go by
    keyword alone; `bias=` has the language's own default. `channels` are those of the input;
    others that are no attributes are facts of the part, such as the padding that is `counted`.
    """

    def __init__(
        self, op: str, signature: str = "", *changes: Change, rank: int | None = None
    ) -> None:
        self.op = AdaptiveMaxPool if op == AdaptiveMaxPool.name else OPS[op]
        self.signature = signature
        self.changes = changes
        self.rank = rank
        """Of the inputs that it takes, if not of all that the op takes."""

    @cached_property
    def parameters(self) -> dict[str, tuple[str, str | None]]:
        return parameters_of(self.signature)

    def values(self, arguments: Sequence[Any], keywords: dict[str, Any]) -> dict[str, Any]:
        """What a call says, by attribute."""
        places = [*takewhile("*".__ne__, self.parameters)]
        if len(arguments) > len(places) or not keywords.keys() <= self.parameters.keys():
            raise Unreadable(f"it does not take {arguments} and {keywords}")
        said = {**dict(zip(places, arguments, strict=False)), **keywords}
        for name, (_, default) in self.parameters.items():
            if default is None and name not in said:
                raise Unreadable(f"it lacks {name}")
        values = {name: _constant(default) for name, default in self.parameters.values() if default}
        return values | {self.parameters[name][0]: value for name, value in said.items()}

    def __call__(self, entry: Shape, *arguments: Any, **keywords: Any) -> list[Part]:
        if self.rank not in (None, len(entry.dims)):
            raise Unreadable(f"it does not take {entry}")
        values = self.values(arguments, keywords)
        for change in self.changes:
            change(values)
        channels = values.pop("channels", entry.channels)
        if type(channels) is not int or channels != entry.channels:
            raise Unreadable(f"it takes {channels!r} channels instead of {entry.channels}")
        attributes = self.op.attributes
        facts = {name: value for name, value in values.items() if name not in attributes}
        try:
            if "counted" in facts:
                facts["counted"] = EXPLICIT_PADS.accept(facts["counted"])
            taken = {
                name: attributes[name].kind.accept(value)
                for name, value in values.items()
                if name in attributes
            }
        except WrongKind as wrong:
            raise Unreadable(f"it takes {wrong}") from None
        first, *others = parts_of(self.op(**taken), entry)
        return [first.with_facts(**facts) if facts else first, *others]


def _constant(text: str) -> Any:
    """A default in a signature: a number, a word, or None, True or False."""
    if text in CONSTANTS:
        return CONSTANTS[text]
    if text.isdigit():
        return int(text)
    return float(text) if text[0].isdigit() else text


def pads(values: dict[str, Any]) -> None:
    """Read two numbers of padding as the vertical and the horizontal one."""
    given = values.get("pad")
    if isinstance(given, tuple) and len(given) == 2:
        vertical, horizontal = given
        values["pad"] = (vertical, vertical, horizontal, horizontal)


class Leaf:
    """A framework's layer with its arguments. A checked layer is made of one, or of several."""

    name: str
    reading: Callable[..., list[Part]]
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]

    def key(self) -> Hashable:
        """What tells what the layer does from what others do."""
        return self.name, frozen(self.arguments, *self.keywords.items())

    def read(self, entry: Shape) -> list[Part]:
        return self.reading(entry, *self.arguments, **self.keywords)


def read_all(leaves: Iterable[Leaf], entry: Shape) -> list[Part]:
    """What layers do one after another."""
    parts: list[Part] = []
    for leaf in leaves:
        parts += leaf.read(parts[-1].shape if parts else entry)
    return parts


REFERENCES_APART = 2
"""The version of marshalled data in which equal values are equal bytes, whoever refers to them."""


def frozen(*values: Any) -> Hashable:
    """Arguments as what can be a key: numbers of different types are different."""
    try:
        return marshal.dumps(values, REFERENCES_APART)
    except ValueError:  # a description, such as an initialiser's
        return _frozen(values)


class Partial:
    """What stands in for `functools.partial`; those of the same arguments are equal."""

    def __init__(self, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> None:
        self.function = function
        self.arguments = arguments
        self.keywords = keywords

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self.function(*self.arguments, *arguments, **{**self.keywords, **keywords})

    @property
    def key(self) -> Hashable:
        return self.function, frozen(self.arguments, *self.keywords.items())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Partial) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


def _frozen(value: object) -> Hashable:
    if isinstance(value, tuple | list):
        return tuple(map(_frozen, value))
    return type(value), value


# Chains of parts in one form


BORDERS = {"conv": 0.0, "standardized_conv": 0.0, "max_pool": -math.inf, "avg_pool": 0.0}
"""The kinds of windows, and the value of a border that is as good as their own padding."""


def settled(parts: Iterable[Part], image: Shape) -> list[Part]:
    """Parts with borders joined to windows, and no more said of a window than what it sees."""
    joined: list[Part] = []
    for part in parts:
        while joined and _is_border_of(joined[-1], part):
            border = joined.pop().facts["pad"]
            names = [name for name in ("padding", "counted") if name in part.facts]
            part = part.with_facts(**{name: _sum(border, part.facts[name]) for name in names})
        joined.append(part)
    entries = [image, *(part.shape for part in joined)]
    return [_seen(part, entry) for part, entry in zip(joined, entries, strict=False)]


def _is_border_of(part: Part, window: Part) -> bool:
    """Whether a part puts around an image what is as good as the window's own padding.

    So does a crop (a border below 0), unless the window pads where it has cut.
    """
    if part.kind != "zero_pad" or BORDERS.get(window.kind) != part.facts["value"]:
        return False
    border, own = part.facts["pad"], window.facts["padding"]
    sides = ((getattr(border, side), getattr(own, side)) for side in Padding.__fields__)
    return all(outer >= 0 or inner <= 0 for outer, inner in sides)


def _sum(one: Padding, other: Padding) -> Padding:
    return Padding(
        one.top + other.top,
        one.bottom + other.bottom,
        one.left + other.left,
        one.right + other.right,
    )


def _seen(part: Part, image: Shape) -> Part:
    """A window by where it starts and how it moves, and the counted cells that it reaches."""
    if part.kind not in BORDERS:
        return part
    facts, shape, padding = part.facts, part.shape, part.facts["padding"]
    stride = facts["stride"]
    moves = Size(stride.height if shape.height > 1 else 1, stride.width if shape.width > 1 else 1)
    seen: dict[str, Any] = {"padding": (padding.top, padding.left), "stride": moves}
    if "counted" in facts:
        counted = facts["counted"]
        window = Window(image, facts["kernel"], stride, facts["dilation"], padding)
        below, beside = (
            (count - 1) * axis.stride + axis.reach - axis.before - axis.pixels
            for axis, count in zip(window.axes, shape.dims, strict=False)
        )
        seen["counted"] = (
            min(counted.top, padding.top),
            min(counted.bottom, max(below, 0)),
            min(counted.left, padding.left),
            min(counted.right, max(beside, 0)),
        )
    return part.with_facts(**seen)


def difference(expected: Sequence[Part], found: Sequence[Part]) -> str | None:
    """What is first found to differ, in words."""
    kinds = [[part.kind for part in parts] for parts in (expected, found)]
    if kinds[0] != kinds[1]:
        return f"{' then '.join(kinds[1])} instead of {' then '.join(kinds[0])}"
    for one, other in zip(expected, found, strict=True):
        if one is other:
            continue
        for name in {**one.facts, **other.facts}:
            wanted, given = one.facts.get(name), other.facts.get(name)
            if not _is_same(wanted, given):
                return f"{one.kind} with {name} {given!r} instead of {wanted!r}"
        if one.shape != other.shape:
            return f"{one.kind} gives {other.shape} instead of {one.shape}"
    return None


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_is_same, one, other))
    if isinstance(one, float) and isinstance(other, float | int):
        return not isinstance(other, bool) and math.isclose(one, other, rel_tol=ROUNDING)
    return type(one) is type(other) and bool(one == other)


def stated_readings(lowerings: Lowerings, package: str) -> dict[str, Reading]:
    """The readings that records state of a package's constructors, or of helpers (package "")."""
    found = {
        name.rpartition("."): Reading(one.op.name, signature)
        for one in lowerings
        for name, signature in one.reads.items()
    }
    return {name: reading for (before, _, name), reading in found.items() if before == package}
