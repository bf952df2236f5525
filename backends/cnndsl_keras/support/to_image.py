"""Values laid out as an image, whatever its size."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class ToImage(layers.Reshape):
    """Lay values out as an image row by row, the channels of a pixel side by side."""

    def __init__(self, size: int | tuple[int, int], **kwargs: Any) -> None:
        self.size = (size, size) if isinstance(size, int) else tuple(size)
        super().__init__((*self.size, -1), **kwargs)

    def get_config(self) -> dict[str, Any]:
        return {**layers.Layer.get_config(self), "size": self.size}
