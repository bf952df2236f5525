"""Clipping."""

from __future__ import annotations

from torch import Tensor, nn


class Clip(nn.Module):
    """Limit values to a range."""

    def __init__(self, low: float, high: float) -> None:
        super().__init__()
        self.low, self.high = low, high

    def forward(self, x: Tensor) -> Tensor:
        return x.clamp(self.low, self.high)
