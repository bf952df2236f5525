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
    from .tree import File

    Build = Callable[[Source, list[Any], int, int], Any]
    Reduction = tuple[str, int, Build | None]

DEEPEST_STACK = 1000


def drive(source: Source, tokens: Iterator[Token]) -> File:
    """The syntax tree of tokens. Raises `SyntaxFailure` at the first that cannot stand."""
    file: File = reduced(source, tokens, REDUCTIONS)
    return file


def reduced(source: Source, tokens: Iterable[Token], reductions: tables.Lines) -> Any:
    """What reductions make of all tokens. Raises `SyntaxFailure` at the first that cannot stand."""
    states = tables.STATES
    rows, rules = states.known, reductions.known
    jumps = _JUMPS
    stack = [0]
    values: list[Any] = []
    starts: list[int] = []
    ends: list[int] = []
    for token in tokens:
        kind, _, position, end = token
        while True:
            state = stack[-1]
            row = rows[state] or states[state]
            if kind not in row:
                if state == tables.END and kind == "$END":
                    break
                if "NAME" in row and token.text in tables.KEYWORDS:
                    kind = "NAME"
                    continue
                raise failure(source, position, end, diagnostics.Unexpected(f"`{token.text[:40]}`"))
            action = row[kind]
            if action >= 0:
                stack.append(action)
                values.append(token)
                starts.append(position)
                ends.append(end)
                break
            name, length, build = rules[~action] or reductions[~action]
            if build is None:
                key = stack[-2], state, kind
                if key not in jumps:
                    jumps[key] = _jump(*key)
                stack[-1] = jumps[key]
                continue
            if length == 1:
                stack.pop()
                values[-1] = build(source, values[-1:], starts[-1], ends[-1])
            elif length:
                children = values[-length:]
                start = starts[-length]
                del values[-length:], starts[1 - length :], ends[-length:-1], stack[-length:]
                values.append(build(source, children, start, ends[-1]))
            else:
                values.append(build(source, [], position, position))
                starts.append(position)
                ends.append(position)
            below = stack[-1]
            stack.append((rows[below] or states[below])[name])
        if len(stack) > DEEPEST_STACK:
            raise failure(source, position, end, diagnostics.NestedTooDeeply(DEEPEST_BRACKETS))
    return values[0]


# What a rule does with its children


def _jump(below: int, state: int, kind: str) -> int:
    """The state after all the rules that only pass their one child on, before `kind`."""
    row = tables.STATES[state]
    while kind in row and row[kind] < 0:
        name, _, build = REDUCTIONS[~row[kind]]
        if build is not None:
            break
        state = tables.STATES[below][name]
        row = tables.STATES[state]
    return state


_JUMPS: dict[tuple[int, int, str], int] = {}
"""What `_jump` has said: an expression's twelve levels are one step."""


def _reduction(line: str) -> Reduction:
    """(nonterminal, length, what makes its value); the last is None for a mere name of another."""
    name, length, builder, kept, spliced = tables.rule(line)
    if builder == "-":
        index = kept[0]
        return name, length, None if length == 1 else lambda _, children, _s, _e: children[index]
    pick = _picker(kept, spliced)
    if builder == "+":
        return name, length, lambda _, children, _s, _e: pick(children)
    build = BUILDERS[builder]
    if not spliced and kept == tuple(range(length)):
        return name, length, build
    if not spliced and kept == (0,):
        return name, length, lambda source, c, start, end: build(source, [c[0]], start, end)
    return name, length, lambda source, c, start, end: build(source, pick(c), start, end)


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


REDUCTIONS = tables.Lines(tables.RULES, _reduction)
