"""A softmax over paths."""

from __future__ import annotations

from torch import nn


class PathSoftmax(nn.Sequential):
    """Softmax over parts of the channels, place by place (Zhang et al., 2022)."""

    def __init__(self, paths: int) -> None:
        super().__init__(
            nn.Unflatten(1, (paths, -1)), nn.Softmax(dim=1), nn.Flatten(1, 2)
        )
