"""Compile `grammar.lark` with Lark into the tables that are shipped beside it.

Importing Lark takes longer than checking a spec, so its LALR(1) tables are made ahead of time:
`grammar.tables` has what `Lark.save` writes in the few columns that the parser needs. Nothing else
imports Lark. A test holds the tables against a fresh compilation.
"""

from __future__ import annotations

import io
import pickle
import re
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark

FOLDER = Path(__file__).parent
LOADED_OPTIONS = ("parser", "lexer", "start")
"""What `Lark.load` must be told; the other options are not the same in all versions of Lark."""


@cache
def _saved() -> dict[str, Any]:
    """What Lark saves of the parser, its states numbered by first visit.

    Lark numbers states and symbols by set order, which changes from run to run.
    """
    lark = Lark((FOLDER / "grammar.lark").read_text(), parser="lalr", lexer="basic")
    others = [name for name in lark.options.options if name not in LOADED_OPTIONS]
    file = io.BytesIO()
    lark.save(file, exclude_options=others)
    saved: dict[str, Any] = pickle.loads(file.getvalue())
    table = saved["data"]["parser"]["parser"]
    names = sorted(table["tokens"].values())
    places = {token: names.index(name) for token, name in table["tokens"].items()}
    rows = {
        state: sorted((places[token], action) for token, action in row.items())
        for state, row in table["states"].items()
    }
    order = [table["start_states"]["start"]]
    for state in order:
        targets = [target for _, (is_reduction, target) in rows[state] if not is_reduction]
        order += [target for target in dict.fromkeys(targets) if target not in order]
    number = {state: place for place, state in enumerate(order)}
    table["tokens"] = dict(enumerate(names))
    table["states"] = {
        number[state]: {
            token: (is_reduction, target if is_reduction else number[target])
            for token, (is_reduction, target) in rows[state]
        }
        for state in order
    }
    table["end_states"] = {one: number[state] for one, state in table["end_states"].items()}
    return saved


def parser_tables() -> str:
    """The text of `grammar.tables`.

    Its paragraphs are the pattern of tokens, keywords, operators, the end, rules, and states.
    """
    saved = _saved()
    memo, table = saved["memo"], saved["data"]["parser"]["parser"]
    terminals = [one for one in memo.values() if one["__type__"] == "TerminalDef"]
    rules = {key: one for key, one in memo.items() if one["__type__"] == "Rule"}
    first_rule = min(rules)
    keywords, operators, patterns = {}, {}, []
    for terminal in sorted(terminals, key=lambda one: (-one["priority"], one["name"])):
        text = terminal["pattern"]["value"]
        if terminal["pattern"]["__type__"] == "PatternRE":
            patterns.append(f"(?P<{terminal['name']}>{text})")
        elif text.isalpha():
            keywords[text] = terminal["name"]
        else:
            operators[text] = terminal["name"]
    longest_first = sorted(operators, key=lambda text: (-len(text), text))
    longer = [re.escape(text) for text in longest_first if len(text) > 1]
    single = "".join(re.escape(text) for text in longest_first if len(text) == 1)
    symbols = "|".join([*longer, f"[{single}]"])  # compiles sooner than one choice for each
    pattern = "|".join([*patterns, f"(?P<OPERATOR>{symbols})"])
    paragraphs = [
        ["".join(one if one.isprintable() else repr(one)[1:-1] for one in pattern)],
        [f"{text} {name}" for text, name in sorted(keywords.items())],
        [f"{text} {name}" for text, name in sorted(operators.items())],
        [str(table["end_states"]["start"])],
        [_rule(rule) for rule in rules.values()],
        [_state(row, table["tokens"], first_rule) for row in table["states"].values()],
    ]
    return "\n\n".join("\n".join(lines) for lines in paragraphs) + "\n"


def _state(row: dict[int, Any], names: dict[int, str], first_rule: int) -> str:
    """`SYMBOL state` pairs, then for each rule that ends here `| rule` and the symbols after it."""
    shifts: list[str] = []
    reductions: dict[int, list[str]] = {}
    for token, (is_reduction, target) in row.items():
        if is_reduction:
            reductions.setdefault(target["@"] - first_rule, []).append(names[token])
        else:
            shifts.append(f"{names[token]} {target}")
    ends = [f"| {rule} {' '.join(symbols)}" for rule, symbols in reductions.items()]
    return " ".join([*shifts, *ends])


def _rule(rule: dict[str, Any]) -> str:
    """Nonterminal, length, builder, kept children (-1 for an absent one), the spliced of those.

    The builder is `-` for a rule that only passes its one child on, and `+` for the helper
    rules of repetitions, whose children are spliced into the parent's.
    """
    name, expansion, options = rule["origin"]["name"], rule["expansion"], rule["options"]
    kept: list[int] = []
    spliced: list[int] = []
    flags = options["empty_indices"] or [False] * len(expansion)
    absent = [len(ones) for ones in "".join("01"[flag] for flag in flags).split("0")]
    for index, symbol in enumerate(expansion):
        kept += [-1] * absent[index]
        if symbol.get("filter_out"):
            continue
        if symbol["__type__"] == "NonTerminal" and symbol["name"].startswith("_"):
            spliced.append(len(kept))
        kept.append(index)
    kept += [-1] * absent[-1]
    builder = rule["alias"] or name
    if name.startswith("_"):
        builder = "+"
    elif options["expand1"] and not rule["alias"] and len(kept) == 1:
        builder = "-"
    columns = [name, str(len(expansion)), builder, _numbers(kept), _numbers(spliced)]
    return " ".join(columns)


def _numbers(numbers: list[int]) -> str:
    return ",".join(map(str, numbers)) or "-"
