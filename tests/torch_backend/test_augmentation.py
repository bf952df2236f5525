"""PyTorch changes images as the NumPy reference does, given the same draws."""

from __future__ import annotations

import cnndsl_numpy.augmentation
import cnndsl_torch.augmentation
import numpy as np
import pytest
import torch
from augmentations import alone, batch, chains, script

from cnndsl.recipes.words import Use
from cnndsl.values import Shape

TOLERANCES = {"float32": 1e-5, "float64": 1e-10}
CASES = [
    (uses, channels) for channels in (1, 3) for uses in (*alone(channels), *chains(channels, 12))
]


def assert_agreement(uses: list[Use], shape: Shape, count: int, dtype: str) -> None:
    reference = script(uses, shape, cnndsl_numpy.augmentation.HELPERS)
    tested = script(uses, shape, cnndsl_torch.augmentation.HELPERS, "Tensor")
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


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize(("uses", "channels"), CASES, ids=lambda value: str(value)[:40])
def test_it_is_the_reference(uses: list[Use], channels: int, dtype: str) -> None:
    assert_agreement(uses, Shape((7, 12, channels)), 6, dtype)


def test_large_images() -> None:
    """Positions of 32 bits would not do here."""
    for uses in (*alone(3), *chains(3, 4)):
        assert_agreement(uses, Shape((224, 199, 3)), 3, "float32")


def test_several_labels() -> None:
    (uses,) = [one for one in alone(3) if one[0].name == "mixup"]
    shape = Shape((7, 12, 3))
    tested = script(uses, shape, cnndsl_torch.augmentation.HELPERS, "Tensor", True)
    images, labels = map(torch.from_numpy, batch(shape, 6, "float32"))
    drawn = tested.draw(np.random.default_rng(3), 6)
    draws = {name: torch.from_numpy(each) for name, each in drawn.items()}
    _, (first, second) = tested.augment(images, (labels, 2 * labels), draws)
    torch.testing.assert_close(2 * first, second)
    assert not torch.equal(first, labels)
