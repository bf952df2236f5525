"""Normalisation by given numbers."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Normalize(nn.Module):
    """Subtract a mean and divide by a deviation, of all channels or of each."""

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        mean: float | tuple[float, ...] | None = None,
        std: float | tuple[float, ...] | None = None,
    ) -> None:
        super().__init__()
        numbers = 0.0 if mean is None else mean, 1.0 if std is None else std
        for name, given in zip(("mean", "std"), numbers, strict=True):
            buffer = torch.tensor(given, dtype=torch.float32)
            self.register_buffer(name, buffer, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return ((x.movedim(1, -1) - self.mean) / self.std).movedim(-1, 1)
