"""`cnndsl explain`: the catalogue of diagnostics."""

from __future__ import annotations

import os
from importlib import import_module

from cnndsl import diagnostics
from cnndsl.diagnostics.base import Diagnostic, nearest
from cnndsl.diagnostics.formats import kebab

from .failure import CLEAN, CommandError, write
from .parser import Parser

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DESCRIPTION = "Explain a diagnostic by its code or name; without one, list them all."
EXAMPLES = """\
cnndsl explain CNN301
cnndsl explain paths-differ
cnndsl explain"""


def main(arguments: Sequence[str]) -> int:
    parser = Parser("explain", DESCRIPTION, EXAMPLES)
    parser.add_argument("code", metavar="CODE", nargs="?", help="such as CNN301 or paths-differ")
    options = parser.parse(arguments)
    known = catalogue()
    if options.code is None:
        width = max(len(name_of(one)) for one in known.values())
        for code, one in known.items():
            write(f"{code}  {name_of(one):<{width}}  {documentation(one).splitlines()[0]}\n")
        return CLEAN
    write(explanation(find(options.code, known)))
    return CLEAN


def catalogue() -> dict[str, type[Diagnostic]]:
    """Every diagnostic of the package by its code, in order."""
    folder = os.path.dirname(diagnostics.__file__)
    for file in sorted(os.listdir(folder)):
        if file.endswith(".py") and file != "__init__.py":
            import_module(f"{diagnostics.__name__}.{file.removesuffix('.py')}")
    found = {one.code: one for one in _subclasses(Diagnostic) if one.code}
    return dict(sorted(found.items()))


def find(word: str, known: dict[str, type[Diagnostic]]) -> type[Diagnostic]:
    """The diagnostic of a code (`CNN301`, `cnn301`, `301`) or name. Raises `CommandError`."""
    code = word.upper()
    if code.isdigit():
        code = f"CNN{code}"
    if code in known:
        return known[code]
    names = {name_of(one): one for one in known.values()}
    name = word.lower().replace("_", "-")
    if name in names:
        return names[name]
    similar = nearest(code, known) if code.startswith("CNN") else nearest(name, names)
    advice = f"did you mean `{similar}`?" if similar else "see `cnndsl explain` for all of them"
    raise CommandError(f"no diagnostic is named `{word}`", advice)


def explanation(diagnostic: type[Diagnostic]) -> str:
    return f"{diagnostic.code} {name_of(diagnostic)} ({diagnostic.severity})\n\n" + (
        f"{documentation(diagnostic)}\n"
    )


def name_of(diagnostic: type[Diagnostic]) -> str:
    return kebab(diagnostic.__name__)


def documentation(diagnostic: type[Diagnostic]) -> str:
    from inspect import cleandoc

    return cleandoc(diagnostic.__doc__ or "")


def _subclasses(base: type[Diagnostic]) -> Iterator[type[Diagnostic]]:
    for one in base.__subclasses__():
        yield one
        yield from _subclasses(one)
