"""Colour."""

from __future__ import annotations

from torch import Tensor


def recolour(images: Tensor, colours: Tensor) -> Tensor:
    """Images with other colours, from 0 to 1.

    Colours (images, 1 or 2, channels + 1, channels + 1) act on rows (channels, 1): the
    first for how pixels differ from the image's mean, the last for the mean.
    """
    colours = colours.to(images.dtype)[..., None, None]
    of_pixels, of_mean = colours[:, 0, :-1, :-1], colours[:, -1, :, :-1]
    means = images.mean(dim=(2, 3), keepdim=True)
    # No product of matrices: those may be of fewer bits on a GPU.
    shifts = (means[:, :, None] * (of_mean[:, :-1] - of_pixels)).sum(1) + of_mean[:, -1]
    for channel in range(images.shape[1]):
        shifts = shifts + images[:, channel, None] * of_pixels[:, channel]
    return shifts.clamp(0, 1)
