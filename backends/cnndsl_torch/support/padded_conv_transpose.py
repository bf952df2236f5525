"""Transposed convolution with a padding of its own on each side."""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn


class PaddedConvTranspose2d(nn.ConvTranspose2d):
    """A transposed convolution whose result loses `pad`: (left, right, top, bottom).

    That tells the size of its output, whatever `output_size` asks for.
    """

    def __init__(
        self, *args: Any, pad: tuple[int, int, int, int], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.crop = [-pixels for pixels in pad]

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        full = F.conv_transpose2d(
            input,
            self.weight,
            self.bias,
            self.stride,
            (0, 0),
            self.output_padding,
            self.groups,
            self.dilation,
        )
        return F.pad(full, self.crop)
