"""How a command says that it cannot do its work, and where its text goes."""

from __future__ import annotations

import os
import sys

from ..diagnostics.base import Failure
from ..text import escaped, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

CLEAN, FINDINGS, FAILED = 0, 1, 2
"""Exit statuses: all is well; the spec does not hold; the tool could not do what was asked."""


class CommandError(Failure):
    """Wrong usage, an unreadable file, or a missing backend."""


def shown(failure: Failure) -> str:
    """What a command prints about a failure."""
    advice = [f"  = help: {failure.advice}"] if failure.advice else []
    return "error: " + "\n".join(map(printable, [*failure.lines, *advice]))


def write(text: str, stream: TextIO | None = None) -> None:
    """Write lines for people, in which neither a terminal nor GitHub finds a command.

    Colours are the only control sequences that come through.
    """
    is_on_github = os.environ.get("GITHUB_ACTIONS") == "true"
    if is_on_github or not text.replace("\n", "").isprintable():
        text = _tamed(text, is_on_github)
    write_data(text, stream)


def _tamed(text: str, is_on_github: bool) -> str:
    import re  # deferred: most lines are plain

    if is_on_github:
        text = re.sub(r"(?m)^(\s*):(?=:)", r"\1\\x3a", text).replace("##[", r"#\x23[")
    parts = re.split(r"(\n|\x1b\[[0-9;]*m)", text)
    parts[::2] = map(escaped, parts[::2])
    return "".join(parts)


def write_data(text: str, stream: TextIO | None = None) -> None:
    """Write code or data to standard output or another stream, as they are.

    What the stream cannot encode is escaped.
    """
    target = sys.stdout if stream is None else stream
    if target is None or not text:
        return
    try:
        target.write(text)
    except UnicodeEncodeError:
        encoding = target.encoding or "ascii"
        target.write(text.encode(encoding, "backslashreplace").decode(encoding))


def complain(text: str) -> None:
    """Write a line to standard error, behind what standard output has had so far."""
    if sys.stdout is not None:
        sys.stdout.flush()
    write(f"{text}\n", sys.stderr)


def wants_color() -> bool:
    """Whether standard output is a terminal whose user has nothing against colour."""
    if sys.stdout is None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdout.isatty()


def terminal_width() -> int | None:
    """How many columns the terminal has, or None where standard output is none."""
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    if os.environ.get("COLUMNS", "").isdigit():
        return int(os.environ["COLUMNS"]) or None
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or None
    except (OSError, ValueError):
        return None
