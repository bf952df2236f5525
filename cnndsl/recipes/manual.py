"""The tables of recipes in the documentation, written from their words."""

from __future__ import annotations

from ..ops.manual import with_part
from ..values import write
from .binder import SETTINGS
from .words import COLOURS, LOSSES, METRICS, MIXTURES, OPTIMIZERS, SCHEDULES, TRANSFORMS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .words import Family, Word

BEGIN = "<!-- augmentations: written by `python -m cnndsl.generate` -->"
END = "<!-- end of augmentations -->"
HEAD = "| word | formula | arguments |\n|---|---|---|"
TITLES = {"Places": TRANSFORMS, "Colours": COLOURS, "Boxes and mixtures": MIXTURES}


RECIPES_BEGIN = "<!-- recipes: written by `python -m cnndsl.generate` -->"
RECIPES_END = "<!-- end of recipes -->"
CHOICES = {
    "Losses": LOSSES,
    "Optimizers": OPTIMIZERS,
    "Schedules": SCHEDULES,
    "Metrics": METRICS,
}


def with_recipes(text: str) -> str:
    """The document on training with its generated part; as below."""
    settings = [f"| `{one.example}` | {one.doc} |" for one in SETTINGS.values()]
    parts = ["\n".join(["## Settings\n", "| a line | what it says |\n|---|---|", *settings])]
    parts += [f"## {title}\n\n{_table(family)}" for title, family in CHOICES.items()]
    return with_part(text, RECIPES_BEGIN, RECIPES_END, "\n\n".join(parts))


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
