"""A spec's text in the one style, whole or in some lines."""

from __future__ import annotations

import re
from itertools import pairwise

from ..project.loading import DeepRecursion
from ..record import Record
from ..syntax.parser import tokens_of
from ..text import CLOSING, Source
from .concrete import LINE_END, concrete, first_token
from .layout import Layout, blank_lines, comments_above
from .numbers import spelled
from .printer import Line, align_comments, lines_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .concrete import Between, Concrete

COMMENT = r"#[^\n]*"


class StyleError(Exception):
    """A text that would not mean the same in the one style, so that it is left as it is."""


class Edit(Record):
    """A range of a text, by offsets, and what comes in its place."""

    start: int
    end: int
    text: str


def formatted(source: Source) -> str:
    """The text in the one style, with the same tokens and comments in the same order.

    Raises `SyntaxFailure` for what is no spec.
    """
    with DeepRecursion():
        text, before = _styled(concrete(source))
        after = _meaning(concrete(Source(source.name, text)))
    if before != after:
        raise StyleError(source.name)
    return text.replace("\n", "\r\n") if "\r\n" in source.text else text


def _styled(before: Concrete) -> tuple[str, tuple[list[str], list[str]]]:
    """The text in the one style, and what must not change. A large tree is gone then."""
    return "".join(f"{line.text}\n" for line in _lines(before)), _meaning(before)


def edits(source: Source, first: int = 1, last: int | None = None) -> list[Edit]:
    """What brings the lines from `first` to `last` into the one style.

    A change that reaches beyond them is made whole. Raises `SyntaxFailure`.
    """
    after = formatted(source)
    old, new = _marks(source.text), _marks(after)
    shared = [key for key in old if key in new]
    found = []
    for key, following in zip(shared, [*shared[1:], None], strict=True):
        start, end = old[key], len(source.text) if following is None else old[following]
        text = after[new[key] : None if following is None else new[following]]
        top, bottom = source.position(start)[0], source.position(max(end - 1, start))[0]
        is_within = bottom >= first and (last is None or top <= last)
        if is_within and source.text[start:end] != text:
            found.append(Edit(start, end, text))
    return found


def applied(text: str, changes: Sequence[Edit]) -> str:
    """The text after edits of `edits`."""
    for one in reversed(changes):
        text = text[: one.start] + one.text + text[one.end :]
    return text


def _marks(text: str) -> dict[tuple[int, ...], int]:
    """Where the last line begins behind so many arrows, commas, and other tokens and comments.

    Arrows and commas may change places with comments, and a last comma does not count.
    """
    pieces = [*_pieces(text), (len(text), "")]
    counts = {"->": 0, ",": 0, "": 0}
    marks: dict[tuple[int, ...], int] = {(-1,): 0}
    place = 0
    for start in (0, *(match.end() for match in re.finditer("\n", text))):
        while pieces[place][0] < start:
            counts[pieces[place][1]] += 1
            place += 1
        marks[*counts.values()] = start
    return marks


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """The place of each token and comment that counts, with its text if that may move."""
    end = 0
    for token, following in pairwise(tokens_of(Source("", text))):
        for match in re.finditer(COMMENT, text[end : token.start]):
            yield end + match.start(), ""
        end = token.end
        if token.kind == LINE_END:
            end = token.start
        elif token.text == "->":
            yield token.start, "->"
        elif token.text != ",":
            yield token.start, ""
        elif following.kind not in (LINE_END, "FOR") and following.text not in CLOSING.values():
            yield token.start, ","


def _meaning(text: Concrete) -> tuple[list[str], list[str]]:
    """What must not change: the tokens, but for commas, and the comments."""
    tokens = [spelled(one) for one in text.pieces if one.text != ","]
    return tokens, [line for one in text.betweens.values() for line in one.comments]


def _lines(text: Concrete) -> list[Line]:
    """All lines. What has several lines stands between blank lines, with the comment above it."""
    layout = Layout(text.betweens)
    items = text.root.children
    betweens = [text.betweens[first_token(one).start] for one in (*items, text.pieces[-1])]
    lines: list[Line] = []
    is_large = False
    for item, between, following in zip(items, betweens, betweens[1:], strict=False):
        own = lines_of(layout.statement(item, between, following))
        _add_between(lines, between, is_large, len(own) > 1)
        lines += own
        is_large = len(own) > 1
    _add_between(lines, betweens[-1], is_large, is_before=False)
    while lines and not lines[-1].text:
        lines.pop()
    align_comments(lines)
    return lines


def _add_between(lines: list[Line], between: Between, is_behind: bool, is_before: bool) -> None:
    """Add what stands before an item, and the blank lines that a large one has around it."""
    if lines:
        lines[-1].comment = between.comment
    own = [*blank_lines(between, begins=not lines).lines]
    place = len(own) - comments_above(between)
    if is_before and lines and (not place or own[place - 1]):
        own.insert(place, "")
    if is_behind and own[:1] != [""]:
        own.insert(0, "")
    lines += [Line(0, line) for line in own]
