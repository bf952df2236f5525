"""Files that are written whole or not at all, and how two versions of a text differ."""

from __future__ import annotations

import os
import stat

from ..diagnostics.base import reason_of
from ..project.replacement import replacing
from .failure import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def write_atomically(path: str, content: str | bytes) -> None:
    """Write a file, so that at no time anybody finds a part of it.

    A device or pipe is written to as it is. Raises `CommandError`, also for a file that is
    read-only.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        mode = os.stat(path).st_mode if os.path.exists(path) else None
        if mode is None or stat.S_ISREG(mode) or stat.S_ISDIR(mode):
            if mode is not None and not mode & WRITABLE:
                raise CommandError(f"cannot write {path}: it is read-only")
            with replacing(path) as partial, open(partial, "wb") as file:
                file.write(data)
        else:
            with open(path, "wb") as device:
                device.write(data)
    except ValueError as error:
        raise CommandError(f"cannot write {path!r}: {error}") from None
    except OSError as error:
        raise CommandError(f"cannot write {path}: {reason_of(error)}") from None


def unified(before: str, after: str, name: str) -> str:
    """A unified diff, as `patch` and `git apply` read it; no text where there is no difference."""
    return "".join(_hunks(before, after, name))


def _hunks(before: str, after: str, name: str) -> Iterator[str]:
    from difflib import unified_diff  # deferred: equal texts need no diff

    for line in unified_diff(_lines(before), _lines(after), f"a/{name}", f"b/{name}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """The lines with their ends; Python's own splitting knows more ends than a newline."""
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines
