"""Python source built from trees and laid out as `ruff format` leaves it.

Statements and expressions are plain objects; `render` turns a list of statements into the
text of a module. Wherever an expression is expected, a number, a truth value or None stands
for its literal and text for a dotted name (`"nn.Conv2d"`): a string literal is `string(...)`.

`Raw` text is taken as an atom and never broken. A chain of several brackets assigned to a
subscript, to several targets or to an annotated one comes out as ruff's first pass leaves it;
there ruff itself may want another.
"""

from __future__ import annotations

from .blocks import ClassDef, For, FunctionDef, If, Parameter, suite
from .displays import Clause, Dict, Generator, List, ListComprehension, Pair, Starred, Tuple
from .expressions import (
    Attribute,
    Call,
    Expression,
    Index,
    Name,
    Parenthesized,
    Raw,
    Unary,
    expression,
    name,
    number,
    string,
)
from .operators import Binary, BoolOp, Compare, Conditional, FString, Hole, Slice
from .statements import (
    Assign,
    AugmentedAssign,
    Blank,
    Comment,
    Declaration,
    Docstring,
    ExpressionStatement,
    Import,
    ImportFrom,
    Pass,
    Raise,
    Return,
    Statement,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .displays import Targets as Targets
    from .expressions import Value as Value

__all__ = [
    "Assign",
    "Attribute",
    "AugmentedAssign",
    "Binary",
    "Blank",
    "BoolOp",
    "Call",
    "ClassDef",
    "Clause",
    "Comment",
    "Compare",
    "Conditional",
    "Declaration",
    "Dict",
    "Docstring",
    "Expression",
    "ExpressionStatement",
    "FString",
    "For",
    "FunctionDef",
    "Generator",
    "Hole",
    "If",
    "Import",
    "ImportFrom",
    "Index",
    "List",
    "ListComprehension",
    "Name",
    "Pair",
    "Parameter",
    "Parenthesized",
    "Pass",
    "Raise",
    "Raw",
    "Return",
    "Slice",
    "Starred",
    "Statement",
    "Tuple",
    "Unary",
    "assign",
    "call",
    "expression",
    "name",
    "number",
    "render",
    "statement",
    "string",
]


def call(function: Value, /, *arguments: Value, **keywords: Value) -> Call:
    """A call with positional and keyword arguments."""
    return Call(function, arguments, tuple(keywords.items()))


def assign(target: Targets, value: Value, annotation: Value = None) -> Assign:
    """`target = value`."""
    return Assign(target, value, annotation)


def statement(value: Value) -> ExpressionStatement:
    """An expression for its effect."""
    return ExpressionStatement(value)


def render(statements: Sequence[Statement]) -> str:
    """The source of a module of `statements`, ending in a newline unless it is empty."""
    return "".join([f"{line}\n" for line in suite(statements, 0, "module")])
