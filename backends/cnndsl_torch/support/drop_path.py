"""Stochastic depth."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class DropPath(nn.Dropout):
    """Drop whole samples in training (Huang et al., 2016)."""

    def forward(self, input: Tensor) -> Tensor:
        whole = input.unsqueeze(1)
        return torch.feature_dropout(whole, self.p, self.training).squeeze(1)
