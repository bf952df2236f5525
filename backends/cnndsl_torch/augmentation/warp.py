"""Geometry."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def warp(images: Tensor, transforms: Tensor) -> Tensor:
    """Images whose pixels come from where transforms say: bilinear, with zeros around.

    Transforms (images, 3, 3) map columns (x, y, 1), in pixels from the image's centre.
    """
    # Positions of 32 bits are off by 1e-5 pixels and more; Apple's GPUs have no others.
    exact = torch.float32 if images.device.type == "mps" else torch.float64
    height, width = images.shape[-2:]
    halves = torch.tensor(
        [width / 2, height / 2, 1.0], dtype=exact, device=images.device
    )
    relative = transforms.to(exact) * halves / halves[:, None]
    grid = F.affine_grid(relative[:, :2], list(images.shape), align_corners=False)
    return F.grid_sample(images.to(exact), grid, align_corners=False).to(images.dtype)
