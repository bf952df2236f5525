"""CNN5xx: budgets (`expect`) and locks that do not hold."""

from __future__ import annotations

from ..values import write
from .base import Diagnostic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..values import Value

MOST_SHOWN = 12


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
            f"{name} = {value:,}" if type(value) is int else f"{name} = {write(value)}"
            for name, value in self.found
        )
        return f"`expect {self.condition}` does not hold: {facts}"


class LockDiffers(Diagnostic):
    """A model whose shapes, parameters, MACs or weights differ from those in `cnndsl.lock`."""

    code = "CNN502"
    model: str
    file: str
    changes: tuple[tuple[str, str | None, str | None], ...]
    """What differs: its name, what the lock has, and what is now; None where there is none."""
    help_template = "if this is meant, run `cnndsl lock {file}` and commit cnndsl.lock"

    @property
    def message(self) -> str:
        more = len(self.changes) - 1
        others = f", and {more:,} more difference{'s' if more > 1 else ''}" if more else ""
        return f"model {self.model} differs from cnndsl.lock: {_said(*self.changes[0])}{others}"

    @property
    def details(self) -> tuple[str, ...]:
        shown = [_said(*change) for change in self.changes[1 : MOST_SHOWN + 1]]
        left_out = len(self.changes) - 1 - len(shown)
        if left_out:
            shown.append(f"... {left_out:,} more: `cnndsl lock --diff {self.file}` has all")
        return tuple(shown)

    @property
    def values(self) -> tuple[tuple[str, str], ...]:
        return tuple(
            (name, f"is {after or 'gone'}" + (f", was {before}" if before else ""))
            for name, before, after in self.changes
        )


class NotLocked(Diagnostic):
    """A model that `cnndsl.lock` does not have."""

    code = "CNN503"
    model: str
    file: str
    message_template = "model {model} is not in cnndsl.lock"
    help_template = "run `cnndsl lock {file}` and commit cnndsl.lock"


class LockedModelGone(Diagnostic):
    """A model that `cnndsl.lock` has and no spec does."""

    code = "CNN504"
    model: str
    file: str
    exists: bool

    @property
    def message(self) -> str:
        reason = "no longer defines" if self.exists else "is gone, and with it"
        return f"{self.file} {reason} model {self.model}, which cnndsl.lock has"

    @property
    def help(self) -> str | None:
        target = self.file if self.exists else self.file.rpartition("/")[0] or "."
        return f"if this is meant, run `cnndsl lock {target}` and commit cnndsl.lock"


def _said(name: str, before: str | None, after: str | None) -> str:
    if before is None:
        return f"{name} is new: {after}"
    if after is None:
        return f"{name} is gone: {before}"
    return f"{name}: {_grouped(before)} -> {_grouped(after)}"


def _grouped(text: str) -> str:
    return f"{int(text):,}" if text.isdecimal() else text
