"""Constructs keep their form in emitted code; defaults stand at each layer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from spec_text import network_of

import cnndsl
from cnndsl.backend import find_backend

SPEC = Path(__file__).parents[1] / "torch_backend" / "golden" / "named_numbers.cnn"
PAGE = Path(__file__).parents[2] / "docs" / "language.md"
KEPT = {
    "width": r"{channels} \* expansion",
    "halves": r"\(filters // 2, width // 2\)",
    "is_wide": "width > 64 and deep",
    "more": r"filters \+ 1",
    "first": r"make_divisible\(32 \* alpha\)",
    "filters": r"math.ceil\(first \* 1.5\) \* 2\*\*i",
}
CHANNELS = {"keras": r"x.shape\[-1\]", "torch": "in_channels", "numpy": "x.channels"}


@pytest.mark.parametrize("backend", CHANNELS)
def test_each_is_a_variable_of_its_name(backend: str) -> None:
    text = find_backend(backend).emit(network_of(SPEC.read_text())).text
    for name, value in KEPT.items():
        value = value.format(channels=CHANNELS[backend])
        assert re.search(rf"^ +{name} = {value}$", text, re.MULTILINE), name
    assert "known" not in text
    assert "8, 1" in text
    assert re.search(r"in enumerate\(depths\):$", text, re.MULTILINE)
    assert re.search(r"in (enumerate\()?zip\([\[(]8, 16[\])], [\[(]1, 3[\])], strict=True\)", text)
    assert re.search(r"sum\(depths\) \+ abs\(classes - 20\)", text)


def mobilenet() -> str:
    """The example of the language's page."""
    (text,) = re.findall(r"```cnn\n(# MobileNetV2.*?)```", PAGE.read_text(), re.DOTALL)
    return str(text)


@pytest.mark.parametrize("alpha", [0.35, 0.5, 1.3])
def test_emitted_code_is_the_network_of_other_values_too(alpha: float) -> None:
    text = find_backend("torch").emit(network_of(mobilenet())).text
    names: dict[str, type] = {}
    exec(text, names)  # noqa: S102  # our own text
    model = names["MobilenetV2"](alpha=alpha, classes=7)
    network = network_of(mobilenet(), alpha=alpha, classes=7)
    assert sum(one.numel() for one in model.parameters()) == network.cost.trainable


def test_what_is_expected_of_one_value_hides_no_other() -> None:
    """The budget holds for the values at hand alone; emitted code honours others."""
    network = cnndsl.load("torchvision/regnet_x_400mf")
    names: dict[str, type] = {}
    exec(network.emit("torch"), names)  # noqa: S102  # our own text
    model = names["RegnetX400mf"](excites=True, classes=10)
    other = cnndsl.load("torchvision/regnet_x_400mf", excites=True, classes=10)
    assert sum(one.numel() for one in model.parameters()) == other.trainable_params
    widths = (16, 32, 64, 128)
    narrow = sum(one.numel() for one in names["RegnetX400mf"](widths=widths).parameters())
    with pytest.raises(cnndsl.SpecError, match=f"trainable = {narrow:,}"):
        cnndsl.load("torchvision/regnet_x_400mf", widths=widths)


DEFAULTS = """\
defaults batch_norm(momentum=0.95, epsilon=1e-3)
block part(filters, norm = batch_norm) { conv(filters, 3x3, bias=false) -> norm -> relu }
model m(classes = 3) {
    input 8x8x3
    part(4) -> batch_norm(epsilon=1e-5) -> batch_norm
}
"""


def test_defaults_are_said_with_each_layer() -> None:
    keras = find_backend("keras").emit(network_of(DEFAULTS)).text
    assert re.findall(r"Normalization\([^)]*momentum=([\d.e-]+)", keras) == ["0.95"] * 3
    torch = find_backend("torch").emit(network_of(DEFAULTS)).text
    assert re.findall(r"nn.BatchNorm2d\(.*", torch) == [
        "nn.BatchNorm2d(filters, eps=0.001, momentum=0.05)",
        "nn.BatchNorm2d(4, momentum=0.05)",
        "nn.BatchNorm2d(4, eps=0.001, momentum=0.05)",
    ]


def unet() -> str:
    """The example of blocks that hold themselves, on a small image."""
    (text,) = re.findall(r"```cnn\n(# U-Net.*?)```", PAGE.read_text(), re.DOTALL)
    return str(text).replace("256", "16")


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_a_block_that_holds_itself_makes_as_many_levels_as_it_is_told(depth: int) -> None:
    text = find_backend("torch").emit(network_of(unet())).text
    names: dict[str, type] = {}
    exec(text, names)  # noqa: S102  # our own text
    network = network_of(unet(), depth=depth, filters=4)
    state = names["Unet"](depth=depth, filters=4).state_dict()
    kernels = {name: value.numel() for name, value in state.items() if value.ndim == 4}
    assert kernels == {
        f"{one.path}.weight": weight.size
        for one in network.layers
        for weight in one.weights
        if weight.name == "kernel"
    }


@pytest.mark.parametrize("backend", CHANNELS)
def test_a_block_that_holds_itself_is_one_definition_with_its_condition(backend: str) -> None:
    text = find_backend(backend).emit(network_of(unet())).text
    assert len(re.findall(r"(?i)^(?:class|def) level\(", text, re.MULTILINE)) == 1
    assert "depth > 0" in text
    assert re.search(r"(?i)level\(\w+, depth - 1, filters \* 2", text)
