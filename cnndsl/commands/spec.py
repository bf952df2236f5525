"""From SPEC, `--model` and `--set` to a network or a `Failure`, for all commands."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Failure, Rejected
from .failure import CommandError, wants_color

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable

    from ..backend import Backend, LiveModels, WeightAccess
    from ..diagnostics.base import Diagnostic, Finding, SpecError
    from ..ir.network import Network
    from ..project.loading import Loader
    from ..semantics.template import Template
    from ..text import Source
    from ..values import Value


def is_misuse(diagnostic: Diagnostic) -> bool:
    """Whether the command line is at fault, not the spec."""
    return isinstance(
        diagnostic,
        (
            diagnostics.UnknownModel,
            diagnostics.UnknownParameter,
            diagnostics.WhichModel,
            diagnostics.UnknownRecipe,
            diagnostics.WhichRecipe,
        ),
    )


def as_failure(error: Failure | Rejected) -> Failure:
    """The failure that a diagnostic is where it concerns the command line and not a spec."""
    if isinstance(error, Failure):
        return error
    diagnostic = error.diagnostic
    return CommandError(f"{diagnostic.code} {diagnostic.message}", diagnostic.help)


def settings_of(
    settings: Iterable[str], spec: str | None = None, name: str | None = None
) -> dict[str, Value]:
    """The values of `--set`, for the model `name` of `spec` if that is known.

    Raises `ParameterError`.
    """
    from ..project.parameters import parse_settings  # deferred: only --set needs it

    def model() -> Template | None:
        from ..project.loading import Loader, choose_model  # deferred: for an unknown word alone
        from ..project.locate import read_spec

        try:
            return choose_model(Loader().module(read_spec(spec)), name) if spec else None
        except (Failure, Rejected):
            return None

    return parse_settings(settings, model)


def unless_misused(error: SpecError) -> Exception:
    """The error of a spec, or the failure that it is where the command line is at fault."""
    diagnostic = error.findings[0].diagnostic
    return as_failure(Rejected(diagnostic)) if is_misuse(diagnostic) else error


def load(options: Namespace, source: Source | None = None) -> tuple[Network, Loader]:
    """The network that SPEC, `--model` and `--set` name, and the loader that has read its files.

    source: that of SPEC, where it has been read

    Raises `SpecError` for findings and `Failure` for all else.
    """
    from ..api import network_of  # deferred: `check` does without it
    from ..diagnostics.base import SpecError
    from ..project.locate import read_spec

    values = settings_of(options.settings, options.spec, options.model)
    try:
        return network_of(source or read_spec(options.spec), options.model, values)
    except SpecError as error:
        raise unless_misused(error) from None


def backend_of(name: str) -> Backend:
    """The backend of that name. Raises `CommandError`."""
    from ..backend import find_backend  # deferred: most commands need no backend

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


def report_findings(findings: tuple[Finding, ...]) -> str:
    """The text of findings, as `check` prints them."""
    from ..project.outcome import CheckedSpec, Report, Style, listed  # deferred: for findings
    from ..report.formats import FORMATS

    report = Report((CheckedSpec("", (), 0, listed(findings)),))
    return FORMATS["text"](report, Style(wants_color(), quiet=True))
