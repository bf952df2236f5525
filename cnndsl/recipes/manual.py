"""The table of augmentations in the documentation, written from their words."""

from __future__ import annotations

from ..ops.manual import with_part
from ..values import write
from .words import COLOURS, MIXTURES, TRANSFORMS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .words import Family, Word

BEGIN = "<!-- augmentations: written by `python -m cnndsl.generate` -->"
END = "<!-- end of augmentations -->"
HEAD = "| word | formula | arguments |\n|---|---|---|"
TITLES = {"Places": TRANSFORMS, "Colours": COLOURS, "Boxes and mixtures": MIXTURES}


def with_augmentations(text: str) -> str:
    """The document with its generated part as it should be. Raises `ValueError` without marks."""
    parts = [f"## {title}\n\n{_table(family)}" for title, family in TITLES.items()]
    return with_part(text, BEGIN, END, "\n\n".join(parts))


def _table(family: Family) -> str:
    return "\n".join([HEAD, *map(_row, family.words.values())])


def _row(word: Word) -> str:
    arguments = "<br>".join(
        f"`{name}={write(one.default)}`: {one.doc}" for name, one in word.attributes.items()
    )
    needs = "" if word.channels is None else f"<br>{word.channels} channels"
    formula = word.doc.replace("|", "\\|")
    return f"| `{word.name}` | {formula}{needs} | {arguments} |"
