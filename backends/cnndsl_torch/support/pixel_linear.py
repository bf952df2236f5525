"""A linear layer on channels that stand first."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class PixelLinear(nn.Linear):
    """A linear layer that works on the channels of each pixel."""

    def forward(self, input: Tensor) -> Tensor:
        last = input.movedim(1, -1)
        return F.linear(last, self.weight, self.bias).movedim(-1, 1)
