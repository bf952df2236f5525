"""From SPEC, `--model` and `--set` to a network or a `CommandError`, for all commands."""

from __future__ import annotations

from ..diagnostics.base import Rejected
from ..diagnostics.names import UnknownModel, UnknownParameter
from ..diagnostics.types import WhichModel
from ..project.locate import UnreadableSpecError
from .failure import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable

    from ..backend import Backend, LiveModels, WeightAccess
    from ..diagnostics.base import Diagnostic
    from ..ir.network import Network
    from ..project.loading import Loader, SpecError
    from ..values import Value

USAGE_MISTAKES = (UnknownModel, UnknownParameter, WhichModel)
"""What is wrong with the command line, not with the spec."""


def is_usage_mistake(diagnostic: Diagnostic) -> bool:
    return isinstance(diagnostic, USAGE_MISTAKES)


def as_failure(error: UnreadableSpecError | Rejected) -> CommandError:
    """The failure that a spec cannot be read, or that the command line does not fit it."""
    if isinstance(error, UnreadableSpecError):
        return CommandError(error.message, error.advice)
    return CommandError(
        f"{error.diagnostic.code} {error.diagnostic.message}", error.diagnostic.help
    )


def settings_of(settings: Iterable[str]) -> dict[str, Value]:
    """The values of `--set`. Raises `CommandError`."""
    from ..project.parameters import ParameterError, parse_settings

    try:
        return parse_settings(settings)
    except ParameterError as bad:
        raise CommandError(bad.message, bad.advice) from None


def load(options: Namespace) -> tuple[Network, Loader]:
    """The network that SPEC, `--model` and `--set` name, and the loader that has read its files.

    Raises `SpecError` for findings and `CommandError` for all else.
    """
    from ..api import open_network
    from ..project.loading import SpecError

    values = settings_of(options.settings)
    try:
        return open_network(options.spec, options.model, values)
    except UnreadableSpecError as error:
        raise as_failure(error) from None
    except SpecError as error:
        diagnostic = error.findings[0].diagnostic
        if is_usage_mistake(diagnostic):
            raise as_failure(Rejected(diagnostic)) from None
        raise


def backend_of(name: str) -> Backend:
    """The backend of that name. Raises `CommandError`."""
    from ..backend import find_backend

    try:
        return find_backend(name)
    except Rejected as rejection:
        raise as_failure(rejection) from None
    except ImportError as error:
        raise CommandError(f"the {name} backend does not load: {error}") from None


def live_parts_of(backend: Backend, purpose: str) -> tuple[LiveModels, WeightAccess]:
    """A backend's live models, and the access to their weights. Raises `CommandError`."""
    from ..backend import live_parts  # deferred: most commands need no backend

    try:
        return live_parts(backend, purpose)
    except Rejected as rejection:
        raise as_failure(rejection) from None
    except ImportError as error:
        raise cannot_build(backend, error) from None


def cannot_build(backend: Backend, error: ImportError) -> CommandError:
    """The failure that a framework is there, but not all that it needs."""
    framework = backend.framework
    advice = None if framework is None else f"pip install 'cnndsl[{framework.extra}]'"
    return CommandError(f"the {backend.name} backend cannot build: {error}", advice)


def report_findings(error: SpecError) -> str:
    """The text of a spec's findings, as `check` prints them."""
    from ..project.outcome import CheckedSpec, Report, Style
    from ..report.formats import FORMATS
    from .failure import wants_color

    name = error.findings[0].location.source.name
    report = Report((CheckedSpec(name, (), 0, error.findings),))
    return FORMATS["text"](report, Style(wants_color(), quiet=True))
