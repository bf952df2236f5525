"""PyTorch changes images as the NumPy reference does, given the same draws."""

from __future__ import annotations

from pathlib import Path

import cnndsl_numpy.augmentation
import cnndsl_torch.augmentation
import numpy as np
import pytest
import torch
from augmentations import alone, assert_clean_scripts, batch, chains, script

from cnndsl.recipes.words import AUGMENTATIONS, Use
from cnndsl.values import Shape

TOLERANCES = {"float32": 1e-5, "float64": 1e-10}
CASES = [
    (uses, channels) for channels in (1, 3) for uses in (*alone(channels), *chains(channels, 6))
]


def assert_agreement(uses: list[Use], shape: Shape, count: int, dtype: str) -> None:
    reference = script(uses, shape, cnndsl_numpy.augmentation.TOOLS)
    tested = script(uses, shape, cnndsl_torch.augmentation.TOOLS)
    images, labels = batch(shape, count, dtype)
    draws = reference.draw(np.random.default_rng(3), count)
    expected = reference.augment(images, labels, draws)
    assert not np.array_equal(expected[0], images)
    assert [each.dtype for each in expected] == [dtype, dtype]
    tensors = {name: torch.from_numpy(each) for name, each in draws.items()}
    channels_first = torch.from_numpy(images).permute(0, 3, 1, 2)
    found = tested.augment(channels_first, torch.from_numpy(labels), tensors)
    assert found[0].dtype == found[1].dtype == channels_first.dtype
    tolerance = TOLERANCES[dtype]
    np.testing.assert_allclose(found[0].permute(0, 2, 3, 1), expected[0], 0, tolerance)
    np.testing.assert_allclose(found[1], expected[1], 0, tolerance)


@pytest.mark.parametrize("dtype", ["float32", pytest.param("float64", marks=pytest.mark.slow)])
@pytest.mark.parametrize(("uses", "channels"), CASES, ids=lambda value: str(value)[:40])
def test_it_is_the_reference(uses: list[Use], channels: int, dtype: str) -> None:
    assert_agreement(uses, Shape((7, 12, channels)), 6, dtype)


@pytest.mark.slow
def test_large_images() -> None:
    """Positions of 32 bits would not do here."""
    for uses in (*alone(3), *chains(3, 4)):
        assert_agreement(uses, Shape((224, 199, 3)), 3, "float32")


def test_several_labels() -> None:
    """Each output's change alike; so does what is drawn anew, by the same generator."""
    uses = [AUGMENTATIONS.use(name) for name in ("rotate", "mixup", "cutmix")]
    shape = Shape((7, 12, 3))
    tested = script(uses, shape, cnndsl_torch.augmentation.TOOLS, True)
    images, labels = batch(shape, 6, "float32")
    tensors = torch.from_numpy(images).permute(0, 3, 1, 2), torch.from_numpy(labels)
    both = [tensors[1], 2 * tensors[1]]
    found, (first, second) = tested.augment_randomly(np.random.default_rng(3), tensors[0], both)
    torch.testing.assert_close(2 * first, second)
    reference = script(uses, shape, cnndsl_numpy.augmentation.TOOLS, True)
    expected = reference.augment_randomly(np.random.default_rng(3), images, [labels])
    np.testing.assert_allclose(found.permute(0, 2, 3, 1), expected[0], 0, 1e-5)
    np.testing.assert_allclose(first, expected[1][0], 0, 1e-5)


@pytest.mark.parametrize(
    "tools", [("ruff format", "ruff check"), pytest.param(("mypy",), marks=pytest.mark.long)]
)
def test_scripts_are_clean(tools: tuple[str, ...], tmp_path: Path) -> None:
    assert_clean_scripts(cnndsl_torch.augmentation.TOOLS, tools, tmp_path)
