"""An image without its border."""

from __future__ import annotations

from torch import Tensor, nn


class Crop(nn.Module):
    """Cut rows and columns off: as many on each side, or (left, right, top, bottom)."""

    def __init__(self, cut: int | tuple[int, int, int, int]) -> None:
        super().__init__()
        self.cut = (cut, cut, cut, cut) if isinstance(cut, int) else cut

    def forward(self, x: Tensor) -> Tensor:
        left, right, top, bottom = self.cut
        return x[:, :, top : x.shape[2] - bottom, left : x.shape[3] - right]
