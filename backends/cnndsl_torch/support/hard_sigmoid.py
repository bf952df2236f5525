"""A hard sigmoid of any slope."""

from __future__ import annotations

from torch import Tensor, nn


class HardSigmoid(nn.Module):
    """Limit slope * x + offset to values from 0 to 1."""

    def __init__(self, slope: float, offset: float) -> None:
        super().__init__()
        self.slope, self.offset = slope, offset

    def forward(self, x: Tensor) -> Tensor:
        return (self.slope * x + self.offset).clamp(0.0, 1.0)
