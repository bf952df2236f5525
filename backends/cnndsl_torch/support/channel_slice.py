"""Some of the channels."""

from __future__ import annotations

from torch import Tensor, nn


class ChannelSlice(nn.Module):
    """The channels from `start` up to `stop`, as Python counts."""

    def __init__(self, start: int = 0, stop: int | None = None) -> None:
        super().__init__()
        self.start, self.stop = start, stop

    def forward(self, x: Tensor) -> Tensor:
        return x[:, self.start : self.stop]
