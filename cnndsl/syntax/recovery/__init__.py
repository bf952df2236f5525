"""What is wrong with a text that the parser has refused: every mistake, each once.

Three steps: `reading` makes tokens of everything, `brackets` makes all brackets match, and
`repair` reads on past each mistake. It asks `mistakes`, a table of rules, what a mistake is in a
person's words and what was most likely meant, and goes on with that; where that is not plain, it
leaves out the statement. What tokens can stand the parser's tables say, in `exploration`; of those
that are left at the end the parser makes a tree as of any others.
"""

from __future__ import annotations

from ...diagnostics.syntax import NestedTooDeeply
from ...text import Source
from ..lexer import SyntaxFailure
from .brackets import Layout
from .reading import Reader
from .repair import Repairer


def recover(
    source: Source,
    start: int = 0,
    end: int | None = None,
    left_out: tuple[tuple[int, int], ...] = (),
) -> SyntaxFailure | None:
    """Every syntax error in a range of a source, with the tree of what is whole; None without.

    Of `left_out`, ranges of whole statements, nothing is read.
    """
    reader = Reader(source, start, end, left_out)
    layout = Layout(source)
    tokens = layout.arrange(reader.read())
    deep = [one for one in layout.findings if isinstance(one.diagnostic, NestedTooDeeply)]
    if deep:  # the brackets around it are closed for all we know
        return SyntaxFailure(*deep)
    repairer = Repairer(source, tokens, layout, reader.findings)
    file = repairer.run()
    read = [
        one
        for one in reader.findings
        if not any(start <= one.location.start < end for start, end in repairer.skipped)
    ]
    found = dict.fromkeys([*read, *layout.findings, *repairer.findings])
    findings = sorted(found, key=lambda one: (one.location.start, one.location.end))
    return SyntaxFailure(*findings, tree=file) if findings else None
