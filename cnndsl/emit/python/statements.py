"""Statements of the Python source that backends write, but for those with a body."""

from __future__ import annotations

from .breaking import annotated, assigned, breakable
from .displays import item_list, targets
from .expressions import INSIDE, OUTSIDE, String, Unary, expression, separated
from .layout import Document, Join, Text, lay_out, parenthesized_if_broken
from .operators import BINARY, Chain
from .text import comment_lines, docstring_literal, is_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .displays import Targets
    from .expressions import Value


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
        if isinstance(self.value, String):
            raise ValueError("a string alone would be taken for a docstring")

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
        target: Targets,
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
            return annotated(Join(target, Text(": ")), self.annotation, self.value)
        if first.filled() is not None:
            return assigned(target, "=", self.value)
        return Join(target, Text(" = "), breakable(self.value))


class Declaration(Simple):
    """`target: annotation`, without a value."""

    __slots__ = ("annotation", "target")

    def __init__(self, target: Value, annotation: Value) -> None:
        self.target = expression(target)
        self.annotation = expression(annotation)

    def document(self) -> Document:
        """The target and its annotation."""
        return Join(self.target.layout(OUTSIDE), Text(": "), breakable(self.annotation))


class AugmentedAssign(Simple):
    """`target += value`, for any operator."""

    __slots__ = ("operator", "target", "value")

    def __init__(self, target: Value, operator: str, value: Value) -> None:
        if operator not in BINARY:
            raise ValueError(f"no such operator: {operator!r}")
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
    """`return`, with a value, with several or without."""

    __slots__ = ("values",)

    def __init__(self, value: Targets = None) -> None:
        self.values = () if value is None else targets(value)

    def document(self) -> Document:
        """The keyword and the values."""
        if not self.values:
            return Text("return")
        if len(self.values) == 1:
            return Join(Text("return "), breakable(self.values[0]))
        if len(self.values) == 2:
            return Join(Text("return "), item_list(self.values))
        values = separated([each.layout(INSIDE) for each in self.values])
        return Join(Text("return "), parenthesized_if_broken(values))


class Raise(Simple):
    """`raise` of an exception."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = expression(value)

    def document(self) -> Document:
        """The keyword and the exception."""
        return Join(Text("raise "), breakable(self.value))


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
