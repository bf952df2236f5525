"""What is wrong with a text that the parser has refused: every mistake, each once.

Three steps: `reading` makes tokens of everything, `brackets` makes all brackets match, and
`machine` parses on past each mistake. It asks `mistakes`, a table of rules, what a mistake is in a
person's words and what was most likely meant, and goes on with that; where that is not plain, it
leaves out the statement.
"""

from __future__ import annotations

from ...diagnostics.syntax import NestedTooDeeply
from ...text import Source
from ..lexer import SyntaxFailure
from .brackets import Layout
from .machine import Machine
from .reading import Reader


def recover(source: Source) -> SyntaxFailure | None:
    """Every syntax error of a source, with the tree of what is whole; None if there is no error."""
    reader = Reader(source)
    layout = Layout(source)
    tokens = layout.arrange(reader.read())
    deep = [one for one in layout.findings if isinstance(one.diagnostic, NestedTooDeeply)]
    if deep:  # the brackets around it are closed for all we know
        return SyntaxFailure(*deep)
    machine = Machine(source, tokens, layout, reader.findings)
    tree = machine.run()
    read = [
        one
        for one in reader.findings
        if not any(start <= one.location.start < end for start, end in machine.skipped)
    ]
    found = dict.fromkeys([*read, *layout.findings, *machine.findings])
    findings = sorted(found, key=lambda one: (one.location.start, one.location.end))
    return SyntaxFailure(*findings, tree=tree) if findings else None
