"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import stat

from .failure import CommandError

WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def write_atomically(path: str, content: str | bytes) -> None:
    """Write a file, so that at no time anybody finds a part of it.

    The content goes to a new file in the same folder, which then takes the name. A link keeps
    pointing to its file, a file keeps its mode, and a device or pipe is written to as it is.
    Raises `CommandError`, also for a file that is read-only.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        target = os.path.realpath(path)
        mode = os.stat(target).st_mode if os.path.exists(target) else None
    except ValueError as error:
        raise CommandError(f"cannot write {path!r}: {error}") from None
    try:
        if mode is not None and stat.S_ISDIR(mode):
            raise CommandError(f"cannot write {path}: it is a folder")
        if mode is not None and stat.S_ISREG(mode) and not mode & WRITABLE:
            raise CommandError(f"cannot write {path}: it is read-only")
        if mode is not None and not stat.S_ISREG(mode):
            with open(target, "wb") as device:
                device.write(data)
        else:
            _replace(target, data, mode)
    except OSError as error:
        raise CommandError(
            f"cannot write {path}: {(error.strerror or str(error)).lower()}"
        ) from None


def _replace(target: str, data: bytes, mode: int | None) -> None:
    folder, name = os.path.split(target)
    partial = os.path.join(folder, f".{name[:100]}.{os.getpid()}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(partial, stat.S_IMODE(mode))
        os.replace(partial, target)
    except BaseException:
        os.unlink(partial)
        raise
