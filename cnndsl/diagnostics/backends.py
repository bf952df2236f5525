"""CNN7xx: what a backend cannot do."""

from __future__ import annotations

from .base import Diagnostic, did_you_mean


class Unsupported(Diagnostic):
    """A backend that cannot lower an op or attribute exactly, and so refuses it."""

    code = "CNN701"
    backend: str
    what: str
    reason: str

    @property
    def message(self) -> str:
        return f"the {self.backend} backend cannot emit {self.what}: {self.reason}"


class UnknownBackend(Diagnostic):
    """`--backend` names a backend that is not installed."""

    code = "CNN702"
    name: str
    known: tuple[str, ...]

    @property
    def message(self) -> str:
        return f"no backend is named `{self.name}`"

    @property
    def help(self) -> str | None:
        return did_you_mean(self.name, self.known) or f"installed are: {', '.join(self.known)}"


class MissingFramework(Diagnostic):
    """A backend whose framework is not installed, so that it cannot build a live model."""

    code = "CNN703"
    backend: str
    package: str
    extra: str

    @property
    def message(self) -> str:
        return f"the {self.backend} backend needs {self.package}, which is not installed"

    @property
    def help(self) -> str | None:
        return f"pip install 'cnndsl[{self.extra}]'"
