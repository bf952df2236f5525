"""The digits example is accurate on real images, and NumPy agrees with the trained model."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "docs" / "examples" / "train_digits.py"


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["keras", "torch"])
def test_digits(backend: str) -> None:
    specification = importlib.util.spec_from_file_location("train_digits", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    example = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(example)
    accuracy, agreement = example.run(backend)
    assert accuracy >= 0.97
    assert agreement == 1.0
