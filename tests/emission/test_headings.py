"""The docstrings of emitted code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from spec_text import network_of

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
