"""Files that are written whole or not at all, or a reason why not."""

from __future__ import annotations

import os
import stat

from ..project.replacement import Replacement
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
                raise CommandError(f"cannot write {path}: it is read-only")
            with Replacement(path) as partial, open(partial, "wb") as file:
                file.write(data)
        else:
            with open(path, "wb") as device:
                device.write(data)
    except ValueError as error:
        raise CommandError(f"cannot write {path!r}: {error}") from None
    except OSError as error:
        raise CommandError(
            f"cannot write {path}: {(error.strerror or str(error)).lower()}"
        ) from None
