"""The syntax tree. Every node knows its range in the text: `start` and `end` (exclusive)."""

from __future__ import annotations

from ..record import Record, nested

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeAlias

    from ..diagnostics.base import Finding
    from ..values import Value

    Expression: TypeAlias = (
        "Literal | Name | InputDimension | ValueDimension | Unary | Binary | Conditional | Index | "
        "Function | LayerWith | Items | Comprehension"
        " | Invalid"
    )
    Primary: TypeAlias = "Call | Merge | Group | Values | Item | If | For | Stage"
    Statement: TypeAlias = (
        "Input | Inputs | Pixels | Defaults | Output | Expect | Let | LetValue | Share | Chain | "
        "Gap"
    )


class Node(Record):
    start: int
    end: int


# Expressions


class Literal(Node):
    value: Value


class Name(Node):
    """A parameter, a loop variable, a word such as `same`, or a named value."""

    name: str


class NumberedName(Name):
    """A name behind which stand numbers, joined by hyphens: `unit[1, i]` is `unit1-0`, then on."""

    numbers: tuple[Expression, ...]


class ListName(Name):
    """`skips[]` behind `as`: a list of values, which has one more from there on."""


class InputDimension(Node):
    """`in.height` and the like: of the shape that enters the innermost braces."""

    axis: str


class ValueDimension(Node):
    """`early.height` and the like: of a named value, whose name here ends in a dot."""

    value: Name
    axis: str


class Unary(Node):
    operator: str
    operand: Expression


class Binary(Node):
    """Arithmetic, comparison, `and` and `or`. `depth` bounds recursion over long expressions."""

    left: Expression
    operator: str
    right: Expression
    depth: int


class Conditional(Node):
    """`a if condition else b`."""

    then: Expression
    condition: Expression
    otherwise: Expression


class Index(Node):
    """`widths[0]`. `depth` is that of `Binary`."""

    sequence: Expression
    index: Expression
    depth: int


class Function(Node):
    """A call in an expression: `min(a, b)`, `range(3)`, and also `leaky_relu(slope=0.1)`.

    `named` are the arguments from the first one with a name on.
    """

    name: str
    arguments: tuple[Expression, ...]
    named: tuple[Argument, ...] = ()

    @property
    def as_call(self) -> Call:
        """The call of a layer that is written so."""
        given = tuple([Argument(one.start, one.end, None, one) for one in self.arguments])
        name_end = self.start + len(self.name)
        return Call(self.start, self.end, self.name, given + self.named, name_end)


class LayerWith(Node):
    """A layer with arguments as a value, once it is known to be one: `leaky_relu(0.1)`.

    `layer` is a literal or a name; the arguments have bound values.
    """

    layer: Expression
    arguments: tuple[Argument, ...]


class Items(Node):
    """A list `[a, b]` or a tuple `(a, b)`."""

    items: tuple[Expression, ...]
    is_tuple: bool


class Comprehension(Node):
    """`[8 * i for i in range(4) if i > 1]`: a list of an element for each item."""

    element: Expression
    targets: tuple[Name, ...]
    iterable: Expression
    condition: Expression | None


class Invalid(Node):
    """An expression at fault, which stands in the bound tree alone: its value is unknown."""


# Chains


class Argument(Node):
    """An argument of a call; `name` is None for a positional one."""

    name: str | None
    value: Expression

    def attribute(self, place: int, row: Sequence[str]) -> str:
        """What it gives: by its name, or by its place among attributes; "" behind the last."""
        return self.name or (row[place] if place < len(row) else "")


class Call(Node):
    """A layer, a block call, or the bare name of a value. `arguments` is None without brackets."""

    name: str
    arguments: tuple[Argument, ...] | None
    name_end: int


class Merge(Node):
    """`add { ... }`: each statement of the body is one path."""

    name: str
    name_end: int
    body: Body


class Group(Node):
    """`( chain )`."""

    chain: Chain


class Values(Node):
    """`(a, b)` at the start of a chain: several values that go on side by side."""

    names: tuple[Name | Item, ...]


class Item(Node):
    """`skips[i]`: a value of a list."""

    list: Name
    index: Expression


class If(Node):
    """`if condition { ... } else { ... }`; an `else if` is an `If` alone in its body."""

    condition: Expression
    then: Body
    otherwise: Body | None


class For(Node):
    targets: tuple[Name, ...]
    iterable: Expression
    body: Body


