"""Initialisation of single layers."""

from __future__ import annotations

import math

import torch
from torch import nn


def prepared(layer: nn.Module, init: str, seed: int | None = None) -> nn.Module:
    """Draw a layer's kernel from `init` and set its bias to zero.

    Glorot and Bengio, 2010; He et al., 2015; LeCun et al., 1998.
    """
    weight = layer.get_parameter("weight")
    fan_in = weight[0].numel()
    fan_out = weight.numel() // weight.shape[1]
    scheme, distribution = init.split("_")
    fans = {"glorot": (fan_in + fan_out) / 2, "he": fan_in / 2, "lecun": fan_in}
    deviation = 1 / math.sqrt(fans[scheme])
    limit = math.sqrt(3) * deviation
    generator = None if seed is None else torch.Generator("cpu").manual_seed(seed)
    kernel = torch.empty(weight.shape, device="cpu")
    if distribution == "normal":
        kernel.normal_(0.0, deviation, generator=generator)
    else:
        kernel.uniform_(-limit, limit, generator=generator)
    with torch.no_grad():
        weight.copy_(kernel)
        for name, parameter in layer.named_parameters():
            if name == "bias":
                parameter.zero_()
    return layer
