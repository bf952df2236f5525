"""The NumPy backend: source for the layer library of this package."""

from __future__ import annotations

from cnndsl.backend import Artifact, Backend, Framework, Runtime
from cnndsl.emit.functions.renderer import code
from cnndsl_numpy.dialect import DIALECT, LOWERINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cnndsl.ir.network import Network
    from cnndsl.recipes.recipe import Recipe


def emit(network: Network) -> Artifact:
    """The function that builds the network of this package's layers."""
    return Artifact(".py", code(network, DIALECT))


def _runtime() -> Runtime:
    from cnndsl_numpy import inventory, lessons, live  # deferred: they import NumPy

    return Runtime(live, live, inventory=inventory, reference=live, scripts=lessons)


def _trainer(network: Network, recipe: Recipe) -> Artifact:
    from cnndsl_numpy.scripts import trainer  # deferred: for training alone

    return trainer(network, recipe)


BACKEND = Backend(
    "numpy",
    emit,
    framework=Framework("numpy", extra="numpy"),
    lowerings=LOWERINGS,
    several_inputs=True,
    precisions=("float32", "float64"),
    load=_runtime,
    trainer=_trainer,
)
