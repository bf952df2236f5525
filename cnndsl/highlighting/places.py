"""What a word can be by where it stands: keywords are names wherever no keyword can stand.

`Reader` follows a text token by token and knows only the brackets around a place and what stands
before it, so that it reads broken texts and fragments as well as whole ones.
"""

from __future__ import annotations

from ..record import Record
from ..syntax import tables
from . import vocabulary

TOP, LINE, LINK, GIVEN, VALUE, AFTER, NAMED, ELSE, TRAINING, SETTING, CHOICE = (
    "top",
    "line",
    "link",
    "given",
    "value",
    "after",
    "named",
    "else",
    "training",
    "setting",
    "choice",
)
"""Where a word can stand: at the start of a line outside braces, or inside; where a link of a chain
begins; behind the `=` of a name; in an expression; behind something whole; where a name gets its
meaning or is one of several; behind `else`; before `training`; in a recipe, first or later."""

_LINKS = frozenset(("for", "if", "stage"))
_VALUES = frozenset(("in", "not")) | vocabulary.CONSTANTS
_LINES = _LINKS | {"defaults", "else", "expect", "input", "let", "output", "pixels", "share"}
KEYWORDS_AT: dict[str, frozenset[str]] = {
    TOP: _LINES | vocabulary.DEFINITIONS | {"import"},
    LINE: _LINES,
    LINK: _LINKS,
    GIVEN: _LINKS | _VALUES,
    VALUE: _VALUES,
    AFTER: frozenset(("and", "as", "else", "for", "from", "if", "in", "or")),
    NAMED: frozenset(),
    ELSE: _VALUES | {"if"},
    TRAINING: frozenset(("training",)),
    SETTING: frozenset(),
    CHOICE: vocabulary.CONSTANTS,
}
CHAINS = frozenset((TOP, LINE, LINK, GIVEN))
"""Where a name is that of an op, a block or a value."""
_BEHIND = {
    **dict.fromkeys(("and", "expect", "if", "in", "input", "not", "or"), VALUE),
    **dict.fromkeys(vocabulary.DEFINITIONS | {"as", "for", "import", "let", "output"}, NAMED),
    **dict.fromkeys(vocabulary.CONSTANTS | {"from", "training"}, AFTER),
    "share": NAMED,
    "defaults": LINK,
    "else": ELSE,
}
_BODIES = frozenset((TOP, LINE, SETTING))


class Word(Record):
    """A word, where it stands, and what it is there.

    place: one of the places above
    is_keyword: whether it is one here
    before: the token before it, empty where that is a keyword or the line's start
    opener: the keyword that names it, where `place` is `NAMED`
    statement: the keyword that the statement began with, or empty
    """

    text: str
    place: str
    is_keyword: bool
    before: str
    opener: str
    statement: str


class Reader:
    """Where the next token of a text stands, by those before it."""

    def __init__(self) -> None:
        self.place = TOP
        self.opened = [TOP]
        self.last = ""
        self.opener = ""
        self.statement = ""

    def word(self, text: str, is_before_equals: bool) -> Word:
        """What a word is. `is_before_equals` says that a `=` follows, as behind an argument."""
        place = self.place
        is_keyword = text in KEYWORDS_AT[place] and not is_before_equals
        found = Word(text, place, is_keyword, self.last, self.opener, self.statement)
        if place in _BODIES:
            self.statement = text if is_keyword or place == SETTING else ""
        if is_keyword:
            self.place = self._behind(text)
            self.opener = text if self.place == NAMED else ""
        else:
            self.place = CHOICE if place == SETTING else AFTER
        self.last = "" if is_keyword else text
        return found

    def _behind(self, keyword: str) -> str:
        """The place behind a keyword."""
        if keyword == "for" and self.place == AFTER and self.opened[-1] != VALUE:
            return CHOICE if self.opened[-1] == SETTING else TRAINING
        if keyword == "pixels" and self.opened[-1] == LINE:
            return LINK
        return _BEHIND[keyword]

    def symbol(self, text: str) -> None:
        """Pass an operator, a bracket, a number or a text in quotes."""
        if text in "([{":
            self.opened.append(self._inside(text))
            self.place = self.opened[-1]
        elif text in ")]}":
            del self.opened[max(1, len(self.opened) - 1) :]
            self.place = AFTER
        elif text == ",":
            inside = NAMED if self.opener == "for" else self.opened[-1]
            self.place = {TOP: NAMED, LINE: NAMED, SETTING: CHOICE}.get(inside, inside)
        elif text == "->":
            self.place = LINK
        elif text == "=":
            self.place = GIVEN if self.opened[-1] in _BODIES else VALUE
        elif text == ".":
            self.place = NAMED
        else:
            self.place = VALUE if text in tables.OPERATORS or text in "==!=<>=" else AFTER
        if text != ",":
            self.opener = ""
        self.last = text

    def _inside(self, bracket: str) -> str:
        """The place right behind an opening bracket."""
        if bracket == "[":
            return VALUE
        if bracket == "{":
            return SETTING if self.statement == "recipe" and len(self.opened) == 1 else LINE
        if self.last.isidentifier() and self.place == AFTER:
            return NAMED if self.opener in vocabulary.DEFINITIONS else VALUE
        return LINK if self.place in CHAINS - {GIVEN} else VALUE

    def line_end(self) -> None:
        """Pass the end of a line, which ends a statement where no bracket or arrow is open."""
        if self.opened[-1] in _BODIES and self.last != "->":
            self.place = self.opened[-1]
            self.last = self.opener = ""
