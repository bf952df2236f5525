"""Python source built from trees and laid out as `ruff format` leaves it.

Statements and expressions are plain objects; `render` turns a list of statements into the
text of a module. Wherever an expression is expected, a number, a truth value or None stands
for its literal and text for a dotted name (`"nn.Conv2d"`): a string literal is `string(...)`.
"""

from __future__ import annotations

from cnndsl.source_breaking import (
    annotation,
    assigned,
    breakable,
    parenthesized_if_broken,
    returned,
)
from cnndsl.source_displays import (
    Clause,
    Dict,
    Generator,
    List,
    ListComprehension,
    Pair,
    Starred,
    Tuple,
    target_list,
    targets,
)
from cnndsl.source_expressions import (
    INSIDE,
    LAMBDA,
    OUTSIDE,
    Attribute,
    Call,
    Expression,
    Index,
    Name,
    Parenthesized,
    Primary,
    Raw,
    Unary,
    argument_list,
    expression,
    guard,
    name,
    number,
    separated,
    string,
)
from cnndsl.source_layout import (
    INDENT_WIDTH,
    NOTHING,
    Document,
    Group,
    Join,
    Text,
    lay_out,
    soft_block,
)
from cnndsl.source_operators import (
    Binary,
    BoolOp,
    Chain,
    Compare,
    Conditional,
    FString,
    Hole,
    Slice,
)
from cnndsl.source_text import comment_lines, docstring_literal, is_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cnndsl.source_expressions import Value

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


class Statement:
    """A statement; `lines` writes it out."""

    __slots__ = ()

    # Whether blank lines belong around it: a class or a function.
    definition = False
    # Whether a blank line belongs after the last of several.
    imports = False

    def lines(self, indentation: int) -> list[str]:
        """The source of the statement at `indentation` columns."""
        raise NotImplementedError

    def last_body(self) -> Sequence[Statement]:
        """The body that the statement ends with."""
        return ()


class Simple(Statement):
    """A statement of one line unless it is too long."""

    __slots__ = ()

    def document(self) -> Document:
        """What is laid out."""
        raise NotImplementedError

    def lines(self, indentation: int) -> list[str]:
        """The statement, broken into lines where it does not fit."""
        return [lay_out(self.document(), indentation)]


