"""Values laid out as an image."""

from __future__ import annotations

from torch import Tensor, nn


class ToImage(nn.Module):
    """Lay values out as an image row by row, the channels of a pixel side by side."""

    def __init__(self, size: int | tuple[int, int]) -> None:
        super().__init__()
        self.size = (size, size) if isinstance(size, int) else size

    def forward(self, x: Tensor) -> Tensor:
        values = x.movedim(1, -1)
        return values.reshape(x.shape[0], *self.size, -1).movedim(-1, 1)
