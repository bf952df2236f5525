"""Attention among queries, keys and values that are an image's channels, as a layer."""
# Keras has no types, so its layers are of type Any.
# mypy: disallow-subclassing-any=False

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class SelfAttention(layers.Layer):
    """Attention between the pixels of windows (Vaswani et al., 2017; Tu et al., 2022).

    Channels are queries, keys and values of all heads; `key_heads` are shared. A
    window is the whole image, or of a size; its pixels are spread over it for a grid.
    The bias is by `offsets` or `distances`, or an `mlp` makes it of offsets.
    """

    def __init__(
        self,
        heads: int,
        key_size: int,
        key_heads: int | None = None,
        window: int | tuple[int, int] | None = None,
        grid: bool = False,
        stride: int = 1,
        bias: str | None = None,
        hidden: int = 512,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.heads, self.key_size = heads, key_size
        self.key_heads = key_heads or heads
        self.window = (window, window) if isinstance(window, int) else window
        self.grid, self.stride, self.bias, self.hidden = grid, stride, bias, hidden

    def build(self, input_shape: tuple[int, ...]) -> None:
        height, width = self.size = tuple(self.window or input_shape[1:3])
        if self.bias == "mlp":
            kernel, out_kernel = (2, self.hidden), (self.hidden, self.heads)
            self.mlp_kernel = self.add_weight(shape=kernel, name="mlp_kernel")
            self.mlp_bias = self.add_weight(
                shape=kernel[1:], initializer="zeros", name="mlp_bias"
            )
            self.mlp_out_kernel = self.add_weight(
                shape=out_kernel, name="mlp_out_kernel"
            )
            self.mlp_out_bias = self.add_weight(
                shape=out_kernel[1:], initializer="zeros", name="mlp_out_bias"
            )
        elif self.bias == "offsets":
            shape = (self.heads, 2 * height - 1, 2 * width - 1)
            self.offset_bias = self.add_weight(
                shape=shape, initializer="zeros", name="offset_bias"
            )
        elif self.bias == "distances":
            self.distance_bias = self.add_weight(
                shape=(self.heads, height, width),
                initializer="zeros",
                name="distance_bias",
            )

    def table(self) -> keras.KerasTensor:
        """The bias for each head and offset, from the lowest, or distance."""
        if self.bias == "distances":
            return self.distance_bias
        if self.bias == "offsets":
            return self.offset_bias
        sides = [
            keras.ops.arange(1 - side, side, dtype=self.compute_dtype)
            for side in self.size
        ]
        pairs = keras.ops.stack(keras.ops.meshgrid(*sides, indexing="ij"), axis=-1)
        places = keras.ops.sign(pairs) * keras.ops.log1p(keras.ops.abs(pairs))
        units = keras.ops.relu(places @ self.mlp_kernel + self.mlp_bias)
        values = units @ self.mlp_out_kernel + self.mlp_out_bias
        return keras.ops.transpose(values, (2, 0, 1))

    def position_bias(self) -> keras.KerasTensor:
        """What is added for each head, pixel that asks and pixel that is seen."""
        table = self.table()
        rows, columns = (
            keras.ops.arange(0, side, self.stride)[:, None] - keras.ops.arange(side)
            for side in self.size
        )
        if self.bias == "distances":
            rows, columns = keras.ops.abs(rows), keras.ops.abs(columns)
        else:
            rows, columns = rows + self.size[0] - 1, columns + self.size[1] - 1
        index = rows[:, None, :, None] * table.shape[2] + columns[None, :, None, :]
        flat = keras.ops.reshape(table, (self.heads, -1))
        read = keras.ops.take(flat, keras.ops.reshape(index, (-1,)), axis=1)
        return keras.ops.reshape(read, (self.heads, -1, self.size[0] * self.size[1]))

    def by_head(self, windows: keras.KerasTensor, heads: int) -> keras.KerasTensor:
        """Pixels of windows as (windows, heads of the queries, pixels, channels)."""
        pixels, channels = windows.shape[1] * windows.shape[2], windows.shape[3]
        split = keras.ops.reshape(windows, (-1, pixels, heads, channels // heads))
        turned = keras.ops.transpose(split, (0, 2, 1, 3))
        readers = self.heads // heads
        return turned if readers == 1 else keras.ops.repeat(turned, readers, axis=1)

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        rows, columns, channels = inputs.shape[1:]
        height, width = self.size
        down, across = rows // height, columns // width
        shape, order = (down, height, across, width), (0, 1, 3, 2, 4, 5)
        if self.grid:
            shape, order = (height, down, width, across), (0, 2, 4, 1, 3, 5)
        apart = keras.ops.reshape(inputs, (-1, *shape, channels))
        windows = keras.ops.reshape(
            keras.ops.transpose(apart, order), (-1, height, width, channels)
        )
        first = self.heads * self.key_size
        end = first + self.key_heads * self.key_size
        asking = windows[:, :: self.stride, :: self.stride, :first]
        query = self.by_head(asking, self.heads) / self.key_size**0.5
        key = self.by_head(windows[..., first:end], self.key_heads)
        value = self.by_head(windows[..., end:], self.key_heads)
        scores = query @ keras.ops.transpose(key, (0, 1, 3, 2))
        if self.bias:
            scores = scores + self.position_bias()
        found = keras.ops.softmax(scores) @ value
        height, width = asking.shape[1:3]
        channels = self.heads * value.shape[3]
        joined = keras.ops.reshape(
            keras.ops.transpose(found, (0, 2, 1, 3)),
            (-1, down, across, height, width, channels),
        )
        order = (0, 3, 1, 4, 2, 5) if self.grid else (0, 1, 3, 2, 4, 5)
        return keras.ops.reshape(
            keras.ops.transpose(joined, order),
            (-1, down * height, across * width, channels),
        )

    def get_config(self) -> dict[str, Any]:
        names = "heads key_size key_heads window grid stride bias hidden"
        own = {name: getattr(self, name) for name in names.split()}
        return {**super().get_config(), **own}
