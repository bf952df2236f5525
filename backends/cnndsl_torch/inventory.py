"""What a live PyTorch model is made of, as it was built."""

from __future__ import annotations

import math

import torch

from cnndsl.backend import Held
from cnndsl_torch.weights import entries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cnndsl.ir.network import Network


def weights(model: Any, network: Network) -> Mapping[str, Held]:
    """All weights by `path/weight`."""
    known = {entry.state_key: entry for entry in entries(network)}
    parameters = dict(model.named_parameters())
    found: dict[str, Held] = {}
    for name, tensor in model.state_dict().items():
        entry, shape = known.get(name), tuple(tensor.shape)
        path, _, last = name.rpartition(".")
        if last == "num_batches_tracked":
            continue
        if entry is not None and math.prod(entry.weight.shape) == tensor.numel():
            shape = entry.weight.shape
        trains = name in parameters and parameters[name].requires_grad
        found[f"{path}/{last}" if entry is None else entry.key] = Held(shape, trains)
    return found


def penalty(model: Any, network: Network) -> tuple[float, Mapping[str, Any]]:
    """What the emitted model's own `l2_penalty` gives, and its gradient."""
    if not hasattr(model, "l2_penalty"):
        return 0.0, {}
    parameters = dict(model.named_parameters())
    with torch.enable_grad():
        total = model.l2_penalty()
        if not total.requires_grad:
            return total.item(), {}
        gradients = torch.autograd.grad(total, list(parameters.values()), allow_unused=True)
    by_name = dict(zip(parameters, gradients, strict=True))
    return total.item(), {
        entry.key: entry.to_canonical(gradient.detach().cpu().numpy())
        for entry in entries(network)
        if (gradient := by_name.get(entry.state_key)) is not None
    }


def dropped(model: Any, path: str, values: Any) -> Any:
    """What a dropout layer makes of a batch in training."""
    layer = model.get_submodule(path)
    before = layer.training
    try:
        return layer.train()(torch.from_numpy(values).movedim(-1, 1)).movedim(1, -1).numpy()
    finally:
        layer.train(before)
