"""Concrete tree to layout: what stands on a line, where lines may break, and where they must."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise

from ..record import Record
from .concrete import NOTHING, Branch, first_token
from .numbers import spelled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from .concrete import Between, Node

    Part: TypeAlias = "str | Assertion | Break | Group"

WIDTH = 100
UNLIMITED = 10**9
GAP = 2
"""At least so many spaces stand before an assertion or comment at the end of a line."""
SILENCER = "cnndsl:"
"""What comments begin with that silence findings of their line."""


class Break(Record):
    """A place where a line may end, which is `flat` where it does not.

    `fills` is a break of its own, where others of a group all break together. Indents are steps
    from the line that the group begins on: of what follows, and of the comments before that.
    """

    flat: str = " "
    fills: bool = False
    is_forced: bool = False
    between: Between = NOTHING
    indent: int = 1
    comment_indent: int = 1


class Assertion(Record):
    """`: shape` behind an element; at the end of a line it is aligned with others."""

    text: str


class Group:
    """Parts that stand on one line if they can.

    Breaks that are for one line alone, as in a silenced one, need a `limit` of that line's own.
    """

    def __init__(self, parts: Sequence[Part], limit: int | None = None) -> None:
        self.parts = parts
        self.limit = limit

    @cached_property
    def is_forced(self) -> bool:
        """Whether there is a break in it that must be."""
        return any(isinstance(one, Break | Group) and one.is_forced for one in self.parts)

    @cached_property
    def width(self) -> int:
        """The width on one line."""
        return sum(map(width, self.parts))


def width(part: Part) -> int:
    """How wide a part is on one line."""
    if isinstance(part, Group):
        return part.width
    if isinstance(part, Assertion):
        return GAP + len(part.text)
    return len(part.flat if isinstance(part, Break) else part)


TIGHT = "tight"
SPACED = "spaced"
RULES: dict[str, str] = {
    **dict.fromkeys(
        "import definition variant pixels_definition defaults parameter setting input inputs "
        "stated_inputs pixels output training_output expect let let_value share stated names "
        "others entries arguments expressions positional bare name literal text gap".split(),
        SPACED,
    ),
    **dict.fromkeys("named input_dimension value_dimension".split(), TIGHT),
    **dict.fromkeys(
        "parameters call function list tuple parenthesised values numbers index item".split(),
        "bracketed",
    ),
    **dict.fromkeys("merge for_loop stage".split(), SPACED),
    "conditional": "conditional",
    "body": "body",
    "comprehension": "comprehension",
    "recipe": "recipe",
    "chain": "chain",
    "element": "element",
    "group": "group",
    "unary": "unary",
    "binary": "operation",
    "choice": "operation",
}
"""How each rule is laid out. A rule that is missing here fails a test."""

ATTACHED = ("parameters", "numbers", "others")
"""What follows without a space."""
SEQUENCES = ("arguments", "expressions")
CLAUSES = ("for", "if")
"""What begins the clauses of a comprehension."""
LOOSE = ("and", "or", "if", "else")
"""The operators before which a line may break within brackets."""


class Layout:
    """Lays out the parts of one text."""

    def __init__(self, betweens: dict[int, Between]) -> None:
        self.betweens = betweens
        self.is_bracketed = False

    def of(self, node: Node) -> list[Part]:
        """The parts of a rule or token."""
        if not isinstance(node, Branch):
            return [spelled(node)]
        style = RULES[node.rule]
        if style in (SPACED, TIGHT):
            return self.spaced(node.children, node.rule)
        parts: list[Part] = getattr(self, style)(node)
        return parts

    def before(self, node: Node) -> Between:
        """What stands before a node, without blank lines."""
        between = self.betweens[first_token(node).start]
        packed = tuple(filter(None, between.lines))
        return between.replaced(lines=packed) if packed != between.lines else between

    def space(self, node: Node, flat: str) -> Part:
        """What stands before a node: blanks, or a break that comments there make."""
        between = self.before(node)
        return Break(flat, is_forced=True, between=between) if between.comments else flat

    def spaced(self, nodes: Sequence[Node], rule: str) -> list[Part]:
        """Nodes side by side; a comma behind the last one is left out."""
        if not isinstance(nodes[-1], Branch) and nodes[-1].text == ",":
            nodes = nodes[:-1]
        parts = self.of(nodes[0])
        for left, right in pairwise(nodes):
            parts += [self.space(right, _blank(rule, left, right)), *self.of(right)]
        return parts

    def unary(self, node: Branch) -> list[Part]:
        operator, operand = node.children
        blank = " " if first_token(operator).text == "not" else ""
        return [*self.of(operator), self.space(operand, blank), *self.of(operand)]

    def operation(self, node: Branch) -> list[Part]:
        """Operands and operators; before a loose operator in brackets a line may break."""
        parts = self.of(node.children[0])
        for child in node.children[1:]:
            space = self.space(child, " ")
            if space == " " and self.is_bracketed and _text(child) in LOOSE:
                space = Break(fills=True)
            parts += [space, *self.of(child)]
        return parts

    def bracketed(self, node: Branch) -> list[Part]:
        """Values in brackets, and what stands before those, such as the name of a function."""
        nodes: list[Node] = []
        for child in node.children:
            if isinstance(child, Branch) and child.rule in SEQUENCES:
                nodes += child.children
            else:
                nodes.append(child)
        at = next(place for place, one in enumerate(nodes) if _text(one) in ("(", "["))
        head: list[Part] = []
        for one in nodes[:at]:
            head += self.of(one)
        if at:
            head.append(self.space(nodes[at], ""))
        outside, self.is_bracketed = self.is_bracketed, True
        inside = self.items(nodes[at + 1 : -1], nodes[-1], node.rule == "tuple")
        self.is_bracketed = outside
        return [*head, Group([_text(nodes[at]), *inside, _text(nodes[-1])])]

    def comprehension(self, node: Branch) -> list[Part]:
        """An element and its clauses, each on a line of its own if they do not fit on one."""
        opening, *inside, closing = node.children
        first, last = self.before(inside[0]), self.before(closing)
        outside, self.is_bracketed = self.is_bracketed, True
        parts: list[Part] = [Break("", is_forced=first.is_broken, between=first)]
        parts += self.of(inside[0])
        for child in inside[1:]:
            space = self.space(child, " ")
            is_clause = space == " " and _text(child) in CLAUSES
            parts += [Break() if is_clause else space, *self.of(child)]
        self.is_bracketed = outside
        parts.append(Break("", False, bool(last.comments), last, 0))
        return [Group([_text(opening), *parts, _text(closing)])]

    def items(self, nodes: Sequence[Node], closing: Node, is_tuple: bool) -> list[Part]:
        """What stands between brackets. Lines that begin behind the opening one are kept."""
        end = self.before(closing)
        is_open = bool(nodes) and self.before(nodes[0]).is_broken
        parts: list[Part] = []
        if nodes:
            parts.append(Break("", is_forced=is_open, between=self.before(nodes[0])))
        moved: Between | None = None
        for node in nodes:
            if _text(node) == ",":
                moved = self.before(node)
                continue
            if moved is not None:
                between = moved.then(self.before(node))
                is_forced = bool(between.comments) or (is_open and between.is_broken)
                parts += [",", Break(" ", True, is_forced, between)]
            parts += self.of(node)
            moved = None
        if moved is not None:
            end = moved.then(end)
            if is_tuple and len(nodes) == 2:
                parts.append(",")
        has_comments = bool(end.comments)
        return [*parts, Break("", False, has_comments, end, 0)] if nodes or has_comments else []

    def group(self, node: Branch) -> list[Part]:
        """A chain in brackets, on lines of its own where it was written so."""
        opening, chain, closing = node.children
        first, last = self.before(chain), self.before(closing)
        is_open = first.is_broken or bool(first.comments or last.comments)
        start = [Break("", is_forced=True, between=first)] if is_open else []
        end = [Break("", False, True, last, 0)] if is_open else []
        return [Group([_text(opening), *start, *self.of(chain), *end, _text(closing)])]

    def chain(self, node: Branch) -> list[Part]:
        parts = self.of(node.children[0])
        arrow = NOTHING
        for child in node.children[1:]:
            if _text(child) == "->":
                arrow = self.before(child)
                continue
            between = arrow.then(self.before(child))
            parts += [Break(" ", True, between.is_broken, between), "-> ", *self.of(child)]
        return [Group(parts)]

    def element(self, node: Branch) -> list[Part]:
        nodes = node.children
        colon = next((place for place, one in enumerate(nodes) if _text(one) == ":"), len(nodes))
        parts = self.spaced(nodes[:colon], node.rule)
        if colon == len(nodes):
            return parts
        shape = self.of(nodes[-1])
        if self.before(nodes[colon]).comments or self.before(nodes[-1]).comments:
            return [*parts, self.space(nodes[colon], " "), ":", self.space(nodes[-1], " "), *shape]
        if any(isinstance(one, Break | Group) and one.is_forced for one in shape):
            return [*parts, " : ", *shape]
        return [*parts, Assertion(": " + _flat(shape))]

    def conditional(self, node: Branch) -> list[Part]:
        parts = self.spaced(node.children[:3], node.rule)
        for child in node.children[3:]:
            between = self.before(child)
            space = Break(" ", False, True, between, 0, 0) if between.comments else " "
            parts += [space, *self.of(child)]
        return [Group(parts)]

    def body(self, node: Branch) -> list[Part]:
        return self.braces(node.children)

    def recipe(self, node: Branch) -> list[Part]:
        at = next(place for place, one in enumerate(node.children) if _text(one) == "{")
        head = self.spaced(node.children[:at], node.rule)
        return [*head, " ", *self.braces(node.children[at:])]

    def braces(self, nodes: Sequence[Node]) -> list[Part]:
        """Statements, each on its line; a single one beside its braces if it was written so."""
        outside, self.is_bracketed = self.is_bracketed, False
        opening, *statements, closing = nodes
        betweens = [self.betweens[first_token(one).start] for one in (*statements, closing)]
        is_forced = len(statements) > 1 or any(betweens[place].is_broken for place in (0, -1))
        parts: list[Part] = []
        for place, one in enumerate(statements):
            between = blank_lines(betweens[place], begins=place == 0)
            statement = self.statement(one, between, betweens[place + 1])
            parts += [Break(" ", False, is_forced, between), statement]
        self.is_bracketed = outside
        if statements or betweens[-1].comments:
            end = blank_lines(betweens[-1], begins=not statements, ends=True)
            parts.append(Break(" ", False, is_forced, end, 0))
        return [Group([_text(opening), *parts, _text(closing)])]

    def statement(self, node: Node, before: Between, following: Between) -> Group:
        """A statement. One whose line is silenced gets no more lines than it has."""
        above = before.lines[len(before.lines) - comments_above(before) :]
        is_silenced = any(SILENCER in comment for comment in (*above, following.comment))
        return Group(self.of(node), UNLIMITED if is_silenced else WIDTH)


def comments_above(between: Between) -> int:
    """How many lines directly above a token are comments."""
    count = 0
    for line in reversed(between.lines):
        if not line:
            break
        count += 1
    return count


def _text(node: Node) -> str:
    """A token's text; none for a rule."""
    return "" if isinstance(node, Branch) else node.text


def _blank(rule: str, left: Node, right: Node) -> str:
    """The blanks between two neighbours of a rule."""
    is_attached = isinstance(right, Branch) and right.rule in ATTACHED
    is_colon = rule == "stated" and _text(right) == ":"
    is_tight = RULES[rule] == TIGHT or is_attached or is_colon or _text(right) == ","
    return "" if is_tight else " "


def blank_lines(between: Between, begins: bool = False, ends: bool = False) -> Between:
    """With one blank line at most in a row, and none at the beginning or end."""
    lines: list[str] = []
    for line in between.lines:
        if line or (lines and lines[-1]) or (not lines and not begins):
            lines.append(line)
    if ends:
        while lines and not lines[-1]:
            lines.pop()
    return between.replaced(lines=tuple(lines))


def _flat(parts: Sequence[Part]) -> str:
    """The text of parts on one line."""
    texts = []
    for part in parts:
        if isinstance(part, Group):
            texts.append(_flat(part.parts))
        elif isinstance(part, Break):
            texts.append(part.flat)
        else:
            texts.append(part if isinstance(part, str) else part.text)
    return "".join(texts)
