"""Merges as the bound tree has them: of paths in braces, or of named values."""

from __future__ import annotations

from .. import diagnostics
from ..ops import OPS
from ..ops.index import MERGES
from ..syntax import tree
from . import bound
from .naming import Namespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..ops.base import Op
    from .bound import Steps
    from .expressions import ExpressionBinder, Names
    from .naming import Place
    from .template import Template

    Statement = Callable[[Any, Namespace, Names], Steps]
    UnknownLayer = Callable[[tree.Call | tree.Merge, tuple[str, ...]], str | None]


class MergeBinder:
    """Binds the merges of one definition, whose binder knows statements and unknown layers."""

    def __init__(
        self,
        template: Template,
        expressions: ExpressionBinder,
        statement: Statement,
        unknown_layer: UnknownLayer,
    ) -> None:
        self.template = template
        self.expressions = expressions
        self.report = expressions.report
        self.statement = statement
        self.unknown_layer = unknown_layer

    def merge(self, merge: tree.Merge, place: Place) -> Steps:
        self.template.merges.append(merge)
        head = tree.Node(merge.start, merge.name_end)
        statements = merge.body.statements
        if merge.name in MERGES:
            if len(statements) < 2:
                self.report(diagnostics.TooFewPaths(merge.name, len(statements)), head)
        elif merge.name in OPS or merge.name in self.template.visible:
            rule = f"only a merge takes paths in braces ({', '.join(MERGES)})"
            self.report(diagnostics.Misplaced(f"`{merge.name} {{ }}`", rule), head)
        else:
            self.unknown_layer(merge, MERGES)
        inner = self.paths_namespace(place)
        outer = self.expressions.reach(inner)
        paths = [self.path(merge, one, inner, place.names) for one in statements]
        self.expressions.values = outer
        if len(paths) < 2:
            paths.append(bound.Path(merge, (bound.Invalid(merge),)))
        if merge.name not in MERGES:
            place.namespace.want(None, place.name, merge.name)
            return (bound.Invalid(place.element),)
        made = bound.Merge(place.element, None, OPS[merge.name], tuple(paths))
        return self.merged(made, inner, place)

    def paths_namespace(self, place: Place) -> Namespace:
        """A merge in a sequence has a namespace of its own."""
        return Namespace(self.report) if place.namespace.is_sequence else place.namespace

    def path(
        self, merge: tree.Merge, statement: Any, namespace: Namespace, names: Names
    ) -> bound.Path:
        if isinstance(statement, tree.Chain | tree.Gap):
            return bound.Path(statement, self.statement(statement, namespace, names))
        self.report(diagnostics.NoPaths(merge.name), statement)
        return bound.Path(statement, (bound.Invalid(statement),))

    def merged(self, merge: bound.Merge | bound.MergeCall, inner: Namespace, place: Place) -> Steps:
        """A merge, in a sequence as a scope with a name that holds a layer with a name."""
        kind, outer = merge.op_class.name, place.namespace
        if not outer.is_sequence:
            outer.want(merge, place.name, kind)
            return (merge,)
        inner.want(merge, None, kind)
        inner.assign_names()
        nested = bound.Nested(place.element, None, merge)
        outer.want(nested, place.name, kind)
        return (nested,)

    def call(self, call: tree.Call, op_class: type[Op], place: Place) -> Steps:
        """`concat(a, b)`: the arguments name values, `main` the line's own."""
        inner = self.paths_namespace(place)
        given = call.arguments or ()
        reads: list[bound.ValueRead] = []
        picks: list[bound.Pick] = []
        if any(type(one.value) is tree.Items for one in given):
            rule = f"the names stand in brackets alone, as in `{call.name}(a, b)`"
            self.report(diagnostics.Misplaced("a list", rule), call)
            given = ()
        elif len(given) < 2 and not any(self.is_list(one.value) for one in given):
            shown = "".join(self.expressions.text(one) for one in given)
            self.report(diagnostics.TooFewPaths(call.name, len(given), shown), call)
        for argument in given:
            node = argument.value
            if isinstance(node, tree.Index) and argument.name is None:
                picks += self.picked(node, inner, place.names)
                reads += (bound.ValueRead(argument, one.name) for one in picks[-1:])
                continue
            value = node.name if isinstance(node, tree.Name) and argument.name is None else None
            if value is not None and (value == "main" or value in inner.values):
                reads.append(bound.ValueRead(argument, value))
            elif self.is_list(node):
                picks += self.whole(node, inner, op_class)
                reads += (bound.ListRead(argument, one.name) for one in picks[-1:])
            elif value not in place.namespace.values:  # of a sequence: names at fault
                text = self.template.location(argument).text
                self.expressions.unknown_value(
                    text, argument, ("main",), inner.values, numbers=place.names, around=place
                )
        if len(reads) < len(given) or not given or (len(reads) == 1 and not picks):
            place.namespace.want(None, place.name, call.name)
            return (bound.Invalid(place.element),)
        made = bound.MergeCall(place.element, None, op_class, tuple(reads))
        return (*picks, *self.merged(made, inner, place))

    def is_list(self, node: tree.Expression) -> bool:
        lists = self.expressions.lists
        return lists is not None and isinstance(node, tree.Name) and node.name in lists.names

    def whole(self, node: Any, namespace: Namespace, op_class: type[Op]) -> list[bound.Pick]:
        """All values of a list; none after reporting."""
        from .lists import bound_whole  # deferred: few specs have lists of values

        found = bound_whole(self.expressions, node, namespace, op_class)
        return [] if found is None else [found]

    def picked(self, node: tree.Index, namespace: Namespace, names: Names) -> list[bound.Pick]:
        """A value of a list; none after reporting."""
        from .lists import bound_item  # deferred: few specs have lists of values

        found = bound_item(self.expressions, node, namespace, names)
        return [] if found is None else [found]
