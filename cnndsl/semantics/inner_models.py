"""Models as parts of other models."""

from __future__ import annotations

from .. import diagnostics
from .evaluate import Unknown, evaluate, need_shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..values import Value
    from .bound import BlockCall
    from .elaborate import Elaborator
    from .reporting import Context
    from .scope_builder import Shapes

ONE_OUTPUT = "a model with several outputs cannot be a part; put what is shared into a block"
NOT_IN_ITSELF = "a model cannot hold itself; put what recurs into a block"


def need_fit(
    call: BlockCall,
    arguments: Mapping[str, Value],
    entering: Shapes,
    context: Context,
    elaborator: Elaborator,
) -> None:
    """Raise `Unknown` after reporting why a model cannot stand where it is called."""
    template, place = call.template, call.syntax.primary
    body = template.body
    around = (context.template, *(caller for caller, _, _ in context.callers))
    rules = (
        (len(body.outputs) + len(body.training_outputs) > 1, ONE_OUTPUT),
        (template in around, NOT_IN_ITSELF),
    )
    for is_broken, rule in rules:
        if is_broken:
            misplaced = diagnostics.Misplaced(f"the model `{template.name}`", rule)
            elaborator.findings.report(misplaced, place, context)
            raise Unknown
    if len(body.shapes) != len(entering):
        raise Unknown
    for expression, found, name in zip(body.shapes, entering, body.inputs or ("",), strict=True):
        value = evaluate(expression, arguments, None, elaborator.budget)
        stated = need_shape(value, "input", "32x32x1", expression)
        if found is None:
            raise Unknown
        if stated != found:
            differs = diagnostics.ModelInput(template.name, stated, found, name)
            elaborator.findings.report(differs, place, context)
            raise Unknown
