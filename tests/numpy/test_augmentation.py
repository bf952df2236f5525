"""The reference of augmentation, against its formulas and against what others make of images."""

from __future__ import annotations

import colorsys
import inspect
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cnndsl_numpy.augmentation
import numpy as np
import pytest
from augmentations import EXTREMES, Script, assert_clean_scripts, batch, chains, script
from cnndsl_numpy.augmentation.recolour import recolour
from cnndsl_numpy.augmentation.warp import warp
from PIL import Image, ImageEnhance

from cnndsl.recipes.words import AUGMENTATIONS
from cnndsl.values import Shape

SHAPE = Shape((7, 12, 3))
HEIGHT, WIDTH = 7, 12
MANY = 4000


def one(name: str, shape: Shape = SHAPE, **values: Any) -> Script:
    return script([AUGMENTATIONS.use(name, values)], shape, cnndsl_numpy.augmentation.TOOLS)


def drawn(name: str, count: int = MANY, seed: int = 0, **values: Any) -> dict[str, np.ndarray]:
    return one(name, **values).draw(np.random.default_rng(seed), count)


def literal_warp(image: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """The bilinear formula, pixel by pixel."""
    height, width, _ = image.shape
    result = np.zeros_like(image)
    for row in range(height):
        for column in range(width):
            u, v = column - (width - 1) / 2, row - (height - 1) / 2
            x, y, _ = matrix @ [u, v, 1]
            for j in range(height):
                for i in range(width):
                    across = max(0, 1 - abs(x - (i - (width - 1) / 2)))
                    down = max(0, 1 - abs(y - (j - (height - 1) / 2)))
                    result[row, column] += across * down * image[j, i]
    return result


def test_warp_is_the_formula() -> None:
    """What is outside of the image is 0, and fades within a pixel of its edge."""
    uses = [AUGMENTATIONS.use(name) for name in ("rotate", "shear", "zoom", "translate", "crop")]
    shape = Shape((5, 8, 2))
    images, _ = batch(shape, 6, "float64")
    functions = script(uses, shape, cnndsl_numpy.augmentation.TOOLS)
    transforms = functions.draw(np.random.default_rng(0), 6)["transforms"]
    expected = [literal_warp(*both) for both in zip(images, transforms, strict=True)]
    np.testing.assert_allclose(warp(images, transforms), expected, 0, 1e-12)


RANGES: dict[str, tuple[Callable[[np.ndarray], Any], list[tuple[float, float]]]] = {
    "crop": (lambda m: m[:2, 2], [(-4, 4), (-4, 4)]),
    "rotate": (lambda m: [math.degrees(math.atan2(m[1, 0], m[0, 0]))], [(-15, 15)]),
    "shear": (lambda m: [math.degrees(math.atan(m[0, 1]))], [(-10, 10)]),
    "translate": (lambda m: m[:2, 2], [(-0.1 * WIDTH, 0.1 * WIDTH), (-0.1 * HEIGHT, 0.1 * HEIGHT)]),
    "zoom": (lambda m: [math.log(1 / m[0, 0])], [(math.log(0.8), math.log(1.25))]),
}
"""The numbers behind the matrix that a word draws by default, and their ranges."""
REBUILT: dict[str, Callable[..., list[list[float]]]] = {
    "crop": lambda i, j: [[1, 0, i], [0, 1, j], [0, 0, 1]],
    "rotate": lambda t: [
        [math.cos(math.radians(t)), -math.sin(math.radians(t)), 0],
        [math.sin(math.radians(t)), math.cos(math.radians(t)), 0],
        [0, 0, 1],
    ],
    "shear": lambda t: [[1, math.tan(math.radians(t)), 0], [0, 1, 0], [0, 0, 1]],
    "translate": lambda i, j: [[1, 0, i], [0, 1, j], [0, 0, 1]],
    "zoom": lambda f: [[math.exp(-f), 0, 0], [0, math.exp(-f), 0], [0, 0, 1]],
}


@pytest.mark.parametrize("name", RANGES)
def test_transforms_are_drawn_evenly(name: str) -> None:
    parameters, ranges = RANGES[name]
    transforms = drawn(name)["transforms"]
    found = np.array([parameters(matrix) for matrix in transforms])
    for values, (low, high) in zip(found.T, ranges, strict=True):
        assert low <= values.min() < low + (high - low) / 50
        assert high - (high - low) / 50 < values.max() <= high
        assert abs(values.mean() - (low + high) / 2) < (high - low) / 40
        assert abs(values.std() / (high - low) - 12**-0.5) < 0.04
    rebuilt = [REBUILT[name](*each) for each in found]
    np.testing.assert_allclose(transforms, rebuilt, 0, 1e-12)


def test_boxes_of_resized_crops() -> None:
    """They are within the image; their shares of it and their forms are in the ranges."""
    area, aspect = (0.1, 0.4), (0.8, 1.25)
    transforms = drawn("random_resized_crop", area=area, aspect=aspect)["transforms"]
    width, height = WIDTH * transforms[:, 0, 0], HEIGHT * transforms[:, 1, 1]
    assert np.all(np.abs(transforms[:, 0, 2]) <= (WIDTH - width) / 2 + 1e-9)
    assert np.all(np.abs(transforms[:, 1, 2]) <= (HEIGHT - height) / 2 + 1e-9)
    assert np.abs(transforms[:, 0, 2]).max() > 0.9 * (WIDTH - width.mean()) / 2
    for values, (low, high) in ((width * height / 84, area), (width / height, aspect)):
        assert low - 1e-9 < values.min() < low * 1.02
        assert high / 1.02 < values.max() < high + 1e-9
    whole = drawn("random_resized_crop", area=(1.0, 1.0), aspect=(WIDTH / HEIGHT,) * 2)
    np.testing.assert_allclose(whole["transforms"], np.broadcast_to(np.eye(3), (MANY, 3, 3)))


@pytest.mark.parametrize("name", AUGMENTATIONS.words)
def test_chance(name: str) -> None:
    """Of how many images a word changes; the other images and labels stay as they are."""
    shape = Shape((3, 4, 3))
    images, labels = batch(shape, 2000, "float64")
    strong = {**EXTREMES[name], "fill": 0.3} if name == "cutout" else EXTREMES[name]
    for chance in (0.0, 0.3, 1.0):
        functions = one(name, shape, **{**strong, "chance": chance})
        draws = functions.draw(np.random.default_rng(1), len(images))
        found, _ = functions.augment(images, labels, draws)
        changed = np.abs(found - images).max(axis=(1, 2, 3)) > 1e-9
        assert changed.mean() <= chance + 0.04
        assert changed.mean() >= 0.8 * chance - 0.04


def test_parameters_are_the_attributes() -> None:
    """Each word has its function, which takes exactly what the word takes."""
    for name, word in AUGMENTATIONS.words.items():
        function = one(name).draw.__globals__.get(f"random_{name.removeprefix('random_')}")
        assert list(inspect.signature(function).parameters)[2:] == list(word.attributes)


def test_the_same_generator_draws_the_same() -> None:
    for uses in chains(3, 5):
        functions = script(uses, SHAPE, cnndsl_numpy.augmentation.TOOLS)
        first, second, other = (
            functions.draw(np.random.default_rng((7, seed)), 6) for seed in (1, 1, 2)
        )
        assert all(np.array_equal(first[name], second[name]) for name in first)
        assert any(not np.array_equal(first[name], other[name]) for name in first)


@pytest.mark.parametrize("vertical", [False, True])
def test_mirror_is_numpys(vertical: bool) -> None:
    images, labels = batch(SHAPE, 4, "float32")
    functions = one("mirror", chance=1.0, vertical=vertical)
    found, _ = functions.augment(images, labels, functions.draw(np.random.default_rng(0), 4))
    np.testing.assert_array_equal(found, np.flip(images, 1 if vertical else 2))


def test_crop_is_a_slice() -> None:
    """Bit by bit, for whole numbers of pixels."""
    images, labels = batch(SHAPE, 40, "float32")
    functions = one("crop", pad=9)
    draws = functions.draw(np.random.default_rng(0), 40)
    found, _ = functions.augment(images, labels, draws)
    padded = np.pad(images, ((0, 0), (9, 9), (9, 9), (0, 0)))
    starts = 9 + draws["transforms"][:, :2, 2].astype(int)
    for image, whole, (left, top) in zip(found, padded, starts, strict=True):
        np.testing.assert_array_equal(image, whole[top : top + HEIGHT, left : left + WIDTH])


def inner(transforms: np.ndarray, shape: Shape) -> np.ndarray:
    """Where pixels come from within the image alone."""
    ones = np.ones((len(transforms), shape.height, shape.width, 1))
    return warp(ones, transforms)[..., 0] > 1 - 1e-9


def test_rotation_is_pillows() -> None:
    """Which turns against the clock, about the same point, and does other things at the edge."""
    shape = Shape((23, 36, 1))
    images, labels = batch(shape, 5, "float64")
    functions = one("rotate", shape, degrees=180.0)
    draws = functions.draw(np.random.default_rng(0), 5)
    found, _ = functions.augment(images, labels, draws)
    inside = inner(draws["transforms"], shape)
    assert inside.mean() > 0.4
    for image, rotated, matrix, within in zip(
        images, found, draws["transforms"], inside, strict=True
    ):
        degrees = math.degrees(math.atan2(matrix[1, 0], matrix[0, 0]))
        picture = Image.fromarray(image[..., 0].astype("float32"))
        expected = np.asarray(picture.rotate(degrees, Image.Resampling.BILINEAR))
        np.testing.assert_allclose(rotated[..., 0][within], expected[within], 0, 1e-4)


def test_resized_crops_are_pillows() -> None:
    shape = Shape((23, 36, 1))
    images, labels = batch(shape, 5, "float64")
    functions = one("random_resized_crop", shape)
    draws = functions.draw(np.random.default_rng(0), 5)
    found, _ = functions.augment(images, labels, draws)
    inside = inner(draws["transforms"], shape)
    for image, resized, matrix, within in zip(
        images, found, draws["transforms"], inside, strict=True
    ):
        width, height = 36 * matrix[0, 0], 23 * matrix[1, 1]
        left, top = matrix[0, 2] + (36 - width) / 2, matrix[1, 2] + (23 - height) / 2
        picture = Image.fromarray(image[..., 0].astype("float32"))
        box = (left, top, left + width, top + height)
        expected = np.asarray(
            picture.transform((36, 23), Image.Transform.EXTENT, box, Image.Resampling.BILINEAR)
        )
        np.testing.assert_allclose(resized[..., 0][within], expected[within], 0, 1e-4)


@pytest.mark.parametrize(
    ("name", "enhance"),
    [
        ("brightness", ImageEnhance.Brightness),
        ("contrast", ImageEnhance.Contrast),
        ("saturation", ImageEnhance.Color),
    ],
)
def test_colours_are_pillows(name: str, enhance: type) -> None:
    """But for its rounding: of colours, of greys and of their mean."""
    shape = Shape((20, 30, 3))
    pixels = np.random.default_rng(0).integers(0, 256, (4, *shape.dims), np.uint8)
    functions = one(name, shape, amount=0.9)
    draws = functions.draw(np.random.default_rng(0), 4)
    found, _ = functions.augment(pixels / 255, np.zeros((4, 1)), draws)
    for image, changed, matrix in zip(pixels, found, draws["colours"], strict=True):
        factor = 1 - matrix[0, 1, 0] / 0.587 if name == "saturation" else matrix[0, 0, 0]
        expected = np.asarray(enhance(Image.fromarray(image)).enhance(factor))
        np.testing.assert_allclose(255 * changed, expected, 0, 2.1)


def test_hue_is_a_rotation_in_yiq() -> None:
    """As `colorsys` has it, whose constants have two digits."""
    colours = drawn("hue", 20, degrees=180.0)["colours"]
    generator = np.random.default_rng(0)
    for matrix in colours[:, 0, :3, :3]:
        colour = generator.uniform(0.3, 0.7, 3)
        before, after = (colorsys.rgb_to_yiq(*each) for each in (colour, colour @ matrix))
        assert after[0] == pytest.approx(before[0], abs=0.01)
        assert math.hypot(*after[1:]) == pytest.approx(math.hypot(*before[1:]), abs=0.01)
        np.testing.assert_allclose([0.5] * 3 @ matrix, [0.5] * 3, 0, 1e-3)
    angle = np.angle(complex(*colorsys.rgb_to_yiq(0.6, 0.4, 0.4)[1:]))
    turned = [0.6, 0.4, 0.4] @ colours[0, 0, :3, :3]
    found = np.angle(complex(*colorsys.rgb_to_yiq(*turned)[1:])) - angle
    first = np.random.default_rng(0).uniform(-180, 180, 20)[0]
    assert math.degrees(found) % 360 == pytest.approx(first % 360, abs=1)


def test_pca_is_that_of_alexnet() -> None:
    """Shifts are of the spread that the values have along the vectors, and all pixels have them."""
    shifts = drawn("pca")["colours"][:, 0, 3, :3]
    vectors = np.reshape(AUGMENTATIONS.words["pca"].attributes["vectors"].default, (3, 3))
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(3), 0, 1e-3)
    along = shifts @ np.linalg.inv(vectors.T)
    np.testing.assert_allclose(along.std(0), [0.02175, 0.00188, 0.00045], 0.05)
    grey = np.full((MANY, 2, 3, 3), 0.5)
    changed = recolour(grey, drawn("pca")["colours"])
    np.testing.assert_allclose(changed - grey, shifts[:, None, None] + 0 * grey, 0, 1e-12)


