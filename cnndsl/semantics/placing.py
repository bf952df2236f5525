"""Layers and finished scopes into the scope around them, and what stands in for those that fail."""

from __future__ import annotations

from ..diagnostics.base import Finding, Rejected, advised
from ..ir.network import Child, Cost, Layer
from ..ops.base import need_room
from ..record import Record
from ..syntax import tree
from .reporting import Context, Reporter, frames, key_of
from .scope_builder import Builder, close, unfinished

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..diagnostics.base import Diagnostic
    from ..explain.trail import SuggestedEdit
    from ..ops.base import Op

MOST_TRAILS = 50
"""How many findings are told with their trail; walking it back takes time for each."""


class Path(Record):
    """A path of a merge: the value that it ends with, where to point, and its layers if written."""

    value: int
    node: tree.Node
    chain: tree.Chain | None
    entry: int | None
    """The value that enters all paths; None where the merge joins named values."""


class Failure(Record):
    """An op or an assertion that does not hold, with everything around it.

    An assertion has no op; its input is the value that it speaks of.
    """

    diagnostic: Diagnostic
    op: Op | None
    element: tree.Element
    inputs: tuple[int, ...]
    builder: Builder
    context: Context
    paths: tuple[Path, ...] = ()

    @property
    def place(self) -> tree.Node:
        """The part of the spec that is at fault."""
        primary = self.element.primary
        if self.op is None:
            return self.element.assertion or self.element
        if isinstance(primary, tree.Merge):
            return tree.Node(primary.start, primary.name_end)
        return primary


class Placer(Reporter):
    """Places layers. `suggestions` are the edits that may mend a finding, by its key."""

    def __init__(self) -> None:
        super().__init__()
        self.suggestions: dict[object, tuple[SuggestedEdit, ...]] = {}

    def nest(
        self, element: tree.Element, name: str, inner: Builder, builder: Builder, context: Context
    ) -> None:
        """Put a finished nested scope into its parent."""
        scope = close(inner, (), (("main", inner.current),))
        if scope is None:
            part = unfinished(inner, ())
            child = Child(name, element, part, (builder.current,)) if part is not None else None
            builder.fail(inner.shape, child)
            return
        step = Child(name, element, scope, (builder.current,))
        depth = builder.depths[builder.current] + scope.depth
        builder.add(step, scope.output_shape, scope.cost, depth)

    def apply(
        self,
        element: tree.Element,
        op: Op,
        inputs: tuple[int, ...],
        builder: Builder,
        context: Context,
        paths: tuple[Path, ...] = (),
        key: tree.Node | None = None,
    ) -> None:
        """Let an op work on values of the scope. `key` is what its name is kept under."""
        shapes = [builder.shapes[number] for number in inputs]
        known = [shape for shape in shapes if shape is not None]
        if len(known) < len(shapes):
            builder.fail()
            return
        try:
            shape = op.shape(known)
            weights = op.weights(known)
            need_room(shape, weights)
        except Rejected as rejection:
            self.reject(Failure(rejection.diagnostic, op, element, inputs, builder, context, paths))
            builder.fail()
            return
        trainable = frozen = 0
        for weight in weights:
            if weight.trainable:
                trainable += weight.size
            else:
                frozen += weight.size
        cost = Cost(1, trainable, frozen, op.macs(known))
        name = self.name(builder, key or element, context)
        depth = op.depth + max(builder.depths[number] for number in inputs)
        step = Layer(name, element, op, inputs, tuple(known), shape, cost)
        builder.add(step, shape, cost, depth)

    def name(self, builder: Builder, key: tree.Node, context: Context) -> str:
        """The fixed name kept under `key`, or the next number of a sequence.

        The name kept under a repeat is that of its sequence; its turns are numbered.
        """
        position = builder.numbered
        if builder.is_sequence:
            builder.numbered += 1
        if isinstance(key, tree.Element) and key.repeat is not None:
            return str(position)
        return context.template.names.get(id(key)) or str(position)

    def reject(self, failure: Failure) -> None:
        """Report an op that does not fit its inputs, or an assertion, with the trail behind it."""
        node, context = failure.place, failure.context
        key = key_of(failure.diagnostic, node, context)
        self.order.append(key)
        if key in self.findings:
            self.recount(key)
            return
        location = context.template.location(node)
        if len(self.findings) >= MOST_TRAILS:
            self.findings[key] = Finding(failure.diagnostic, location, (), frames(context))
            return
        from ..explain.trail import follow

        trail = follow(failure)
        diagnostic = failure.diagnostic
        if trail.advice is not None:
            diagnostic = advised(diagnostic, trail.advice)
        self.findings[key] = Finding(
            diagnostic, trail.location or location, trail.notes, frames(context)
        )
        self.suggestions[key] = trail.suggestions
