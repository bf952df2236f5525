"""The language for editors that colour by TextMate's grammars: VS Code above all.

Such a grammar sees a line at a time and the brackets around it. Inside brackets stand expressions,
where no statement begins; in the braces of a recipe stand settings; elsewhere stand chains.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from . import vocabulary

NAME = vocabulary.TOKENS["NAME"]
NO_ARGUMENT = r"(?!\s*=(?!=))"
"""Behind a word that is not the name of an argument."""
LINE_START = r"(?:^|(?<=\{))\s*"
KEYWORD = "keyword.control.statement.cnn"
DEFINES = "keyword.control.definition.cnn"
"""As VS Code colours the keywords that the language server tells of, so that none changes then."""
COMMENT = "comment.line.number-sign.cnn"
OP = "support.function.op.cnn"
NAMED_BEHIND = ("let", "share", "as")
"""Keywords behind which a value or number gets its name."""

Pattern = dict[str, Any]


def grammar() -> str:
    """The text of `cnn.tmLanguage.json`."""
    whole = {
        "information_for_contributors": ["Written by `python -m cnndsl.generate`; do not edit."],
        "name": "cnndsl",
        "scopeName": "source.cnn",
        "patterns": _includes("chain"),
        "repository": {name: {"patterns": patterns} for name, patterns in _repository().items()},
    }
    return json.dumps(whole, indent=2) + "\n"


def _repository() -> dict[str, list[Pattern]]:
    return {
        "chain": [
            *_includes("text", "import", "recipe", "definition", "statement", "arguments"),
            _brackets(r"\(", r"\)", "chain"),
            _brackets(r"\{", r"\}", "chain"),
            _brackets(r"\[", r"\]", "expression"),
            _called(vocabulary.FUNCTIONS, "support.function.cnn"),
            _match(rf"{_word(vocabulary.OPS)}{NO_ARGUMENT}", OP),
            *_includes("control", "value"),
        ],
        "expression": [
            *_includes("text", "argument", "arguments"),
            _brackets(r"\(", r"\)", "expression"),
            _brackets(r"\[", r"\]", "expression"),
            _called(vocabulary.FUNCTIONS, "support.function.cnn"),
            _match(_word(vocabulary.WORDS), "support.constant.cnn"),
            *_includes("turns", "control", "value"),
        ],
        "text": [
            _match(vocabulary.TOKENS["COMMENT"], COMMENT),
            _match(vocabulary.TOKENS["STRING"], "string.quoted.cnn"),
        ],
        "import": _imports(),
        "recipe": [_recipe()],
        "setting": _settings(),
        "definition": _definitions(),
        "statement": _statements(),
        "turns": [_turns()],
        "arguments": [_brackets(r"(?<=[A-Za-z0-9_])\(", r"\)", "expression")],
        "argument": [_argument()],
        "control": _control(),
        "value": _values(),
    }


def _includes(*names: str) -> list[Pattern]:
    return [{"include": f"#{name}"} for name in names]


def _match(pattern: str, scope: str = "", **captures: str) -> Pattern:
    """A pattern with the scope of all that it takes, or of its groups: `_1=...`."""
    found: Pattern = {"match": pattern}
    if scope:
        found["name"] = scope
    if captures:
        found["captures"] = _captures(captures)
    return found


def _captures(scopes: dict[str, str]) -> Pattern:
    return {group.lstrip("_"): {"name": scope} for group, scope in scopes.items()}


def _brackets(opening: str, closing: str, inside: str) -> Pattern:
    return {"begin": opening, "end": closing, "patterns": _includes(inside)}


def _word(words: Collection[str]) -> str:
    return rf"(?<![\w.])({'|'.join(sorted(words))})(?!\w)"


def _called(words: Collection[str], scope: str) -> Pattern:
    return _match(rf"{_word(words)}(?=\s*\()", scope)


def _imports() -> list[Pattern]:
    return [
        _match(rf"{LINE_START}(import)(?=\s+{NAME})", _1="keyword.control.import.cnn"),
        _match(r"(?<!\w)(from)(?=\s*[\"'])", _1="keyword.control.import.cnn"),
    ]


def _recipe() -> Pattern:
    header = rf"(?<!\w)(recipe)\s+({NAME})(?:\s+(for)\s+({NAME}))?\s*\{{"
    scopes = {
        "_1": DEFINES,
        "_2": "entity.name.type.cnn",
        "_3": KEYWORD,
        "_4": "entity.name.type.cnn",
    }
    return {
        "begin": header,
        "beginCaptures": _captures(scopes),
        "end": r"\}",
        "patterns": _includes("setting"),
    }


def _settings() -> list[Pattern]:
    return [
        *_includes("text", "arguments"),
        _match(rf"{LINE_START}({NAME})", _1="support.type.property-name.cnn"),
        _match(r"(?<!\w)for(?!\w)", KEYWORD),
        _match(_word(vocabulary.CHOICES), "support.function.cnn"),
        *_includes("value"),
    ]


def _definitions() -> list[Pattern]:
    blocks = vocabulary.DEFINITIONS - {"pixels", "recipe"}
    return [
        _match(
            rf"(?<![\w.])({'|'.join(sorted(blocks))})\s+({NAME})",
            _1=DEFINES,
            _2="entity.name.type.cnn",
        ),
        _match(rf"{LINE_START}(pixels)\s+({NAME})(?=\s*=)", _1=DEFINES, _2="entity.name.type.cnn"),
        _match(rf"{LINE_START}(pixels)(?=\s+{NAME})", DEFINES),
    ]


def _statements() -> list[Pattern]:
    words = vocabulary.STATEMENTS - {"training", *NAMED_BEHIND}
    return [
        _match(rf"{LINE_START}({'|'.join(sorted(words))})(?=\s)", _1=KEYWORD),
        _match(
            rf"(?<![\w.])({'|'.join(NAMED_BEHIND)})\s+({NAME})",
            _1=KEYWORD,
            _2="variable.other.definition.cnn",
        ),
        _match(r"(?<!\w)(for)\s+(training)(?!\w)", _1=KEYWORD, _2=KEYWORD),
        _turns(),
        _match(_word(vocabulary.FACTS), "support.variable.cnn"),
    ]


def _turns() -> Pattern:
    return _match(
        rf"(?<![\w.])(for)\s+({NAME}(?:\s*,\s*{NAME})*)\s+(in)(?!\w)",
        _1="keyword.control.cnn",
        _2="variable.other.definition.cnn",
        _3="keyword.control.cnn",
    )


def _argument() -> Pattern:
    return _match(
        rf"({NAME})\s*=(?!=)(?:\s*({'|'.join(sorted(vocabulary.OPS))})(?=\s*[,)]))?",
        _1="variable.parameter.cnn",
        _2=OP,
    )


def _control() -> list[Pattern]:
    return [
        _match(f"{_word(vocabulary.CONTROL - {'in'})}{NO_ARGUMENT}", "keyword.control.cnn"),
        _match(r"(?<![\w.])in(?=\s*\.)", "keyword.control.cnn"),
        _match(f"{_word(vocabulary.OPERATORS)}{NO_ARGUMENT}", "keyword.operator.logical.cnn"),
    ]


def _values() -> list[Pattern]:
    numbers = "|".join(vocabulary.TOKENS[kind] for kind in ("SIZE", "DECIMAL", "INTEGER"))
    return [
        _match(f"{_word(vocabulary.CONSTANTS)}{NO_ARGUMENT}", "constant.language.cnn"),
        _match(rf"(?<!\w)(?:{numbers})", "constant.numeric.cnn"),
        _match(rf"\.({'|'.join(vocabulary.DIMENSIONS)})(?!\w)", _1="variable.other.property.cnn"),
        _match("->", "keyword.operator.arrow.cnn"),
        _match(r"[=!<>]=|\*\*|//|[-+*/%<>=]", "keyword.operator.cnn"),
    ]
