"""The shelf `torchvision/`: its networks take torchvision's checkpoints as they are.

`torchvision_reference` has the names and shapes of their weights in order, and their logits. Those
below are of auxiliary outputs too, for weights and an image that `drawn` makes.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torchvision_reference import REFERENCE, image, weights

import cnndsl
from cnndsl.project import zoo

SHELF = [*REFERENCE]
QUICK = {
    "googlenet", "mnasnet0_5", "mobilenet_v3_small", "resnet18",
    "shufflenet_v2_x0_5", "squeezenet1_1",
}  # fmt: skip
"""Networks that are run on every occasion."""
SIBLINGS = re.compile(
    r"convnext_(small|base|large)|densenet(161|169|201)|efficientnet_(b[1-7]|v2_[ml])|"
    r"mnasnet(0_75|1_.)|mobilenet_v3_large|"
    r"regnet_[xy]_(?!400mf).*|resnet(34|1..)|resnext101_.*|"
    r"shufflenet_v2_x(1_.|2_0)|squeezenet1_0|vgg(13|16|19).*|wide_.*"
)
"""Networks of the blocks of another one that is run more often."""

LOGITS = {
    "alexnet": [[0.0336042, 0.0594576, -0.292773, -0.17775]],
    "vgg11_bn": [[0.106921, -0.0203011, 0.0730908, -0.157455]],
    "googlenet": [
        [0.0786931, 0.0938761, 0.00166848, 0.240136],
        [0.15364, -0.0657633, -0.169628, 0.118965],
        [0.055934, 0.0510613, 0.140486, 0.126945],
    ],
    "inception_v3": [
        [0.102039, -0.186338, -0.00252245, 0.0810758],
        [-0.0368844, -0.0301715, -0.0708211, -0.0213499],
    ],
    "resnet18": [[0.244225, 0.311311, 0.0336514, -0.184998]],
    "resnet50": [[-0.471445, 0.256746, 0.0352191, -0.0864864]],
    "resnext50_32x4d": [[0.15273, -0.0826759, -0.183278, 0.200541]],
}
"""By network: the logits of every output for four of the classes."""

BUILT = {one for one in SHELF if re.match("alex|goog|inc|res|vgg|wide", one)} | QUICK
"""Networks that are built on every occasion."""

CLASSES = (0, 250, 500, 750)
ROUNDING = 6e-8
"""Half of the distance of two neighbouring numbers of 32 bits, relative."""


def by_name(names: Iterable[str], quick: Container[str] = QUICK) -> pytest.MarkDecorator:
    """Tests by network: quick ones, slow ones, and long ones of their siblings."""
    marks = {
        one: pytest.mark.long if SIBLINGS.fullmatch(one) else pytest.mark.slow
        for one in names
        if one not in quick
    }
    marked = [pytest.param(one, marks=[marks[one]] if one in marks else []) for one in names]
    return pytest.mark.parametrize("name", marked)


def on_meta(name: str) -> nn.Module:
    """The network without memory for its weights."""
    with torch.device("meta"):
        module: nn.Module = cnndsl.load(f"torchvision/{name}").build("torch")
    return module


def drawn(shapes: Mapping[str, Sequence[int]], seed: int = 0) -> dict[str, Tensor]:
    """A weight for every key, with which signals neither die nor grow in many layers."""
    random = np.random.RandomState(seed)  # its numbers are promised never to change

    def draw(key: str, shape: Sequence[int]) -> NDArray[Any]:
        if key.endswith("num_batches_tracked"):
            return np.zeros(shape, "int64")
        values = random.random_sample(shape).astype("float32")
        if key.endswith("running_var"):
            return values + np.float32(0.5)
        if len(shape) > 1:
            limit = (6 / np.prod(shape[1:])) ** 0.5
            return (2 * values - 1) * np.float32(limit)
        if key.endswith("weight"):
            return values * np.float32(0.4) + np.float32(0.3)
        return (values - np.float32(0.5)) / 5

    return {key: torch.from_numpy(draw(key, shape)) for key, shape in shapes.items()}


def outputs_of(module: nn.Module, image: Tensor, training: bool = False) -> list[Tensor]:
    """The outputs of a model without dropout, in training with its auxiliary heads."""
    module.eval().training = training
    outputs = module(image)
    return list(outputs) if isinstance(outputs, tuple) else [outputs]


def test_the_shelf_has_every_network() -> None:
    shelf = {
        one.name.removeprefix("torchvision/") for one in zoo.entries() if one.shelf == "torchvision"
    }
    assert shelf == set(SHELF)


@by_name(SHELF, quick=BUILT)
def test_state_dict_is_torchvisions(name: str) -> None:
    state = on_meta(name).state_dict()
    found = [(key, list(value.shape)) for key, value in state.items()]
    assert found == list(REFERENCE[name]["state_dict"].items())


@pytest.mark.parametrize("name", SHELF)
def test_facts_are_torchvisions(name: str) -> None:
    network = cnndsl.load(f"torchvision/{name}")
    assert list(network.input_shape) == REFERENCE[name]["input"]
    assert network.trainable_params == REFERENCE[name]["parameters"]
    assert set(network.output_shapes.values()) == {(1000,)}


@by_name(LOGITS, quick=QUICK)
def test_logits_are_torchvisions(name: str) -> None:
    module = on_meta(name)
    module.load_state_dict(drawn(REFERENCE[name]["state_dict"]), assign=True)
    height, width, channels = REFERENCE[name]["input"]
    picture = drawn({"image": (1, channels, height, width)}, seed=1)["image"]
    with torch.no_grad():
        (in_inference,) = outputs_of(module, picture)
        module.training = True  # alone: its layers go on in inference
        whole = module(picture)
    outputs = whole if isinstance(whole, tuple) else (whole,)
    torch.testing.assert_close(outputs[0], in_inference, rtol=0, atol=0)
    for logits, expected in zip(outputs, LOGITS[name], strict=True):
        scale = float(logits.abs().max())
        np.testing.assert_allclose(logits[0, CLASSES], expected, atol=3e-5 * scale)


@by_name(SHELF)
def test_logits_are_those_of_the_reference(name: str) -> None:
    """Skipped where rounding alone moves a network's logits further than the tolerance.

    Under these weights EfficientNetV2 is chaotic: its float32 logits are other ones on every kind
    of processor, as torchvision's own are. They jump, so that one comparison may not show it.
    """
    expected, tolerance = REFERENCE[name]["logits"], 1e-4 * REFERENCE[name]["largest"]
    found = reference_logits(name, torch.float32)[: len(expected)]
    if not np.allclose(found, expected, rtol=0, atol=tolerance):
        for seed in range(4):
            other = reference_logits(name, torch.float64, ROUNDING * (seed > 0), seed)
            rounding = np.abs(other[: len(expected)] - found).max()
            if rounding > 10 * tolerance:
                pytest.skip(f"rounding moves these logits by {rounding:g} of {tolerance:g}")
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


def reference_logits(
    name: str, dtype: torch.dtype, off: float = 0.0, seed: int = 0
) -> NDArray[Any]:
    """The first output for the reference's weights and image, computed in a precision.

    off: how far each weight is from the reference's, relative, up or down as the seed draws
    """
    module = on_meta(name)
    module.load_state_dict(weights(name), assign=True)
    module.to(dtype)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in module.parameters() if off else ():
            weight *= 1 + off * torch.randint(0, 2, weight.shape, generator=generator).mul(2).sub(1)
        (logits,) = outputs_of(module, image(name).to(dtype))
    return logits[0].numpy()
