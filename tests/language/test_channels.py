"""Ops on channels against what Python, PyTorch and TensorFlow make of them."""

from __future__ import annotations

import re
from pathlib import Path

import keras
import literal_formulas
import numpy as np
import pytest
import tensorflow
import torch
from cnndsl_numpy.graph import Mode
from cnndsl_numpy.layers.channels import ChannelMax
from live_outputs import outputs_for
from spec_text import in_model

import cnndsl
from cnndsl.backend import find_backend
from cnndsl.diagnostics.base import Rejected
from cnndsl.ops.channels import Slice
from cnndsl.values import Shape

BOUNDS = (*range(-6, 7), None)


@pytest.mark.parametrize("start", [one for one in BOUNDS if one is not None])
def test_slices_are_those_of_python(start: int) -> None:
    """But for those without channels, and those that Python cuts off, which are refused."""
    for stop in BOUNDS:
        found = len(range(5)[start:stop])
        is_whole = start in range(-5, 5) and stop in (None, *range(-5, 6))
        op, image = Slice(start=start, stop=stop), Shape((2, 3, 5))
        if found and is_whole:
            assert op.shape([image]).channels == found
        else:
            with pytest.raises(Rejected):
                op.shape([image])


@pytest.mark.parametrize("backend", ["keras", "torch"])
def test_bounds_that_are_parameters(backend: str) -> None:
    """The channels behind a slice are written with its bounds, whatever their signs."""
    blocks = (
        "block part(first, width) { slice(first, first + width) -> conv(width, 1x1) }\n"
        "block ends(few) { concat { slice(-few) -> relu\n slice(few)\n slice(1, few)\n"
        "slice(few, -1) }\n conv(3 * few, 1x1) }\n"
    )
    body = "part(0, 3) -> part(1, 2) -> conv(9, 1x1) -> part(2, 6) -> ends(2) -> ends(3)"
    text = cnndsl.loads(blocks + in_model(body, "3x4x5")).emit(backend)
    assert text.count("Part" if backend == "torch" else "part(") > 1
    assert "Part2" not in text


def test_shuffle_of_groups() -> None:
    """Channel j of group i becomes channel j * groups + i."""
    network = cnndsl.loads(in_model("channel_shuffle(2)", "1x1x6"))
    found = network.build("numpy").forward(np.arange(6.0).reshape(1, 1, 1, 6)).ravel()
    assert found.tolist() == [0, 3, 1, 4, 2, 5]


# All channels as one


PAGE = Path(__file__).parents[2] / "docs" / "language.md"
(CBAM,) = re.findall(r"^block spatial_attention.*?^}$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
GATES = (
    "block gated(width) { conv(width, 3x3) -> spatial_attention(3) -> conv(2 * width, 1x1)\n"
    "multiply { channel_max\n global_avg_pool(true) } -> conv(in.channels - 1, 1x1) }\n"
)


def test_spatial_attention_in_all_backends() -> None:
    """One class serves all widths: what is stretched has channels that are not the product's."""
    text = CBAM + GATES + in_model("gated(2) -> gated(3)", "8x7x3")
    assert_computed(text)
    code = cnndsl.loads(text).emit("torch")
    assert code.count("class Gated") == code.count("class SpatialAttention") == 1


def assert_computed(text: str) -> None:
    """Assert that what each backend computes is what the formulas give."""
    network = cnndsl.loads(text).network
    images = literal_formulas.random_images(network)
    weights = literal_formulas.random_weights(network)
    (expected,) = literal_formulas.evaluate(network, weights, images)
    for backend in ("keras", "numpy", "torch"):
        (found,) = outputs_for(find_backend(backend), network, weights, images)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_largest_channels_share_the_gradient() -> None:
    """In equal parts, in all frameworks."""
    layer = ChannelMax(name="largest")
    images = np.array([3.0, 1, 3, 2]).reshape(1, 1, 1, 4)
    _, saved = layer.forward((images,), {}, Mode(False, np.random.default_rng()))
    ((found,), _) = layer.backward(np.full((1, 1, 1, 1), 4.0), saved, {}, True)
    tensor = torch.from_numpy(images).requires_grad_()
    (by_torch,) = torch.autograd.grad(4 * tensor.amax(-1).sum(), tensor)
    with tensorflow.GradientTape() as tape:
        tape.watch(variable := tensorflow.constant(images))
        loss = 4 * keras.ops.max(variable, axis=-1)
    by_keras = tape.gradient(loss, variable)
    for gradient in (found, by_torch, by_keras):
        assert np.ravel(gradient).tolist() == [2, 0, 2, 0]


# Parts


SHUFFLE = """
block shuffle_unit {
    split(2) as left, right
    let changed = right -> conv(in.channels // 2, 1x1) -> relu
    concat(left, changed) -> channel_shuffle(2)
}
"""


def test_parts_are_written_in_one_line() -> None:
    """By the tensor's own method, in one class for all widths."""
    body = "conv(8, 1x1) -> shuffle_unit\nconv(6, 1x1) -> shuffle_unit\nsplit([1, 5]) as a, b"
    text = cnndsl.loads(SHUFFLE + in_model(body + "\noutput a, b", "3x4x5")).emit("torch")
    assert "left, right = x.chunk(2, dim=1)" in text
    assert "a, b = x.split([1, 5], dim=1)" in text
    assert text.count("class ShuffleUnit") == 1
    assert "ChannelSlice" not in text


PARTS = {
    "equal": "split(3) as a, b, c\nconcat(c, b, a)",
    "of sizes": "split([1, 3, 2]) as a, b, c\nconcat(c, a, b)",
    "counted by a parameter": "parts(3)\nparts(3)",
    "of sizes that are parameters": "sized([1, 3, 2]) -> sized([4, 1, 1])",
    "twice": "split(2) as a, b\nsplit(2) as c, d\nconcat(d, a, b, c)",
    "of parts": "split(2) as a, b\na -> split(3) as c, d, e\nconcat(e, b, d, c)",
    "of a vector": "flatten -> split(4) as a, b, c, d\nconcat(d, b, c, a)",
    "in a path": "add { identity\n one }",
    "with names of the emitted code": "split(3) as x, path1, path2\nadd { x\n path1\n path2 }",
}
BLOCKS = """
block parts(n) { split(n) as a, b, c
    concat(c, a, b) }
block sized(sizes) { split(sizes) as a, b, c
    concat(c, a, b) }
block one { split(2, part=1) -> conv(6, 1x1) }
"""


@pytest.mark.parametrize("name", PARTS)
def test_parts_in_all_backends(name: str) -> None:
    """What is joined is what the formulas give."""
    assert_computed(BLOCKS + in_model(PARTS[name], "3x4x6"))


def test_names_are_those_of_layers() -> None:
    network = cnndsl.loads(
        in_model("split(2) as left, right\nconcat(right, left)", "3x4x6")
    ).network
    assert [layer.path for layer in network.layers] == ["left", "right", "concat"]
