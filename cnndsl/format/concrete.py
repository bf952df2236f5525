"""Text to concrete tree: each token in the rule that it belongs to, and what stands between."""

from __future__ import annotations

from functools import partial

from ..record import Record
from ..syntax import tables
from ..syntax.actions import operator_depth
from ..syntax.driver import reduced
from ..syntax.parser import tokens_of
from ..text import Location

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypeAlias

    from ..syntax.driver import Build
    from ..syntax.lexer import Token
    from ..syntax.tables import Rule
    from ..text import Source

    Node: TypeAlias = "Branch | Token"


OPERATIONS = ("binary", "index")
"""The rules that go on to the right without end."""
LINE_END = "_NEWLINE"
"""The kind of a token that ends a statement."""


class Branch(Record):
    """What a rule of the grammar stands for, by the name of its builder, with all its tokens."""

    rule: str
    children: tuple[Node, ...]
    depth: int = 0
    """How deep operators stand inside each other."""


class Between(Record):
    """What stands before a token.

    `comment` is behind the token before, and `lines` are comments on lines of their own, with
    empty texts for blank lines. `is_broken` says that the token begins a line.
    """

    comment: str = ""
    lines: tuple[str, ...] = ()
    is_broken: bool = False

    @property
    def comments(self) -> tuple[str, ...]:
        if not (self.comment or self.lines):
            return ()
        return tuple(line for line in (self.comment, *self.lines) if line)

    def then(self, other: Between) -> Between:
        """Both in a row, where the token between them is left out or moved."""
        if not self.comments:
            return other.replaced(is_broken=self.is_broken or other.is_broken)
        behind = (other.comment,) if other.comment else ()
        return Between(self.comment, (*self.lines, *behind, *other.lines), True)


NOTHING = Between()


class Concrete(Record):
    """A parsed text: its tree, and what stands before each token, by the token's start.

    `pieces` are its tokens in order, line ends left out.
    """

    root: Branch
    betweens: dict[int, Between]
    pieces: tuple[Token, ...]


def concrete(source: Source) -> Concrete:
    """The concrete tree of a text. Raises `SyntaxFailure` for one that is no spec."""
    tokens = list(tokens_of(source))
    pieces = tuple(one for one in tokens if one.kind != LINE_END)
    betweens, end = {}, 0
    for token in pieces:
        betweens[token.start] = _between(source.text[end : token.start], end == 0)
        end = token.end
    return Concrete(reduced(source, tokens, BUILDS), betweens, pieces)


def _between(text: str, is_first: bool) -> Between:
    if text in ("", " "):
        return NOTHING
    comment, *lines = text.split("\n")
    if is_first:
        comment, lines = "", [comment, *lines]
    if lines and not lines[-1].strip():
        return Between(_comment(comment), tuple(map(_comment, lines[:-1])), True)
    return Between(_comment(comment), tuple(map(_comment, lines)), bool(lines))


def _comment(text: str) -> str:
    """A comment with a space behind its mark; other blanks around it are left out."""
    text = text.strip()
    return f"# {text[1:]}" if text[1:2].isalnum() else text


def first_token(node: Node) -> Token:
    while isinstance(node, Branch):
        node = node.children[0]
    return node


def _build(rule: Rule) -> Build:
    builder = rule[2]
    if builder == "+":
        return lambda _, children, _s, _e: _flat(children)
    if builder in OPERATIONS:
        return partial(_operation, builder)
    return lambda _, children, _s, _e: Branch(builder, tuple(_flat(children)))


def _operation(rule: str, source: Source, children: Sequence[Any], start: int, end: int) -> Branch:
    nodes = tuple(_flat(children))
    return Branch(rule, nodes, operator_depth(Location(source, start, end), *nodes))


def _flat(children: Sequence[Any]) -> list[Node]:
    """The children of a rule, those of repetitions among them, without line ends.

    A repetition that comes first grows in place, which keeps long ones linear.
    """
    found: list[Node] = []
    for place, child in enumerate(children):
        if isinstance(child, list):
            found = child if not place else found + child
        elif isinstance(child, Branch) or child.kind != LINE_END:
            found.append(child)
    return found


BUILDS = tables.Lines(tables.RULES, _build)
