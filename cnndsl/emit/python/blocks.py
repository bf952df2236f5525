"""Statements with a body, and the blank lines between the statements of a body."""

from __future__ import annotations

from .breaking import breakable, returned
from .displays import item_list, targets
from .expressions import INSIDE, LAMBDA, OUTSIDE, Raw, argument_list, expression, guard, separated
from .layout import INDENT_WIDTH, NOTHING, Document, Group, Join, Text, lay_out, soft_block
from .statements import Blank, Comment, Docstring, ExpressionStatement, Statement
from .text import is_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .displays import Targets
    from .expressions import Value


class Compound(Statement):
    """A statement with a body below its header."""

    __slots__ = ("body",)

    # What the body is of: a class, a function or anything else.
    kind = ""

    def __init__(self, body: Iterable[Statement], docstring: str | None = None) -> None:
        self.body = list(body)
        if docstring is not None:
            self.body.insert(0, Docstring(docstring))

    def last_body(self) -> Sequence[Statement]:
        """The body, or that of the last branch."""
        return self.body

    def header(self) -> Document:
        """What stands before the body, with the colon."""
        raise NotImplementedError

    def lines(self, indentation: int) -> list[str]:
        """The header and the body."""
        return [lay_out(self.header(), indentation), *_body(self, indentation)]


class For(Compound):
    """`for target in iterable`; a sequence of targets unpacks the items."""

    __slots__ = ("iterable", "targets")

    def __init__(self, target: Targets, iterable: Value, body: Iterable[Statement]) -> None:
        super().__init__(body)
        self.targets = targets(target)
        self.iterable = expression(iterable)

    def header(self) -> Document:
        """The target and the iterable."""
        several = len(self.targets) > 1
        target = item_list(self.targets) if several else breakable(self.targets[0])
        return Join(Text("for "), target, Text(" in "), breakable(self.iterable), Text(":"))


class If(Compound):
    """`if condition`, with a body for the other case, which if it is an `If` is an `elif`."""

    __slots__ = ("condition", "orelse")

    def __init__(
        self,
        condition: Value,
        body: Iterable[Statement],
        orelse: Iterable[Statement] = (),
    ) -> None:
        super().__init__(body)
        self.condition = expression(condition)
        self.orelse = list(orelse)

    def last_body(self) -> Sequence[Statement]:
        """The body of the last branch."""
        return self.orelse or self.body

    def header(self, keyword: str = "if") -> Document:
        """The condition."""
        return Join(Text(f"{keyword} "), breakable(self.condition), Text(":"))

    def lines(self, indentation: int) -> list[str]:
        """The branches one after the other."""
        lines: list[str] = []
        keyword, branch = "if", self
        while True:
            lines.append(lay_out(branch.header(keyword), indentation))
            lines += _body(branch, indentation)
            if len(branch.orelse) != 1 or not isinstance(branch.orelse[0], If):
                break
            keyword, branch = "elif", branch.orelse[0]
        if branch.orelse:
            lines.append(" " * indentation + "else:")
            lines += suite(branch.orelse, indentation + INDENT_WIDTH)
        return lines


class Definition(Compound):
    """A class or a function."""

    __slots__ = ("decorators", "name")

    definition = True

    def __init__(
        self,
        name: str,
        body: Iterable[Statement],
        docstring: str | None,
        decorators: Iterable[Value],
    ) -> None:
        if not is_name(name):
            raise ValueError(f"not a Python name: {name!r}")
        super().__init__(body, docstring)
        self.name = name
        self.decorators = [expression(decorator) for decorator in decorators]

    def lines(self, indentation: int) -> list[str]:
        """The decorators, the header and the body."""
        lines = [
            lay_out(Join(Text("@"), each.layout(OUTSIDE)), indentation) for each in self.decorators
        ]
        if len(self.body) == 1 and _is_ellipsis(self.body[0]):
            return [*lines, lay_out(Join(self.header(), Text(" ...")), indentation)]
        return lines + super().lines(indentation)


def _is_ellipsis(only: Statement) -> bool:
    return isinstance(only, ExpressionStatement) and str(only.value) == "..."


class ClassDef(Definition):
    """A class."""

    __slots__ = ("bases",)

    kind = "class"

    def __init__(
        self,
        name: str,
        bases: Iterable[Value] = (),
        docstring: str | None = None,
        body: Iterable[Statement] = (),
        decorators: Iterable[Value] = (),
    ) -> None:
        super().__init__(name, body, docstring, decorators)
        self.bases = [expression(base) for base in bases]

    def header(self) -> Document:
        """The name and the bases."""
        bases = argument_list(self.bases, (), OUTSIDE) if self.bases else NOTHING
        return Join(Text(f"class {self.name}"), bases, Text(":"))


