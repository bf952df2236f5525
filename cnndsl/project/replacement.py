"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import stat


class Replacement:
    """A new file for the time of a `with` that takes the place of another when all went well.

    The new file is in the same folder, and its name ends alike. A file keeps its mode, and a link
    keeps pointing to its file. Raises `OSError`.
    """

    def __init__(self, path: str) -> None:
        self.target = os.path.realpath(path)

    def __enter__(self) -> str:
        if os.path.isdir(self.target):
            raise IsADirectoryError(21, "it is a folder")
        there = os.path.exists(self.target)
        self.mode = stat.S_IMODE(os.stat(self.target).st_mode) if there else None
        folder, name = os.path.split(self.target)
        self.partial = os.path.join(folder, f".partial-{os.urandom(6).hex()}-{name[-100:]}")
        os.close(os.open(self.partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        return self.partial

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            if os.path.lexists(self.partial):
                os.unlink(self.partial)

    def _finish(self) -> None:
        descriptor = os.open(self.partial, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if self.mode is not None:
            os.chmod(self.partial, self.mode)
        os.replace(self.partial, self.target)
