"""Mixing."""

from __future__ import annotations

from torch import Tensor


def mix(values: Tensor, partners: Tensor, shares: Tensor) -> Tensor:
    """Shares of values, images or labels, and the rest of their partners'."""
    kept = shares.to(values.dtype).reshape(-1, *[1] * (values.ndim - 1))
    return kept * values + (1 - kept) * values[partners]