class Stage(Node):
    name: str
    name_start: int
    body: Body


class Element(Node):
    """One link of a chain: what it is, how often, under which name, and the shape it asserts.

    `others` are the names, behind the first, of a split's parts or of several values.
    """

    primary: Primary
    repeat: Expression | None
    name: Name | None
    assertion: Expression | None
    others: tuple[Name, ...] = ()

    @property
    def names(self) -> tuple[Name, ...]:
        return self.others if self.name is None else (self.name, *self.others)


class Chain(Node):
    elements: tuple[Element, ...]


# Statements


class Body(Node):
    """`{ ... }`."""

    statements: tuple[Statement, ...]


class Input(Node):
    """A model's `input 32x32x3`, or a block's of one name."""

    shape: Expression


class Inputs(Node):
    """`input a, b` of a block, or `input a: 32x32x3, b: 10` of a model, with their shapes."""

    names: tuple[Name, ...]
    shapes: tuple[Expression, ...] = ()


class Pixels(Node):
    """What the input's numbers are: an order of channels, or the name of a definition."""

    call: Call


class Defaults(Node):
    """What an op's attributes are where its calls do not say it, in a file or a model."""

    call: Call


class Output(Node):
    """`is_for_training` says that the outputs are those of training alone."""

    names: tuple[Name, ...]
    is_for_training: bool


class Expect(Node):
    condition: Expression


class Let(Node):
    name: Name
    chain: Chain


class LetValue(Node):
    """A `let` that may name a number; a `value` that is a layer is a chain of one."""

    name: Name
    value: Expression


class Share(Node):
    """A layer or block that is made once, and called where its name stands."""

    name: Name
    call: Call


class Gap(Node):
    """A statement that could not be read and is left out; `finding` says why.

    `names` are those that it would have given, and `is_aside` says that it left the main line as
    it was. Only a text with syntax errors has gaps, and it makes no network.
    """

    names: tuple[str, ...]
    is_aside: bool
    finding: Finding


# Definitions


class Parameter(Node):
    name: str
    default: Expression | None

    @property
    def is_required(self) -> bool:
        return self.default is None


class Definition(Node):
    """A `block` or a `model`, or `pixels`, whose body is that one statement.

    `documentation` is the comment directly above it, `base` the call of which it is a variant.
    """

    kind: str
    name: str
    name_start: int
    parameters: tuple[Parameter, ...]
    body: Body
    documentation: str
    base: Call | None = None


class Setting(Node):
    """A line of a recipe: `optimizer adam(rate=0.001)`, with what stands behind `for`."""

    name: Name
    entries: tuple[Call | Literal, ...]
    targets: tuple[Call | Literal, ...]


class Recipe(Node):
    """`recipe NAME for MODEL { ... }`, with the comment directly above it."""

    name: Name
    model: Name | None
    settings: tuple[Setting, ...]
    documentation: str


class Import(Node):
    """`import a, b from "file.cnn"`."""

    names: tuple[Name, ...]
    path: Literal


class File(Node):
    """A file as far as it can be read.

    `missing` are names of definitions and imports that could not be read, and `doubtful` are ranges
    where the parser has guessed what was meant, so that nothing more should be said of them.
    """

    imports: tuple[Import, ...]
    definitions: tuple[Definition, ...]
    missing: tuple[str, ...] = ()
    doubtful: tuple[tuple[int, int], ...] = ()
    defaults: tuple[Defaults, ...] = ()
    recipes: tuple[Recipe, ...] = ()


def parts(node: Node) -> Iterator[Node]:
    """A node with all nodes inside it, in the order of their fields."""
    return nested((node,), Node)


def handed_on(value: Expression) -> tuple[str, ...]:
    """The names whose values an expression may have."""
    if isinstance(value, Conditional):
        return (*handed_on(value.then), *handed_on(value.otherwise))
    return (value.name,) if isinstance(value, Name) else ()


def names_of(expression: Node) -> set[str]:
    """The names that an expression reads of those around it, `in` among them.

    A comprehension's own names are those of nothing around it.
    """
    found: set[str] = set()
    own: set[str] = set()
    for part in parts(expression):
        if isinstance(part, Name):
            found.add(part.name)
        elif type(part) is InputDimension:
            found.add("in")
        elif type(part) is Comprehension:
            own.update(one.name for one in part.targets)
    return found - own
