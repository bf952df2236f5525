"""Statements with a body, and the blank lines between the statements of a body."""

from __future__ import annotations

from copy import copy
from functools import cached_property

from .displays import item_list, targets
from .expressions import Binding, Raw, Tree, argument_list, expression, guard, names_in, separated
from .layout import INDENT_WIDTH, OUTSIDE, Block, Group, lay_out
from .operators import BoolOp
from .statements import Blank, Docstring, Statement, breakable, returned
from .text import is_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .displays import Targets
    from .expressions import Expression, Value
    from .layout import Document


class Compound(Statement):
    """A statement with a body below its header."""

    kind = ""
    """What the body is of: a class, a function or anything else."""

    def __init__(self, body: Iterable[Statement], docstring: str | None = None) -> None:
        self.body = list(body)
        if docstring is not None:
            self.body.insert(0, Docstring(docstring))

    def bodies(self) -> Sequence[Sequence[Statement]]:
        return (self.body,)

    def header(self) -> Document:
        """What stands before the body, with the colon."""
        raise NotImplementedError

    def lines(self, indentation: int) -> list[str]:
        body = suite(self.body, indentation + INDENT_WIDTH, self.kind)
        return [lay_out(self.header(), indentation), *body]


class For(Compound):
    """`for target in iterable`; a sequence of targets unpacks the items."""

    fields = ("iterable",)

    def __init__(self, target: Targets, iterable: Value, body: Iterable[Statement]) -> None:
        super().__init__(body)
        self.targets = targets(target)
        self.iterable = expression(iterable)

    def header(self) -> Document:
        several = len(self.targets) > 1
        target = item_list(self.targets) if several else breakable(self.targets[0])
        return ("for ", target, " in ", breakable(self.iterable), ":")


class If(Compound):
    """`if condition`, with a body for the other case, which if it is an `If` is an `elif`."""

    fields = ("condition",)

    def __init__(
        self, condition: Value, body: Iterable[Statement], orelse: Iterable[Statement] = ()
    ) -> None:
        super().__init__(body)
        self.condition = expression(condition)
        self.orelse = list(orelse)

    def bodies(self) -> Sequence[Sequence[Statement]]:
        return (self.body, self.orelse)

    def header(self, keyword: str = "if") -> Document:
        return (f"{keyword} ", breakable(self.condition), ":")

    def joined(self) -> If:
        """The same, with the condition of an `if` that stands alone in this one in this one's."""
        conditions, inner = [self.condition], self
        while not inner.orelse and len(inner.body) == 1:
            (only,) = inner.body
            if not isinstance(only, If) or only.orelse:
                break
            inner = only
            conditions.append(inner.condition)
        return self if inner is self else If(BoolOp("and", *conditions), inner.body)

    def lines(self, indentation: int) -> list[str]:
        """The branches one after the other."""
        first = self.joined()
        inner = indentation + INDENT_WIDTH
        lines = [lay_out(first.header(), indentation), *suite(first.body, inner)]
        orelse = self.orelse
        while len(orelse) == 1 and isinstance(branch := orelse[0], If):
            branch = branch.joined()
            lines += [lay_out(branch.header("elif"), indentation), *suite(branch.body, inner)]
            orelse = branch.orelse
        return [*lines, " " * indentation + "else:", *suite(orelse, inner)] if orelse else lines


class Definition(Compound):
    """A class or a function."""

    definition = True

    def __init__(self, name: str, body: Iterable[Statement], docstring: str | None) -> None:
        if not is_name(name):
            raise ValueError(f"not a Python name: {name!r}")
        super().__init__(body, docstring)
        self.name = name

    @property
    def assigns(self) -> frozenset[str]:
        return frozenset((self.name,))

    def anonymous(self) -> Definition:
        """The same, without its docstring and its own name."""
        other = copy(self)
        other.name = "_"
        other.body = [one for one in self.body if not isinstance(one, Docstring)]
        return other


