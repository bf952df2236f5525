"""The largest of the channels."""

from __future__ import annotations

from torch import Tensor, nn


class ChannelMax(nn.Module):
    """The largest of each pixel's channels, as one channel."""

    def forward(self, x: Tensor) -> Tensor:
        return x.amax(dim=1, keepdim=True)
