"""Draws for PyTorch."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def as_tensors(draws: dict[str, np.ndarray], images: Tensor) -> dict[str, Tensor]:
    """Arrays as tensors where images are."""
    tensors = {name: torch.from_numpy(one) for name, one in draws.items()}
    if images.device.type == "mps":  # Apple's GPUs have no numbers of 64 bits
        tensors = {
            name: one.float() if one.is_floating_point() else one
            for name, one in tensors.items()
        }
    return {name: one.to(images.device) for name, one in tensors.items()}
