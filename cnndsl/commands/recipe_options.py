"""From SPEC, `--recipe` and `--with` to a checked recipe and its network, for all commands."""

from __future__ import annotations

from ..diagnostics.base import Rejected
from ..project.loading import Loader, SpecError, in_order
from ..project.locate import read_spec
from ..project.training import choose_recipe
from .spec import as_failure, settings_of, unless_misused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from ..backend import Artifact, Backend
    from ..project.recipes import Training


def load_training(options: Namespace) -> tuple[Training, Loader]:
    """The recipe that the options name, its network, and the loader that has read the files.

    Raises `SpecError` for findings and `Failure` for all else.
    """
    values = settings_of(options.settings, options.spec, options.model)
    loader = Loader()
    try:
        module = loader.module(read_spec(options.spec))
        if module.findings:
            raise SpecError(in_order(dict.fromkeys(module.findings)))
        training = choose_recipe(module, options.recipe, options.model, values, options.changes)
    except SpecError as error:
        raise unless_misused(error) from None
    except Rejected as rejection:
        raise as_failure(rejection) from None
    return training, loader


def script_of(backend: Backend, training: Training) -> Artifact:
    """The script that trains. Raises `SpecError`, and `Failure` where the backend has none."""
    try:
        return backend.emit_training(training.network, training.recipe)
    except Rejected as rejection:
        raise as_failure(rejection) from None
