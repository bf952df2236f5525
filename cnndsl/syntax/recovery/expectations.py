"""What belongs where: what is missing when something ends too early, and what a place takes."""

from __future__ import annotations

from ...diagnostics.habits import Unfinished
from ...record import Record
from .brackets import CLOSERS
from .context import STATEMENT_ENDS, ErrorContext, Mistake, at, shortened
from .reading import NEWLINE

ENDS = (*STATEMENT_ENDS, *CLOSERS, "COMMA", "LBRACE", "ARROW", "COLON", "EQUAL", "AS", "ELSE")


class Wanted(Record):
    """What has to follow a token, for messages, with an example of it."""

    missing: str
    example: str | None = None
    only_at_end: bool = True
    """Whether other tokens in its place are better spoken of for themselves."""


VALUE = Wanted("a value")
WANTED: dict[str, Wanted] = {
    "AS": Wanted("a name", "relu as features", False),
    "LET": Wanted("a name", "let side = conv(64, 1x1)", False),
    "LET_VALUE": Wanted("a name", "let width = 64", False),
    "STAGE": Wanted("a name", "stage conv1 { ... }", False),
    "FOR": Wanted("a name", "for filters in [64, 128] { ... }", False),
    "INPUT": Wanted("a shape", "input 224x224x3"),
    "PIXELS": Wanted("an order of channels", "pixels rgb(range=(0, 1))", False),
    "DEFAULTS": Wanted("an op", "defaults batch_norm(momentum=0.99)", False),
    "OUTPUT": Wanted("a name", "output main, aux", False),
    "EXPECT": Wanted("a comparison", "expect params < 25M"),
    "IF": Wanted("a condition", "if stride == 1 { ... }"),
    "IN": Wanted("a list", "for filters in [64, 128] { ... }"),
    "ELSE": Wanted("`{`", "else { ... }"),
    "COLON": Wanted("a shape", "relu : 28x28x6"),
    "DOT": Wanted("`height`, `width` or `channels`", "in.channels", False),
    "MODEL": Wanted("a name", "model lenet5 { ... }", False),
    "BLOCK": Wanted("a name", "block conv_relu(filters) { ... }", False),
    "RECIPE": Wanted("a name", "recipe usual for lenet5 { ... }", False),
    **dict.fromkeys("EQUAL COMPARE PLUS MINUS STAR SLASH FLOOR PERCENT POWER".split(), VALUE),
    **dict.fromkeys("AND OR NOT".split(), VALUE),
}
"""By the kind of the token that something has to follow."""


def unfinished(here: ErrorContext) -> Mistake | None:
    before, wanted = here.before, WANTED.get(here.before.kind)
    if before.kind == "EQUAL" and here.heading.kind == "LET" and here.bracket is None:
        wanted = Wanted("a chain of layers", "let side = conv(64, 1x1)")
    elif before.kind == "FOR" and here.heading.kind == "RECIPE":
        wanted = Wanted("a model", "recipe usual for lenet5 { ... }", False)
    elif before.kind == "FOR" and here.heading.kind == "OUTPUT":
        wanted = Wanted("`training`", "output aux for training", False)
    elif before.kind == "IN" and here.earlier.kind == "FOR":
        before, wanted = here.earlier, WANTED["FOR"]
    elif before.kind == "IN" and here.earlier.kind != "NAME":
        wanted = WANTED["DOT"]
    if wanted is None or (before.kind == "FOR" and here.token.kind == "LPAR"):
        return None
    is_operator = wanted is VALUE and here.token.kind in WANTED
    if wanted.only_at_end and here.token.kind not in ENDS and not is_operator:
        return None
    return at(Unfinished(before.text, wanted.missing, wanted.example), before)


STATEMENTS: dict[str, tuple[str, str]] = {
    "EXPECT": ("in this budget", "write a comparison, such as `expect params < 25M`"),
    "PIXELS": (
        "in this `pixels`",
        "write `pixels rgb(...)`, or outside of models `pixels NAME = rgb(...)`",
    ),
    "DEFAULTS": ("in these `defaults`", "write `defaults batch_norm(momentum=0.99)`"),
    "OUTPUT": ("in this `output`", "write names with commas, such as `output main, aux`"),
    "INPUT": (
        "in this `input`",
        "write one shape, such as `input 224x224x3`, or names and shapes: "
        "`input left: 28x28x1, right: 28x28x1`",
    ),
    "LET": ("in this `let`", "write `let NAME = ` and a chain of layers"),
    "LET_VALUE": ("in this `let`", "write `let NAME = ` and a value or a chain of layers"),
    "FOR": ("in the heading of this `for`", "write `for NAME in [64, 128] { ... }`"),
    "IF": ("in this `if`", "write `if condition { ... } else { ... }`"),
    "ELSE": ("after this `else`", "write `else { ... }` or `else if condition { ... }`"),
    "STAGE": ("in the heading of this stage", "write `stage NAME { ... }`"),
    "MODEL": ("in the heading of this model", "write `model NAME(parameter = default) { ... }`"),
    "BLOCK": ("in the heading of this block", "write `block NAME(parameter, other = 1) { ... }`"),
    "RECIPE": ("in the heading of this recipe", "write `recipe NAME for MODEL { ... }`"),
}
"""By a statement's first word: where that is, and what it takes."""

NAMES_SIDE_BY_SIDE = (
    "names stand side by side, without brackets: `for a, b in list { ... }`; with a number, "
    "`for i, one in enumerate(list) { ... }`, where `one[0]` is the first"
)

BRACKETS = {
    "[": ("in this list", "items are values with commas between them"),
    "(": (
        "in these brackets",
        "brackets hold a chain of layers, one value, or names of values: `(a, b) -> ...`",
    ),
}


def place_of(here: ErrorContext) -> tuple[str, str | None]:
    """Where the token stands, and what that place takes."""
    if here.in_parameters and here.bracket is not None:
        hint = "parameters are `NAME` or `NAME = default`, with commas between them"
        return f"among the parameters of `{shortened(here.owner.text)}`", hint
    if here.in_arguments:
        hint = "arguments are values or `NAME=value`, with commas between them"
        return f"among the arguments of `{shortened(here.owner.text)}`", hint
    if here.before.kind == "FOR" and here.token.kind == "LPAR":
        return STATEMENTS["FOR"][0], NAMES_SIDE_BY_SIDE
    if here.bracket is not None and here.bracket.text in BRACKETS:
        return BRACKETS[here.bracket.text]
    if not here.in_body and here.starts_statement:
        hint = "a file holds `model NAME { ... }`, `block NAME { ... }` and imports"
        return "outside of every model and block", hint
    if here.in_body and here.starts_statement:
        hint = (
            "a line starts with a layer, a block, a merge, or a word such as `stage`, `for`, `if`"
        )
        return "at the start of a line" if here.before.kind in (NEWLINE, "LBRACE") else "here", hint
    if here.before.kind == NEWLINE:
        return "at the start of a line", "a chain goes on in a new line behind `->` alone"
    if here.before.kind == "ARROW":
        return "after an arrow", "an arrow leads to a layer, a block or a merge"
    if here.first.kind == "FOR" and here.token.kind == "LPAR" and here.before.kind != "IN":
        return STATEMENTS["FOR"][0], NAMES_SIDE_BY_SIDE
    if here.first.kind in STATEMENTS and not (here.can("ARROW") and here.heading.kind != "LET"):
        return STATEMENTS[here.first.kind]
    hint = "after a layer comes `->`, `* n`, `as NAME`, `: SHAPE` or a new line"
    return f"after `{here.piece_before()}`", hint
