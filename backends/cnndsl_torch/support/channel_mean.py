"""The mean of the channels."""

from __future__ import annotations

from torch import Tensor, nn


class ChannelMean(nn.Module):
    """The mean of each pixel's channels, as one channel."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean(dim=1, keepdim=True)
