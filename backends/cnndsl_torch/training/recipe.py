"""What stands in scripts as their recipe says, in place of these."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

NAME = "recipe"
DATA = "digits"
SHAPE = (32, 32, 1)
OUTPUTS = ["main"]
HOLD_OUT = 0.2
SEED = 0
EPOCHS = 10
BATCH = 32
ACCUMULATE = 2
RATE = 0.001
CLIP = 1.0
PRECISION = torch.bfloat16
AVERAGE = 0.99
PATIENCE = 10
FACTOR = 0.1
PLATEAU = 5
MONITOR = "held_out_loss"
MEASURES = ["loss", "accuracy"]
SCORES = ["softmax"]
FROZEN = [("conv1.", None), ("conv2.", 3)]
RATES = [("conv1.", 0.1)]
DECAY = 0.01
UNDECAYED = ("scale",)
MISSING = ("dense.",)
NAMES = {"kernel": "weight"}
NAMED = {"scale/gamma": ("scale", (-1, 1, 1))}
ORDERS = {"embedding/embedding": (2, 0, 1)}
IMAGES = {"dense/kernel": (5, 5, 16)}
WEIGHTS = Path("weights.pt")
LOW, HIGH = -1.0, 1.0
MEAN = [0.5]
STD = [0.5]


def augment_randomly(
    generator: np.random.Generator, images: Tensor, labels: list[Tensor]
) -> tuple[Tensor, list[Tensor]]:
    """Images and labels as what is drawn changes them."""
    raise NotImplementedError


class Model(nn.Module):
    """The network."""

    def l2_penalty(self) -> Tensor:
        """The sum of the squared weights, each times its factor."""
        raise NotImplementedError
