"""CNN7xx: what a backend cannot do."""

from __future__ import annotations

from .base import Diagnostic


class Unsupported(Diagnostic):
    """A backend that cannot lower an op or attribute exactly, and so refuses it.

    The language promises the same numbers everywhere. A backend that would come close only says so,
    and writes nothing. The backends that come with cnndsl refuse nothing; one from another package
    may.
    """

    code = "CNN701"
    backend: str
    what: str
    reason: str
    message_template = "the {backend} backend cannot emit {what}: {reason}"


class UnknownBackend(Diagnostic):
    """`--backend` names a backend that is not installed.

    Backends are found by the entry-point group `cnndsl.backends`.
    """

    code = "CNN702"
    name: str
    known: tuple[str, ...]
    message_template = "no backend is named `{name}`"
    help_template = "installed are: {known}"


class MissingFramework(Diagnostic):
    """A backend whose framework is not installed, so that it cannot build a live model.

    Emitting code needs no framework; running it does.
    """

    code = "CNN703"
    backend: str
    package: str
    extra: str
    message_template = "the {backend} backend needs {package}, which is not installed"
    help_template = "pip install 'cnndsl[{extra}]'"


class BackendsDiffer(Diagnostic):
    """A layer that computes other numbers in a backend than in the NumPy reference.

    `cnndsl verify` gives all backends the same weights and images, and names the first layer that
    differs by more than rounding. Either the backend lowers the layer wrongly, or the emitted code
    was changed by hand.
    """

    code = "CNN704"
    backend: str
    setting: str
    """Precision and mode, such as `float32, inference`."""
    path: str
    op: str
    what: str
    """What differs: the layer's output, or a weight's gradient."""
    index: tuple[int, ...]
    found: float
    expected: float
    error: float
    tolerance: float
    message_template = (
        "{backend} ({setting}) first differs from NumPy in {what} of {op} `{path}`: "
        "relative error {error:.1e}, tolerance {tolerance:.0e}"
    )

    @property
    def details(self) -> tuple[str, ...]:
        if self.found != self.found:
            return (f"the arrays have other shapes: found {self.index}",)
        place = ", ".join(map(str, self.index))
        numbers = f"{self.found:.8g} where NumPy has {self.expected:.8g}"
        return (f"at [{place}]: {numbers}",)


class BackendBuildsOtherwise(Diagnostic):
    """A layer that a backend builds in another way than the language says.

    `cnndsl verify` looks at what a live model is made of before it runs: its weights by path and
    shape and whether they train, what they are drawn from, the L2 terms of the loss, and dropout.
    Such a model may compute the same at first, and learn something else.
    """

    code = "CNN706"
    backend: str
    subject: str
    what: str
    """A weight, or what was measured of it."""
    found: str
    expected: str
    message_template = (
        "{backend} builds {subject} otherwise: {what} is {found}, and the language's is {expected}"
    )


class BackendBreaks(Diagnostic):
    """A backend that fails on a network that the checker accepts.

    `cnndsl verify` then tries each layer by itself and points at the first that fails alone, or at
    the model where none does.
    """

    code = "CNN707"
    backend: str
    subject: str
    """The layer or model that it fails on."""
    reason: str
    message_template = "{backend} fails on {subject}: {reason}"


class MissingCapability(Diagnostic):
    """A command that asks more of a backend than it offers.

    All backends emit code. Live models, access to their weights and a look inside them are what one
    may offer besides, and a backend for a file format may have no models that run here at all.
    """

    code = "CNN705"
    backend: str
    what: str
    """What it lacks: live models, or access to weights."""
    purpose: str
    message_template = "the {backend} backend has no {what}, which {purpose} needs"
