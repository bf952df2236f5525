"""Live PyTorch modules and their weights."""

from __future__ import annotations

import numpy as np
import torch

from cnndsl.backend import execute
from cnndsl.emit.classes.renderer import class_name
from cnndsl.weights.fitting import fitted
from cnndsl_torch.dialect import DIALECT
from cnndsl_torch.probes import Mode, outputs_of
from cnndsl_torch.weights import entries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cnndsl.backend import Artifact
    from cnndsl.ir.network import Network


def build(artifact: Artifact, network: Network, dtype: str | None) -> Any:
    """An instance of the emitted class."""
    model = execute(artifact, network.name)[class_name(network, DIALECT)]()
    return model if dtype is None else model.to(getattr(torch, dtype))


def predict(model: Any, images: Any) -> tuple[Any, ...]:
    """The outputs for a batch of images, with the channels last."""
    with Mode(model, training=False, gives_all=False), torch.no_grad():
        arrays = [output.cpu().numpy() for output in outputs_of(model, images)]
    return tuple(array.transpose(0, 2, 3, 1) if array.ndim == 4 else array for array in arrays)


def read_weights(model: Any, network: Network) -> Mapping[str, Any]:
    """All weights by `path/weight`, as copies."""
    state = model.state_dict()
    return {
        entry.key: np.array(
            entry.to_canonical(state[entry.state_key].detach().cpu().numpy()), order="C"
        )
        for entry in entries(network)
    }


def load_weights(model: Any, network: Network, weights: Mapping[str, Any]) -> None:
    """Set all weights, or none where some misfit."""
    arrays = fitted(network, network.layers, weights)
    state = model.state_dict()
    for entry in entries(network):
        turned = np.ascontiguousarray(entry.from_canonical(arrays[entry.key]))
        state[entry.state_key] = torch.tensor(turned)
    model.load_state_dict(state)