class ClassDef(Definition):
    """A class."""

    fields = ("bases",)
    kind = "class"

    def __init__(
        self,
        name: str,
        bases: Iterable[Value] = (),
        docstring: str | None = None,
        body: Iterable[Statement] = (),
    ) -> None:
        super().__init__(name, body, docstring)
        self.bases = [expression(base) for base in bases]

    def header(self) -> Document:
        bases = argument_list(self.bases, OUTSIDE) if self.bases else ""
        return (f"class {self.name}", bases, ":")


ABSENT = Raw("")


class Parameter(Tree):
    """A parameter; a star for a name means that keywords follow."""

    fields = ("annotation", "default")

    def __init__(self, name: str, annotation: Value = None, default: Value = ABSENT) -> None:
        if name != "*" and not is_name(name):
            raise ValueError(f"not a parameter: {name!r}")
        self.name = name
        self.annotation = None if annotation is None else expression(annotation)
        self.default = None if default is ABSENT else guard(default, Binding.LAMBDA)

    def document(self) -> Document:
        annotation: Document = () if self.annotation is None else (": ", self.annotation)
        equals = "=" if self.annotation is None else " = "
        default: Document = () if self.default is None else (equals, Group(self.default))
        return (self.name, annotation, default)


class FunctionDef(Definition):
    """A function; text among the parameters is a parameter without annotation."""

    fields = ("returns",)
    kind = "function"

    def __init__(
        self,
        name: str,
        parameters: Iterable[Parameter | str] = (),
        returns: Value = None,
        docstring: str | None = None,
        body: Iterable[Statement] = (),
    ) -> None:
        super().__init__(name, body, docstring)
        self.parameters = [
            Parameter(each) if isinstance(each, str) else each for each in parameters
        ]
        self.returns = None if returns is None else expression(returns)

    @property
    def reads(self) -> frozenset[str]:
        """What it reads of the variables around it."""
        body = [each.reads for each in self.body]
        own = [name for each in self.body for name in each.assigns]
        own += [each.name for each in self.parameters]
        return names_in(self.parts) | frozenset().union(*body).difference(own)

    @cached_property
    def parts(self) -> tuple[Expression, ...]:
        """What is evaluated where the function is defined, its annotations among it."""
        return (*super().parts, *[part for each in self.parameters for part in each.parts])

    def header(self) -> Document:
        documents = [parameter.document() for parameter in self.parameters]
        parameters: Document = separated(documents, trailing=True)
        if len(documents) > 1:
            parameters = Group(parameters)
        signature: Document = ("(", Block(parameters), ")") if documents else "()"
        if self.returns is not None:
            signature = (signature, " -> ", returned(self.returns, bool(documents)))
        return (f"def {self.name}", Group(signature), ":")


def suite(statements: Sequence[Statement], indentation: int, kind: str = "") -> list[str]:
    """The lines of statements one below the other, with the blank lines between them."""
    most = 1 if indentation else 2
    lines: list[str] = []
    blank = 0
    previous: Statement | None = None
    for current in statements:
        if isinstance(current, Blank):
            blank += 1
            continue
        if previous is None:
            needed = int(kind == "" and current.definition)
        else:
            needed = max(blank, _blank_lines(previous, current, kind))
        lines += [""] * min(needed, most)
        lines += current.lines(indentation)
        previous = current
        blank = 0
    if indentation and previous is None:
        lines.append(" " * indentation + "pass")
    return lines


def _blank_lines(previous: Statement, current: Statement, kind: str) -> int:
    """How many blank lines at the top level have to precede a statement."""
    if current.definition or _ends_in_definition(previous):
        return 2
    if previous.imports and not current.imports:
        return 1
    return int(isinstance(previous, Docstring) and kind != "function")


def _ends_in_definition(last: Statement | None) -> bool:
    while last is not None and not last.definition:
        body = next((each for each in reversed(last.bodies()) if each), ())
        last = next((each for each in reversed(body) if not isinstance(each, Blank)), None)
    return last is not None
