"""Batch normalisation with a shift alone."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ShiftBatchNorm1d(nn.BatchNorm1d):
    """Batch normalisation that trains a shift and no scale."""

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float = 0.1
    ) -> None:
        super().__init__(num_features, eps, momentum, affine=False)
        self.bias = nn.Parameter(torch.zeros(num_features))

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input) + self.bias
