"""Erasing boxes."""

from __future__ import annotations

import torch
from torch import Tensor

from .within import within


def erase(images: Tensor, boxes: Tensor, fills: Tensor) -> Tensor:
    """Images with a number of their own in the place of what is in their boxes."""
    colours = fills.to(images.dtype)[:, None, None, None]
    return torch.where(within(boxes, images), colours, images)
