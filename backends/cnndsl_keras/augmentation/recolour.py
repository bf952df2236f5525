"""Colour."""

from __future__ import annotations

import keras
from keras import ops


def recolour(
    images: keras.KerasTensor, colours: keras.KerasTensor
) -> keras.KerasTensor:
    """Images with other colours, from 0 to 1.

    Colours (images, 1 or 2, channels + 1, channels + 1) act on rows (channels, 1): the
    first for how pixels differ from the image's mean, the last for the mean.
    """
    images = ops.convert_to_tensor(images)
    colours = ops.cast(colours, images.dtype)[:, :, None, None]
    of_pixels, of_mean = colours[:, 0, ..., :-1, :-1], colours[:, -1, ..., :-1]
    means = ops.mean(images, axis=(1, 2), keepdims=True)[..., None]
    # No product of matrices: those may be of fewer bits on a GPU.
    shifts = (
        ops.sum(means * (of_mean[..., :-1, :] - of_pixels), axis=-2)
        + of_mean[..., -1, :]
    )
    for channel in range(images.shape[-1]):
        shifts += images[..., channel, None] * of_pixels[..., channel, :]
    return ops.clip(shifts, 0, 1)