def test_words_of_colour_act_in_order() -> None:
    """Contrast after brightness is about the mean grey of the brighter image."""
    images, labels = batch(SHAPE, 5, "float64")
    names = ("contrast", "brightness", "saturation", "contrast", "hue", "pca", "contrast")
    uses = [AUGMENTATIONS.use(name) for name in names]
    functions = script(uses, SHAPE, cnndsl_numpy.augmentation.TOOLS)
    images = 0.4 + images / 10  # so that nothing is clipped
    found, _ = functions.augment(images, labels, functions.draw(np.random.default_rng(0), 5))
    generator, expected = np.random.default_rng(0), images
    for name in names:
        alone = one(name)
        expected, _ = alone.augment(expected, labels, alone.draw(generator, 5))
    np.testing.assert_allclose(found, expected, 0, 1e-12)


def test_transforms_act_in_order() -> None:
    """A crop after a mirror is a crop of the mirrored image."""
    names = ("mirror", "crop", "mirror", "crop")
    images, labels = batch(SHAPE, 30, "float32")
    uses = [AUGMENTATIONS.use(name, {"pad": 2} if name == "crop" else {}) for name in names]
    functions = script(uses, SHAPE, cnndsl_numpy.augmentation.TOOLS)
    found, _ = functions.augment(images, labels, functions.draw(np.random.default_rng(0), 30))
    generator, expected = np.random.default_rng(0), images
    for use in uses:
        alone = script([use], SHAPE, cnndsl_numpy.augmentation.TOOLS)
        expected, _ = alone.augment(expected, labels, alone.draw(generator, 30))
    visible = expected != 0  # what has left the image comes back if it is resampled but once
    assert visible.mean() > 0.6
    np.testing.assert_array_equal(found[visible], expected[visible])


