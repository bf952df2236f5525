"""Keras changes images as the NumPy reference does, given the same draws; in `tf.data` too."""

from __future__ import annotations

from pathlib import Path

import cnndsl_keras.augmentation
import cnndsl_numpy.augmentation
import keras
import numpy as np
import pytest
import tensorflow as tf
from augmentations import alone, assert_clean_scripts, batch, chains, script

from cnndsl.recipes.words import AUGMENTATIONS, Use
from cnndsl.values import Shape

TOLERANCES = {"float32": 1e-5, "float64": 1e-10}
CASES = [
    (uses, channels) for channels in (1, 3) for uses in (*alone(channels), *chains(channels, 6))
]


def assert_agreement(
    uses: list[Use], shape: Shape, count: int, dtype: str, in_pipeline: bool = False
) -> None:
    reference = script(uses, shape, cnndsl_numpy.augmentation.TOOLS)
    tested = script(uses, shape, cnndsl_keras.augmentation.TOOLS)
    images, labels = batch(shape, count, dtype)
    draws = reference.draw(np.random.default_rng(3), count)
    expected = reference.augment(images, labels, draws)
    if in_pipeline:
        data = tf.data.Dataset.from_tensor_slices((images, labels, draws)).batch(count)
        found = next(iter(data.map(tested.augment)))
    else:
        found = tested.augment(images, labels, draws)
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, 0, TOLERANCES[dtype])


@pytest.mark.parametrize("dtype", ["float32", pytest.param("float64", marks=pytest.mark.slow)])
@pytest.mark.parametrize(("uses", "channels"), CASES, ids=lambda value: str(value)[:40])
def test_it_is_the_reference(uses: list[Use], channels: int, dtype: str) -> None:
    assert_agreement(uses, Shape((7, 12, channels)), 6, dtype)


@pytest.mark.slow
def test_large_images() -> None:
    """Positions of 32 bits would not do here."""
    for uses in (*alone(3), *chains(3, 4)):
        assert_agreement(uses, Shape((224, 199, 3)), 3, "float32")


@pytest.mark.parametrize(
    "channels",
    [pytest.param(1, marks=pytest.mark.long), pytest.param(3, marks=pytest.mark.slow)],
)
def test_in_a_pipeline(channels: int) -> None:
    """Where how many images there are is not known when the function is traced."""
    for dtype in TOLERANCES:
        uses = [use for (use,) in alone(channels)]
        assert_agreement(uses, Shape((7, 12, channels)), 6, dtype, True)


def test_transforms_are_those_of_keras() -> None:
    """`affine_transform` has the same, from the corner's pixel and in 32 bits."""
    uses = [AUGMENTATIONS.use(name) for name in ("mirror", "rotate", "shear", "zoom", "translate")]
    shape = Shape((20, 30, 3))
    tested = script(uses, shape, cnndsl_keras.augmentation.TOOLS)
    images, labels = batch(shape, 4, "float32")
    draws = tested.draw(np.random.default_rng(3), 4)
    to_centre = np.array([[1, 0, -29 / 2], [0, 1, -19 / 2], [0, 0, 1]])
    from_corner = np.linalg.inv(to_centre) @ draws["transforms"] @ to_centre
    expected = keras.ops.image.affine_transform(images, from_corner.reshape(4, 9)[:, :8])
    np.testing.assert_allclose(tested.augment(images, labels, draws)[0], expected, 0, 1e-4)


@pytest.mark.parametrize(
    "tools", [("ruff format", "ruff check"), pytest.param(("mypy",), marks=pytest.mark.long)]
)
def test_scripts_are_clean(tools: tuple[str, ...], tmp_path: Path) -> None:
    assert_clean_scripts(cnndsl_keras.augmentation.TOOLS, tools, tmp_path)
