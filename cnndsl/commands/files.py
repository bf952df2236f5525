"""Files that are written whole or not at all, and how two versions of a text differ."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from io import StringIO

from ..diagnostics.base import reason_of
from ..project.regular import BYTE_ORDER_MARK, at_once, opened
from ..project.replacement import alone, mode_of, replacing
from ..text import escaped
from .failure import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def write_atomically(path: str, content: str | bytes) -> None:
    """Write a file, so that at no time anybody finds a part of it.

    A device or pipe is written to as it is, if somebody reads it. Raises `CommandError`, also for
    a file that is read-only.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
            with open(path, "wb", opener=at_once) as device:
                os.set_blocking(device.fileno(), True)
                device.write(data)
            return
        mode = mode_of(path)
        if mode is not None and not mode & WRITABLE:
            raise CommandError(f"cannot write {path}: it is read-only")
        with replacing(path) as partial, open(partial, "wb") as file:
            file.write(data)
    except ValueError as error:
        raise CommandError(f"cannot write {path!r}: {error}") from None
    except OSError as error:
        folder = os.path.dirname(path)
        advice = f"make the folder {folder} first" if not os.path.exists(folder or ".") else None
        raise CommandError(f"cannot write {path}: {reason_of(error)}", advice) from None


@contextmanager
def taking_turns(path: str) -> Iterator[None]:
    """The time of a `with` in which no other command changes a file. Raises `CommandError`."""
    try:
        with alone(path):
            yield
    except OSError as error:
        raise CommandError(f"cannot write {path}: {reason_of(error)}") from None


def rewrite(path: str, before: str, after: str) -> None:
    """Write a text back to its file, with the byte order mark that the file began with.

    Raises `CommandError`, also where the file is no longer what was read. Where another command
    has written the same meanwhile, all is done.
    """
    with taking_turns(path):
        with opened(path) as file:
            data = file.read()
        mark = BYTE_ORDER_MARK if data.startswith(BYTE_ORDER_MARK) else b""
        if data == mark + after.encode():
            return
        if data != mark + before.encode():
            raise CommandError(f"{path} has changed meanwhile, and stays as it is", "run it again")
        write_atomically(path, mark + after.encode())


def unified(before: str, after: str, name: str) -> str:
    """A unified diff, as `patch` and `git apply` read it; no text where there is no difference."""
    from difflib import unified_diff  # deferred: most files are written without a diff

    def lines(text: str) -> list[str]:
        return list(StringIO(text))  # at newlines alone: `splitlines` knows other ends

    shown = escaped(name)
    diff = unified_diff(lines(before), lines(after), f"a/{shown}", f"b/{shown}")
    end = "\n\\ No newline at end of file\n"
    return "".join(line if line.endswith("\n") else line + end for line in diff)
