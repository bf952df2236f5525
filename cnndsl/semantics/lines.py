"""The values that a line carries: one, or several side by side."""

from __future__ import annotations

from itertools import islice

from .. import diagnostics
from . import bound
from .failures import Unknown
from .reporting import JoinedValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..syntax import tree
    from .bound import Node
    from .reporting import Context, Findings
    from .scope_builder import Builder


MOST_NAMES = 100
"""The latest names among which those of values are looked for."""


class Lines:
    """Counts the values that go into things, and names them."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings

    def need(
        self,
        count: int,
        what: str,
        line: tuple[int, ...],
        builder: Builder,
        node: Node | tree.Node,
        context: Context,
    ) -> None:
        """Raise `Unknown` for more or fewer values than something takes, after reporting."""
        if len(line) != count:
            if len(line) > 1 or builder.shapes[line[0]] is not None:
                names = names_of(line, builder)
                found = diagnostics.ValuesDiffer(what, count, len(line), builder.is_sequence, names)
                self.findings.report(found, node, context)
            raise Unknown

    def one(self, what: str, builder: Builder, node: Node, context: Context) -> int:
        """The line's value. Raises `Unknown` after reporting if it has several."""
        line = builder.line
        if len(line) != 1:
            self.need(1, what, line, builder, node.syntax.primary, context)
        return line[0]

    def names(self, node: bound.Names, builder: Builder, context: Context) -> None:
        """Name several values, of which there are as many."""
        count, names = len(builder.line), node.names
        if count != len(names):
            builder.named |= dict.fromkeys(names, builder.line[:1])
            if count > 1 or builder.shape is not None:
                wrong = diagnostics.ValuesNamed(len(names), count)
                self.findings.report(wrong, node, context)
            raise Unknown
        for name, value in zip(names, builder.line, strict=True):
            builder.named[name] = (value,)
            context.measure(name, builder.shapes[value])
        builder.current = builder.line[0]

    def joined(
        self, values: Iterable[bound.ValueRead], builder: Builder, context: Context
    ) -> tuple[JoinedValue, ...]:
        """Named values side by side. Raises `Unknown` after reporting each that there is not."""
        named = {**builder.named, "main": builder.line}
        found: list[JoinedValue] = []
        is_whole = True
        for one in values:
            if one.name in named:
                line = named[one.name]
                if type(one) is not bound.ListRead:
                    self.need(1, f"`{one.name}`", line, builder, one, context)
                found += [JoinedValue(value, one.syntax, None, None) for value in line]
            else:
                self.findings.report(untaken(one.name), one, context)
                is_whole = False
        if not is_whole:
            raise Unknown
        return tuple(found)

    def leave(self, builder: Builder, context: Context) -> None:
        """Have a block's line at its outputs."""
        names = context.template.body.outputs
        if not names and len(builder.line) == 1:
            return
        try:
            if names:
                reads = [bound.ValueRead(one, one.name) for one in names]
                builder.line = values_of(self.joined(reads, builder, context))
            else:
                end = context.template.heading
                what = f"the end of `{context.template.name}`"
                self.need(1, what, builder.line, builder, end, context)
        except Unknown:
            builder.fail()


def untaken(name: str) -> diagnostics.UnknownValue:
    """The finding of a value that is named in a branch which is not taken."""
    advice = (
        "the branch that names it is not taken here; read it in that branch, or name a value in "
        f"the other one, too: `else {{ identity as {name} }}`"
    )
    return diagnostics.UnknownValue(name, (), advice)


def names_of(line: tuple[int, ...], builder: Builder) -> tuple[str, ...]:
    """What values are called, the rest being the main line; none if none has a name."""
    latest = islice(reversed(builder.named.items()), MOST_NAMES)
    known = {value[0]: name for name, value in latest if len(value) == 1}
    return tuple(known.get(one, "main") for one in line) if known.keys() & line else ()


def values_of(joined: Iterable[JoinedValue]) -> tuple[int, ...]:
    return tuple([one.value for one in joined])
