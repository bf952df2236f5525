"""Convolution with a padding of its own on each side."""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn


class PaddedConv2d(nn.Conv2d):
    """A convolution that first puts `pad` zeros around: (left, right, top, bottom)."""

    def __init__(
        self, *args: Any, pad: tuple[int, int, int, int], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.pad = pad

    def forward(self, input: Tensor) -> Tensor:
        return F.conv2d(
            F.pad(input, self.pad),
            self.weight,
            self.bias,
            self.stride,
            (0, 0),
            self.dilation,
            self.groups,
        )
