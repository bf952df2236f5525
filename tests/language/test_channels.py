"""Ops on channels against what Python, PyTorch and TensorFlow make of them."""

from __future__ import annotations

import numpy as np
import pytest
from spec_text import in_model

import cnndsl
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
