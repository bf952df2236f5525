"""PyTorch state dicts in files: `.pt` and `.pth` (arrays alone, no other objects), `.safetensors`.

Published checkpoints with the network's own keys are read as they are.
"""

from __future__ import annotations

import pickle
import zipfile

import numpy as np

from cnndsl.backend import CheckpointFiles
from cnndsl.diagnostics.base import reason_of
from cnndsl.weights.files import (
    Slot,
    WeightFileError,
    extension_of,
    read_safetensors,
    write_safetensors,
)
from cnndsl_torch.weights import entries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cnndsl.ir.network import Network

COUNTER = "num_batches_tracked"
"""How many batches a batch normalisation has seen; the language has no such weight."""
NESTED = ("state_dict", "model", "model_state_dict")
"""Where training scripts keep the state dict among other things."""
PARALLEL = "module."
"""What `DataParallel` puts before every key."""


def read(path: str, network: Network) -> tuple[list[Slot], dict[str, Any]]:
    """Return what a state dict of the network should hold, and what the file does."""
    slots = []
    for entry in entries(network):
        blank = np.broadcast_to(np.float32(0), entry.weight.shape)
        shape = entry.place.from_canonical(blank).shape
        slots.append(Slot(entry.key, entry.state_key, shape, entry.to_canonical))
    return slots, read_entries(path)


def read_entries(path: str) -> dict[str, Any]:
    """Return the arrays of a state dict by its keys, counters left out."""
    arrays = read_safetensors(path) if extension_of(path) == ".safetensors" else _load(path)
    if arrays and all(key.startswith(PARALLEL) for key in arrays):
        arrays = {key.removeprefix(PARALLEL): array for key, array in arrays.items()}
    return {key: array for key, array in arrays.items() if key.split(".")[-1] != COUNTER}


def _load(path: str) -> dict[str, Any]:
    import torch  # deferred: .safetensors files need it not

    advice = "save `model.state_dict()`, not the model"
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise WeightFileError(f"cannot read {path}: {reason_of(error)}") from None
    except pickle.UnpicklingError as error:
        reason = str(error).splitlines()[0]
        raise WeightFileError(f"{path} is no plain state dict: {reason}", advice) from None
    except (RuntimeError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        reason = (str(error).splitlines() or ["it ends too early"])[0]
        raise WeightFileError(f"cannot read {path} as a state dict: {reason}") from None
    for name in NESTED:
        if isinstance(found, dict) and isinstance(found.get(name), dict):
            found = found[name]
    if not isinstance(found, dict) or not all(
        isinstance(key, str) and isinstance(value, torch.Tensor) for key, value in found.items()
    ):
        raise WeightFileError(f"{path} holds no state dict", advice)
    return {key: _as_array(value) for key, value in found.items()}


def _as_array(tensor: Any) -> Any:
    import torch  # deferred: .safetensors files need it not

    plain = tensor.detach().cpu()
    return (plain.float() if plain.dtype == torch.bfloat16 else plain).numpy()


def write(path: str, network: Network, weights: Mapping[str, Any]) -> None:
    """Write a state dict that the network's module loads strictly."""
    arrays: dict[str, Any] = {}
    for entry in entries(network):
        array = np.asarray(weights[entry.key])
        arrays[entry.state_key] = np.ascontiguousarray(entry.from_canonical(array))
        layer, _, parameter = entry.state_key.rpartition(".")
        if parameter == "running_var":
            arrays[f"{layer}.{COUNTER}"] = np.zeros((), np.int64)
    (write_safetensors if extension_of(path) == ".safetensors" else _save)(path, arrays)


def _save(path: str, arrays: Mapping[str, Any]) -> None:
    import torch  # deferred: .safetensors files need it not

    torch.save({key: torch.from_numpy(array) for key, array in arrays.items()}, path)


FILES = CheckpointFiles(read, write, read_entries)
