"""AlexNet's normalisation."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class LocalResponseNormalization(layers.Layer):
    """Divide by (k + alpha * sum of squares over `size` channels) ** beta.

    Krizhevsky et al., 2012, section 3.3. Of an even size there is one more before.
    """

    def __init__(
        self, size: int, alpha: float, beta: float, k: float, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        channels, around = inputs.shape[-1], (self.size // 2, (self.size - 1) // 2)
        padding = ((0, 0), (0, 0), (0, 0), around)
        squares = keras.ops.pad(keras.ops.square(inputs), padding)
        total = sum(squares[..., i : i + channels] for i in range(self.size))
        return inputs / (self.k + self.alpha * total) ** self.beta

    def get_config(self) -> dict[str, Any]:
        config = {"size": self.size, "alpha": self.alpha, "beta": self.beta}
        return {**super().get_config(), **config, "k": self.k}
