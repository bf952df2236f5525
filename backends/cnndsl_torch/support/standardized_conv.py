"""Convolution by standardised kernels."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class StandardizedConv2d(nn.Conv2d):
    """A convolution by standardised kernels (Qiao et al., 2019).

    With `scale`, by scaled ones (Brock et al., 2021). It can put `pad` zeros around:
    (left, right, top, bottom).
    """

    def __init__(
        self,
        *args: Any,
        eps: float = 1e-6,
        scale: float | None = None,
        pad: tuple[int, int, int, int] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.eps = eps
        self.pad = pad
        self.factor = (scale or 1.0) / math.sqrt(self.weight[0].numel())
        if scale is None:
            self.register_parameter("gain", None)
        else:
            self.gain = nn.Parameter(torch.ones(self.out_channels, 1, 1, 1))

    def forward(self, input: Tensor) -> Tensor:
        if self.pad is not None:
            input = F.pad(input, self.pad)
        variance, mean = torch.var_mean(
            self.weight, dim=(1, 2, 3), unbiased=False, keepdim=True
        )
        weight = (self.weight - mean) / torch.sqrt(variance + self.eps)
        if self.gain is not None:
            weight = weight * (self.gain * self.factor)
        return F.conv2d(
            input,
            weight,
            self.bias,
            self.stride,
            self.padding,
            self.dilation,
            self.groups,
        )
