"""Average pooling by windows with gaps."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class DilatedAvgPool2d(nn.Module):
    """Average pooling of a padded image, whose windows have gaps as in `nn.MaxPool2d`.

    `pad` and `counted` are (left, right, top, bottom): the zeros around the image, and
    those among them that count as cells of a window.
    """

    def __init__(
        self,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] | None = None,
        *,
        pad: tuple[int, int, int, int],
        counted: tuple[int, int, int, int],
        dilation: int | tuple[int, int],
    ) -> None:
        super().__init__()
        stride = kernel_size if stride is None else stride
        size, self.stride, self.dilation = (
            [one, one] if isinstance(one, int) else list(one)
            for one in (kernel_size, stride, dilation)
        )
        self.span = [self.dilation[axis] * (size[axis] - 1) + 1 for axis in (0, 1)]
        self.counted = counted
        self.beyond = [pad[side] - counted[side] for side in range(4)]

    def forward(self, x: Tensor) -> Tensor:
        x = F.pad(x, self.counted)
        cells = F.pad(torch.ones_like(x[:1, :1]), self.beyond)
        return self.sums(F.pad(x, self.beyond)) / self.sums(cells)

    def sums(self, x: Tensor) -> Tensor:
        for axis in (0, 1):
            windows = x.unfold(2 + axis, self.span[axis], self.stride[axis])
            x = windows[..., :: self.dilation[axis]].sum(-1)
        return x
