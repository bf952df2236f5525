"""Which suggestions mend a model, found by trying them.

A shape error can often be mended by a small edit: a padding, a stride, a number of filters. Each
candidate is made in the text, the whole spec is checked again, and only an edit after which the
error is gone, and none has come instead, is suggested.
"""

from __future__ import annotations

from ...diagnostics.base import Finding, Fix, Note
from ...diagnostics.budgets import BudgetBroken
from ...diagnostics.shapes import ShapeDiffers
from ...ir.network import Child, Layer, steps_of
from . import follow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from typing import TypeAlias

    from ...ir.network import Network, Scope
    from ...semantics.models import Elaboration, Trials
    from ...semantics.reporting import Key
    from ...semantics.template import Template
    from ...text import Source
    from . import SuggestedEdit

    Edited: TypeAlias = Callable[[Source, str], Template | None]
    """The model with another text for one of its files, or None if that brings other findings."""

CHARACTERS_A_STEP = 12
MOST_ASSERTIONS = 4
COUNTED = {"params": "parameters", "trainable": "trainable parameters", "macs": "MACs"}
"""The facts in budgets that add up over layers."""


class Explained:
    """An elaboration whose findings have their trails; `suggestions` are edits that may mend."""

    def __init__(self, elaboration: Elaboration) -> None:
        self.elaboration = elaboration
        self.findings: dict[Key, Finding] = dict(elaboration.findings.found)
        self.suggestions: dict[Key, tuple[SuggestedEdit, ...]] = {}
        for key, failure in elaboration.findings.rejections.items():
            trail = follow(failure)
            diagnostic = self.findings[key].diagnostic
            if trail.advice is not None:
                diagnostic = diagnostic.replaced(advice=trail.advice)
            location = trail.location or self.findings[key].location
            self.findings[key] = self.findings[key].replaced(
                diagnostic=diagnostic, location=location, notes=tuple(trail.notes)
            )
            self.suggestions[key] = tuple(trail.suggestions)
        if elaboration.network is not None:
            for key, finding in self.findings.items():
                if isinstance(finding.diagnostic, BudgetBroken):
                    note = largest(elaboration.network, dict(finding.diagnostic.found))
                    notes = () if note is None else (note,)
                    self.findings[key] = finding.replaced(notes=notes)


