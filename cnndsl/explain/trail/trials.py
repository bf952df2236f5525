"""Which suggestions mend a model, found by trying them.

A shape error can often be mended by a small edit: a padding, a stride, a number of filters. Each
candidate is made in the text, the whole spec is checked again, and only an edit after which the
error is gone, and none has come instead, is suggested.
"""

from __future__ import annotations

import os

from ...diagnostics.base import Finding, Fix, advised
from ...diagnostics.shapes import ShapeDiffers
from ...project.loading import DeepRecursion, Loader
from ...semantics.models import ModelElaborator
from ...text import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...semantics.models import Trials
    from ...semantics.template import Template
    from ...values import Shape, Value
    from . import SuggestedEdit

CHARACTERS_A_STEP = 12
MOST_ASSERTIONS = 4


class EditedLoader(Loader):
    """Reads one file as it would be after an edit."""

    def __init__(self, path: str, text: str) -> None:
        super().__init__()
        self.path, self.text = path, text

    def read(self, path: str, name: str) -> Source:
        if path == self.path:
            return Source(name, self.text, path)
        return super().read(path, name)


class Mender:
    """Improves the findings of one model."""

    def __init__(
        self,
        elaborator: ModelElaborator,
        template: Template,
        arguments: dict[str, Value],
        input_shape: Shape | None,
        trials: Trials,
    ) -> None:
        self.elaborator = elaborator
        self.trials = trials
        self.input_shape = input_shape
        self.template = template
        self.arguments = arguments
        self.known: int | None = None
        """How many findings the file has before elaboration."""

    def mend(self) -> None:
        """Leave out what only follows from a wrong assertion, then look for what mends the rest."""
        self.doubt_assertions()
        for key, suggestions in list(self.elaborator.suggestions.items()):
            finding = self.elaborator.findings.get(key)
            if finding is None:
                continue
            chosen = self.choose(finding, suggestions)
            if chosen is not None:
                self.suggest(key, finding, chosen)
            elif isinstance(finding.diagnostic, ShapeDiffers):
                self.suggest_assertion(key, finding, finding.diagnostic)

    def suggest(self, key: object, finding: Finding, mend: SuggestedEdit) -> None:
        fix = Fix(mend.edits) if mend.source is finding.location.source else None
        advice = mend.advice
        if isinstance(finding.diagnostic, ShapeDiffers) and key in self.elaborator.distrusted:
            advice = f"the lines after it fit {finding.diagnostic.found}, so correct it to that"
            fix = None
        self.elaborator.findings[key] = _with(finding, advice, fix)

    def suggest_assertion(self, key: object, finding: Finding, differs: ShapeDiffers) -> None:
        if finding.count > 1 or finding.stack or not finding.location.text[:1].isdigit():
            return
        advice = f"if the layers are as they should be, write `: {differs.found}`"
        if key in self.elaborator.distrusted:
            advice = f"what follows fits {differs.found}; write `: {differs.found}`"
        self.elaborator.findings[key] = _with(finding, advice, None)

    # Assertions

    def doubt_assertions(self) -> None:
        """Where the findings are fewer if an assertion is taken to be wrong itself, do so."""
        wrong = [
            key
            for key, one in self.elaborator.findings.items()
            if isinstance(one.diagnostic, ShapeDiffers)
        ]
        for key in wrong[:MOST_ASSERTIONS]:
            if len(self.elaborator.findings) < 2 or key not in self.elaborator.findings:
                return
            if not self.trials.spend(self.elaborator.steps):
                return
            doubted = self.elaborator.distrusted | {key}
            trial = ModelElaborator(distrusted=doubted)
            trial.model(self.template, self.arguments, (), self.input_shape)
            if len(trial.findings) < len(self.elaborator.findings):
                self.elaborator.adopt(trial)

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
        text = mend.source.text
        if not self.trials.spend(self.elaborator.steps + len(text) // CHARACTERS_A_STEP):
            return None
        for start, end, new in sorted(mend.edits, reverse=True):
            text = text[:start] + new + text[end:]
        found = self.check(mend.source, text)
        if found is None:
            return None
        before = {_mark(one, mend) for one in self.elaborator.findings.values()}
        if any(_mark(one, None) == _mark(finding, mend) for one in found):
            return None
        return [one for one in found if _mark(one, None) not in before]

    def check(self, edited: Source, text: str) -> Iterable[Finding] | None:
        """What elaboration finds in the model with one of its files changed."""
        main = self.template.source
        if self.known is None:
            self.known = len(Loader().module(main).findings)
        if edited is main:
            module = Loader().module(Source(main.name, text, main.path))
        elif edited.path is None:
            return None
        else:
            loader = EditedLoader(os.path.realpath(edited.path), text)
            module = loader.module(main)
        template = module.templates.get(self.template.name)
        if template is None or len(module.findings) > self.known:
            return None
        trial = ModelElaborator()
        with DeepRecursion():
            trial.model(template, self.arguments, (), self.input_shape)
        return trial.findings.values()


def _mark(finding: Finding, mend: SuggestedEdit | None) -> tuple[str, str, int]:
    """What a finding is known by, with its place as it is after the edit."""
    location = finding.location
    start = location.start
    if mend is not None and location.source is mend.source:
        for edit_start, edit_end, new in mend.edits:
            if edit_start < location.start:
                start += len(new) - (edit_end - edit_start)
    return finding.diagnostic.code, location.source.name, start


def _follows(new: Finding, mended: Finding, mend: SuggestedEdit) -> bool:
    """Whether a new finding lies in the model behind the mended one, which had hidden it."""
    place = mended.stack[-1].location if mended.stack else mended.location
    if isinstance(mended.diagnostic, ShapeDiffers):
        return False
    outer = new.stack[-1].location if new.stack else new.location
    if outer.source.name != place.source.name:
        return False
    shift = 0
    if mend.source is place.source:
        edits = (one for one in mend.edits if one[0] < place.end)
        shift = sum(len(text) - (end - start) for start, end, text in edits)
    return outer.start > place.end + shift


def _with(finding: Finding, advice: str, fix: Fix | None) -> Finding:
    """The finding with other advice."""
    return Finding(
        advised(finding.diagnostic, advice),
        finding.location,
        finding.notes,
        finding.stack,
        finding.count,
        fix,
    )


def mend(
    elaborator: ModelElaborator,
    template: Template,
    arguments: dict[str, Value],
    input_shape: Shape | None,
    trials: Trials,
) -> None:
    """Give the model's findings the suggestions that hold."""
    Mender(elaborator, template, arguments, input_shape, trials).mend()
