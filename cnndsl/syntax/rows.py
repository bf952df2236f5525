"""A long list over many lines in pieces of whole rows, each of which is read alone."""

from __future__ import annotations

import re
from itertools import chain, pairwise

from ..text import Source
from .driver import drive
from .lexer import tokenize
from .tree import Items, LetValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, TypeAlias

    from .parts import Known
    from .tree import Expression, Statement

    Statements: TypeAlias = tuple[Statement, ...]

BETWEEN = ("_NEWLINE", "$END")
"""What ends no row."""
LIST = re.compile(r"[ \t]*let[ \t]+\w+[ \t]*=[ \t]*\[[ \t\r]*\n")
ROW = re.compile(r",[ \t\r]*\n(?=[ \t]*[^\s\])])")


def rows_of(text: str, start: int, end: int) -> Iterator[int]:
    """Where the rows of a statement start, behind the first, if it names a list."""
    heading = LIST.match(text, start, end)
    if heading is not None:
        for match in ROW.finditer(text, heading.end(), end):
            yield match.end()


def with_rows(
    source: Source, places: Sequence[int], statements: Statements, known: Known
) -> Statements | None:
    """Statements with the rows between some places in the list there; None if there is none.

    Raises `SyntaxFailure`.
    """
    first, last = places[0], places[-1]
    for number, one in enumerate(statements):
        if one.start < first < one.end:
            value = one.value if isinstance(one, LetValue) else None
            if not isinstance(one, LetValue) or not isinstance(value, Items) or value.is_tuple:
                return None
            above = [each for each in value.items if each.start < first]
            below = [each for each in value.items if each.start >= last]
            rows = [_items(source, a, b, known) for a, b in pairwise(places)]
            items = (*above, *chain.from_iterable(one or () for one in rows), *below)
            if None in rows:
                return None
            made = one.replaced(value=value.replaced(items=items))
            return (*statements[:number], made, *statements[number + 1 :])
    return None


def _items(source: Source, start: int, end: int, known: Known) -> tuple[Expression, ...] | None:
    """The items in some rows. Raises `SyntaxFailure`."""
    key = start, source.text[start:end]
    items = known.read_rows.get(key)
    if items is None:
        inside = (one for one in tokenize(source, start, end, 2) if one.kind not in BETWEEN)
        around = tuple(tokenize(Source("", "block b {let x = [1]}")))
        file = drive(source, chain(around[:7], inside, around[8:]))
        statement: Any = file.definitions[0].body.statements[0]
        if not isinstance(statement.value, Items):
            return None
        items = known.read_rows[key] = statement.value.items
    return items
