"""Pictures as the numbers that networks take."""

from __future__ import annotations

import numpy as np

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..ir.network import Network
    from ..ir.pixels import Pixels

    Array = np.ndarray[Any, np.dtype[Any]]


def numbers_of(pictures: Array, pixels: Pixels) -> Array:
    """Pictures (..., height, width, channels) of 8 bits, red first, as the input's numbers."""
    ordered = pictures[..., ::-1] if pixels.order == "bgr" else pictures
    scales, shifts = np.transpose(pixels.factors)
    numbers: Array = (ordered * scales + shifts).astype(np.float32)
    return numbers


def as_input(images: Array, network: Network) -> Array:
    """Images as the network takes them: pictures by the model's `pixels`, else from 0 to 1.

    Other numbers than those of 8 bits are taken as they are.
    """
    if images.dtype == np.uint8 and network.pixels is not None:
        return numbers_of(images, network.pixels)
    scale = 255 if images.dtype == np.uint8 else 1
    return images.astype(np.float32) / np.float32(scale)
