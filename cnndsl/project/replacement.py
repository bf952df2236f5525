"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def replacing(path: str) -> Iterator[str]:
    """A new file for the time of a `with` that takes the place of another when all went well.

    The new file is in the same folder, and its name ends alike. A file keeps its mode, and a link
    keeps pointing to its file. Raises `OSError`.
    """
    target = os.path.realpath(path)
    if os.path.isdir(target):
        raise IsADirectoryError(21, "it is a folder")
    mode = stat.S_IMODE(os.stat(target).st_mode) if os.path.exists(target) else None
    folder, name = os.path.split(target)
    partial = os.path.join(folder, f".partial-{os.urandom(6).hex()}-{name[-100:]}")
    os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    try:
        yield partial
        with open(partial, "rb") as file:
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(partial, mode)
        os.replace(partial, target)
    finally:
        if os.path.lexists(partial):
            os.unlink(partial)
