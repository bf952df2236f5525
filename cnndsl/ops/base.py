"""What an op is: attributes with their kinds, and rules for shape, channels, weights and cost.

An op is one `Op` subclass. Everything that other parts need to know of it (which attributes it
takes, their order and defaults, its reference page, its weights, what a reordered vector does to
it, under which inputs a wrong lowering shows) is read off that class.
"""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Rejected
from ..record import REQUIRED, Record
from ..values import NO_PADDING, SAME, VALID, Padding, Shape, Size, product, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import ModuleType
    from typing import Any, ClassVar, Protocol, TypeAlias, dataclass_transform

    from ..values import Value

    Reach: TypeAlias = tuple[int, int, float]
    """Pixels before and after the one at the same place, and the step to the next one's."""
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

    counts: ClassVar[bool] = False
    """Whether its numbers are integers, so that a decimal counts if it is whole."""
    text: str

    def takes(self, value: Value) -> bool:
        raise NotImplementedError

    def accept(self, value: Value) -> Value:
        """The value as the op stores it, or `WrongKind`."""
        if not self.takes(value):
            raise WrongKind(self.text)
        return value

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the language that this kind brings."""
        return ()


def is_integer(value: Value, minimum: int) -> bool:
    return type(value) is int and minimum <= value <= LARGEST_INTEGER


class Integer(Kind):
    counts = True
    minimum: int
    is_odd: bool = False
    is_optional: bool = False
    is_even: bool = False

    def takes(self, value: Value) -> bool:
        if value is None:
            return self.is_optional
        rests = (1,) if self.is_odd else (0,) if self.is_even else (0, 1)
        return is_integer(value, self.minimum) and value % 2 in rests

    def accept(self, value: Value) -> Value:
        """A decimal that is a whole number counts: `32 * 0.75` is 24."""
        return super().accept(whole(value))


class Number(Kind):
    minimum: float
    below: float
    open_minimum: bool = False
    is_optional: bool = False

    def takes(self, value: Value) -> bool:
        if value is None:
            return self.is_optional
        if type(value) not in (int, float) or (self.open_minimum and value == self.minimum):
            return False
        return bool(self.minimum <= value < self.below)

    def accept(self, value: Value) -> Value:
        try:
            return None if super().accept(value) is None else float(value)
        except OverflowError:
            raise WrongKind(self.text) from None


class Numbers(Kind):
    """A number for all channels, or one for each."""

    one: Number
    is_optional: bool = False

    def takes(self, value: Value) -> bool:
        several = value if isinstance(value, tuple) and value else (value,)
        return (value is None and self.is_optional) or all(map(self.one.takes, several))

    def accept(self, value: Value) -> Value:
        numbers = super().accept(value)
        if isinstance(numbers, tuple):
            return tuple(map(float, numbers))
        return None if numbers is None else float(numbers)


class Flag(Kind):
    def takes(self, value: Value) -> bool:
        return type(value) is bool


class Choice(Kind):
    choices: tuple[str, ...]
    is_optional: bool = False

    def takes(self, value: Value) -> bool:
        return value in self.choices or (value is None and self.is_optional)

    @property
    def words(self) -> tuple[str, ...]:
        return self.choices


class SizeKind(Kind):
    """A size; an integer stands for a square, a pair of integers for its height and width."""

    counts = True
    is_optional: bool = False
    minimum: int = 1

    def takes(self, value: Value) -> bool:
        if not isinstance(value, Size):
            return value is None and self.is_optional
        return is_integer(value.height, self.minimum) and is_integer(value.width, self.minimum)

    def accept(self, value: Value) -> Value:
        if type(value) in (int, float):
            value = Size(whole(value), whole(value))
        elif type(value) is tuple and len(value) == 2:
            value = Size(*map(whole, value))
        return super().accept(value)


class Pads(Kind):
    """`same`, `valid`, an integer, a size, or (top, bottom, left, right)."""

    counts = True
    takes_words: bool

    def accept(self, value: Value) -> Value:
        if value in self.words:
            return SAME if value == SAME else NO_PADDING
        sides: tuple[Any, ...] = tuple(map(whole, value)) if type(value) is tuple else ()
        if type(value) in (int, float):
            sides = (whole(value),) * 4
        elif isinstance(value, Size):
            sides = (value.height, value.height, value.width, value.width)
        elif isinstance(value, Padding):
            sides = (value.top, value.bottom, value.left, value.right)
        if len(sides) != 4 or not all(is_integer(side, 0) for side in sides):
            raise WrongKind(self.text)
        return Padding(*sides)

    @property
    def words(self) -> tuple[str, ...]:
        return (SAME, VALID) if self.takes_words else ()


COUNT = Integer("an integer of at least 1", 1)
SEED = Integer("an integer of at least 0, or none", 0, is_optional=True)
RATE = Number("a number of at least 0 and less than 1", 0.0, 1.0)
NON_NEGATIVE = Number("a number of at least 0", 0.0, float("inf"))
NUMBER = Number("a number", float("-inf"), float("inf"))
POSITIVE = Number("a number greater than 0", 0.0, float("inf"), True)
FLAG = Flag("true or false")
SIZE = SizeKind("a size such as 3x3, or one integer for a square")
OPTIONAL_SIZE = SizeKind(SIZE.text, is_optional=True)
SIZE_OR_ZERO = SizeKind("an integer of at least 0, or a size such as 1x0", minimum=0)
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


if TYPE_CHECKING:

    class Described(Protocol):
        """What takes arguments without being an op: an order of channels, a word of a recipe."""

        @property
        def name(self) -> str: ...

        @property
        def attributes(self) -> Mapping[str, Attribute]: ...


def call_form(name: str, attributes: Mapping[str, Any]) -> str:
    """How a call is written with what it needs: `conv(filters, kernel)`."""
    needed = ", ".join(name for name, one in attributes.items() if one.is_required)
    return f"{name}({needed})" if needed else name


def attribute(kind: Kind, *, doc: str, default: Value = REQUIRED) -> Any:
    """Declare an op's attribute in its class body."""
    return Attribute(kind, default, doc)


