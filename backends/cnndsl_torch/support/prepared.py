"""Initialisation of single layers."""

from __future__ import annotations

import math

import torch
from torch import nn


def prepared(
    layer: nn.Module, init: str, seed: int | None = None, l2: float = 0.0
) -> nn.Module:
    """Draw a layer's kernel from `init`, zero its bias, and note its L2 penalty.

    Glorot and Bengio, 2010; He et al., 2015; LeCun et al., 1998.
    """
    weight = layer.get_parameter("weight")
    fan_in = weight[0].numel()
    fan_out = weight.numel() // weight.shape[1]
    scheme, distribution = init.split("_")
    fans = {"glorot": (fan_in + fan_out) / 2, "he": fan_in / 2, "lecun": fan_in}
    deviation = 1 / math.sqrt(fans[scheme])
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    with torch.no_grad():
        if distribution == "normal":
            weight.normal_(0.0, deviation, generator=generator)
        else:
            limit = math.sqrt(3) * deviation
            weight.uniform_(-limit, limit, generator=generator)
        for name, parameter in layer.named_parameters():
            if name == "bias":
                parameter.zero_()
    setattr(layer, "l2", l2)
    return layer
