"""Normalisation by given numbers."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Normalize(nn.Module):
    """Subtract a mean and divide by a deviation, of all channels or of each."""

    mean: Tensor
    std: Tensor

    def __init__(
        self, mean: float | tuple[float, ...], std: float | tuple[float, ...]
    ) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean), persistent=False)
        self.register_buffer("std", torch.tensor(std), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return ((x.movedim(1, -1) - self.mean) / self.std).movedim(-1, 1)
