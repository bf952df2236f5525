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

    from ..backend import Backend
    from ..diagnostics.base import Diagnostic
    from ..ir.network import Network
    from ..project.loading import Loader, SpecError
    from ..semantics.template import Template
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


def settings_of(
    settings: Iterable[str], spec: str | None = None, name: str | None = None
) -> dict[str, Value]:
    """The values of `--set`, for the model `name` of `spec` if that is known.

    Raises `CommandError`.
    """
    from ..project.parameters import ParameterError, parse_settings

    def model() -> Template | None:
        from ..project.loading import Loader, choose_model
        from ..project.locate import read_spec

        try:
            return choose_model(Loader().module(read_spec(spec)), name) if spec else None
        except (UnreadableSpecError, Rejected):
            return None

    try:
        return parse_settings(settings, model)
    except ParameterError as bad:
        raise CommandError(bad.message, bad.advice) from None


def load(options: Namespace) -> tuple[Network, Loader]:
    """The network that SPEC, `--model` and `--set` name, and the loader that has read its files.

    Raises `SpecError` for findings and `CommandError` for all else.
    """
    from ..api import open_network
    from ..project.loading import SpecError

    values = settings_of(options.settings, options.spec, options.model)
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


def report_findings(error: SpecError) -> str:
    """The text of a spec's findings, as `check` prints them."""
    from ..project.outcome import CheckedSpec, Report, Style
    from ..report.formats import FORMATS
    from .failure import wants_color

    name = error.findings[0].location.source.name
    report = Report((CheckedSpec(name, (), 0, error.findings),))
    return FORMATS["text"](report, Style(wants_color(), quiet=True))