class ExpressionStatement(Simple):
    """An expression for its effect."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = expression(value)

    def document(self) -> Document:
        """The expression."""
        if isinstance(self.value, (Chain, Unary)):
            return breakable(self.value)
        return self.value.layout(OUTSIDE)


class Pass(Simple):
    """`pass`."""

    __slots__ = ()

    def document(self) -> Document:
        """The keyword."""
        return Text("pass")


class Assign(Simple):
    """`target = value` or `target: annotation = value`; several targets unpack the value."""

    __slots__ = ("annotation", "targets", "value")

    def __init__(
        self,
        target: Value | Sequence[Value],
        value: Value,
        annotation: Value = None,
    ) -> None:
        self.targets = targets(target)
        self.value = expression(value)
        self.annotation = None if annotation is None else expression(annotation)

    def document(self) -> Document:
        """The assignment; where it is too long, the value breaks rather than the target."""
        first = self.targets[0]
        target = first.layout(OUTSIDE)
        if len(self.targets) > 1:
            names = separated([each.layout(INSIDE) for each in self.targets])
            return assigned(parenthesized_if_broken(names), "=", self.value)
        if self.annotation is not None:
            start = Join(target, Text(": "))
            if isinstance(self.annotation, Raw):
                return Join(start, self.annotation.layout(OUTSIDE), Text(" = "), breakable(self.value))
            return Join(start, assigned(annotation(self.annotation), "=", self.value))
        if first.filled() is not None:
            return assigned(target, "=", self.value)
        return Join(target, Text(" = "), breakable(self.value))


class AugmentedAssign(Simple):
    """`target += value`, for any operator."""

    __slots__ = ("operator", "target", "value")

    def __init__(self, target: Value, operator: str, value: Value) -> None:
        self.target = expression(target)
        self.operator = operator
        self.value = expression(value)

    def document(self) -> Document:
        """The assignment; where it is too long, the value breaks rather than the target."""
        target = self.target.layout(OUTSIDE)
        if self.target.filled() is not None:
            return assigned(target, f"{self.operator}=", self.value)
        return Join(target, Text(f" {self.operator}= "), breakable(self.value))


class Return(Simple):
    """`return`, with a value or without."""

    __slots__ = ("value",)

    keyword = "return"

    def __init__(self, value: Value = None) -> None:
        self.value = None if value is None else expression(value)

    def document(self) -> Document:
        """The keyword and the value."""
        if self.value is None:
            return Text(self.keyword)
        return Join(Text(f"{self.keyword} "), breakable(self.value))


class Raise(Return):
    """`raise` of an exception."""

    __slots__ = ()

    keyword = "raise"


class Import(Simple):
    """`import module`, perhaps under another name."""

    __slots__ = ("text",)

    imports = True

    def __init__(self, module: str, alias: str | None = None) -> None:
        self.text = f"import {_imported(module, alias)}"

    def document(self) -> Document:
        """The import."""
        return Text(self.text)


class ImportFrom(Simple):
    """`from module import names`; a pair is a name and what it is imported as."""

    __slots__ = ("module", "names")

    imports = True

    def __init__(self, module: str, names: Iterable[str | tuple[str, str]]) -> None:
        dots = len(module) - len(module.lstrip("."))
        if module[dots:] and not all(is_name(part) for part in module[dots:].split(".")):
            raise ValueError(f"not the name of a module: {module!r}")
        self.module = module
        self.names = [_imported(*((each,) if isinstance(each, str) else each)) for each in names]

    def document(self) -> Document:
        """The import, each name on a line of its own if they do not fit."""
        start = Text(f"from {self.module} import ")
        names = separated([Text(each) for each in self.names], trailing=True)
        return Join(start, parenthesized_if_broken(names))


def _imported(text: str, alias: str | None = None) -> str:
    if not all(is_name(part) for part in text.split(".")) or not (alias is None or is_name(alias)):
        raise ValueError(f"cannot be imported: {text!r} as {alias!r}")
    return text if alias is None else f"{text} as {alias}"


class Comment(Statement):
    """A comment on lines of its own."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def lines(self, indentation: int) -> list[str]:
        """The text, wrapped, each line after a number sign."""
        margin = " " * indentation
        return [margin + line for line in comment_lines(self.text, indentation)]


class Blank(Statement):
    """A blank line between two statements."""

    __slots__ = ()

    def lines(self, indentation: int) -> list[str]:
        """An empty line."""
        return [""]


class Docstring(Statement):
    """The docstring of a module; functions and classes take theirs as text."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def lines(self, indentation: int) -> list[str]:
        """The literal."""
        return [" " * indentation + docstring_literal(self.text, indentation)]


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

    def __init__(
        self, target: Value | Sequence[Value], iterable: Value, body: Iterable[Statement]
    ) -> None:
        super().__init__(body)
        self.targets = targets(target)
        self.iterable = expression(iterable)

    def header(self) -> Document:
        """The target and the iterable."""
        several = len(self.targets) > 1
        target = target_list(self.targets) if several else breakable(self.targets[0])
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
            lines += _suite(branch.orelse, indentation + INDENT_WIDTH)
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
        decorators = [
            lay_out(Join(Text("@"), each.layout(OUTSIDE)), indentation) for each in self.decorators
        ]
        return decorators + super().lines(indentation)


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


def assign(target: Value | Sequence[Value], value: Value, annotation: Value = None) -> Assign:
    """`target = value`."""
    return Assign(target, value, annotation)


def statement(value: Value) -> ExpressionStatement:
    """An expression for its effect."""
    return ExpressionStatement(value)


def _body(owner: Compound, indentation: int) -> list[str]:
    return _suite(owner.body, indentation + INDENT_WIDTH, owner.kind)


def _suite(statements: Sequence[Statement], indentation: int, kind: str = "") -> list[str]:
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
    """How many blank lines have to stand between two statements, at most."""
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


def render(statements: Sequence[Statement]) -> str:
    """The source of a module of `statements`, ending in a newline unless it is empty."""
    return "".join([f"{line}\n" for line in _suite(statements, 0, "module")])
