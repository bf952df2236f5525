"""Words of other languages, and what this one has for them."""

from __future__ import annotations

from ...ops import OPS
from ...ops.base import Integer

FOREIGN_DEFINITIONS = {
    **dict.fromkeys("def fn func function define macro".split(), "block"),
    **dict.fromkeys("class net network module graph".split(), "model"),
}
"""What others start a definition with, and what the language does."""

FOREIGN = {
    word: advice
    for words, advice in {
        "def class": "a reusable part is a `block`, outside of the model",
        "return yield": "the main line is the result; `output` names others",
        "lambda": "the language has no functions of its own; write the value itself",
        "while repeat": "repeat with `* n` or with `for NAME in range(n) { ... }`",
        "pass": "an empty path is `identity`",
        "print": "`cnndsl summary` prints every layer with its shape",
        "assert": "a shape is asserted with `: 28x28x6`, a budget with `expect`",
        "with": "put layers that belong together into `stage NAME { ... }`",
        "then": "write `if condition { ... }`",
        "end": "what belongs together stands in braces: close it with `}`",
        "begin": "what belongs together stands in braces: open it with `{`",
        "switch case match": "write `if ... { ... } else if ... { ... }`",
        "var const": "a side chain is `let NAME = ...`; numbers are parameters of the model",
        "self": "layers are written in order; `let` and `as` name them",
        "del": "nothing needs to be deleted",
        "try": "write the condition with `if`",
        "is": "compare with `==`",
    }.items()
    for word in words.split()
}
"""Words that start a statement elsewhere, and what the language writes instead."""

TYPES = ("int", "float", "bool", "str", "list", "tuple", "size", "Size", "number", "any", "Any")
ATTRIBUTES = frozenset(name for op in OPS.values() for name in op.attributes)
COUNTS = frozenset(
    name
    for op in OPS.values()
    for name, attribute in op.attributes.items()
    if isinstance(attribute.kind, Integer)
)
"""Attributes that are one number, and never a size."""
