"""Bounds on a count, as options take them: `<5M`, `>=1.5G`, `1M..5M`."""

from __future__ import annotations

import argparse
import operator
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    Test: TypeAlias = Callable[[int], bool]

COMPARISONS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "": operator.eq,
    "=": operator.eq,
    "==": operator.eq,
}
LARGEST = 1e300
"""Stands for what is larger, which may be infinite."""
PREFIXES = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9}
COUNT = r"\s*([\d_,]*\d(?:\.\d+)?)([kKMG]?)\s*"
COMPARISON = re.compile(rf"\s*([<>]=?|={{0,2}}){COUNT}")
RANGE = re.compile(rf"{COUNT}\.\.{COUNT}")
FORMS = "write `<5M`, `>=1.5G` or `1M..5M`, with K, M or G for thousands, millions or billions"


def bounds(text: str) -> Test:
    """Whether a count is within the bounds of a text; both ends of a range are."""
    if found := RANGE.fullmatch(text):
        low, high = _count(*found.groups()[:2]), _count(*found.groups()[2:])
        if low > high:
            raise argparse.ArgumentTypeError(f"nothing is in `{text}`, which begins above its end")
        return lambda count: low <= count <= high
    if not (found := COMPARISON.fullmatch(text)):
        raise argparse.ArgumentTypeError(f"`{text}` is no comparison and no range; {FORMS}")
    compare, limit = COMPARISONS[found[1]], _count(*found.groups()[1:])
    return lambda count: bool(compare(count, limit))


def _count(digits: str, prefix: str) -> int:
    count = float(re.sub("[_,]", "", digits)) * PREFIXES[prefix.upper()]
    return round(min(count, LARGEST))
