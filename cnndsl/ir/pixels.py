"""What a model's input expects of a picture: the order of its channels, and their numbers."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Rejected
from ..ops.base import Attribute, Kind, Number, Numbers
from ..record import Record
from ..values import LARGEST, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..values import Shape, Value

LARGEST_VALUE = 255
"""That of a channel in a file; the smallest is 0."""
NUMBER = Number("a number", -LARGEST, LARGEST, True)


class RangeKind(Kind):
    """Two numbers, the lower one first."""

    def takes(self, value: Value) -> bool:
        is_pair = isinstance(value, tuple) and len(value) == 2 and all(map(NUMBER.takes, value))
        return is_pair and bool(value[0] < value[1])

    def accept(self, value: Value) -> Value:
        return tuple(map(float, super().accept(value)))


NUMBERS = Numbers("a number, or one for each channel", NUMBER)
POSITIVE_NUMBERS = Numbers(
    "a number greater than 0, or one for each channel",
    Number("a number greater than 0", 0.0, LARGEST, True),
)


class ChannelOrder(Record):
    """A word that `pixels` takes: which channels there are, and what it can be told of them."""

    name: str
    channels: int

    @property
    def attributes(self) -> dict[str, Attribute]:
        return ATTRIBUTES


ATTRIBUTES = {
    "range": Attribute(RangeKind("(low, high), low below high"), (0.0, 1.0), "of black and white"),
    "mean": Attribute(NUMBERS, 0.0, "subtracted"),
    "std": Attribute(POSITIVE_NUMBERS, 1.0, "what the rest is divided by"),
}
ORDERS = {
    one.name: one
    for one in (ChannelOrder("rgb", 3), ChannelOrder("bgr", 3), ChannelOrder("gray", 1))
}


class Pixels(Record):
    """How the 8-bit values of a picture become numbers of the input.

    A value v of channel c, in this order of channels, is given as
    (low + (high - low) * v / 255 - mean[c]) / std[c], where `range` is (low, high).
    """

    order: str
    range: tuple[float, float]
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __str__(self) -> str:
        """As a spec writes it, without what is the default."""
        stated = ((name, self._stated(name)) for name in ATTRIBUTES)
        given = [f"{name}={text}" for name, text in stated if text]
        return f"{self.order}({', '.join(given)})" if given else self.order

    def fit(self, shape: Shape) -> bool:
        """Whether an input is a picture with these channels."""
        return shape.is_image and shape.channels == ORDERS[self.order].channels

    def check(self, shapes: Sequence[Shape]) -> None:
        """Reject inputs of which none is a picture with these channels."""
        if any(map(self.fit, shapes)):
            return
        shape = next((one for one in shapes if one.is_image), shapes[0])
        if not shape.is_image:
            raise Rejected(
                diagnostics.NeedsImage("pixels", shape, "leave it out: it is said of images alone")
            )
        raise Rejected(diagnostics.ChannelsDiffer(self.order, ORDERS[self.order].channels, shape))

    @property
    def in_words(self) -> str:
        """`rgb from 0 to 1, less 0.5, divided by 0.25`."""
        parts = [f"{self.order} from {' to '.join(map(_written, self.range))}"]
        mean, std = (self._stated(name) for name in ("mean", "std"))
        parts += [f"less {mean}"] if mean else []
        parts += [f"divided by {std}"] if std else []
        return ", ".join(parts)

    def _stated(self, name: str) -> str | None:
        """An attribute as a spec writes it; None where it is the default."""
        value = getattr(self, name)
        if name != "range" and len(set(value)) == 1:
            value = value[0]
        return None if value == ATTRIBUTES[name].default else _written(value)

    @property
    def facts(self) -> dict[str, Value]:
        """The fields by name, as JSON has them."""
        return {name: getattr(self, name) for name in self.__fields__}

    @property
    def factors(self) -> tuple[tuple[float, float], ...]:
        """For each channel, a and b of a * v + b."""
        low, high = self.range
        scale = (high - low) / LARGEST_VALUE
        pairs = zip(self.mean, self.std, strict=True)
        return tuple((scale / std, (low - mean) / std) for mean, std in pairs)


def _written(value: Value) -> str:
    """A number or several; whole ones without a point."""
    if isinstance(value, tuple):
        return f"({', '.join(map(_written, value))})"
    return write(int(value) if value == int(value) else value)


def pixels_of(order: ChannelOrder, values: Mapping[str, Value]) -> Pixels:
    """The pixels for some values, with defaults for the others. Raises `Rejected`."""
    whole = {name: values.get(name, one.default) for name, one in ATTRIBUTES.items()}
    for name in ("mean", "std"):
        value = whole[name]
        whole[name] = value if isinstance(value, tuple) else (value,) * order.channels
        if len(whole[name]) != order.channels:
            raise Rejected(
                diagnostics.ValuesPerChannel(name, len(whole[name]), order.name, order.channels)
            )
    return Pixels(order.name, **whole)
