"""Blocks that call themselves: an end that never comes is found soon."""

from __future__ import annotations

from .. import diagnostics
from .evaluate import Unknown
from .template import call_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..values import Value
    from .bound import BlockCall
    from .reporting import Context, Findings
    from .template import Template

MOST_LEVELS = 32
"""How often a block can be inside itself."""


class Openings:
    """The instances of blocks that are being made, each inside another: `now`, by their keys."""

    def __init__(self) -> None:
        self.now: set[object] = set()
        self.endless: set[Template] = set()
        """Blocks that have been found to call themselves without end."""

    def check(
        self,
        call: BlockCall,
        key: object,
        arguments: tuple[tuple[str, Value], ...],
        context: Context,
        findings: Findings,
    ) -> None:
        """Raise `Unknown` for a call of a block in itself without end, which is reported once."""
        template = call.template
        levels = sum(outer.template is template for _, outer, _ in context.callers)
        if levels and template in self.endless:
            raise Unknown
        is_same = key in self.now
        if is_same or levels >= MOST_LEVELS:
            self.endless.add(template)
            how = "on the same input" if is_same else f"more than {MOST_LEVELS} levels deep"
            found = diagnostics.EndlessRecursion(template.name, how, call_text(call, arguments))
            findings.report(found, call.syntax.primary, context)
            raise Unknown
