"""A layer with statistics that several calls share."""

from typing import Any

import keras
from keras import layers

from cnndsl_keras.support.after import After


class InTurn:
    """A layer that calls share, whose statistics move with each of them in turn."""

    def __init__(
        self,
        made: dict[str, Any],
        layer: type[layers.Layer],
        *arguments: Any,
        name: str,
        **keywords: Any,
    ) -> None:
        if name not in made:
            made[name] = [layer(*arguments, name=name, **keywords)]
        self.calls = made[name]
        self.layer, *self.before = self.calls

    def __call__(self, x: keras.KerasTensor) -> keras.KerasTensor:
        if self.before:
            name = f"{self.layer.name}.after{len(self.before)}"
            x = After(name=name)([x, self.before[-1]])
        x = self.layer(x)
        self.calls.append(x)
        return x
