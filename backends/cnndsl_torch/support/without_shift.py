"""Normalisation with a scale alone."""

from __future__ import annotations

from torch import nn


def without_shift(norm: nn.Module) -> nn.Module:
    """Take a normalisation's shift away."""
    norm.register_parameter("bias", None)
    return norm
