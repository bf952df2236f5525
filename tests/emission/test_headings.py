"""The docstrings of emitted code."""

from __future__ import annotations

import re

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
