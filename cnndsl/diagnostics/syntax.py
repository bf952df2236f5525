"""CNN1xx: text that is not a spec."""

from __future__ import annotations

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
            ";": "statements end with their line; no `;` is needed",
            "!": "write `not`",
            "&": "write `and`",
            "|": "write `or`",
            '"': "a string ends on its line; only import paths are strings",
            "'": "a string ends on its line; only import paths are strings",
            "\\": "a line goes on where the next one starts with `->`; no `\\` is needed",
            "\N{MULTIPLICATION SIGN}": "write sizes with the letter x: `3x3`",
            "\N{RIGHTWARDS ARROW}": "write the arrow as `->`",
        }
        return habits.get(self.character)


class BadNumber(Diagnostic):
    """A number that runs into a word."""

    code = "CNN102"
    text: str

    @property
    def message(self) -> str:
        return f"`{self.text}` is neither a number nor a size"

    @property
    def help(self) -> str | None:
        return "numbers are written 64, 0.5, 1e-4 or 4.2G, and sizes 3x3 or 224x224x3"


class Unexpected(Diagnostic):
    """A word or symbol where the language has no place for it."""

    code = "CNN103"
    found: str
    place: str = ""
    hint: str | None = None

    @property
    def message(self) -> str:
        return f"unexpected {self.found}" + (f" {self.place}" if self.place else "")

    @property
    def help(self) -> str | None:
        return self.hint


class Unclosed(Diagnostic):
    """A bracket that is never closed."""

    code = "CNN104"
    bracket: str

    @property
    def message(self) -> str:
        return f"this `{self.bracket}` is never closed"

    @property
    def help(self) -> str | None:
        return f"add the matching `{dict(zip('({[', ')}]', strict=True))[self.bracket]}`"


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
        return f"close with `{dict(zip('({[', ')}]', strict=True))[self.opened]}` first"


class NestedTooDeeply(Diagnostic):
    """Brackets, expressions or block calls inside each other beyond any network's need."""

    code = "CNN106"
    limit: int

    @property
    def message(self) -> str:
        return f"nested too deeply: more than {self.limit} levels"

    @property
    def help(self) -> str | None:
        return "move the inner part into a `block`"
