"""A learned factor and offset for all channels."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ScalarAffine(nn.Module):
    """Multiply by one learned number, and add another."""

    def __init__(self, start: float = 1.0, *, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(start))
        self.bias: nn.Parameter | None
        offset = nn.Parameter(torch.tensor(0.0)) if bias else None
        self.register_parameter("bias", offset)

    def forward(self, x: Tensor) -> Tensor:
        scaled = x * self.weight
        return scaled if self.bias is None else scaled + self.bias
