"""Batch normalisation with a scale alone."""

from __future__ import annotations

from torch import nn


def without_shift(norm: nn.Module) -> nn.Module:
    """Fix a normalisation's shift at zero: it is neither trained nor saved."""
    zeros = norm.get_parameter("bias").detach()
    del norm.bias
    norm.register_buffer("bias", zeros, persistent=False)
    return norm
