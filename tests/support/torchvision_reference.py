"""What torchvision 0.28 has, by network: `tests/data/torchvision_0.28.json.gz`.

Each has the `input`, the trainable `parameters`, the names and shapes of its `state_dict` in order,
and the first `logits` of its first output for the weights and the image below, with `largest`, the
largest magnitude among all of them. torchvision itself gave them, with PyTorch 2.13 on a CPU.
"""

from __future__ import annotations

import gzip
import json
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

DATA = Path(__file__).parents[1] / "data" / "torchvision_0.28.json.gz"
REFERENCE: dict[str, dict[str, Any]] = json.loads(gzip.decompress(DATA.read_bytes()))


def weight(name: str, shape: list[int]) -> Tensor:
    """The weight under a name, which no other name has."""
    kind = name.rpartition(".")[2]
    if kind == "num_batches_tracked":
        return torch.tensor(0)
    generator = np.random.Generator(np.random.PCG64(zlib.crc32(name.encode())))
    values = generator.standard_normal(shape).astype(np.float32)
    if kind in ("running_mean", "bias"):
        values = 0.1 * values
    elif kind == "running_var":
        values = 1 + 0.1 * np.abs(values)
    elif kind == "layer_scale":
        values = 0.5 + 0.1 * values
    elif len(shape) == 1:
        values = 1 + 0.1 * values
    else:
        values *= np.float32(math.sqrt(2 / math.prod(shape[1:])))
    return torch.from_numpy(values)


def weights(name: str) -> dict[str, Tensor]:
    return {key: weight(key, shape) for key, shape in REFERENCE[name]["state_dict"].items()}


def image(name: str) -> Tensor:
    height, width, channels = REFERENCE[name]["input"]
    generator = np.random.Generator(np.random.PCG64(0))
    return torch.from_numpy(generator.random((1, channels, height, width), dtype=np.float32))
