"""Files that are written whole or not at all, and how two versions of a text differ."""

from __future__ import annotations

import os
import stat
from io import StringIO

from ..diagnostics.base import reason_of
from ..project.replacement import replacing
from ..report.render import printable
from .failure import CommandError

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
                raise CommandError(f"cannot write {printable(path)}: it is read-only")
            with replacing(path) as partial, open(partial, "wb") as file:
                file.write(data)
        else:
            with open(path, "wb") as device:
                device.write(data)
    except ValueError as error:
        raise CommandError(f"cannot write {path!r}: {error}") from None
    except OSError as error:
        raise CommandError(f"cannot write {printable(path)}: {reason_of(error)}") from None


def unified(before: str, after: str, name: str) -> str:
    """A unified diff, as `patch` and `git apply` read it; no text where there is no difference."""
    from difflib import unified_diff  # deferred: most files are written without a diff

    def lines(text: str) -> list[str]:
        return list(StringIO(text))  # at newlines alone: `splitlines` knows other ends

    diff = unified_diff(lines(before), lines(after), f"a/{name}", f"b/{name}")
    end = "\n\\ No newline at end of file\n"
    return "".join(line if line.endswith("\n") else line + end for line in diff)
