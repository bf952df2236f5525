"""The pixels of boxes."""

from __future__ import annotations

import torch
from torch import Tensor


def within(boxes: Tensor, images: Tensor) -> Tensor:
    """Whether pixels are in their image's box: (images, 4) top, left, bottom, right."""
    top, left, bottom, right = boxes.T[..., None, None, None]
    rows = torch.arange(images.shape[2], device=images.device)[:, None]
    columns = torch.arange(images.shape[3], device=images.device)
    inside: Tensor = (
        (top <= rows) & (rows < bottom) & (left <= columns) & (columns < right)
    )
    return inside
