"""The words in tree-sitter's queries: keywords, ops and what attributes take."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from ..ops.manual import with_part
from . import vocabulary

BEGIN = "; {}: written by `python -m cnndsl.generate`"
END = "; end of {}"
CALLED = (*vocabulary.OPS, *vocabulary.FUNCTIONS)
LISTS = {
    "keywords": sorted(vocabulary.DEFINITIONS | vocabulary.STATEMENTS),
    "keywords of imports": sorted(vocabulary.IMPORTS),
    "keywords of control": sorted(vocabulary.CONTROL),
    "keywords that are operators": sorted(vocabulary.OPERATORS),
    "ops": vocabulary.OPS,
    "ops and functions": CALLED,
    "ops and functions, which other calls are not": CALLED,
    "words of attributes": vocabulary.WORDS,
}


def with_words(text: str) -> str:
    """The highlights with each list as it should be. Raises `ValueError` without its marks."""
    for title, words in LISTS.items():
        text = with_part(text, BEGIN.format(title), END.format(title), _quoted(words))
    return text


def _quoted(words: Iterable[str]) -> str:
    line = " ".join(f'"{word}"' for word in words)
    return textwrap.fill(line, 96, initial_indent="    ", subsequent_indent="    ")
