"""The page for users of PyTorch: each class there is the network that stands below it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from spec_text import network_of
from torch import nn
from torch.nn import functional

PAGE = Path(__file__).parents[2] / "docs" / "pytorch.md"
PAIRS = re.findall(r"```python\n(.*?)```.*?```cnn\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def test_the_page_has_its_pairs() -> None:
    assert len(PAIRS) >= 5


@pytest.mark.parametrize("number", range(len(PAIRS)))
def test_a_class_has_the_weights_and_the_output_of_its_spec(number: int) -> None:
    code, spec = PAIRS[number]
    names = {"torch": torch, "nn": nn, "F": functional}
    exec(code, names)  # noqa: S102 (the page's own classes)
    net, network = names["Net"](), network_of(spec)
    weights = sum(one.numel() for one in net.parameters())
    assert weights == network.cost.trainable
    height, width, channels = network.input_shapes[0].dims
    output = net(torch.zeros(1, channels, height, width)).shape
    shape = network.scope.output_shape
    assert tuple(output) == (1, shape.channels, shape.height, shape.width)
