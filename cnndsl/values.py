"""The values of the language: sizes, shapes, paddings, and how each is written."""

from __future__ import annotations

from .record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    Value: TypeAlias = Any
    """A number, boolean, None, word (str), Size, Shape, Padding, layer, list or tuple of these."""

SAME = "same"
VALID = "valid"
LARGEST = 2**63
"""Numbers in arithmetic are smaller, without their sign."""


class Size(Record):
    """A height and a width, written `3x3` or `1x7`."""

    height: int
    width: int

    def __str__(self) -> str:
        return f"{self.height}x{self.width}"

    @property
    def area(self) -> int:
        return self.height * self.width


class Shape(Record):
    """One sample's shape, batch axis implied: an image (height, width, channels) or a vector."""

    dims: tuple[int, ...]

    def __str__(self) -> str:
        return "x".join(map(str, self.dims))

    @property
    def is_image(self) -> bool:
        return len(self.dims) == 3

    @property
    def height(self) -> int:
        return self.dims[0] if len(self.dims) == 3 else 1

    @property
    def width(self) -> int:
        return self.dims[1] if len(self.dims) == 3 else 1

    @property
    def channels(self) -> int:
        return self.dims[-1]

    @property
    def pixels(self) -> int:
        return product(self.dims[:-1])

    @property
    def elements(self) -> int:
        return product(self.dims)


def whole(value: Value) -> Value:
    """A decimal that is a whole number as the integer that it counts as; others as they are."""
    is_whole = type(value) is float and -LARGEST < value < LARGEST and value.is_integer()
    return int(value) if is_whole else value


def product(numbers: tuple[int, ...]) -> int:
    """As `math.prod`, for which alone `check` would load a library."""
    result = 1
    for number in numbers:
        result *= number
    return result


class Padding(Record):
    """Explicit padding in pixels, written `2`, `1x3` or `(top, bottom, left, right)`."""

    top: int
    bottom: int
    left: int
    right: int

    def __str__(self) -> str:
        if len(set(self._values())) == 1:
            return str(self.top)
        if self.top == self.bottom and self.left == self.right:
            return f"{self.top}x{self.left}"
        return f"({self.top}, {self.bottom}, {self.left}, {self.right})"

    @property
    def is_zero(self) -> bool:
        return not any(self._values())

    @property
    def is_symmetric(self) -> bool:
        return self.top == self.bottom and self.left == self.right


NO_PADDING = Padding(0, 0, 0, 0)


class LayerValue(Record):
    """An op or a block as a value: what a parameter stands for that is called as a layer.

    Equal are those of one op or block with the same arguments, however these were written.
    """

    name: str
    callee: Any
    """The op's class, or the block's template."""
    arguments: tuple[tuple[str, Value], ...] = ()
    """Those that it has already, in the order in which the op or block declares them."""
    keywords: tuple[str, ...] = ()
    """Those of them that were given by name."""

    def __str__(self) -> str:
        if not self.arguments:
            return self.name
        is_op = isinstance(self.callee, type)  # which has made decimals of integers
        shown = [
            (f"{name}=" if name in self.keywords else "") + write(whole(one) if is_op else one)
            for name, one in self.arguments
        ]
        return f"{self.name}({', '.join(shown)})"

    @property
    def key(self) -> object:
        return self.name, self.callee, tuple((name, key_of(one)) for name, one in self.arguments)

    def __eq__(self, other: object) -> bool:
        return type(other) is LayerValue and self.key == other.key

    def __hash__(self) -> int:
        return hash((self.name, len(self.arguments)))


class ListValue(tuple["Any", ...]):
    """A list of the language. Immutable; a class of its own, so that it is no tuple."""

    __slots__ = ()


def key_of(value: Value) -> object:
    """A value, told apart from 1.0 or true if it is 1; layers of one name are different ones."""
    if isinstance(value, tuple):
        return type(value), tuple(map(key_of, value))
    return value if type(value) in PLAIN_KEYS else write(value)


PLAIN_KEYS = (int, LayerValue)
"""What is its own key: no text is equal to one."""


def write(value: Value) -> str:
    """The value as a spec would write it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, ListValue):
        return f"[{', '.join(map(write, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(write, value))}{',' if len(value) == 1 else ''})"
    return str(value)


def describe(value: Value) -> str:
    """The value with its type, for messages: `the size 3x3`, `the number 0.5`."""
    if value is None:
        return "none"
    names = {bool: "the boolean", int: "the integer", float: "the number", str: "the word"}
    names |= {Size: "the size", Shape: "the shape", Padding: "the padding"}
    names |= {ListValue: "the list", tuple: "the tuple", LayerValue: "the layer"}
    text = write(value)
    shown = text if len(text) <= 60 else text[:57] + "..."
    return f"{names.get(type(value), 'the value')} {shown}"