class Weight(Record):
    """One weight of a layer, in canonical layout: kernels end on (inputs of a group, outputs).

    Those of a transposed convolution are those of the convolution that it is the transpose of.

    It begins as a constant, or at random by a scheme of `INITIALIZERS`.
    """

    name: str
    shape: tuple[int, ...]
    initial: float | str
    trainable: bool = True

    @property
    def size(self) -> int:
        return product(self.shape)

    @property
    def fan_in(self) -> int:
        """How many values a kernel sums for one output (Glorot and Bengio 2010, section 4.2.1)."""
        return self.size // self.shape[-1]

    @property
    def fan_out(self) -> int:
        """In how many outputs of a kernel one value takes part."""
        return self.size // self.shape[-2]


IMAGES, VECTORS, ANYTHING = (3,), (1,), (1, 3)
"""The ranks of inputs: an image is (height, width, channels), a vector (length,)."""

KEEPS_ORDER, ABSORBS_ORDER, SEES_ORDER = "keeps", "absorbs", "sees"
"""What an op makes of a vector whose elements, and those of its weights, are in another order.

It gives the same elements in that order; or it gives what it gave, if the rows of its `kernel` are
in that order too; or it gives something else.
"""


@dataclass_transform(
    eq_default=True, frozen_default=True, kw_only_default=True, field_specifiers=(attribute,)
)
class Op(Record):
    """Base of every op. A subclass declares attributes and facts, and the rules that differ.

    Rules receive the inputs' shapes and raise `Rejected` without a location; the checker adds it.
    An op has a `name`, of its own; facts without a default must be declared, by it or by a base.
    """

    name: ClassVar[str]
    ranks: ClassVar[tuple[int, ...]]
    """`IMAGES`, `VECTORS` or `ANYTHING`: what it takes."""
    order: ClassVar[str]
    """`KEEPS_ORDER`, `ABSORBS_ORDER` or `SEES_ORDER`; the last is always safe."""

    attributes: ClassVar[dict[str, Attribute]] = {}
    merges: ClassVar[bool] = False
    """Takes several inputs."""
    joins_lists: ClassVar[bool] = False
    """Takes all values of a list, of which there may be but one."""
    written: ClassVar[str] = ""
    """What a call that lacks something is answered with, unless it is the call's own form."""
    depth: ClassVar[int] = 0
    """How many layers it counts in a network's depth: those with a kernel."""
    folds_space: ClassVar[bool] = False
    """Turns pixels into channels, as `flatten` does, or back: `extent` is a rule of its own."""
    sums_channels: ClassVar[bool] = False
    """Its channels are those of all inputs together, as `concat`'s are."""

    deviation: ClassVar[float | None] = None
    """The standard deviation of inputs under which a wrong lowering shows best.

    None if it works alike under any.
    """
    compares_channels: ClassVar[bool] = False
    """Shows a wrong lowering best where inputs' channels differ in size."""
    operations: ClassVar[int] = 1
    """How many each value of the output takes where there are no MACs; none if it is only moved."""
    selects: ClassVar[bool] = False
    """Gives some of the numbers that it is given, or its own bounds: nothing is rounded."""
    passes_on: ClassVar[bool] = False
    """Passes its input on, times a constant at most."""

    def __init_subclass__(cls) -> None:
        declared = {
            field: value
            for field, value in cls.__defaults_by_field__.items()
            if isinstance(value, Attribute)
        }
        if declared:
            known = {**cls.attributes, **declared}
            cls.attributes = {field: known[field] for field in cls.__fields__}
        for field, declaration in declared.items():
            if declaration.is_required:
                del cls.__defaults_by_field__[field]
            else:
                cls.__defaults_by_field__[field] = declaration.default
        if "name" in vars(cls):
            _need_facts(cls)

    def shape(self, inputs: Sequence[Shape]) -> Shape:
        """The output's shape. The rules below make it; they are what ops override."""
        for one in inputs:
            if len(one.dims) not in self.ranks:
                reason = diagnostics.NeedsImage if self.ranks == IMAGES else diagnostics.NeedsVector
                raise Rejected(reason(self.name, one))
        self.check(inputs)
        return self.extent(inputs)

    def check(self, inputs: Sequence[Shape]) -> None:
        """Reject inputs that break a constraint."""

    def extent(self, inputs: Sequence[Shape]) -> Shape:
        """The output's sides, if it has any, and its channels."""
        return Shape((*self.sides(inputs), self.channels([one.channels for one in inputs])))

    def sides(self, inputs: Sequence[Shape]) -> tuple[int, ...]:
        """Height and width of an output that is an image, () of a vector. By default the input's.

        Raises `Rejected` where there would be none.
        """
        return inputs[0].dims[:-1]

    def channels(self, inputs: Sequence[Any]) -> Any:
        """The output's channels from the inputs' channels, in numbers or symbols.

        Uses `+`, `-`, `*`, `//` and `<` alone, so that a backend can run it on expressions. By
        default the input's.
        """
        return inputs[0]

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """The layer's weights in canonical layout, in the order in which they are stored."""
        return ()

    def macs(self, inputs: Sequence[Shape]) -> int:
        """Multiply-accumulates for one sample, bias excluded."""
        return self.macs_for(inputs, self.shape(inputs))

    def macs_for(self, inputs: Sequence[Shape], output: Shape) -> int:
        """Those where the output is known."""
        return self.macs_per_pixel(inputs) * output.pixels

    def macs_per_pixel(self, inputs: Sequence[Shape]) -> int:
        """Those for each pixel of the output; a vector counts as one."""
        return 0

    def flops(self, inputs: Sequence[Shape]) -> int:
        """Floating-point operations for one sample: two for a MAC, one for a bias that is added."""
        macs, values = self.macs(inputs), self.shape(inputs).elements
        if not macs:
            return self.operations_per_value(inputs) * values
        return 2 * macs + any(one.name == "bias" for one in self.weights(inputs)) * values

    def operations_per_value(self, inputs: Sequence[Shape]) -> int:
        """`operations`, where the inputs decide on it."""
        return self.operations

    def reach(self, inputs: Sequence[Shape]) -> tuple[Reach, ...]:
        """What a pixel of the output sees of the input, along its height and its width.

        By default it is one pixel, or those that are made into one. What joins a whole side to
        one pixel is no window, and counts as none.
        """
        before, after = inputs[0].dims[:-1], self.shape(inputs).dims[:-1]
        if len(before) != 2 or len(after) != 2:
            return (0, 0, 1.0), (0, 0, 1.0)
        sizes = zip(before, after, strict=True)
        return tuple(
            (0, 0 if new == 1 else max(old // new - 1, 0), _step(old, new)) for old, new in sizes
        )

    def best_deviation(self) -> float | None:
        """`deviation`, where attributes decide on it."""
        return self.deviation

    @property
    def rounds(self) -> bool:
        """Whether it computes other numbers than those that it is given."""
        return self.operations > 0 and not self.selects

    def cancelled(self, _largest: float) -> float:
        """The size of the near numbers that the formula takes apart, for inputs up to the largest.

        Their rounding is in the output, which can be far smaller.
        """
        return 0.0


def moved(down: int, right: int) -> tuple[Reach, ...]:
    """The `reach` where pixels are moved by so many."""
    return (down, -down, 1.0), (right, -right, 1.0)


def _step(before: int, after: int) -> float:
    """By how many pixels the next one of the output lies further on in the input."""
    return before / after if before % after == 0 or after % before == 0 else 1.0


class InPlace(Op):
    """What the ops share that take images and vectors, and leave each value in its place."""

    ranks: ClassVar[tuple[int, ...]] = ANYTHING
    order = KEEPS_ORDER


def _need_facts(cls: type[Op]) -> None:
    """Raise `TypeError` for an op that leaves open what nobody may guess."""
    missing = [fact for fact in ("ranks", "order") if not hasattr(cls, fact)]
    if missing:
        raise TypeError(f"{cls.__name__} must declare {' and '.join(missing)}")
    if (cls.extent is not Op.extent) != cls.folds_space:
        raise TypeError(f"{cls.__name__}: `extent` is for ops that fold space; others have `sides`")


def ops_of(module: ModuleType) -> Iterator[type[Op]]:
    """The ops that a module defines, in its order; bases that they share have no name."""
    for one in vars(module).values():
        if isinstance(one, type) and issubclass(one, Op) and "name" in vars(one):
            yield one


def need_room(shape: Shape, weights: Iterable[Weight] = ()) -> None:
    """Reject what no framework could hold."""
    if max(shape.dims) > LARGEST_INTEGER or shape.elements > MOST_ELEMENTS:
        raise Rejected(diagnostics.SizeTooLarge("a shape", str(shape), MOST_ELEMENTS))
    for weight in weights:
        if weight.size > MOST_ELEMENTS:
            size = "x".join(map(str, weight.shape))
            raise Rejected(diagnostics.SizeTooLarge(f"the {weight.name}", size, MOST_ELEMENTS))
