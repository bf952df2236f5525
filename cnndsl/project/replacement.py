"""Files that are written whole or not at all, by one process at a time."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from contextlib import contextmanager, suppress

from ..interruption import Undoing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

PARTIAL = ".partial-"
"""How the names of files begin that are not whole yet."""
LONGEST_WAIT = 60.0
"""How many seconds a process waits for its turn."""
PAUSE = 0.01
"""Seconds between two looks whether it has come."""


@contextmanager
def replacing(path: str) -> Iterator[str]:
    """A new file for the time of a `with` that takes the place of another when all went well.

    The new file is in the same folder, and its name, which nobody can guess, ends alike. A file
    keeps its mode, and a link keeps pointing to its file. Raises `OSError`.
    """
    target = os.path.realpath(path)
    if os.path.isdir(target):
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    mode = mode_of(target)
    folder, name = os.path.split(target)
    partial = os.path.join(folder, f"{PARTIAL}{os.urandom(6).hex()}-{name[-100:]}")
    with Undoing(lambda: remove(partial)):
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        os.close(os.open(partial, flags, 0o666 if mode is None else mode | stat.S_IWUSR))
        yield partial
        with open(partial, "rb") as file:
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(partial, mode)
        os.replace(partial, target)


def mode_of(path: str) -> int | None:
    """The permissions of a file, or None where there is none. Raises `OSError`."""
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except FileNotFoundError:
        return None


def remove(path: str) -> None:
    """Remove a file, if it is there."""
    with suppress(FileNotFoundError):
        os.unlink(path)


@contextmanager
def alone(path: str) -> Iterator[None]:
    """The time of a `with` in which no other process is in one of its own for the same folder.

    The lock is the system's, and goes with the process whatever becomes of that. Raises `OSError`.
    """
    until = time.monotonic() + LONGEST_WAIT
    folder = os.path.dirname(os.path.realpath(path))
    handle = _handle(folder)
    with Undoing(lambda: os.close(handle)):
        while not _is_locked(handle):
            if time.monotonic() > until:
                raise TimeoutError(errno.ETIMEDOUT, f"{folder} is locked by another process")
            time.sleep(PAUSE)
        yield


if sys.platform == "win32":
    import msvcrt

    def _handle(folder: str) -> int:
        """A file to lock, since folders cannot be; it goes with the last who has it open."""
        guard = os.path.join(folder, ".cnndsl.guard")
        return os.open(guard, os.O_RDWR | os.O_CREAT | os.O_TEMPORARY)

    def _is_locked(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _handle(folder: str) -> int:
        return os.open(folder, os.O_RDONLY)

    def _is_locked(handle: int) -> bool:
        """Whether the lock is ours now. A file system without locks gives it to everyone."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            return not isinstance(error, BlockingIOError)
        return True
