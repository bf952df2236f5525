"""What stands in scripts as their recipe says, in place of these."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np

NAME = "recipe"
DATA = "digits"
SHAPE = (32, 32, 1)
OUTPUTS = ["main"]
HOLD_OUT = 0.2
SEED = 0
ROOM = 2**30
EPOCHS = 10
BATCH = 32
ACCUMULATE = 2
RATE = 0.001
MOMENTUM = 0.9
RHO = 0.9
BETA_1 = 0.9
BETA_2 = 0.999
EPSILON = 1e-8
CLIP = 1.0
POLICY = "mixed_bfloat16"
AVERAGE = 0.99
PATIENCE = 10
FACTOR = 0.1
PLATEAU = 5
MONITOR = "held_out_loss"
MEASURES = ["loss", "accuracy"]
WEIGHTS_OF_LOSSES = [1.0, 0.3]
LASTING = 1
FROZEN = [("conv1.", None), ("conv2.", 3)]
RATES = [("conv1.", 0.1)]
DECAY = 0.01
DECAYED = ("kernel",)
MISSING = ("dense.",)
NAMED = {"norm/scale": "norm/gamma"}
WEIGHTS = Path("best.weights.h5")
LOW, HIGH = -1.0, 1.0
MEAN = [0.5]
STD = [0.5]


def augment_randomly(
    generator: np.random.Generator, images: Any, labels: Any
) -> tuple[Any, Any]:
    """Images and labels as what is drawn changes them."""
    raise NotImplementedError


def model() -> keras.Model:
    """The network."""
    raise NotImplementedError
