"""`cnndsl explain`: the catalogue of diagnostics."""

from __future__ import annotations

from textwrap import indent

from ..diagnostics.base import Diagnostic, did_you_mean
from ..diagnostics.catalogue import codes, documentation
from ..ops import OPS
from ..ops.manual import manual, signature
from ..report.formats import aligned
from ..values import write as write_value
from .argument_parser import Parser
from .catalogue_page import first_sentence, name_of, sections
from .failure import CLEAN, CommandError, terminal_width, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..ops.base import Op

DESCRIPTION = (
    "Explain a diagnostic by its code or name, or an op; without one, list all diagnostics."
)
EXAMPLES = """\
cnndsl explain CNN301
cnndsl explain paths-differ
cnndsl explain conv
cnndsl explain"""


def main(arguments: Sequence[str]) -> int:
    parser = Parser("explain", DESCRIPTION, EXAMPLES)
    parser.add_argument("code", metavar="WORD", nargs="?", help="CNN301, paths-differ or conv")
    options = parser.parse(arguments)
    known = codes()
    if options.code is None:
        show(aligned([(code, name_of(one), first_sentence(one)) for code, one in known.items()]))
        return CLEAN
    op = OPS.get(options.code.lower())
    show(op_page(op) if op else explanation(find(options.code, known)))
    return CLEAN


def show(text: str) -> None:
    """Write a text, page by page where it is longer than the terminal is high."""
    import pydoc  # deferred: for a terminal alone
    from shutil import get_terminal_size

    if terminal_width() is None or text.count("\n") < get_terminal_size().lines:
        write(text)
    else:
        pydoc.pager(text)


def op_page(op: type[Op]) -> str:
    """What an op does, its attributes, and what it asks of its input."""
    prose, constraints = manual(op)
    parts = [signature(op).replace("`", ""), *prose]
    attributes = [
        f"{name}{'' if one.is_required else f' = {write_value(one.default)}'}\n"
        f"    {one.kind.text}: {one.doc}"
        for name, one in op.attributes.items()
    ]
    parts += ["\n".join(attributes)] if attributes else []
    if constraints:
        parts.append("\n".join(f"{label}: {rule}" for label, rule in constraints))
    return "\n\n".join(parts) + "\n"


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
    is_code = code.startswith("CNN")
    similar = did_you_mean(*((code, known) if is_code else (name, {**names, **OPS})))
    kind = "diagnostic" if is_code else "diagnostic and no op"
    advice = similar or "see `cnndsl explain` for all of them"
    raise CommandError(f"no {kind} is named `{word}`", advice)


def explanation(diagnostic: type[Diagnostic]) -> str:
    """What a diagnostic means, a spec that it refuses, what that prints, and the spec mended."""
    parts = [f"{diagnostic.code} {name_of(diagnostic)} ({diagnostic.severity})"]
    parts.append(documentation(diagnostic))
    for text, is_code in sections(diagnostic.code):
        parts.append(indent(text.rstrip(), "    ") if is_code else text)
    return "\n\n".join(parts) + "\n"
