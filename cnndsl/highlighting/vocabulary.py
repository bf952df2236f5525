"""The words of the language by what they are, for programs that colour texts without a check.

All lists come from the parser's tables, the ops, the evaluator and the recipes; only what keywords
are to a reader is said here.
"""

from __future__ import annotations

import re

from ..ir.pixels import ORDERS
from ..ops.index import FAMILY_OF
from ..ops.index import WORDS as WORDS_OF_ATTRIBUTES
from ..recipes.binder import SETTINGS as RECIPE_SETTINGS
from ..recipes.recipe import DIGITS
from ..recipes.words import (
    AUGMENTATIONS,
    LOGS,
    LOSSES,
    METRICS,
    OPTIMIZERS,
    PRECISIONS,
    SCHEDULES,
)
from ..semantics.evaluate import AXES
from ..semantics.evaluate import FUNCTIONS as EVALUATED
from ..semantics.facts import FACTS as MEASURED
from ..syntax import tables
from ..syntax.actions import CONSTANTS as LITERALS

DEFINITIONS = frozenset(("block", "model", "pixels", "recipe", "stage"))
"""Keywords that define what is named behind them."""
IMPORTS = frozenset(("from", "import"))
OPERATORS = frozenset(("and", "not", "or"))
CONTROL = frozenset(("else", "for", "if", "in"))
CONSTANTS = frozenset(LITERALS)
STATEMENTS = frozenset(tables.KEYWORDS) - DEFINITIONS - IMPORTS - OPERATORS - CONTROL - CONSTANTS
"""All other keywords: they begin a statement, or say more of a layer or an output."""
FAMILIES = (AUGMENTATIONS, LOSSES, METRICS, OPTIMIZERS, SCHEDULES)

OPS = tuple(FAMILY_OF)
FUNCTIONS = tuple(EVALUATED)
FACTS = tuple(MEASURED)
DIMENSIONS = tuple(AXES)
WORDS = tuple(sorted(WORDS_OF_ATTRIBUTES))
PIXELS = tuple(ORDERS)
SETTINGS = tuple(RECIPE_SETTINGS)
CHOICES = tuple(
    sorted({word for one in FAMILIES for word in one.words} | {DIGITS, *LOGS, *PRECISIONS})
)
"""The words that settings of recipes choose from."""
TOKENS = dict(re.findall(r"\(\?P<(\w+)>(.+?)\)(?=\|\(\?P<)", tables.TOKEN))
"""The pattern of each token that is no keyword, operator or bracket."""
