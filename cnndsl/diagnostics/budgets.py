"""CNN5xx: budgets (`expect`) that do not hold."""

from __future__ import annotations

from .base import Diagnostic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..values import Value


class BudgetBroken(Diagnostic):
    """An `expect` statement is false for the network as it is.

    A budget is a promise about size, cost or output that a change must not break unnoticed.
    """

    code = "CNN501"
    condition: str
    found: tuple[tuple[str, Value], ...]

    @property
    def message(self) -> str:
        facts = ", ".join(
            f"{name} = {value:,}" if isinstance(value, int) else f"{name} = {value}"
            for name, value in self.found
        )
        return f"`expect {self.condition}` does not hold: {facts}"
