"""What an op is: attributes with their kinds, and rules for shape, channels, weights and cost.

An op is one `Op` subclass. Everything that other parts need to know of it (which attributes it
takes, their order and defaults, its reference page, its weights) is read off that class.
"""

from __future__ import annotations

from ..diagnostics.base import Rejected
from ..diagnostics.shapes import NeedsImage, NeedsVector, SizeTooLarge
from ..record import REQUIRED, Record
from ..values import NO_PADDING, SAME, VALID, Padding, Shape, Size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, ClassVar, dataclass_transform

    from ..values import Value
else:
    from ..record import dataclass_transform

INITIALIZERS = (
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
)
LARGEST_INTEGER = 2**31 - 1
MOST_ELEMENTS = 2**40


class WrongKind(Exception):
    """A value that an attribute does not take. The message says what it takes."""


class Kind(Record):
    """The values that an attribute takes: a test, a conversion, and words for messages."""

    text: str

    def accept(self, value: Value) -> Value:
        """The value as the op stores it, or `WrongKind`."""
        raise WrongKind(self.text)

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the language that this kind brings."""
        return ()


class Integer(Kind):
    minimum: int

    def accept(self, value: Value) -> Value:
        if type(value) is not int or not self.minimum <= value <= LARGEST_INTEGER:
            raise WrongKind(self.text)
        return value


class OptionalInteger(Integer):
    def accept(self, value: Value) -> Value:
        return None if value is None else super().accept(value)


class Odd(Integer):
    def accept(self, value: Value) -> Value:
        if type(value) is int and value % 2 == 0:
            raise WrongKind(self.text)
        return super().accept(value)


class Number(Kind):
    minimum: float
    below: float
    open_minimum: bool = False

    def accept(self, value: Value) -> Value:
        if type(value) not in (int, float):
            raise WrongKind(self.text)
        too_low = value <= self.minimum if self.open_minimum else value < self.minimum
        if too_low or not value < self.below:
            raise WrongKind(self.text)
        return float(value)


class Flag(Kind):
    def accept(self, value: Value) -> Value:
        if type(value) is not bool:
            raise WrongKind(self.text)
        return value


class Choice(Kind):
    choices: tuple[str, ...]

    def accept(self, value: Value) -> Value:
        if value not in self.choices:
            raise WrongKind(self.text)
        return value

    @property
    def words(self) -> tuple[str, ...]:
        return self.choices


class SizeKind(Kind):
    """A size; an integer stands for a square, a pair of integers for its height and width."""

    def accept(self, value: Value) -> Value:
        if type(value) is int:
            value = Size(value, value)
        elif type(value) is tuple and len(value) == 2:
            value = Size(*value)
        if not isinstance(value, Size):
            raise WrongKind(self.text)
        for side in (value.height, value.width):
            if type(side) is not int or not 1 <= side <= LARGEST_INTEGER:
                raise WrongKind(self.text)
        return value


class OptionalSize(SizeKind):
    def accept(self, value: Value) -> Value:
        return None if value is None else super().accept(value)


class Pads(Kind):
    """`same`, `valid`, an integer, a size, or (top, bottom, left, right)."""

    takes_words: bool

    def accept(self, value: Value) -> Value:
        if self.takes_words and value == SAME:
            return SAME
        if self.takes_words and value == VALID:
            return NO_PADDING
        if type(value) is int:
            sides: tuple[Any, ...] = (value,) * 4
        elif isinstance(value, Size):
            sides = (value.height, value.height, value.width, value.width)
        elif type(value) is tuple and len(value) == 4:
            sides = value
        else:
            raise WrongKind(self.text)
        if any(type(side) is not int or not 0 <= side <= LARGEST_INTEGER for side in sides):
            raise WrongKind(self.text)
        return Padding(*sides)

    @property
    def words(self) -> tuple[str, ...]:
        return (SAME, VALID) if self.takes_words else ()


COUNT = Integer("an integer of at least 1", 1)
SEED = OptionalInteger("an integer of at least 0, or none", 0)
RATE = Number("a number of at least 0 and less than 1", 0.0, 1.0)
NON_NEGATIVE = Number("a number of at least 0", 0.0, float("inf"))
NUMBER = Number("a number", float("-inf"), float("inf"))
POSITIVE = Number("a number greater than 0", 0.0, float("inf"), True)
FLAG = Flag("true or false")
SIZE = SizeKind("a size such as 3x3, or one integer for a square")
OPTIONAL_SIZE = OptionalSize("a size such as 3x3, or one integer for a square")
PADS = Pads("same, valid, an integer, a size such as 1x3, or (top, bottom, left, right)", True)
EXPLICIT_PADS = Pads("an integer, a size such as 1x3, or (top, bottom, left, right)", False)
INITIALIZER = Choice(f"one of {', '.join(INITIALIZERS)}", INITIALIZERS)


class Attribute(Record):
    """One attribute of an op: the kind of its value, its default, and what it means."""

    kind: Kind
    default: Value
    doc: str

    @property
    def is_required(self) -> bool:
        return self.default is REQUIRED


def attribute(kind: Kind, *, doc: str, default: Value = REQUIRED) -> Any:
    """Declare an op's attribute in its class body."""
    return Attribute(kind, default, doc)


