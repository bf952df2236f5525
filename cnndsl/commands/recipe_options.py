"""From SPEC, `--recipe` and `--with` to a checked recipe and its network, for all commands."""

from __future__ import annotations

from ..diagnostics.base import Rejected, SpecError
from ..project.loading import Loader, elaborate_model, in_order
from ..project.locate import read_spec
from ..project.training import CHANGES, choose_recipe
from .spec import as_failure, settings_of, unless_misused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping

    from ..backend import Artifact, Backend
    from ..ir.network import Network
    from ..project.module import Module
    from ..project.recipes import Training
    from ..semantics.template import Template
    from ..values import Value


def load_training(options: Namespace) -> tuple[Training, Loader]:
    """The recipe that the options name, its network, and the loader that has read the files.

    Raises `SpecError` for findings and `Failure` for all else.
    """
    loader = Loader()
    return training_in(loader.module(read_spec(options.spec)), options), loader


def training_in(
    module: Module,
    options: Namespace,
    elaborate: Callable[[Template, Mapping[str, Value]], Network] = elaborate_model,
) -> Training:
    """The recipe that the options name in a file, and its network. Raises as `load_training`."""
    values = settings_of(options.settings, options.spec, options.model)
    named = options.recipe, options.model, values, options.changes
    try:
        if module.findings:
            raise SpecError(in_order(dict.fromkeys(module.findings)))
        return choose_recipe(module, *named, elaborate)
    except SpecError as error:
        first = error.findings[0]
        if first.location.source.name == CHANGES:
            raise as_failure(Rejected(first.diagnostic)) from None
        raise unless_misused(error) from None
    except Rejected as rejection:
        raise as_failure(rejection) from None


def script_of(backend: Backend, training: Training) -> Artifact:
    """The script that trains. Raises `SpecError`, and `Failure` where the backend has none."""
    try:
        return backend.emit_training(training.network, training.recipe)
    except Rejected as rejection:
        raise as_failure(rejection) from None
