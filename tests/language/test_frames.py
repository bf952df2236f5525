"""Images of another size: which pixels are taken, against PyTorch's own."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
import torch.nn.functional as F
from cnndsl_torch.resizing import NEAREST, means, taken_places
from keras_models import assert_exact as assert_exact_in_keras
from spec_text import in_model, network_of, side_by_side
from torch_emission import assert_exact, emitted

from cnndsl.emit.validation.parts import parts_of, settled
from cnndsl.ops.convolution import Conv
from cnndsl.ops.merging import ZeroPad
from cnndsl.ops.resizing import Crop
from cnndsl.values import Padding, Shape, Size

SIDES = (*range(1, 34), 47, 96, 100, 123)


@pytest.mark.parametrize("word", NEAREST)
@pytest.mark.parametrize("precision", [torch.float32, torch.float64])
def test_pixels_that_pytorch_takes(word: str, precision: torch.dtype) -> None:
    """What is told of its rounding is what it does, in both precisions and with all sides."""
    for pixels in SIDES:
        line = torch.arange(pixels, dtype=precision)[None, None, :, None]
        for count in SIDES:
            found = F.interpolate(line, size=(count, 1), mode=word).flatten().tolist()
            assert found == taken_places(word, pixels, count)


def test_nearest_is_written_in_pytorch_where_it_is_the_same() -> None:
    """A ratio of an even to an odd number has a middle between two pixels."""
    for pixels, count in itertools.product(SIDES, SIDES):
        image, resized = Shape((pixels, 1, 1)), Shape((count, 1, 1))
        for word, mode in zip(NEAREST, ("nearest_floor", "nearest"), strict=True):
            if not means(word, mode, image, resized):
                common = math.gcd(pixels, count)
                assert common > 1 if mode == "nearest_floor" else pixels // common % 2 == 0


RESIZED = [
    f"resize({size}, mode={mode})"
    for size, mode in itertools.product(
        ("3x5", "41x22", "2x44", "9", "1x20", "12x10"),
        ("nearest", "nearest_floor", "bilinear", "bicubic"),
    )
]


@pytest.mark.parametrize("shape", ["8x26x2", "1x9x3"])
def test_sizes_of_all_kinds(shape: str) -> None:
    text = side_by_side(RESIZED, shape)
    code = assert_exact(text)
    helpers = ("NearestResize((41, 22))", "NearestResize((41, 22), floor=True)")
    assert all((one in code) == shape.startswith("8") for one in helpers)
    assert_exact_in_keras(network_of(text))


def test_a_size_that_is_a_parameter() -> None:
    """One block for all sizes and paddings, in both frameworks."""
    block = (
        "block framed(n, size, mode) "
        "{ pad(n, reflect) -> crop(n) -> center_crop(size) -> resize(9x8, mode) }\n"
    )
    calls = "framed(1, 4, bilinear) -> framed(3, 5x7, bicubic)"
    text = block + in_model(calls, "9x8x2")
    assert assert_exact(text).count("class Framed") == 1
    assert_exact_in_keras(network_of(text))


@pytest.mark.parametrize(
    ("call", "module"),
    [
        ("pad(1, reflect)", "nn.ReflectionPad2d(1)"),
        ("pad((0, 1, 2, 3), edge)", "nn.ReplicationPad2d((2, 3, 0, 1))"),
        ("pad(2, circular)", "nn.CircularPad2d(2)"),
        ("pad(1x2, value=-1)", "nn.ConstantPad2d((2, 2, 1, 1), -1.0)"),
        ("pad(1)", "nn.ZeroPad2d(1)"),
        ("resize(16)", "nn.Upsample(size=16)"),
        ("resize(12x9, bilinear)", 'nn.Upsample(size=(12, 9), mode="bilinear")'),
        ("resize(3x4, nearest_floor)", "nn.Upsample(size=(3, 4))"),
        ("resize(3x5)", 'nn.Upsample(size=(3, 5), mode="nearest-exact")'),
        ("resize(41x5)", "NearestResize((41, 5))"),
    ],
)
def test_modules_of_pytorch(call: str, module: str) -> None:
    assert f"= {module}\n" in emitted(in_model(call, "8x8x2"))


def test_a_crop_is_no_padding_undone() -> None:
    """Zeros where something has been cut off are not what was there; and zeros that are cut are."""
    image, conv = Shape((6, 6, 1)), Conv(filters=1, kernel=Size(3, 3))
    border = Padding(1, 1, 1, 1)

    def kinds(*ops: object) -> list[str]:
        parts = []
        for op in (*ops, conv):
            parts += parts_of(op, parts[-1].shape if parts else image)
        return [part.kind for part in settled(parts, image)]

    assert kinds(Crop(cut=border), ZeroPad(pad=border)) == ["zero_pad", "conv"]
    assert kinds(ZeroPad(pad=border), Crop(cut=border)) == ["conv"]
