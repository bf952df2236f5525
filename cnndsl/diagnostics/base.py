"""What a diagnostic is, where it points, and how one travels from a rule to the report."""

from __future__ import annotations

from functools import lru_cache

from ..record import Record
from ..text import escaped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, ClassVar

    from ..ir.network import Network
    from ..text import Location

LONGEST_WORD = 64
"""Of longer words none is a slip of a known one."""
LEAST_ALIKE = 0.6
"""The share of two words' letters that must be in both, in order."""
MOST_REMEMBERED = 1000
"""How many answers are kept: a slip is often made many times in a file."""


class Diagnostic(Record):
    """One thing that can be wrong. A subclass is one catalogue entry; its docstring explains it.

    The message is one line that stands alone: what was found, what is allowed, the nearest name.
    It and the help are templates with fields in braces, or properties where they say more.
    """

    code: ClassVar[str] = ""
    severity: ClassVar[str] = "error"
    message_template: ClassVar[str] = ""
    help_template: ClassVar[str | None] = None

    @property
    def message(self) -> str:
        return self._filled(self.message_template)

    @property
    def help(self) -> str | None:
        """What to write instead: the template, unless the fields know better.

        Those are `advice`, and `known`, what the field `name` could have meant.
        """
        fields = self._fields()
        meant = did_you_mean(fields["name"], fields["known"]) if "known" in fields else None
        advice: str | None = meant or fields.get("advice")
        if advice is not None or self.help_template is None:
            return advice
        return self._filled(self.help_template)

    def _fields(self) -> dict[str, Any]:
        return dict(zip(self.__fields__, self._values(), strict=True))

    def _filled(self, template: str) -> str:
        """The template with the fields in it, those of several words as a list."""
        fields = self._fields()
        lists = {name: one for name, one in fields.items() if isinstance(one, tuple)}
        texts = {name: ", ".join(map(str, one)) or "none" for name, one in lists.items()}
        return template.format(**fields | texts)

    @property
    def details(self) -> tuple[str, ...]:
        """Further lines for the text output, such as the parts of a long difference."""
        return ()


class Rejected(Exception):
    """A rule's verdict without a location; whoever knows the place adds it."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic)
        self.diagnostic = diagnostic

    def __str__(self) -> str:
        return self.diagnostic.message


class Failure(Exception):
    """Why something cannot be done at all, in one line, and what to do instead, if that is known.

    The details are further lines. A command that raises one ends with status 2.
    """

    def __init__(
        self, message: str, advice: str | None = None, details: tuple[str, ...] = ()
    ) -> None:
        self.lines = (message, *(f"  {one}" for one in details))
        self.message = "\n".join(self.lines)
        self.advice = advice
        super().__init__(f"{self.message}; {advice}" if advice else self.message)


class Note(Record):
    """A second place that a finding points at, with what is to be seen there."""

    location: Location
    text: str


class Frame(Record):
    """One block call around a finding: the call as written with values, and its place."""

    call: str
    location: Location


class Fix(Record):
    """Edits that mend a finding, as (start, end, new text) in the source of its location.

    A safe fix is certain to be what was meant, and `check --fix` makes it.
    """

    edits: tuple[tuple[int, int, str], ...]
    is_safe: bool = False


class Finding(Record):
    """A diagnostic at its place.

    `stack` lists the block calls that lead there, innermost first. `count` says how many
    instances of the same place failed in the same way. `fix` is what `check --fix` would do.
    `more` counts those of its code and file that a report leaves out after it.
    """

    diagnostic: Diagnostic
    location: Location
    notes: tuple[Note, ...] = ()
    stack: tuple[Frame, ...] = ()
    count: int = 1
    fix: Fix | None = None
    more: int = 0

    @property
    def rest(self) -> str:
        """What a report says of those that it leaves out; empty where there are none."""
        return f"and {self.more:,} more of {self.diagnostic.code} in this file" if self.more else ""

    @property
    def is_error(self) -> bool:
        return self.diagnostic.severity == "error"


class SpecError(Exception):
    """A spec that does not hold; `findings` say where and why.

    `partial` is the network up to its first error, as far as there is one.
    """

    def __init__(self, findings: tuple[Finding, ...], partial: Network | None = None) -> None:
        first = findings[0]
        location = first.location
        place = f"{location.source.name}:{location.row}:{location.column}"
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        told = f"{place}: {first.diagnostic.code} {first.diagnostic.message}{more}"
        super().__init__(escaped(told))
        self.findings = findings
        self.partial = partial


def errors_of(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings without warnings."""
    return tuple(one for one in findings if one.is_error)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` most likely stands for, or None; None too if several are as near.

    Upper and lower case and underscores do not count, and a longer word may have more slips.
    """
    found = _nearest(word, known)
    return found[0] if len(found) == 1 else None


def _nearest(word: str, known: Iterable[str]) -> list[str]:
    return [] if len(word) > LONGEST_WORD else list(_scored(word, tuple(sorted(set(known)))))


@lru_cache(MOST_REMEMBERED)
def _scored(word: str, names: tuple[str, ...]) -> tuple[str, ...]:
    import difflib  # deferred: only words that are unknown need it

    wanted = word.lower().replace("_", "")
    matcher = difflib.SequenceMatcher(None, wanted)
    best, found = LEAST_ALIKE, list[str]()
    for name in names:
        plain = name.lower().replace("_", "")
        if plain == wanted:
            return (name,)
        if 2 * min(len(plain), len(wanted)) < best * (len(plain) + len(wanted)):
            continue  # too long or short to be as near
        matcher.set_seq2(plain)
        score = matcher.ratio()
        if score > best:
            best, found = score, [name]
        elif score == best:
            found.append(name)
    return tuple(found)


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    found = [f"`{name}`" for name in _nearest(word, known)[:3]]
    return f"did you mean {' or '.join(found)}?" if found else None


def choice(word: str, known: Iterable[str]) -> str:
    """What to write instead of a word that is none of those known."""
    return did_you_mean(word, known) or f"there are {', '.join(known)}"


def reason_of(error: OSError) -> str:
    """What the system says about a file, as the end of a sentence."""
    return (error.strerror or str(error)).lower()
