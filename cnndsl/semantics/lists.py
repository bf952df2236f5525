"""Lists of values: a loop adds to them, and others read them."""

from __future__ import annotations

from bisect import bisect_left

from .. import diagnostics
from ..ops import OPS
from ..syntax import tree
from ..values import whole
from . import bound
from .evaluate import PARTS
from .expressions import A_COUNT
from .failures import EvaluationFailed, Unknown, wrong_value
from .naming import Namespace, Place, check_variable_name
from .scope_builder import Builder, finished
from .template import SEQUENCE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from ..ops.base import Op
    from .binder import Binder
    from .elaborate import Elaborator
    from .expressions import ExpressionBinder, Names
    from .reporting import Context

ON_THE_LINE = (
    "a list grows on the main line of a block or model, and in a `for` there; not in a branch, a "
    "merge, a `let`, a repeat or a stage"
)
CLOSED = "stages and repeats are closed; a list is read in a block or model, and in a `for` there"
AT_THE_START = "a value of a list starts a chain, or is joined: `concat({0}, main)`"
NO_WHOLE = (
    "`{1}` joins values one by one, such as `{0}[0]`; whole lists are joined by `concat({0})`, "
    "`add`, `average`, `maximum` and `minimum`"
)
NO_INPUT = "an index cannot read `in`: which value is meant does not depend on shapes"


class Lists:
    """The lists of one definition, which are known before it is bound."""

    def __init__(self, body: tree.Body) -> None:
        parts = [one for one in tree.parts(body) if isinstance(one, tree.Name)]
        self.names = {one.name: None for one in parts if type(one) is tree.ListName}
        self.places: list[tuple[int, str, bool]] = []
        """Where lists are named, in the order of the text, and whether they grow there."""
        self.growths = {one.start for one in _growths(body.statements)}
        """Where they may grow."""
        for one in parts:
            if one.name in self.names:
                self.places.append((one.start, one.name, type(one) is tree.ListName))
        self.places.sort()

    def within(self, node: tree.Node) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The lists that are read and that grow in some text, at whatever depth."""
        start = bisect_left(self.places, (node.start,))
        found = self.places[start : bisect_left(self.places, (node.end,))]
        reads, grows = (
            tuple(dict.fromkeys(name for _, name, grown in found if grown is one))
            for one in (False, True)
        )
        return reads, grows

    def growth(self, binder: Binder, name: tree.ListName, place: Place) -> bound.Step:
        """`as skips[]` behind an element, as bound."""
        known = place.namespace.lists
        if known is None or name.start not in self.growths:
            binder.report(diagnostics.Misplaced(f"`{name.name}[]`", ON_THE_LINE), name)
            return bound.Invalid(place.element)
        taken = (binder.visible, OPS, place.names, place.namespace.values, binder.shared)
        if name.name not in known:
            is_sound = not binder.template.findings  # else a line left out may have the name
            if is_sound and any(name.name in names for names in taken):
                binder.report(diagnostics.NameTaken("the name", name.name), name)
            check_variable_name(name.name, name, binder.report)
            known[name.name] = None
        return bound.Grow(name, name.name)

    def loop(self, binder: Binder, primary: Any, place: Place) -> bound.Steps:
        """A loop that knows lists, as bound: each turn has a namespace of its own."""
        inner = Namespace(binder.report)
        inner.lists = place.namespace.lists
        sure = len(binder.sure_calls)
        (loop,) = binder.turns(primary, Place(place.element, inner, place.names, None, False))
        del binder.sure_calls[sure:]
        inner.assign_names()
        if not isinstance(loop, bound.Loop):
            return (loop,)
        within = self.within(primary)
        turn = bound.Turn(place.element, None, loop.body, *within)
        steps = (loop.replaced(body=(turn,)),)
        sequence = bound.Sequence(place.element, None, steps, False, *within)
        place.namespace.want(sequence, place.name, SEQUENCE)
        return (sequence,)


def _growths(statements: Iterable[tree.Statement]) -> Iterator[tree.Name]:
    """The growths on the main line, and in loops there."""
    for statement in statements:
        for element in statement.elements if isinstance(statement, tree.Chain) else ():
            if isinstance(element.name, tree.ListName):
                yield element.name
            inside = element.primary
            if element.repeat is None and isinstance(inside, tree.Group):
                yield from _growths((inside.chain,))
            elif element.repeat is None and isinstance(inside, tree.For):
                yield from _growths(inside.body.statements)


# Binding


def bound_item(
    expressions: ExpressionBinder, item: Any, namespace: Namespace, names: Names
) -> bound.Pick | None:
    """`skips[i]`, which what stands behind knows by the pick's name; None after reporting."""
    lists = {} if expressions.lists is None else expressions.lists.names
    owner = item.list if isinstance(item, tree.Item) else item.sequence
    name = getattr(owner, "name", "")
    index = expressions.bind(item.index, names, A_COUNT, NO_INPUT)
    if name not in lists:
        _report_no_list(expressions, name, owner, item)
    elif namespace.lists is None:
        expressions.report(diagnostics.Misplaced(f"a value of `{name}`", CLOSED), item)
    else:
        return bound.Pick(item, f"{name}[{item.start}", name, index)
    return None