def test_colours_stay_within_their_range() -> None:
    images, labels = batch(SHAPE, 20, "float32")
    functions = one("brightness", amount=1.0)
    found, _ = functions.augment(images, labels, functions.draw(np.random.default_rng(0), 20))
    assert found.min() == 0 or found.max() == 1
    assert found.min() >= 0
    assert found.max() <= 1


def test_cutout() -> None:
    """Half of height and of width around any pixel is erased, less at the edges."""
    images, labels = batch(SHAPE, MANY, "float32")
    functions = one("cutout", share=0.5, fill=2.0)
    found, _ = functions.augment(images, labels, functions.draw(np.random.default_rng(0), MANY))
    erased = (found == 2).all(-1)
    np.testing.assert_array_equal(found[~erased], images[~erased])
    sides = erased.any(2).sum(1), erased.any(1).sum(1)
    np.testing.assert_array_equal(erased.sum((1, 2)), sides[0] * sides[1])
    assert [(each.min(), each.max()) for each in sides] == [(2, 4), (3, 6)]
    down = np.array([3, 4, 4, 4, 4, 3, 2]) / HEIGHT  # of the rows that a centre may have
    across = np.array([4, 5, *[6] * 7, 5, 4, 3]) / WIDTH
    np.testing.assert_allclose(erased.mean(0), np.outer(down, across), 0, 0.03)


