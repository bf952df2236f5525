"""Text to syntax tree.

Where a text has a mistake, `recovery` reads it again, more slowly, and reports every one; of very
long texts the first is all that is reported.
"""

from __future__ import annotations

from .driver import drive
from .lexer import SyntaxFailure, tokenize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..text import Source
    from .tree import File

LONGEST_RECOVERED = 200_000
"""Characters of a text that is read again: about a second. The zoo's longest file has 3,000."""


def parse(source: Source) -> File:
    """The syntax tree of a source. Raises `SyntaxFailure`."""
    try:
        return drive(source, tokenize(source))
    except SyntaxFailure as found:
        first = found
    raise first if len(source.text) > LONGEST_RECOVERED else _recovered(source) or first


def _recovered(source: Source) -> SyntaxFailure | None:
    from .recovery import recover  # deferred: only broken texts need it, and Lark

    return recover(source)