class Weight(Record):
    """One weight of a layer, in canonical layout.

    `fan_in` and `fan_out` serve random initialisers (Glorot and Bengio 2010, section 4.2.1);
    the others are the constants `zeros`, `ones` and `reciprocal_area`.
    """

    name: str
    shape: tuple[int, ...]
    initializer: str
    trainable: bool = True
    fan_in: int = 0
    fan_out: int = 0

    @property
    def size(self) -> int:
        product = 1
        for dim in self.shape:
            product *= dim
        return product


@dataclass_transform(
    eq_default=True, frozen_default=True, kw_only_default=True, field_specifiers=(attribute,)
)
class Op(Record):
    """Base of every op. A subclass declares attributes and overrides the rules that differ.

    Rules receive the inputs' shapes and raise `Rejected` without a location; the checker adds it.
    """

    name: ClassVar[str] = ""
    attributes: ClassVar[dict[str, Attribute]] = {}
    merges: ClassVar[bool] = False
    """Takes two or more inputs."""
    depth: ClassVar[int] = 0
    """How many layers it counts in a network's depth: those with a kernel."""
    permutable: ClassVar[bool] = True
    """Commutes with any reordering of a vector's elements (per-element weights included)."""

    folds_space: ClassVar[bool] = False
    """Turns an image's pixels into channels, as `flatten` does."""
    sums_channels: ClassVar[bool] = False
    """Its channels are those of all inputs together, as `concat`'s are."""

    def __init_subclass__(cls) -> None:
        declared = {
            field: value
            for field, value in cls.__defaults_by_field__.items()
            if isinstance(value, Attribute)
        }
        known = {**cls.attributes, **declared}
        cls.attributes = {field: known[field] for field in cls.__fields__}
        for field, declaration in declared.items():
            if declaration.is_required:
                del cls.__defaults_by_field__[field]
            else:
                cls.__defaults_by_field__[field] = declaration.default

    def shape(self, inputs: Sequence[Shape]) -> Shape:
        """The output's shape. By default the input's."""
        return inputs[0]

    def channels(self, inputs: Sequence[Any]) -> Any:
        """The output's channels from the inputs' channels, in numbers or symbols.

        Uses `+` and `*` alone, so that a backend can run it on expressions.
        """
        return inputs[0]

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """The layer's weights in canonical layout, in the order in which they are stored."""
        return ()

    def macs(self, inputs: Sequence[Shape]) -> int:
        """Multiply-accumulates for one sample, bias excluded."""
        return 0


def need_room(shape: Shape, weights: Iterable[Weight] = ()) -> None:
    """Reject what no framework could hold."""
    if max(shape.dims) > LARGEST_INTEGER or shape.elements > MOST_ELEMENTS:
        raise Rejected(SizeTooLarge("a shape", str(shape), MOST_ELEMENTS))
    for weight in weights:
        if weight.size > MOST_ELEMENTS:
            size = "x".join(map(str, weight.shape))
            raise Rejected(SizeTooLarge(f"the {weight.name}", size, MOST_ELEMENTS))


def need_image(op: Op, shape: Shape) -> None:
    if len(shape.dims) != 3:
        raise Rejected(NeedsImage(op.name, shape))


def need_vector(op: Op, shape: Shape) -> None:
    if len(shape.dims) != 1:
        raise Rejected(NeedsVector(op.name, shape))
