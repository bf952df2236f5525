"""What a model is made of, as it was built."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from cnndsl.backend import Held
from cnndsl_numpy.functional.geometry import Array
from cnndsl_numpy.graph import Mode
from cnndsl_numpy.training import Model, objective

if TYPE_CHECKING:
    from cnndsl.ir.network import Network


def weights(model: Model, network: "Network") -> Mapping[str, Held]:
    """Return all weights by `path/weight`."""
    return {key: Held(one.shape, one.trainable) for key, one in model.weight_specs.items()}


def penalty(model: Model, network: "Network") -> tuple[float, Mapping[str, Array]]:
    """Return what training adds to the loss, and its gradient."""
    kernels = [key for key, l2 in model.penalties.items() if l2]
    gradients = {key: np.zeros_like(model.parameters[key]) for key in kernels}
    return objective(model, "cross_entropy").penalise(gradients), gradients


def dropped(model: Model, path: str, values: Array) -> Array:
    """Return what a dropout layer makes of a batch in training."""
    layer = next(one for one in model.layers if one.name == path)
    return layer.forward((values,), {}, Mode(True, np.random.default_rng(0)))[0]
