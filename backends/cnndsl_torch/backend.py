"""The PyTorch backend: `nn.Module` classes in NCHW."""

from __future__ import annotations

from cnndsl.backend import (
    CANONICAL,
    Artifact,
    Backend,
    CheckpointFiles,
    CheckpointFormat,
    Framework,
    Runtime,
)
from cnndsl.emit.classes.renderer import code
from cnndsl_torch.dialect import DIALECT, RESERVED
from cnndsl_torch.modules import LOWERINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cnndsl.ir.network import Network
    from cnndsl.recipes.recipe import Recipe


def emit(network: Network) -> Artifact:
    """A class for each block, and one for the model."""
    return Artifact(".py", code(network, DIALECT))


def train(network: Network, recipe: Recipe) -> Artifact:
    """A script: the model, its data and a plain loop."""
    from cnndsl_torch.trainer import trainer  # deferred: for training alone

    return trainer(network, recipe)


def _runtime() -> Runtime:
    from cnndsl_torch import inventory, lessons, live  # deferred: they import PyTorch

    return Runtime(live, live, live, live, inventory, scripts=lessons)


def _checkpoint_files() -> CheckpointFiles:
    from cnndsl_torch.checkpoints import FILES  # deferred: it imports NumPy

    return FILES


PYTORCH = Framework("torch", extra="torch")
BACKEND = Backend(
    "torch",
    emit,
    reserved=RESERVED,
    framework=PYTORCH,
    lowerings=LOWERINGS,
    several_inputs=True,
    precisions=("float32", "float64"),
    checkpoints=CheckpointFormat(
        "a PyTorch state dict",
        (".pt", ".pth", ".ckpt", ".bin", ".pth.tar", ".safetensors", ".safetensors.index.json"),
        PYTORCH,
        _checkpoint_files,
    ),
    load=_runtime,
    trainer=train,
    starts_from=(CANONICAL, ".pt", ".pth", ".ckpt", ".bin"),
)
