"""CNN6xx: files and imports."""

from __future__ import annotations

from .base import Diagnostic, did_you_mean


class Unreadable(Diagnostic):
    """A file that cannot be read as a spec: missing, a folder, not text, or too large."""

    code = "CNN601"
    path: str
    reason: str

    @property
    def message(self) -> str:
        return f"cannot read {self.path}: {self.reason}"


class ImportCycle(Diagnostic):
    """Files that import each other in a circle."""

    code = "CNN602"
    paths: tuple[str, ...]

    @property
    def message(self) -> str:
        return f"import cycle: {' -> '.join(self.paths)}"

    @property
    def help(self) -> str | None:
        return "move the blocks that both need into a third file"


class NotExported(Diagnostic):
    """An import of a name that the other file does not define."""

    code = "CNN603"
    name: str
    path: str
    known: tuple[str, ...]

    @property
    def message(self) -> str:
        return f"{self.path} defines no block `{self.name}`"

    @property
    def help(self) -> str | None:
        return did_you_mean(self.name, self.known)
