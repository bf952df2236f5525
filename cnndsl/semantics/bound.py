"""The bound tree: a definition with every name resolved and every argument under its attribute.

The binder makes it from the syntax tree, once a definition. Elaboration evaluates it and emission
outlines it; neither looks a name up or matches an argument again. A node is equal to itself alone,
so that facts can be kept by node.

A chain is a tuple of steps. Words of the language stand in expressions as literals, so that every
name left is a parameter, a loop variable, a named number or a fact of `expect`. Where the text
is at fault, which the binder has reported, stands an `Invalid` step or expression.
"""

from __future__ import annotations

from ..record import Distinct, nested

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, TypeAlias

    from ..ir.pixels import ChannelOrder
    from ..ops.base import Op
    from ..syntax import tree
    from ..values import LayerValue, Value
    from .template import Template

    Step: TypeAlias = (
        "OpCall | BlockCall | Merge | MergeCall | Nested | Sequence | Repeat | Loop | Branch | "
        "Identity | ValueRead | Values | Bind | Names | Assertion | Let | Number | Application |"
        "Shared | SharedCall | Turn | Grow | Pick |"
        " Invalid"
    )
    LayerSite: TypeAlias = "OpCall | Merge | MergeCall"
    Steps: TypeAlias = tuple["Step", ...]
    Arguments: TypeAlias = tuple["Argument", ...]


class Node(Distinct):
    """`syntax` is the text that the node stands for, as the parser read it."""

    syntax: Any

    @property
    def start(self) -> int:
        return int(self.syntax.start)

    @property
    def end(self) -> int:
        return int(self.syntax.end)


class Named(Node):
    """A link of a chain with a fixed name, or None where its sequence numbers it.

    The binder sets the name when it has seen all that are to be named beside it.
    """

    name: str | None


class NumberedName(str):
    """The stem of a layer's name in a loop, behind which stand numbers, joined by hyphens."""

    numbers: tuple[tree.Expression, ...] = ()


class Argument(Node):
    """An argument of a call, with the attribute or parameter that it gives."""

    name: str
    value: tree.Expression


class Call(Named):
    """`arguments` stand in the order in which the op or block declares them."""

    arguments: Arguments

    def argument(self, name: str) -> Argument | None:
        return next((one for one in self.arguments if one.name == name), None)


class OpCall(Call):
    """A layer. `op` is the op itself where all its arguments are constants.

    `known` are the attributes that constants give, `names` is how many names there are for the
    parts of a split, of which this is one.
    """

    op_class: type[Op]
    op: Op | None
    known: Mapping[str, Value]
    names: int = 0

    @property
    def callee(self) -> type[Op]:
        return self.op_class


class BlockCall(Call):
    template: Template

    @property
    def callee(self) -> Template:
        return self.template


class Application(Call):
    """A layer that a parameter or loop variable stands for, with arguments as they are given.

    Elaboration finds out which one: `calls` are the calls that it comes to, by the layer.
    """

    variable: str
    calls: dict[LayerValue, OpCall | BlockCall | Identity]


class Shared(Node):
    """A layer or block with one set of weights, which may be called several times."""

    call: OpCall | BlockCall


class SharedCall(Node):
    """One call of it."""

    shared: Shared


class Path(Node):
    """One path of a merge in braces."""

    steps: Steps


class Merge(Named):
    """A merge in braces: all paths start from the value before it."""

    op_class: type[Op]
    paths: tuple[Path, ...]


class MergeCall(Named):
    """A merge of named values; `main` is the line's own."""

    op_class: type[Op]
    values: tuple[ValueRead, ...]


class Nested(Named):
    """A merge within a sequence: a namespace of its own, and one child of the sequence."""

    merge: Merge | MergeCall


class Sequence(Named):
    """A stage, or what a loop or repeat makes outside of one: its children are numbered.

    `reads` and `grows` are the lists of values that a loop's turns read and add to.
    """

    body: Steps
    is_stage: bool
    reads: tuple[str, ...] = ()
    grows: tuple[str, ...] = ()


class Turn(Named):
    """A turn of a loop that knows lists: a namespace of its own, and one child of the sequence."""

    steps: Steps
    reads: tuple[str, ...]
    grows: tuple[str, ...]


class Grow(Node):
    """A list has the current value too, at its end."""

    list: str


class Pick(Node):
    """Know a value of a list, for what stands behind, by a name that no text can have.

    Without an index these are all of its values, which the merge `joined_by` joins.
    """

    name: str
    list: str
    index: tree.Expression | None
    joined_by: type[Op] | None = None


class Repeat(Node):
    """In a sequence alone."""

    count: tree.Expression
    body: Steps


class Loop(Node):
    """In a sequence alone."""

    targets: tuple[str, ...]
    iterable: tree.Expression
    body: Steps


class Branch(Node):
    condition: tree.Expression
    then: Steps
    otherwise: Steps


class Identity(Node):
    """The empty path."""


class ValueRead(Node):
    """Go on from a named value, or (in a merge) join it."""

    name: str


class ListRead(ValueRead):
    """Join all values of a list, in their order."""


class Values(Node):
    """Go on from several values side by side; `main` is the line's own."""

    values: tuple[ValueRead, ...]


class Bind(Node):
    """Name the current value."""

    name: str


class Names(Node):
    """Name the several current values, the first of which the line goes on from."""

    names: tuple[str, ...]


class Assertion(Node):
    """The current value must have this shape."""

    shape: tree.Expression


class Let(Node):
    """A side chain, after which the main line goes on where it was."""

    name: str
    steps: Steps


class Number(Node):
    """A named number, or other value, which the steps behind it in the same braces can read."""

    name: str
    value: tree.Expression


class Invalid(Node):
    """A statement or element at fault: nothing is known of its value.

    `names` are those that it would have given, and `is_aside` says that it leaves the main line
    as it is.
    """

    names: tuple[str, ...] = ()
    is_aside: bool = False


class Expect(Node):
    """A budget."""

    condition: tree.Expression


class Pixels(Node):
    """An order of channels with what is said of them, or (as `order`) a definition of the same."""

    order: ChannelOrder | Template
    arguments: Arguments


class Body(Node):
    """What a definition does; a block has no budgets, and no `shapes`, which are a model's inputs'.

    `inputs` are the names of those, if it gives any. Without an `output` the main line's end is
    the one output; `training_outputs` are those that a model's training has besides. A definition
    of pixels has `pixels` alone.
    """

    steps: Steps
    shapes: tuple[tree.Expression, ...] = ()
    pixels: Pixels | None = None
    outputs: tuple[tree.Name, ...] = ()
    training_outputs: tuple[tree.Name, ...] = ()
    expects: tuple[Expect, ...] = ()
    inputs: tuple[str, ...] = ()


def nodes(steps: Steps) -> Iterator[Node]:
    """All nodes of some steps in the order of the text, at whatever depth."""
    return nested(steps, Node)
