"""A value that waits for another."""

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class After(layers.Layer):
    """Pass the first of two values on, once there is the second."""

    def call(self, inputs: list[keras.KerasTensor]) -> keras.KerasTensor:
        return inputs[0]
