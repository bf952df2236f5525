"""Convolution with `same` padding and any stride."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class SameConv2d(nn.Conv2d):
    """A convolution whose output is ceil(input / stride) high and wide.

    The odd row or column of padding is at the bottom or right.
    """

    def forward(self, input: Tensor) -> Tensor:
        pad: list[int] = []
        for axis in (1, 0):
            size, stride = input.shape[2 + axis], self.stride[axis]
            reach = self.dilation[axis] * (self.kernel_size[axis] - 1) + 1
            total = reach - 1 - (size - 1) % stride
            # At least 0, in arithmetic: `max` cannot be traced.
            total *= 1 + total // (reach + stride)
            pad += [total // 2, total - total // 2]
        return F.conv2d(
            F.pad(input, pad),
            self.weight,
            self.bias,
            self.stride,
            (0, 0),
            self.dilation,
            self.groups,
        )
