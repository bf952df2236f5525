"""Words of other languages, and words that are almost keywords."""

from __future__ import annotations

FOREIGN_DEFINITIONS = {
    "def": "block",
    "fn": "block",
    "func": "block",
    "function": "block",
    "define": "block",
    "macro": "block",
    "class": "model",
    "net": "model",
    "network": "model",
    "module": "model",
    "graph": "model",
}
"""What others start a definition with, and what the language does."""

FOREIGN = {
    "def": "a reusable part is a `block`, outside of the model",
    "class": "a reusable part is a `block`, outside of the model",
    "return": "the main line is the result; `output` names others",
    "lambda": "the language has no functions of its own; write the value itself",
    "while": "repeat with `* n` or with `for NAME in range(n) { ... }`",
    "repeat": "repeat with `* n` or with `for NAME in range(n) { ... }`",
    "pass": "an empty path is `identity`",
    "print": "`cnndsl summary` prints every layer with its shape",
    "assert": "a shape is asserted with `: 28x28x6`, a budget with `expect`",
    "with": "put layers that belong together into `stage NAME { ... }`",
    "then": "write `if condition { ... }`",
    "end": "what belongs together stands in braces: close it with `}`",
    "begin": "what belongs together stands in braces: open it with `{`",
    "switch": "write `if ... { ... } else if ... { ... }`",
    "case": "write `if ... { ... } else if ... { ... }`",
    "match": "write `if ... { ... } else if ... { ... }`",
    "var": "a side chain is `let NAME = ...`; numbers are parameters of the model",
    "const": "a side chain is `let NAME = ...`; numbers are parameters of the model",
    "self": "layers are written in order; `let` and `as` name them",
    "del": "nothing needs to be deleted",
    "try": "write the condition with `if`",
    "yield": "the main line is the result; `output` names others",
    "is": "compare with `==`",
}
"""Words that start a statement elsewhere, and what the language writes instead."""

TYPES = ("int", "float", "bool", "str", "list", "tuple", "size", "Size", "number", "any", "Any")


def keyword_near(word: str, keywords: tuple[str, ...]) -> str | None:
    """The one keyword that a word is a slip of, or None."""
    if len(word) > 12 or word in keywords:
        return None
    near = [one for one in keywords if distance(word.lower(), one) <= slips(one)]
    return near[0] if len(near) == 1 else None


def slips(word: str) -> int:
    """How many slips of the pen a word of this length may have and still be recognised."""
    return 2 if len(word) > 5 else 1


def distance(one: str, other: str) -> int:
    """How many letters were left out, added, changed or swapped with their neighbour."""
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, wanted in enumerate(other, 1):
            best = min(row[-1] + 1, rows[-1][j] + 1, rows[-1][j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]
