"""L2 penalties of single layers."""

from __future__ import annotations

from torch import nn


def regularized(layer: nn.Module, l2: float) -> nn.Module:
    """Note that the loss gains `l2` times the layer's squared kernel."""
    vars(layer)["_l2"] = l2
    return layer
