"""Comprehensions as the bound tree has them."""

from __future__ import annotations

from .naming import declared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..syntax import tree
    from .expressions import ExpressionBinder, Names
    from .words import Light


def bound_comprehension(
    binder: ExpressionBinder, node: tree.Comprehension, names: Names, light: Light | None
) -> tree.Comprehension:
    """A comprehension with its parts bound. Its iterable sees the names around it alone."""
    inner = names
    for target in node.targets:
        taken = inner if binder.lists is None else inner.union(binder.lists.names)
        inner = inner | declared("the name", target, taken, binder.report)
    within = light if light is not None and binder.is_of_block(light) else None
    condition = node.condition
    return node.replaced(
        element=binder.part(node.element, inner, within),
        iterable=binder.part(node.iterable, names, within),
        condition=None if condition is None else binder.part(condition, inner, None),
    )
