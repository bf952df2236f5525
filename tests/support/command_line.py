"""What the tests of the command line share: specs, and what a command did."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

SMALL = """\
# Small (nobody, 2020): for tests.
# It has more lines.
model small(classes = 10) {
    input 8x8x3
    conv(4, 3x3) -> relu
    flatten -> dense(classes) -> softmax
}
"""
BROKEN = """\
model broken {
    input 8x8x3
    conv(4, 9x9)
    max_pol(2x2)
}
"""


class Outcome(NamedTuple):
    """What a command did."""

    status: int
    out: str
    err: str


Command = Callable[..., Outcome]