class Mender:
    """Improves the findings of one model: trails, notes and the suggestions that hold."""

    def __init__(self, elaboration: Elaboration, edited: Edited, trials: Trials) -> None:
        self.explained = Explained(elaboration)
        self.edited = edited
        self.trials = trials

    def mend(self) -> Iterable[Finding]:
        """Leave out what only follows from a wrong assertion, then look for what mends the rest."""
        if self.explained.suggestions:
            self.doubt_assertions()
        findings = self.explained.findings
        for key, suggestions in self.explained.suggestions.items():
            finding = findings[key]
            chosen = self.choose(finding, suggestions)
            if chosen is not None:
                findings[key] = self.suggest(key, finding, chosen)
            elif isinstance(finding.diagnostic, ShapeDiffers):
                findings[key] = self.suggest_assertion(key, finding, finding.diagnostic)
        return findings.values()

    def is_distrusted(self, key: Key) -> bool:
        return key in self.explained.elaboration.elaborator.distrusted

    def suggest(self, key: Key, finding: Finding, mend: SuggestedEdit) -> Finding:
        fix = Fix(mend.edits) if mend.source is finding.location.source else None
        advice = mend.advice
        if isinstance(finding.diagnostic, ShapeDiffers) and self.is_distrusted(key):
            advice = f"the lines after it fit {finding.diagnostic.found}, so correct it to that"
            fix = None
        return _with(finding, advice, fix)

    def suggest_assertion(self, key: Key, finding: Finding, differs: ShapeDiffers) -> Finding:
        if finding.count > 1 or finding.stack or not finding.location.text[:1].isdigit():
            return finding
        advice = f"if the layers are as they should be, write `: {differs.found}`"
        if self.is_distrusted(key):
            advice = f"what follows fits {differs.found}; write `: {differs.found}`"
        return _with(finding, advice, None)

    # Assertions

    def doubt_assertions(self) -> None:
        """Where the findings are fewer if an assertion is taken to be wrong itself, do so."""
        wrong = [
            key
            for key, one in self.explained.findings.items()
            if isinstance(one.diagnostic, ShapeDiffers)
        ]
        for key in wrong[:MOST_ASSERTIONS]:
            elaboration, found = self.explained.elaboration, self.explained.findings
            if len(found) < 2 or key not in found:
                return
            if not self.trials.spend(elaboration.steps):
                return
            trial = elaboration.again(distrusted=elaboration.elaborator.distrusted | {key})
            if len(trial.findings.found) < len(found):
                self.explained = Explained(trial)

    # Trials

    def choose(
        self, finding: Finding, suggestions: tuple[SuggestedEdit, ...]
    ) -> SuggestedEdit | None:
        """The first edit that leaves no new finding, or else none but in what follows."""
        second = None
        for mend in suggestions:
            new = self.new_findings(finding, mend)
            if new is not None and not new:
                return mend
            if new and second is None and all(_follows(one, finding, mend) for one in new):
                second = mend
        return second

    def new_findings(self, finding: Finding, mend: SuggestedEdit) -> list[Finding] | None:
        """What is found after an edit and was not before; None if it does not mend the finding."""
        elaboration, text = self.explained.elaboration, mend.source.text
        if not self.trials.spend(elaboration.steps + mend.source.size // CHARACTERS_A_STEP):
            return None
        for start, end, new in sorted(mend.edits, reverse=True):
            text = text[:start] + new + text[end:]
        template = self.edited(mend.source, text)
        if template is None:
            return None
        found = Explained(elaboration.again(template)).findings.values()
        before = {_mark(one, mend) for one in self.explained.findings.values()}
        if any(_mark(one, None) == _mark(finding, mend) for one in found):
            return None
        return [one for one in found if _mark(one, None) not in before]


def _mark(finding: Finding, mend: SuggestedEdit | None) -> tuple[str, str, int]:
    """What a finding is known by, with its place as it is after the edit."""
    location = finding.location
    start = location.start
    if mend is not None:
        start += _shift(mend, location.source, start)
    return finding.diagnostic.code, location.source.name, start


def _shift(mend: SuggestedEdit, source: Source, place: int) -> int:
    """How far an edit moves what stands at a place of a source."""
    edits = [one for one in mend.edits if mend.source is source and one[0] < place]
    return sum(len(text) - (end - start) for start, end, text in edits)


def _follows(new: Finding, mended: Finding, mend: SuggestedEdit) -> bool:
    """Whether a new finding lies in the model behind the mended one, which had hidden it."""
    place = mended.stack[-1].location if mended.stack else mended.location
    if isinstance(mended.diagnostic, ShapeDiffers):
        return False
    outer = new.stack[-1].location if new.stack else new.location
    if outer.source.name != place.source.name:
        return False
    return outer.start > place.end + _shift(mend, place.source, place.end)


def _with(finding: Finding, advice: str, fix: Fix | None) -> Finding:
    """The finding with other advice."""
    return finding.replaced(diagnostic=finding.diagnostic.replaced(advice=advice), fix=fix)


# Budgets


def largest(network: Network, used: Collection[str]) -> Note | None:
    """The layer that costs most, by the first fact in use that adds up over layers."""
    fact = next((name for name in COUNTED if name in used), None)
    layers = list(_layers(network.scope, set())) if fact is not None else []
    if fact is None or not layers:
        return None
    layer, template = max(layers, key=lambda one: getattr(one[0].cost, fact))
    what = f"the most {COUNTED[fact]}: {getattr(layer.cost, fact):,}"
    return Note(template.layer_location(layer), f"this layer has {what}")


def _layers(scope: Scope, seen: set[Scope]) -> Iterator[tuple[Layer, Template]]:
    """Each distinct layer with the definition that it stands in."""
    seen.add(scope)
    for step in steps_of(scope):
        if isinstance(step, Layer):
            yield step, scope.template
        elif isinstance(step, Child) and step.scope not in seen:
            yield from _layers(step.scope, seen)