ABSENT = Raw("")


class Parameter:
    """A parameter; the name may start with stars, and a star or a slash alone is a marker."""

    __slots__ = ("annotation", "default", "name")

    def __init__(self, name: str, annotation: Value = None, default: Value = ABSENT) -> None:
        bare = name in ("*", "/")
        if not bare and not is_name(name[min(len(name) - len(name.lstrip("*")), 2) :]):
            raise ValueError(f"not a parameter: {name!r}")
        self.name = name
        self.annotation = None if annotation is None else expression(annotation)
        self.default = None if default is ABSENT else guard(default, LAMBDA)

    def document(self) -> Document:
        """The parameter with its annotation and its default."""
        parts: list[Document] = [Text(self.name)]
        if self.annotation is not None:
            parts += [Text(": "), self.annotation.layout(INSIDE)]
        if self.default is not None:
            equals = "=" if self.annotation is None else " = "
            parts += [Text(equals), Group(self.default.layout(INSIDE))]
        return Join(*parts)


class FunctionDef(Definition):
    """A function; text among the parameters is a parameter without annotation or a marker."""

    __slots__ = ("parameters", "returns")

    kind = "function"

    def __init__(
        self,
        name: str,
        parameters: Iterable[Parameter | str] = (),
        returns: Value = None,
        docstring: str | None = None,
        body: Iterable[Statement] = (),
        decorators: Iterable[Value] = (),
    ) -> None:
        super().__init__(name, body, docstring, decorators)
        self.parameters = [
            Parameter(each) if isinstance(each, str) else each for each in parameters
        ]
        self.returns = None if returns is None else expression(returns)

    def header(self) -> Document:
        """The name, the parameters and what is returned."""
        documents = [parameter.document() for parameter in self.parameters]
        if len(documents) == 1 and self.parameters[0].name[0] not in "*/":
            parameters = Join(Text("("), soft_block(separated(documents, True)), Text(")"))
        elif documents:
            group = Group(separated(documents, True))
            parameters = Join(Text("("), soft_block(group), Text(")"))
        else:
            parameters = Join(Text("()"))
        signature: list[Document] = [parameters]
        if self.returns is not None:
            signature += [Text(" -> "), returned(self.returns, bool(documents))]
        return Join(Text(f"def {self.name}"), Group(Join(*signature)), Text(":"))


def _body(owner: Compound, indentation: int) -> list[str]:
    return suite(owner.body, indentation + INDENT_WIDTH, owner.kind)


def suite(statements: Sequence[Statement], indentation: int, kind: str = "") -> list[str]:
    """The lines of statements one below the other, with the blank lines between them."""
    around = 1 if indentation else 2
    lines: list[str] = []
    blank = 0
    previous: Statement | None = None
    for position, current in enumerate(statements):
        if isinstance(current, Blank):
            blank += 1
            continue
        needed = _blank_lines(previous, current, statements[position + 1 :], kind, blank > 0)
        wanted = blank if previous is not None else 0
        lines += [""] * max(min(needed, around), min(wanted, around))
        lines += current.lines(indentation)
        previous = current
        blank = 0
    if indentation and all(isinstance(each, (Blank, Comment)) for each in statements):
        lines.append(" " * indentation + "pass")
    return lines


def _blank_lines(
    previous: Statement | None,
    current: Statement,
    rest: Sequence[Statement],
    kind: str,
    separated: bool,
) -> int:
    """How many blank lines have to stand between two statements at the top level."""
    commented = current
    if isinstance(current, Comment):
        later = [each for each in rest if not isinstance(each, (Blank, Comment))]
        commented = later[0] if later else current
    if previous is None:
        return int(kind == "" and current.definition)
    if isinstance(previous, Comment):
        return 2 if commented.definition and separated else 0
    if commented.definition or _ends_in_definition(previous):
        return 2
    if previous.imports and (not commented.imports or commented is not current):
        return 1
    return int(isinstance(previous, Docstring) and kind != "function")


def _ends_in_definition(last: Statement) -> bool:
    while not last.definition:
        body = [each for each in last.last_body() if not isinstance(each, Blank)]
        if not body:
            return False
        last = body[-1]
    return True
