"""The names that emitted code gives."""

from __future__ import annotations

import builtins
import keyword

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

BUILTINS = frozenset(vars(builtins)) | {"copyright", "credits", "exit", "help", "license", "quit"}
"""Python's own names, those among them that a program may lack; emitted code gives no other meaning
to any: a spec's name that is one of these gets a trailing underscore."""

AMBIGUOUS = frozenset("lOI")
"""Names that are hard to tell from digits; linters refuse them."""


class Identifiers:
    """The names of one emitted function or class, each given once."""

    def __init__(self, taken: Iterable[str] = (), reserved: Iterable[str] = ()) -> None:
        self.taken = set(taken)
        self.reserved = BUILTINS | AMBIGUOUS | {"self", *reserved}
        """Names that are given with an underscore behind."""

    def fresh(self, wanted: str) -> str:
        """`wanted`, or with the first underscores or number that make it new."""
        text = "".join(character if character.isalnum() else "_" for character in wanted)
        text = text.lstrip("_0123456789") or "value" + text.lstrip("_")
        candidate, number = text, 1
        if candidate in self.reserved or keyword.iskeyword(candidate):
            candidate = text = f"{text}_"
        while candidate in self.taken:
            number += 1
            candidate = f"{text}{number}"
        self.taken.add(candidate)
        return candidate