def bound_whole(
    expressions: ExpressionBinder, name: tree.Name, namespace: Namespace, op_class: type[Op]
) -> bound.Pick | None:
    """All values of a list, which a merge joins; None after reporting."""
    if not op_class.joins_lists:
        rule = NO_WHOLE.format(name.name, op_class.name)
        expressions.report(diagnostics.Misplaced(f"the list `{name.name}`", rule), name)
    elif namespace.lists is None:
        expressions.report(diagnostics.Misplaced(f"the list `{name.name}`", CLOSED), name)
    else:
        return bound.Pick(name, f"{name.name}[{name.start}", name.name, None, op_class)
    return None


def _report_no_list(
    expressions: ExpressionBinder, name: str, owner: tree.Node, item: tree.Node
) -> None:
    from ..diagnostics.habits import WrongBrackets  # deferred: for an error alone

    if name in OPS or name in expressions.visible:
        expressions.report(WrongBrackets("arguments", "["), item)
    else:
        expressions.report(diagnostics.NeverGrown(expressions.text(owner)), owner)


def bound_start(binder: Binder, item: tree.Item, place: Place) -> bound.Steps:
    """`skips[i]` at the start of a chain."""
    pick = bound_item(binder.expressions, item, place.namespace, place.names)
    if pick is not None and not place.is_first:
        text = binder.expressions.text(item)
        binder.report(diagnostics.Misplaced(f"`{text}`", AT_THE_START.format(text)), item)
    if pick is None or not place.is_first:
        return (bound.Invalid(place.element),)
    return pick, bound.ValueRead(item, pick.name)


# Elaboration


def _grow(elaborator: Elaborator, node: bound.Grow, builder: Builder, context: Context) -> None:
    elaborator.count(node)
    elaborator.lines.need(1, f"the list `{node.list}`", builder.line, builder, node, context)
    builder.lists.setdefault(node.list, []).append(builder.current)


def _pick(elaborator: Elaborator, node: bound.Pick, builder: Builder, context: Context) -> None:
    """Know the value of a list at an index."""
    elaborator.count(node)
    try:
        values = builder.lists.get(node.list, [])
        if node.index is None:
            builder.named[node.name] = _whole(node, values, builder)
        else:
            found = _value_at(elaborator, node, node.index, values, builder, context)
            builder.named[node.name] = (found,)
    except Unknown:
        builder.fail()
        builder.named[node.name] = builder.line
        raise


def _whole(node: bound.Pick, values: list[int], builder: Builder) -> tuple[int, ...]:
    if builder.unknown_lists:
        raise Unknown
    if not values:
        raise EvaluationFailed(diagnostics.NoSuchValue(node.list, None, 0), node)
    return (*values,)


def _value_at(
    elaborator: Elaborator,
    node: bound.Pick,
    written: tree.Expression,
    values: list[int],
    builder: Builder,
    context: Context,
) -> int:
    index = whole(elaborator.value(written, context))
    if type(index) is not int:
        raise wrong_value(f"an index of `{node.list}`", "an integer", index, written)
    if -len(values) <= index < len(values):
        return values[index]
    if builder.unknown_lists:
        raise Unknown
    raise EvaluationFailed(diagnostics.NoSuchValue(node.list, index, len(values)), node)


def _loop(elaborator: Elaborator, node: bound.Sequence, builder: Builder, context: Context) -> None:
    _enclosed("sequence", node.body, elaborator, node, builder, context)


def _turn(elaborator: Elaborator, node: bound.Turn, builder: Builder, context: Context) -> None:
    _enclosed("turn", node.steps, elaborator, node, builder, context)


def _enclosed(
    kind: str,
    steps: bound.Steps,
    elaborator: Elaborator,
    node: bound.Sequence | bound.Turn,
    builder: Builder,
    context: Context,
) -> None:
    """A scope that the line's value enters, with those of the lists that it reads.

    It gives the line's value, and those by which lists grow in it.
    """
    elaborator.lines.one("a `for` that knows lists", builder, node, context)
    inner = _inside(kind, node, builder)
    elaborator.budget.spend(PARTS + len(inner.entry), node)
    counts = {name: len(inner.lists.get(name, ())) for name in node.grows}
    elaborator.run(steps, inner, context)
    added = {name: inner.lists.get(name, [])[counts[name] :] for name in node.grows}
    inner.line += tuple(value for values in added.values() for value in values)
    nested = finished(inner, tuple(context.names.items()))
    builder.unknown_lists |= nested.scope is None
    builder.line = inner.entry
    elaborator.add_child(node, nested, builder, context)
    first, *made = builder.line
    builder.line = (first,)
    for name, values in added.items():
        builder.lists.setdefault(name, []).extend(made[: len(values)])
        del made[: len(values)]


def _inside(kind: str, node: bound.Sequence | bound.Turn, outer: Builder) -> Builder:
    """The scope in the making."""
    line, held = outer.line, [outer.lists.get(name, []) for name in node.reads]
    outer.line = (*line, *(value for values in held for value in values))
    inner = Builder(kind, outer.line_shapes, outer.template, outer)
    outer.line, inner.line = line, (0,)
    number = 1
    for name, values in zip(node.reads, held, strict=True):
        inner.lists[name] = [*range(number, number + len(values))]
        number += len(values)
    return inner


RULES: dict[type, Callable[[Elaborator, Any, Builder, Context], None]] = {
    bound.Sequence: _loop,
    bound.Turn: _turn,
    bound.Grow: _grow,
    bound.Pick: _pick,
}
