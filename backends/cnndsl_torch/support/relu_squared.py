"""The square of ReLU."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class ReLUSquared(nn.Module):
    """Square what is positive (So et al., 2021)."""

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x).square()
