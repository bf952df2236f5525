"""Files of weights."""

from __future__ import annotations

import math
import os
import pickle
from pathlib import Path
from typing import Any

import torch
from cnndsl.recipes.support.archive import arrays_in
from torch import Tensor, nn

from cnndsl_torch.training.recipe import IMAGES, MISSING, NAMED, NAMES, ORDERS


def save(content: Any, path: Path) -> None:
    """Save to a file that is whole at any moment."""
    partial = path.with_suffix(".partial")
    torch.save(content, partial)
    os.replace(partial, path)


def loaded(path: Path) -> Any:
    """What a file that PyTorch has saved holds: tensors, and nothing that runs."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (FileNotFoundError, PermissionError) as error:
        reason = str(error.strerror)
    except (EOFError, OSError, RuntimeError, pickle.UnpicklingError):
        reason = "it is damaged, or holds more than tensors"
    raise SystemExit(f"{path} is no file of PyTorch: {reason}")


def from_arrays(path: Path) -> dict[str, Tensor]:
    """A state dict of arrays by `layer/weight`; kernels end on inputs and outputs."""
    found = {}
    for key, array in arrays_in(path).items():
        image = IMAGES.get(key, ())  # if flattened
        if image and len(array) == math.prod(image):  # if flattened
            rows = array.reshape(*image, -1)
            array = rows.transpose(2, 0, 1, 3).reshape(array.shape)
        axes = (3, 2, 0, 1) if array.ndim == 4 else range(array.ndim)[::-1]
        array = array.transpose(axes)  # if not turned
        array = array.transpose(ORDERS.get(key, axes))  # if turned
        layer, _, weight = key.rpartition("/")
        name = f"{layer}.{NAMES.get(weight, weight)}"
        name, shape = NAMED.get(key, (name, array.shape))  # if named
        array = array.reshape(shape)  # if named
        found[name] = torch.from_numpy(array)
    return found


def load_weights(model: nn.Module, path: Path) -> None:
    """Start from a state dict, or an `.npz` file of arrays."""
    try:
        found = from_arrays(path) if path.suffix == ".npz" else loaded(path)
        for name in [*found]:  # if missing
            if name.startswith(MISSING):
                del found[name]
        for name, drawn in model.state_dict().items():  # if missing
            if name.startswith(MISSING):
                found[name] = drawn
        model.load_state_dict(found)
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        raise SystemExit(f"{path}: {error}") from None
