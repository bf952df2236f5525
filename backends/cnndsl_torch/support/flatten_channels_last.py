"""Flattening in the order of rows."""

from __future__ import annotations

from torch import Tensor, nn


class FlattenChannelsLast(nn.Module):
    """Lay an image out row by row, the channels of a pixel side by side."""

    def forward(self, x: Tensor) -> Tensor:
        return x.movedim(1, -1).flatten(1)
