"""What attention adds to the products of queries and keys: learned numbers for pairs of places."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnndsl.ops.attention import DISTANCES, MLP
from cnndsl_numpy.functional.convolution import channel_sums
from cnndsl_numpy.functional.geometry import Array


@dataclass(frozen=True)
class PositionBias:
    """A bias for each head, each pixel of a window that asks, and each that is seen.

    It is read from a table: of distances, or of offsets, from the most negative one.
    """

    kind: str
    extents: tuple[int, ...]
    stride: int

    def forward(self, weights: Mapping[str, Array]) -> Array:
        """Return the bias as (heads, pixels that ask, pixels)."""
        table = self.table(weights)
        read: Array = table[:, *self.places].reshape(len(table), -1, np.prod(self.extents))
        return read

    def backward(self, d_bias: Array, weights: Mapping[str, Array]) -> dict[str, Array]:
        """Return the gradients of all weights."""
        d_table = np.zeros_like(self.table(weights))
        shape = np.broadcast_shapes(*(one.shape for one in self.places))
        places: Any = (slice(None), *self.places)
        np.add.at(d_table, places, d_bias.reshape(-1, *shape))
        if self.kind == MLP:
            return self.mlp_backward(d_table, weights)
        return dict.fromkeys(weights, d_table)

    @property
    def places(self) -> tuple[Array, Array]:
        """Row and column in the table for each pair of pixels, as (y, x, i, j)."""
        down, across = map(self.along, self.extents)
        return down[:, None, :, None], across[None, :, None, :]

    def along(self, extent: int) -> Array:
        """Return the places in the table along a side: (pixels that ask, pixels)."""
        apart: Any = np.arange(0, extent, self.stride)[:, None] - np.arange(extent)
        return abs(apart) if self.kind == DISTANCES else apart + extent - 1

    def table(self, weights: Mapping[str, Array]) -> Array:
        if self.kind != MLP:
            (table,) = weights.values()
            return table
        values = self.units(weights) @ weights["mlp_out_kernel"] + weights["mlp_out_bias"]
        return np.moveaxis(values, -1, 0)

    def units(self, weights: Mapping[str, Array]) -> Array:
        """Return the perceptron's hidden units for each offset."""
        kernel = weights["mlp_kernel"]
        return np.maximum(self.offsets.astype(kernel.dtype) @ kernel + weights["mlp_bias"], 0)

    @property
    def offsets(self) -> Array:
        """All offsets by sign and logarithm: (2 * height - 1, 2 * width - 1, 2)."""
        sides = [np.arange(1 - extent, extent) for extent in self.extents]
        scaled = [np.sign(side) * np.log1p(np.abs(side)) for side in sides]
        return np.stack(np.meshgrid(*scaled, indexing="ij"), -1)

    def mlp_backward(self, d_table: Array, weights: Mapping[str, Array]) -> dict[str, Array]:
        H, dY = self.units(weights), np.moveaxis(d_table, 0, -1)
        dZ = dY @ weights["mlp_out_kernel"].T * (H > 0)
        return {
            "mlp_kernel": np.tensordot(self.offsets, dZ, ((0, 1), (0, 1))),
            "mlp_bias": channel_sums(dZ),
            "mlp_out_kernel": np.tensordot(H, dY, ((0, 1), (0, 1))),
            "mlp_out_bias": channel_sums(dY),
        }
