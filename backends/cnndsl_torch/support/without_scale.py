"""Normalisation with a shift alone."""

from __future__ import annotations

from torch import nn


def without_scale(norm: nn.Module) -> nn.Module:
    """Take a normalisation's scale away."""
    norm.register_parameter("weight", None)
    return norm
