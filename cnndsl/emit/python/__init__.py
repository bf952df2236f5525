"""Python source built from trees and laid out as `ruff format` leaves it.

Statements and expressions are plain objects; `render` turns a list of statements into the
text of a module. Wherever an expression is expected, a number, a truth value or None stands
for its literal and text for a dotted name (`"nn.Conv2d"`): a string literal is `string(...)`.

`Raw` text is taken as an atom and never broken. A chain of several brackets assigned to a
subscript, to several targets or to an annotated one comes out as ruff's first pass leaves it;
there ruff itself may want another.
"""

from __future__ import annotations

from .blocks import ClassDef as ClassDef
from .blocks import Definition as Definition
from .blocks import For as For
from .blocks import FunctionDef as FunctionDef
from .blocks import If as If
from .blocks import Parameter as Parameter
from .blocks import suite
from .displays import Dict as Dict
from .displays import Generator as Generator
from .displays import List as List
from .displays import ListComprehension as ListComprehension
from .displays import Starred as Starred
from .displays import Tuple as Tuple
from .displays import listed as listed
from .expressions import Attribute as Attribute
from .expressions import Call as Call
from .expressions import Expression as Expression
from .expressions import Index as Index
from .expressions import Name as Name
from .expressions import Parenthesized as Parenthesized
from .expressions import Power as Power
from .expressions import Raw as Raw
from .expressions import String as String
from .expressions import Unary as Unary
from .expressions import expression as expression
from .expressions import name as name
from .expressions import number as number
from .operators import Binary as Binary
from .operators import BoolOp as BoolOp
from .operators import Compare as Compare
from .operators import Conditional as Conditional
from .operators import FString as FString
from .statements import Assign as Assign
from .statements import AugmentedAssign as AugmentedAssign
from .statements import Blank as Blank
from .statements import Docstring as Docstring
from .statements import ExpressionStatement as ExpressionStatement
from .statements import Import as Import
from .statements import ImportFrom as ImportFrom
from .statements import Raise as Raise
from .statements import Return as Return
from .statements import Statement as Statement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .displays import Targets as Targets
    from .expressions import Value as Value


assign = Assign
statement = ExpressionStatement
string = String


def call(function: Value, /, *arguments: Value, **keywords: Value) -> Call:
    """A call with positional and keyword arguments."""
    return Call(function, arguments, tuple(keywords.items()))


def render(statements: Sequence[Statement]) -> str:
    """The source of a module of `statements`, ending in a newline unless it is empty."""
    return "".join([f"{line}\n" for line in suite(statements, 0, "module")])
