"""A file that has been read: what it defines and imports, and what is wrong with it."""

from __future__ import annotations

from .. import diagnostics
from ..syntax import tree
from ..text import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..diagnostics.base import Finding
    from ..semantics.template import Template
    from .memory import Memory


class Module:
    """A parsed file: its source and the definitions that others can name."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.templates: dict[str, Template] = {}
        self.definitions: list[Template] = []
        """The templates, and definitions that could not take their name."""
        self.own: list[Finding] = []
        """What is wrong with this file."""
        self.imports: dict[Module, None] = {}
        self.is_whole = False
        """Whether nothing is wrong with it and those that it imports."""
        self.is_spec = True
        """Whether the text has a definition or import, be it broken, or no mistake at all."""
        self.doubtful: tuple[tuple[int, int], ...] = ()
        """Ranges of the text that the parser could only guess the meaning of."""
        self.reported: frozenset[tuple[int, int]] = frozenset()
        """The places of syntax errors, of which nothing else is to be said."""
        self.recipes: tuple[tree.Recipe, ...] = ()
        self.file = tree.File(0, 0, (), ())
        """What is whole of the text."""
        self.trainable: dict[str, Template] = {}
        """The models that recipes can be for: the file's own, and those that it imports."""
        self.memory: Memory | None = None
        """What is known of its models, where it is one version of many."""

    @property
    def findings(self) -> list[Finding]:
        """What is wrong with the file and those that it imports, each of them looked at once."""
        reached: dict[Module, None] = {}
        pending = [self]
        while pending:
            one = pending.pop()
            if one not in reached:
                reached[one] = None
                pending += one.imports
        return [finding for one in reached for finding in one.own]

    def is_doubtful(self, finding: Finding) -> bool:
        """Whether a finding is about something that the parser could only guess."""
        if self.doubtful and isinstance(finding.diagnostic, diagnostics.BudgetBroken):
            return True  # the network is not the one that was meant
        location = finding.location
        return location.source is self.source and (
            (location.start, location.end) in self.reported
            or any(start <= location.start and location.end <= end for start, end in self.doubtful)
        )

    @property
    def models(self) -> list[Template]:
        return [one for one in self.templates.values() if one.kind == "model"]

    @property
    def trained(self) -> list[Template]:
        """The models that the file's recipes name."""
        names = dict.fromkeys(one.model.name for one in self.recipes if one.model is not None)
        return [self.trainable[name] for name in names if name in self.trainable]

    @property
    def blocks(self) -> list[Template]:
        return [one for one in self.templates.values() if one.kind == "block"]

    @property
    def exports(self) -> dict[str, Template]:
        """What other files can import: blocks, models, and definitions of pixels."""
        return self.templates
