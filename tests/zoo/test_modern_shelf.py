"""The shelf `modern/`: each network has the parameters that its paper or its public code has.

The totals are of timm's `results` and models, of torchvision's `num_params`, of Ultralytics'
`yolov8.yaml`, of YOLOX's, milesial's and krasserm's models, or worked out by hand where a comment
says so. All count what training changes.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from spec_text import in_model
from zoo_networks import shelf

import cnndsl

TOTALS = {
    "res2net50": 25_699_120,  # res2net50_26w_4s
    "resnest50": 27_483_240,  # resnest50d
    "cspdarknet53": 27_642_184,
    "ghostnet": 5_182_508,  # ghostnet_100
    "rexnet": 4_796_873,  # rexnet_100
    "levit_128s": 7_777_058,
    "shvit_s1": 6_330_808,
    "efficientnet_lite0": 4_652_008,
    "efficientnet_lite1": 5_416_680,
    "efficientnet_lite2": 6_092_072,
    "efficientnet_lite3": 8_197_096,
    "efficientnet_lite4": 13_006_568,
    "yolov8n": 3_157_184,
    "yolov8s": 11_166_544,
    "yolov8m": 25_902_624,
    "yolov8l": 43_691_504,
    "yolov8x": 68_229_632,
    "yolox_nano": 912_159,
    "yolox_tiny": 5_055_855,
    "yolox_s": 8_968_255,
    "yolox_m": 25_326_495,
    "yolox_l": 54_208_895,
    "yolox_x": 99_071_455,
    "deeplabv3_resnet50": 42_004_074,
    "unet_padded": 31_037_698,
    "unet_bilinear": 17_263_042,
    "srresnet": 1_550_659,
    # torchvision's retinanet_resnet50_fpn keeps batch normalisation as constants
    "retinanet_resnet50": 34_014_999 + 53_120,
    "skresnet18": 11_958_056,
    "skresnet34": 22_282_376,
    "skresnet50": 25_803_160,
    "hrnet_w18": 21_299_004,
    "hrnet_w30": 37_712_220,
    "hrnet_w32": 41_232_680,
    "hrnet_w40": 57_557_160,
    "hrnet_w44": 67_064_984,
    "hrnet_w48": 77_469_864,
    "hrnet_w64": 128_059_944,
    "siamese": 38_951_745,
    # ResNet-50 without its classifier, four 1x1 and four 3x3 convolutions.
    "fpn_resnet50": 25_557_032 - 2_049_000 + 256 * (256 + 512 + 1024 + 2048 + 4) + 4 * 590_080,
    "espcn": 64 * (25 + 1) + 32 * (64 * 9 + 1) + 9 * (32 * 9 + 1),
}
PYRAMIDS = {
    "fpn_resnet50": (4, 8, 16, 32, 64),
    "retinanet_resnet50": (8, 16, 32, 64, 128) * 2,
    "yolov8n": (8, 16, 32),
    "yolox_s": (8, 16, 32),
}
"""By network: how many pixels of the image one of each output stands for, along a side."""


def test_the_shelf_has_these() -> None:
    assert {one.removeprefix("modern/") for one in shelf("modern")} == TOTALS.keys()


@pytest.mark.parametrize("name", TOTALS)
def test_totals_are_those_published(name: str) -> None:
    assert cnndsl.load(f"modern/{name}").trainable_params == TOTALS[name]


@pytest.mark.parametrize("name", PYRAMIDS)
def test_levels_of_a_pyramid(name: str) -> None:
    network = cnndsl.load(f"modern/{name}")
    side = network.input_shape[0]
    shapes = list(network.output_shapes.values())
    sides = [-(-side // step) for step in PYRAMIDS[name]]
    assert [shape[:2] for shape in shapes] == [(one, one) for one in sides]


@pytest.mark.parametrize(
    ("name", "factor"), [("espcn", 3), ("srresnet", 4), ("unet_padded", 1), ("unet_bilinear", 1)]
)
def test_images_from_images(name: str, factor: int) -> None:
    network = cnndsl.load(f"modern/{name}")
    (shape,) = network.output_shapes.values()
    assert shape[:2] == tuple(factor * side for side in network.input_shape[:2])


def test_the_auxiliary_head_of_deeplabv3_is_for_training() -> None:
    network = cnndsl.load("modern/deeplabv3_resnet50")
    assert list(network.output_shapes.values()) == [(520, 520, 21)] * 2
    with torch.device("meta"):
        module = network.build("torch").eval()
        assert module(torch.empty(1, 3, 520, 520)).shape == (1, 21, 520, 520)


def block(call: str, file: str, channels: int) -> Any:
    """A block of the shelf alone, in PyTorch, with weights as it draws them."""
    name = call.partition("(")[0]
    text = f'import {name} from "zoo:modern/{file}"\n'
    text += in_model(f"{call} as part", f"6x5x{channels}")
    torch.manual_seed(0)
    return cnndsl.loads(text).build("torch").eval().part


def test_split_attention_is_a_softmax() -> None:
    """Weights of two splits are written as the sigmoid of their difference."""
    part, image = block("split_attention", "resnest50", 8), torch.randn(2, 8, 6, 5)
    with torch.no_grad():
        splits = part.conv_norm(image).unflatten(1, (2, 8))
        means = splits.sum(1).mean((2, 3), keepdim=True)
        weights = part.conv2(part.relu(part.batch_norm(part.conv1(means))))
        expected = (splits * weights.unflatten(1, (2, 8)).softmax(1)).sum(1)
        torch.testing.assert_close(part(image), expected)


def test_c2f_joins_what_each_bottleneck_gives() -> None:
    part, image = block("c2f(8, 3, true)", "yolov8", 6), torch.randn(2, 6, 6, 5)
    with torch.no_grad():
        values = list(part.conv_silu1(image).chunk(2, dim=1))
        for layer in part.layers:
            values.append(layer.bottleneck(values[-1]))
        torch.testing.assert_close(part(image), part.conv_silu2(torch.cat(values, dim=1)))
