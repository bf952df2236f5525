"""Normalisation by given numbers."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Normalize(nn.Module):
    """Subtract a mean and divide by a deviation, of all channels or of each."""

    def __init__(
        self,
        mean: float | tuple[float, ...] | None = None,
        std: float | tuple[float, ...] | None = None,
    ) -> None:
        super().__init__()
        given = 0.0 if mean is None else mean, 1.0 if std is None else std
        self.mean, self.std = (
            [float(each) for each in (one if isinstance(one, tuple) else [one])]
            for one in given
        )

    def forward(self, x: Tensor) -> Tensor:
        mean = torch.tensor(self.mean, dtype=torch.float64).to(x)
        std = torch.tensor(self.std, dtype=torch.float64).to(x)
        return ((x.movedim(1, -1) - mean) / std).movedim(-1, 1)
