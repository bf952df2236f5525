"""Batch normalisation with a shift alone."""

from __future__ import annotations

from torch import nn


def without_scale(norm: nn.Module) -> nn.Module:
    """Fix a normalisation's scale at one: it is neither trained nor saved."""
    ones = norm.get_parameter("weight").detach()
    del norm.weight
    norm.register_buffer("weight", ones, persistent=False)
    return norm
