"""The driver of the LALR(1) tables for texts with mistakes."""

from __future__ import annotations

from bisect import bisect_left

from ...diagnostics.base import Finding
from ...diagnostics.syntax import NestedTooDeeply, Unexpected
from ...text import Location, Source
from .. import tables, tree
from ..actions import ExpressionTooDeep
from ..lexer import CLOSING, DEEPEST_BRACKETS, Token
from ..parser import DEEPEST_STACK, REDUCTIONS
from .brackets import CLOSERS, KINDS, MERGES, OPENING, Layout, starts_definition
from .mistakes import RULES
from .reading import NEWLINE
from .states import after, run
from .trouble import Edit, Mistake, Trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ...diagnostics.base import Diagnostic

MOST_FINDINGS = 1000
MOST_REWINDS = 8
"""How often one statement is mended by changing what was read of it."""
DEFINES = ("MODEL", "BLOCK", "IMPORT")
NAMING = ("AS", "LET", "STAGE")
ASIDE = ("LET", "EXPECT", "OUTPUT")
"""Statements that leave the main line as it is."""

MOST_TRIES = 4
"""How often the machine tries to get past one mistake, before it leaves a token out."""


class Machine:
    """Parses tokens whose brackets match."""

    def __init__(self, source: Source, tokens: list[Token], layout: Layout, told: list[Finding]):
        self.source = source
        self.told = {one.location.start: one for one in (*told, *layout.findings)}
        """What `reading` and `brackets` have found, by its place."""
        self.skipped: list[tuple[int, int]] = []
        """Ranges after a mistake that were left out with it."""
        self.doubtful = [
            (word_before(source.text, start), closer.end)
            for start, closer in layout.unclosed.items()
            if closer.kind != "RBRACE"
        ]
        """Ranges where a guess stands for what is missing."""
        self.pending = tokens[::-1]
        self.done: list[Token] = []
        self.unclosed = layout.unclosed
        self.stands_for = {closer: start for start, closer in self.unclosed.items()}
        """By a closing bracket that has been made up: where the one stands that it closes."""
        self.braces = dict(self.stands_for)
        self.spent: list[Token] = []
        """Closing brackets that have been made up and are no longer needed."""
        self.states = [0]
        self.values: list[Any] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.findings: list[Finding] = []
        self.missing: list[str] = []
        self.rewound: dict[int, int] = {}

    # Driving

    def run(self) -> tree.File | None:
        """The tree of what is whole, or None where nothing can be said of it."""
        troubles = stuck = 0
        while self.pending:
            token = self.pending[-1]
            if token in self.spent:
                self.spent.remove(token)
                self.pending.pop()
                continue
            if token in self.braces and token.kind == "RBRACE":
                self.end_unclosed(token)
            if after(self.states, token) is None:
                troubles += 1
                if max(len(self.findings), troubles // MOST_TRIES) >= MOST_FINDINGS:
                    return None
                before = (len(self.pending), len(self.states), self.states[-1])
                if not self.trouble():
                    return None
                is_stuck = before == (len(self.pending), len(self.states), self.states[-1])
                stuck = stuck + 1 if is_stuck else 0
                if stuck > MOST_TRIES:
                    if token.kind == "$END":
                        return None
                    self.pending.pop()
                continue
            try:
                self.feed(token)
            except ExpressionTooDeep as deep:
                self.findings.append(deep.finding)
                self.drop()
                continue
            self.done.append(self.pending.pop())
            if len(self.states) > DEEPEST_STACK:
                diagnostic = NestedTooDeeply(DEEPEST_BRACKETS)
                self.report(diagnostic, token.start, token.end)
                self.drop()
        file: tree.File = self.values[0]
        return tree.File(
            file.start,
            file.end,
            file.imports,
            file.definitions,
            tuple(self.missing),
            tuple(self.doubtful),
        )

    def feed(self, token: Token) -> None:
        """Take a token that can stand here."""
        kind = token.kind
        while True:
            row = tables.STATES[self.states[-1]]
            if kind not in row:
                if kind == "$END":
                    return
                kind = "NAME"
                continue
            action = row[kind]
            if action >= 0:
                self.push(action, token, token.start, token.end)
                return
            name, length, build = REDUCTIONS[~action]
            children, start, end = [], token.start, token.start
            if length:
                children = self.values[-length:]
                start, end = self.starts[-length], self.ends[-1]
            value = children[0] if build is None else build(self.source, children, start, end)
            self.cut(len(self.values) - length)
            self.push(tables.STATES[self.states[-1]][name], value, start, end)

    def push(self, state: int, value: Any, start: int, end: int) -> None:
        self.states.append(state)
        self.values.append(value)
        self.starts.append(start)
        self.ends.append(end)

    def cut(self, length: int) -> None:
        del (
            self.values[length:],
            self.starts[length:],
            self.ends[length:],
            self.states[length + 1 :],
        )

    def report(self, diagnostic: Diagnostic, start: int, end: int) -> Finding:
        finding = Finding(diagnostic, Location(self.source, start, end))
        self.findings.append(finding)
        return finding

    # Mistakes

    def trouble(self) -> bool:
        """Tell what is wrong with the next token, and get past it. False at the end of the text."""
        trouble = Trouble(self)
        if self.close_unclosed(trouble):
            return True
        mistake = next(found for rule in RULES if (found := rule(trouble)) is not None)
        place = self.stands_for.get(trouble.token, mistake.start)
        before = self.told.get(mistake.start) or self.told.get(place)
        if before is None or type(mistake.diagnostic) is not Unexpected:
            location = Location(self.source, mistake.start, mistake.end)
            before = Finding(mistake.diagnostic, location, fix=mistake.fix)
            self.findings.append(before)
        call = trouble.call()
        if mistake.edit is None or not self.mend(mistake):
            start = self.pending[-1].start
            went_on = self.drop(before)
            self.skipped.append((start + 1, self.pending[-1].start))
            return went_on
        if mistake.fix is None and call is not None:
            self.doubtful.append(call)
        return True

    def end_unclosed(self, token: Token) -> None:
        """Leave a gap where a body ends that was never closed."""
        finding = self.told.get(self.braces.pop(token))
        newline = Token((NEWLINE, "", token.start, token.start))
        if finding is None:
            return
        if after(self.states, newline) is not None:
            self.feed(newline)
        goto = tables.STATES[self.states[-1]].get("statement")
        if goto is not None:
            gap = tree.Gap(token.start, token.start, (), False, finding)
            self.push(goto, gap, token.start, token.start)

    def close_unclosed(self, trouble: Trouble) -> bool:
        """Close a bracket, already reported as never closed, where its contents must end."""
        opener = trouble.bracket
        if opener is None or opener.start not in self.unclosed or opener.text == "{":
            return False
        text = CLOSING[opener.text]
        place = trouble.token.start
        closer = Token((KINDS[text], text, place, place))
        self.spent.append(self.unclosed.pop(opener.start))
        if run(self.states, (closer, trouble.token)) is None:
            self.drop(self.told.get(opener.start))
            return True
        self.pending.append(closer)
        return True

    def mend(self, mistake: Mistake) -> bool:
        """Go on as if the text were right. False if it would not go on."""
        edit = mistake.edit
        if edit is None:
            return False
        if edit.back:
            start = self.statement_start()
            if len(self.done) - start < edit.back or self.rewinds(start):
                return False
            if not self.rewind(start, len(self.done) - start - edit.back):
                return False
            del self.pending[len(self.pending) - edit.back :]
        for _ in range(edit.ahead):
            self.pending.pop()
        self.pending += reversed(edit.tokens)
        if edit.unmatched is not None:
            self.replace_closer(edit)
        if edit.before_line_end is not None:
            self.insert_before_line_end(edit.before_line_end)
        ahead = [self.pending[-1 - n] for n in range(min(len(edit.tokens) + 1, len(self.pending)))]
        return run(self.states, ahead) is not None

    def rewinds(self, start: int) -> bool:
        """Whether the statement that starts there has been read often enough."""
        place = self.done[start].start
        self.rewound[place] = self.rewound.get(place, 0) + 1
        return self.rewound[place] > MOST_REWINDS

    def rewind(self, start: int, keep: int) -> bool:
        """Read the statement that starts at this token again, its first `keep` tokens at once.

        False if one of those cannot stand where the statement starts.
        """
        self.cut(self.statement_cut())
        again = self.done[start:]
        del self.done[start:]
        self.pending += reversed(again)
        for _ in range(keep):
            if after(self.states, self.pending[-1]) is None:
                return False
            self.feed(self.pending[-1])
            self.done.append(self.pending.pop())
        return True

    def replace_closer(self, edit: Edit) -> None:
        """Change or leave out the closing bracket of the innermost one that is open here."""
        depth = 1
        for place in range(len(self.pending) - 1 - len(edit.tokens), -1, -1):
            token = self.pending[place]
            depth += (token.kind in OPENING) - (token.kind in CLOSERS)
            if depth == 0:
                if edit.unmatched:
                    text = edit.unmatched
                    new = Token((KINDS[text], text, token.start, token.end))
                    self.pending[place] = new
                else:
                    del self.pending[place]
                return

    def insert_before_line_end(self, text: str) -> None:
        depth = 0
        for place in range(len(self.pending) - 2, -1, -1):
            token = self.pending[place]
            if depth == 0 and token.kind in (NEWLINE, "$END", "RBRACE"):
                self.pending.insert(place + 1, Token((KINDS[text], text, token.start, token.start)))
                return
            depth += (token.kind in OPENING) - (token.kind in CLOSERS)

    # Leaving out

    def floor(self) -> int:
        """How many values lie up to the innermost open brace, which is the last of them."""
        for place in range(len(self.values) - 1, -1, -1):
            value = self.values[place]
            if type(value) is Token and value.kind == "LBRACE":
                return place + 1
        return 0

    def statement_cut(self) -> int:
        """How many values lie before the statement or definition that is being read."""
        floor = self.floor()
        wanted = "statement" if floor else "definition"
        cut = len(self.values)
        while cut > floor and wanted not in tables.STATES[self.states[cut]]:
            cut -= 1
        return cut

    def statement_start(self) -> int:
        """The number of its first token among those done."""
        cut = self.statement_cut()
        place = len(self.done)
        if cut == len(self.values):
            return place
        start = self.starts[cut]
        while place and self.done[place - 1].start >= start:
            place -= 1
        while place < len(self.done) and self.done[place].kind == NEWLINE:
            place += 1
        return place

    def merge(self) -> Token | None:
        """The name of the merge whose paths the innermost open braces hold, if they do."""
        floor = self.floor()
        opener = self.values[floor - 1] if floor else None
        if opener is None:
            return None
        place = bisect_left(self.done, opener.start, key=lambda token: token.start)
        before = self.done[place - 1]
        return before if before.text in MERGES else None

    def drop(self, finding: Finding | None = None) -> bool:
        """Leave out the statement or definition that is being read. False at the end."""
        in_body = self.floor() > 0
        first = self.statement_start()
        cut = self.statement_cut()
        dropped = self.done[first:]
        del self.done[first:]
        depth = sum((one.kind in OPENING) - (one.kind in CLOSERS) for one in dropped)
        before = dropped[-1] if dropped else self.done[-1] if self.done else None
        while self.pending[-1].kind != "$END":
            token = self.pending[-1]
            if depth <= 0 and self.is_boundary(token, before, in_body) and (dropped or in_body):
                break
            depth += (token.kind in OPENING) - (token.kind in CLOSERS)
            dropped.append(self.pending.pop())
            if token in self.spent:
                self.spent.remove(token)
            before = token
        self.cut(cut)
        if in_body:
            return self.leave_gap(dropped, finding or self.findings[-1])
        self.done += dropped
        self.missing += names_defined(dropped)
        return bool(dropped)

    def is_boundary(self, token: Token, before: Token | None, in_body: bool) -> bool:
        if in_body:
            return token.kind in (NEWLINE, "RBRACE")
        starts_line = before is None or before.kind in (NEWLINE, "RBRACE")
        after = self.pending[max(len(self.pending) - 2, 0)]
        return starts_line and (token.kind in DEFINES or starts_definition(token, after))

    def leave_gap(self, dropped: list[Token], finding: Finding) -> bool:
        """Put a mark into the tree where a statement has been left out."""
        self.done += dropped
        if not dropped:
            if self.pending[-1].kind != NEWLINE:
                return False
            self.pending.pop()
            return True
        start, end = dropped[0].start, dropped[-1].end
        aside = dropped[0].kind in ASIDE
        gap = tree.Gap(start, end, tuple(names_given(dropped)), aside, finding)
        self.push(tables.STATES[self.states[-1]]["statement"], gap, start, end)
        return True


def word_before(text: str, place: int) -> int:
    """Where the word that ends at a place starts."""
    while place and (text[place - 1].isalnum() or text[place - 1] == "_"):
        place -= 1
    return place


def names_given(tokens: list[Token]) -> Iterable[str]:
    """The names that a statement which was left out would have given."""
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.kind == "NAME" and before is not None and before.kind in NAMING:
            yield token.text
        elif token.kind == "EQUAL" and before is tokens[0] and before.kind == "NAME":
            yield before.text


def names_defined(tokens: list[Token]) -> Iterable[str]:
    """The names that a definition or an import which was left out would have defined."""
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.kind == "FROM":
            break
        if token.kind in ("LBRACE", "LPAR"):
            break
        if token.kind == "NAME" and before is not None:
            yield token.text
