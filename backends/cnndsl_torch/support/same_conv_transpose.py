"""Transposed convolution with `same` padding and any stride."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class SameConvTranspose2d(nn.ConvTranspose2d):
    """A transposed convolution whose output is stride * input high and wide.

    That is its size, whatever `output_size` asks for. Of what the kernel reaches beyond
    it, the odd row or column is taken off at the bottom or right.
    """

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        behind = [0, 0]
        crop: list[int] = []
        for axis in (1, 0):
            reach = self.dilation[axis] * (self.kernel_size[axis] - 1) + 1
            behind[axis] = max(self.stride[axis] - reach, 0)
            total = max(reach - self.stride[axis], 0)
            crop += [-(total // 2), total // 2 - total]
        full = F.conv_transpose2d(
            input,
            self.weight,
            self.bias,
            self.stride,
            (0, 0),
            behind,
            self.groups,
            self.dilation,
        )
        return F.pad(full, crop)
