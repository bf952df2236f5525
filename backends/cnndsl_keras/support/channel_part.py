"""One of several parts of the channels as a layer."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class ChannelPart(layers.Layer):
    """One of several equal parts of the channels, or of parts of given sizes."""

    def __init__(self, parts: int | tuple[int, ...], part: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.parts, self.part = parts, part

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        if isinstance(self.parts, int):
            sizes = (inputs.shape[-1] // self.parts,) * self.parts
        else:
            sizes = tuple(self.parts)
        start = sum(sizes[: self.part])
        return inputs[..., start : start + sizes[self.part]]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "parts": self.parts, "part": self.part}
