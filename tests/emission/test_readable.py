"""Emitted code as a person reads it: docstrings, and one class where one does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from spec_text import network_of

import cnndsl
from cnndsl.backend import find_backend

CHOICES = """
block part(filters, stride = 1, act = relu) { conv(filters, 3x3, stride=stride) -> act }
model m {
    input 33x33x3
    part(16, 2) -> part(32) -> part(17, 1, prelu)
}
"""


@pytest.mark.parametrize("backend", ["torch", "keras"])
def test_variants_are_told_apart_by_what_they_do_not_take(backend: str) -> None:
    code = find_backend(backend).emit(network_of(CHOICES)).text
    assert {*re.findall(r"line 2\)(.*)\.\"\"\"", code)} == {
        ", where `act = relu`",
        ", where `act = prelu`",
    }


CASES = Path(__file__).parent / "cases"


def test_parted_blocks_with_the_same_code_have_it_once() -> None:
    """What is parted by its inputs, and has the same text, is one class; numbers are in a row."""
    spec = (CASES / "alike_when_parted.cnn").read_text(encoding="utf-8")
    code = find_backend("torch").emit(network_of(spec)).text
    classes = re.split(r"\n\n\nclass ", code)[1:]
    names = [one.split("(")[0] for one in classes]
    bodies = {one.split('"""', 2)[2] for one in classes}
    assert len(bodies) == len(classes)
    assert [one for one in names if one.startswith("Brc")] == ["Brc1", "Brc2"]
    assert "line 1), where `filters = 68`" in code


def test_a_decimal_width_is_one_class() -> None:
    """Channels by a decimal stay a formula, and what is not whole is refused, not cut off."""
    spec = """
    block part(filters) { conv(filters, 1x1) -> conv(filters * 0.5, 1x1) }
    model m(width = 1.0) {
        input 4x4x3
        for c in [16, 32] { part(c * width) }
    }
    """
    code = find_backend("torch").emit(network_of(spec)).text
    assert code.count("class Part") == 1
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102  # the code is ours
    assert (
        sum(one.numel() for one in names["M"](width=0.5).parameters())
        == network_of(spec.replace("1.0", "0.5")).cost.params
    )
    with pytest.raises(ValueError, match=r"4\.8 is not a whole number"):
        names["M"](width=0.3)


def test_each_parameter_has_its_share_of_what_is_tried() -> None:
    """Code for ConvNeXt refuses no rate, for all that there is to try of the other parameters."""
    code = find_backend("keras").emit(cnndsl.load("torchvision/convnext_tiny").network).text
    assert "raise ValueError" not in code
