"""Files of weights."""

from __future__ import annotations

import math
from pathlib import Path

import keras
import numpy as np
from cnndsl.recipes.support.archive import arrays_in

from cnndsl_keras.training.recipe import MISSING, NAMED


def fits(array: np.ndarray, shape: tuple[int, ...]) -> bool:
    """Whether an array is that of a weight, up to how the axes of one input are cut."""
    if array.ndim < 2 or array.shape[-2] == 1:
        return array.size == math.prod(shape)
    return array.shape == shape


def is_missing(name: str) -> bool:
    """Whether a weight is of a layer that is drawn anew."""
    return f"{name.split('/')[0]}.".startswith(MISSING)


def load_arrays(network: keras.Model, path: Path) -> None:
    """Start from the arrays of an `.npz` file, by `layer/weight`."""
    found = arrays_in(path)
    for name in [*found]:  # if missing
        if is_missing(name):
            del found[name]
    for variable in network.weights:
        name = variable.path
        name = NAMED.get(name, name)  # if named
        if is_missing(name):  # if missing
            continue
        array = found.pop(name, np.empty(0))
        is_there = array.shape == variable.shape  # if not reshaped
        is_there = fits(array, variable.shape)  # if reshaped
        if is_there:
            variable.assign(array)  # if not reshaped
            variable.assign(array.reshape(variable.shape))  # if reshaped
        else:
            raise SystemExit(f"{path} has no {name} of {variable.shape}")
    if found:
        raise SystemExit(f"{path} has {', '.join(found)}, which the model has not")


def load_weights(network: keras.Model, path: Path) -> None:
    """Start from the weights of a file."""
    try:
        if path.suffix == ".npz":
            load_arrays(network, path)
        else:
            load_own(network, path)
    except (OSError, ValueError) as error:
        raise SystemExit(f"{path}: {error}") from None


def load_own(network: keras.Model, path: Path) -> None:
    """Start from the weights of a file that Keras has written."""
    drawn = [variable.numpy() for variable in network.weights]  # if missing
    for variable in network.weights:  # if missing
        variable.assign(np.full(variable.shape, np.nan))
    network.load_weights(path)  # if not missing
    network.load_weights(path, skip_mismatch=True)  # if missing
    for variable, value in zip(network.weights, drawn, strict=True):  # if missing
        if is_missing(variable.path):
            variable.assign(value)
        elif np.isnan(variable.numpy()).any():
            raise SystemExit(f"{path} has no {variable.path}")
