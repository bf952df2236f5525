"""Files that commands write: which format they have, and that they are none of the specs read."""

from __future__ import annotations

import os

from .failure import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Mapping

STANDARD_OUTPUT = "-"


def format_named(options: Namespace, suffixes: Mapping[str, str]) -> str | None:
    """The format given, or that of the output's suffix; None where there is no file to tell.

    Raises `CommandError` for a file without a name, and for one of another suffix.
    """
    from ..pictures.formats import format_of  # deferred: compile writes no pictures

    if options.output == "":
        raise CommandError("the name of the output file is empty")
    if options.format is not None:
        return str(options.format)
    if options.output in (None, STANDARD_OUTPUT):
        return None
    found = format_of(options.output, suffixes)
    if found is None:
        advice = f"end it in one of {', '.join(suffixes.values())}, or give --format"
        raise CommandError(f"which format {options.output} is to have is not known", advice)
    return found


def refuse_inputs(output: str, inputs: Iterable[str]) -> None:
    """Raise `CommandError` if the output is one of the specs that it is made from."""
    for path in inputs:
        if os.path.exists(output) and os.path.exists(path) and os.path.samefile(output, path):
            raise CommandError(f"{output} is the spec itself", "choose another name for the output")