def test_mixup_is_its_formula() -> None:
    images, labels = batch(SHAPE, MANY, "float64")
    functions = one("mixup", alpha=0.4)
    draws = functions.draw(np.random.default_rng(0), MANY)
    found = functions.augment(images, labels, draws)
    shares, partners = draws["mixup_shares"], draws["mixup_partners"]
    assert sorted(partners) == list(range(MANY))
    for before, after in zip((images, labels), found, strict=True):
        kept = shares.reshape(-1, *[1] * (before.ndim - 1))
        np.testing.assert_allclose(after, kept * before + (1 - kept) * before[partners])
    assert shares.mean() == pytest.approx(0.5, abs=0.03)
    assert shares.var() == pytest.approx(0.25 / (2 * 0.4 + 1), rel=0.05)  # of Beta(a, a)


def test_cutmix_is_its_formula() -> None:
    """The share of the label is that of the pixels."""
    images, labels = batch(SHAPE, MANY, "float64")
    functions = one("cutmix")
    draws = functions.draw(np.random.default_rng(0), MANY)
    found, found_labels = functions.augment(images, labels, draws)
    partners = draws["cutmix_partners"]
    assert sorted(partners) == list(range(MANY))
    own = (found == images).all(-1)
    assert (own | (found == images[partners]).all(-1)).all()
    kept = np.where(partners == np.arange(MANY), draws["cutmix_shares"], own.mean((1, 2)))[:, None]
    np.testing.assert_allclose(found_labels, kept * labels + (1 - kept) * labels[partners])
    assert found_labels.sum(1) == pytest.approx(1)
    assert own.mean() == pytest.approx(0.67, abs=0.07)  # 0.5, but for what the edges cut off


@pytest.mark.parametrize(
    "tools", [("ruff format", "ruff check"), pytest.param(("mypy",), marks=pytest.mark.slow)]
)
def test_scripts_are_clean(tools: tuple[str, ...], tmp_path: Path) -> None:
    assert_clean_scripts(cnndsl_numpy.augmentation.TOOLS, tools, tmp_path)
