"""CNN1xx: text that is not a spec."""

from __future__ import annotations

from ..text import CLOSING
from .base import Diagnostic


class UnexpectedCharacter(Diagnostic):
    """A character that no part of the language starts with."""

    code = "CNN101"
    character: str

    @property
    def message(self) -> str:
        shown = self.character if self.character.isprintable() else f"U+{ord(self.character):04X}"
        return f"unexpected character `{shown}`"

    @property
    def help(self) -> str | None:
        habits = {
            "!": "write `not`",
            "&": "write `and`",
            "|": "write `or`",
            "@": "the language has no decorators",
            "^": "a power is written as in `2 ** n`",
            "~": "write `not`",
            "$": "the language has no such mark: parameters are plain names",
            "?": "write a choice as `a if condition else b`",
            '"': "a string ends on its line; only import paths are strings",
            "'": "a string ends on its line; only import paths are strings",
            **dict.fromkeys("`“”‘’„«»", "names, words and numbers take no quotes"),
            "\\": "a line goes on where the next one starts with `->`; no `\\` is needed",
        }
        if self.character.isalpha():
            return "names are made of the letters a to z, digits and `_`"
        return habits.get(self.character)


class BadNumber(Diagnostic):
    """A number that runs into a word."""

    code = "CNN102"
    text: str
    message_template = "`{text}` is neither a number nor a size"
    help_template = "numbers are written 64, 0.5, 1e-4 or 4.2G, and sizes 3x3 or 224x224x3"


class Unexpected(Diagnostic):
    """A word or symbol where the language has no place for it."""

    code = "CNN103"
    found: str
    place: str = ""
    advice: str | None = None

    @property
    def message(self) -> str:
        return f"unexpected {self.found}" + (f" {self.place}" if self.place else "")


class Unclosed(Diagnostic):
    """A bracket that is never closed."""

    code = "CNN104"
    bracket: str
    message_template = "this `{bracket}` is never closed"

    @property
    def help(self) -> str | None:
        return f"add the matching `{CLOSING[self.bracket]}`"


class Mismatched(Diagnostic):
    """A closing bracket without its opening one."""

    code = "CNN105"
    found: str
    opened: str | None

    @property
    def message(self) -> str:
        if self.opened is None:
            return f"this `{self.found}` closes nothing"
        return f"this `{self.found}` does not close `{self.opened}`"

    @property
    def help(self) -> str | None:
        if self.opened is None:
            return "remove it, or add the bracket that it should close"
        return f"close with `{CLOSING[self.opened]}` first"


class NestedTooDeeply(Diagnostic):
    """Brackets, expressions or block calls inside each other beyond any network's need."""

    code = "CNN106"
    limit: int
    message_template = "nested too deeply: more than {limit} levels"
    help_template = "move the inner part into a `block`"
