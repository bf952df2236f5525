"""`cnndsl explain`: the catalogue of diagnostics."""

from __future__ import annotations

from textwrap import indent

from ..diagnostics.base import Diagnostic, did_you_mean
from ..diagnostics.catalogue import codes, documentation
from ..report.formats import aligned
from .argument_parser import Parser
from .catalogue_page import first_sentence, name_of, sections
from .failure import CLEAN, CommandError, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

DESCRIPTION = "Explain a diagnostic by its code or name; without one, list them all."
EXAMPLES = """\
cnndsl explain CNN301
cnndsl explain paths-differ
cnndsl explain"""


def main(arguments: Sequence[str]) -> int:
    parser = Parser("explain", DESCRIPTION, EXAMPLES)
    parser.add_argument("code", metavar="CODE", nargs="?", help="such as CNN301 or paths-differ")
    options = parser.parse(arguments)
    known = codes()
    if options.code is None:
        write(aligned([(code, name_of(one), first_sentence(one)) for code, one in known.items()]))
        return CLEAN
    write(explanation(find(options.code, known)))
    return CLEAN


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
    similar = did_you_mean(*((code, known) if code.startswith("CNN") else (name, names)))
    advice = similar or "see `cnndsl explain` for all of them"
    raise CommandError(f"no diagnostic is named `{word}`", advice)


def explanation(diagnostic: type[Diagnostic]) -> str:
    """What a diagnostic means, a spec that it refuses, what that prints, and the spec mended."""
    parts = [f"{diagnostic.code} {name_of(diagnostic)} ({diagnostic.severity})"]
    parts.append(documentation(diagnostic))
    for text, is_code in sections(diagnostic.code):
        parts.append(indent(text.rstrip(), "    ") if is_code else text)
    return "\n\n".join(parts) + "\n"
