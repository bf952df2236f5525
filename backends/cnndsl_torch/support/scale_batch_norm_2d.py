"""Batch normalisation with a scale alone."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ScaleBatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation that trains a scale and no shift."""

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float = 0.1
    ) -> None:
        super().__init__(num_features, eps, momentum, affine=False)
        self.weight = nn.Parameter(torch.ones(num_features))

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input) * self.weight[:, None, None]
