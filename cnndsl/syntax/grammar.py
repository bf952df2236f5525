"""Compile `grammar.lark` with Lark into `tables.py`, which the parser runs on.

    python -m cnndsl.syntax.grammar

Importing Lark takes longer than checking a spec, so its LALR(1) tables are made ahead of time.
A test holds `tables.py` against this function's output.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

HEADER = '''"""LALR(1) tables of `grammar.lark`, by `-m cnndsl.syntax.grammar`; do not edit."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    STATES: tuple[dict[str, int], ...]

'''


def compile_grammar() -> str:
    """The text of `tables.py`."""
    from lark import Lark
    from lark.parsers.lalr_analysis import Shift

    folder = Path(__file__).parent
    lark = Lark((folder / "grammar.lark").read_text(), parser="lalr", lexer="basic")
    parser: Any = lark.parser  # its tables have no public access
    table = parser.parser._parse_table
    # Lark numbers states by set order, which changes from run to run: number them by first visit.
    start, end = table.start_states["start"], table.end_states["start"]
    order = [start]
    rules: list[Any] = []
    states: list[dict[str, int]] = []
    for state in order:
        row: dict[str, int] = {}
        for symbol, (action, target) in sorted(table.states[state].items()):
            seen = order if action is Shift else rules
            if target not in seen:
                seen.append(target)
            number = seen.index(target)
            row[str(symbol)] = number if action is Shift else -1 - number
        states.append(row)
    keywords = {}
    operators = {}
    patterns = []
    for terminal in sorted(lark.terminals, key=lambda one: (-one.priority, one.name)):
        text = terminal.pattern.value
        if terminal.pattern.type == "re":
            patterns.append(f"(?P<{terminal.name}>{text})")
        elif text.isalpha():
            keywords[text] = terminal.name
        else:
            operators[text] = terminal.name
    longest_first = sorted(operators, key=lambda text: (-len(text), text))
    symbols = "|".join(map(_escaped, longest_first))
    patterns.append(f"(?P<OPERATOR>{symbols})")
    lines = [
        f"TOKEN = {'|'.join(patterns)!r}",
        f"KEYWORDS = {dict(sorted(keywords.items()))!r}",
        f"OPERATORS = {dict(sorted(operators.items()))!r}",
        f"END = {order.index(end)}",
        "RULES = (",
        *(f"    {_rule(rule)!r}," for rule in rules),
        ")",
        "STATES = (",
        *(f"    {row!r}," for row in states),
        ")",
    ]
    return HEADER + "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return "".join(f"\\{character}" for character in text)


def _rule(rule: Any) -> tuple[str, int, str | None, tuple[int, ...], tuple[int, ...]]:
    """(nonterminal, length, builder, kept children with -1 for an absent one, spliced children).

    The builder is None for a rule that only passes its one child on, and `+` for the helper
    rules of repetitions, whose children are spliced into the parent's.
    """
    name = str(rule.origin.name)
    kept: list[int] = []
    spliced: list[int] = []
    absent = [0] * (len(rule.expansion) + 1)
    if rule.options.empty_indices:
        flags = "".join("1" if flag else "0" for flag in rule.options.empty_indices)
        absent = [len(ones) for ones in flags.split("0")]
    for index, symbol in enumerate(rule.expansion):
        kept += [-1] * absent[index]
        if symbol.is_term and symbol.filter_out:
            continue
        if not symbol.is_term and symbol.name.startswith("_"):
            spliced.append(len(kept))
        kept.append(index)
    kept += [-1] * absent[-1]
    builder: str | None = str(rule.alias or name)
    if name.startswith("_"):
        builder = "+"
    elif rule.options.expand1 and not rule.alias and len(kept) == 1:
        builder = None
    return name, len(rule.expansion), builder, tuple(kept), tuple(spliced)


if __name__ == "__main__":
    (Path(__file__).parent / "tables.py").write_text(compile_grammar())
