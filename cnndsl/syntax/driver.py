"""Tokens to syntax tree: the driver of the LALR(1) tables. What cannot stand ends it."""

from __future__ import annotations

from .. import diagnostics
from ..text import Source
from . import tables
from .actions import BUILDERS
from .lexer import DEEPEST_BRACKETS, failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from .lexer import Token
    from .tables import Rule
    from .tree import File

    Build = Callable[[Source, list[Any], int, int], Any]

DEEPEST_STACK = 1000


def drive(source: Source, tokens: Iterator[Token]) -> File:
    """The syntax tree of tokens. Raises `SyntaxFailure` at the first that cannot stand."""
    file: File = reduced(source, tokens, BUILDS)
    return file


def reduced(source: Source, tokens: Iterable[Token], builds: tables.Lines) -> Any:
    """What builds make of all tokens. Raises `SyntaxFailure` at the first that cannot stand."""
    stack = [0]
    values: list[Any] = []
    starts: list[int] = []
    ends: list[int] = []

    def build(rule: int, length: int) -> None:
        if length == 1:
            values[-1] = builds[rule](source, values[-1:], starts[-1], ends[-1])
        elif length:
            children = values[-length:]
            start = starts[-length]
            del values[-length:], starts[1 - length :], ends[-length:-1]
            values.append(builds[rule](source, children, start, ends[-1]))
        else:
            values.append(builds[rule](source, [], position, position))
            starts.append(position)
            ends.append(position)

    for token in tokens:
        kind, text, position, end = token
        if not advance(stack, kind, build) and not (
            text in tables.KEYWORDS and advance(stack, "NAME", build)
        ):
            raise failure(source, position, end, diagnostics.Unexpected(f"`{text[:40]}`"))
        values.append(token)
        starts.append(position)
        ends.append(end)
        if len(stack) > DEEPEST_STACK:
            raise failure(source, position, end, diagnostics.NestedTooDeeply(DEEPEST_BRACKETS))
    return values[0]


def advance(stack: list[int], kind: str, ended: Callable[[int, int], None] | None = None) -> bool:
    """Go on from a stack of states over a symbol. False where the symbol cannot stand.

    `ended` is told each rule that ends before the symbol, with its length.
    """
    states = tables.STATES
    rows, shapes = states.known, _SHAPES.known
    while True:
        state = stack[-1]
        action = (rows[state] or states[state]).get(kind)
        if action is None:
            return kind == "$END" and state == tables.END
        if action >= 0:
            stack.append(action)
            return True
        name, length, is_renaming = shapes[~action] or _SHAPES[~action]
        if is_renaming:
            key = stack[-2], state, kind
            if key not in _JUMPS:
                _JUMPS[key] = _jump(*key)
            stack[-1] = _JUMPS[key]
            continue
        if length:
            del stack[-length:]
        below = stack[-1]
        stack.append((rows[below] or states[below])[name])
        if ended is not None:
            ended(~action, length)


def _jump(below: int, state: int, kind: str) -> int:
    """The state after all the rules that only pass their one child on, before `kind`."""
    row = tables.STATES[state]
    while kind in row and row[kind] < 0:
        name, _, is_renaming = _SHAPES[~row[kind]]
        if not is_renaming:
            break
        state = tables.STATES[below][name]
        row = tables.STATES[state]
    return state


_JUMPS: dict[tuple[int, int, str], int] = {}
"""What `_jump` has said: an expression's twelve levels are one step."""


def _shape(rule: Rule) -> tuple[str, int, bool]:
    name, length, builder, _, _ = rule
    return name, length, builder == "-" and length == 1


_SHAPES = tables.Lines(tables.RULES, _shape)
"""The nonterminal of each rule, its length, and whether it only passes its one child on."""


# What a rule does with its children


def _build(rule: Rule) -> Build:
    """What makes the value of a rule."""
    _, length, builder, kept, spliced = rule
    if builder == "-":
        index = kept[0]
        return lambda _, children, _s, _e: children[index]
    pick = _picker(kept, spliced)
    if builder == "+":
        return lambda _, children, _s, _e: pick(children)
    build = BUILDERS[builder]
    if not spliced and kept == tuple(range(length)):
        return build
    if not spliced and kept == (0,):
        return lambda source, c, start, end: build(source, [c[0]], start, end)
    return lambda source, c, start, end: build(source, pick(c), start, end)


def _picker(kept: tuple[int, ...], spliced: tuple[int, ...]) -> Callable[[list[Any]], list[Any]]:
    """What takes the kept children: None for index -1, and the items of those to be spliced.

    A repetition that comes first grows in place, which keeps long ones linear.
    """
    grows = 0 in spliced
    others = tuple((index, place in spliced) for place, index in enumerate(kept))[grows:]

    def pick(children: list[Any]) -> list[Any]:
        picked: list[Any] = children[kept[0]] if grows else []
        for index, is_spliced in others:
            if is_spliced:
                picked += children[index]
            else:
                picked.append(children[index] if index >= 0 else None)
        return picked

    return pick


BUILDS = tables.Lines(tables.RULES, _build)
