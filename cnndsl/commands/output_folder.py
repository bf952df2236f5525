"""A folder that gets what a command writes, and is as before where that comes to nothing."""

from __future__ import annotations

import os
from contextlib import suppress

from ..text import escaped
from .failure import CommandError
from .files import write_atomically

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType


class OutputFolder:
    """A folder, made where it is not there. An error in a `with` takes back what was written."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.before: dict[str, bytes | None] = {}
        self.made = list(_missing(path))
        try:
            os.makedirs(path, exist_ok=True)
        except FileExistsError:
            raise CommandError(f"{escaped(path)} is a file, and a folder is written") from None
        except OSError as error:
            raise CommandError(f"{escaped(path)}: {error.strerror}") from None

    def file(self, name: str) -> str:
        """The path of a file that is about to be written."""
        path = os.path.join(self.path, name)
        self.before[path] = None
        with suppress(FileNotFoundError), open(path, "rb") as file:
            self.before[path] = file.read()
        return path

    def take_back(self) -> None:
        """Have all files as they were, and no folder that was not there."""
        for path, content in self.before.items():
            if content is not None:
                write_atomically(path, content)
            else:
                with suppress(FileNotFoundError):
                    os.remove(path)
        with suppress(OSError):  # what somebody else has put there stays
            for folder in self.made:
                os.rmdir(folder)

    def __enter__(self) -> OutputFolder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.take_back()


def _missing(path: str) -> list[str]:
    """The folders of a path that are not there, the innermost first."""
    found = []
    while path and not os.path.lexists(path):
        found.append(path)
        path = os.path.dirname(path)
    return found
