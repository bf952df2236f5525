"""The middle of an image."""

from __future__ import annotations

from torch import Tensor, nn


class CenterCrop(nn.Module):
    """Cut the middle out, as torchvision does: half a pixel goes to the even number."""

    def __init__(self, size: int | tuple[int, int]) -> None:
        super().__init__()
        self.size = (size, size) if isinstance(size, int) else size

    def forward(self, x: Tensor) -> Tensor:
        high, wide = x.shape[2] - self.size[0], x.shape[3] - self.size[1]
        top = high // 2 + high % 2 * (high // 2 % 2)
        left = wide // 2 + wide % 2 * (wide // 2 % 2)
        return x[:, :, top : top + self.size[0], left : left + self.size[1]]
