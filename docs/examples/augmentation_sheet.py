"""Draw a sheet of a photo under each augmentation: a row a word, the photo itself in front.

python docs/examples/augmentation_sheet.py SHEET.jpg [PHOTO]
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import numpy as np
from cnndsl_numpy.augmentation.erase import erase
from cnndsl_numpy.augmentation.mix import mix
from cnndsl_numpy.augmentation.paste import paste
from cnndsl_numpy.augmentation.recolour import recolour
from cnndsl_numpy.augmentation.warp import warp
from PIL import Image, ImageDraw, ImageOps

from cnndsl.recipes.words import AUGMENTATIONS, COLOURS, TRANSFORMS, Use

SIDE, DRAWS, MARGIN = 72, 8, 150
STRONGER: dict[str, dict[str, Any]] = {
    "crop": {"pad": 16},
    "rotate": {"degrees": 45.0},
    "shear": {"degrees": 25.0},
    "translate": {"share": 0.3},
    "zoom": {"factors": (0.5, 2.0)},
    **{name: {"amount": 0.7} for name in ("brightness", "contrast", "saturation")},
    "hue": {"degrees": 180.0},
    "pca": {"deviation": 0.5},
    "mixup": {"alpha": 1.0},
}
"""Arguments with which a word shows better than with its defaults."""


def photos(path: str | None) -> np.ndarray:
    """The photo and another one by turns, (images, height, width, channels) of 0 to 1."""
    if path is None:
        from sklearn.datasets import load_sample_image

        first, second = map(load_sample_image, ("flower.jpg", "china.jpg"))
    else:
        first = second = np.asarray(Image.open(path).convert("RGB"))
    small = [ImageOps.fit(Image.fromarray(one), (SIDE, SIDE)) for one in (first, second)]
    return np.stack([np.asarray(one) / 255 for one in small] * (DRAWS + 1))


def changed(use: Use, images: np.ndarray) -> np.ndarray:
    """Images after one word, by the functions that training scripts carry."""
    name = f"random_{use.name.removeprefix('random_')}"
    draw = getattr(import_module(f"cnndsl.recipes.draws.{name}"), name)
    drawn = draw(np.random.default_rng(1), images.shape, **use.values)
    if use.name in TRANSFORMS.words:
        return warp(images, drawn)
    if use.name in COLOURS.words:
        return recolour(images, drawn)
    change: Any = {"cutout": erase, "mixup": mix, "cutmix": paste}[use.name]
    result: np.ndarray = change(images, *drawn[:2])
    return result


def sheet(images: np.ndarray) -> Image.Image:
    """The picture of all words."""
    words = list(AUGMENTATIONS.words)
    size = (MARGIN + (DRAWS + 1) * SIDE, len(words) * SIDE)
    picture = Image.new("RGB", size, "white")
    for row, name in enumerate(words):
        use = AUGMENTATIONS.use(name, STRONGER.get(name))
        cells = [images[0], *changed(use, images)[: 2 * DRAWS : 2]]
        strip = Image.fromarray(np.rint(np.hstack(cells) * 255).astype(np.uint8))
        picture.paste(strip, (MARGIN, row * SIDE))
        ImageDraw.Draw(picture).text((8, row * SIDE + SIDE // 2 - 6), name, "black")
    return picture


if __name__ == "__main__":
    target, *photo = sys.argv[1:]
    sheet(photos(photo[0] if photo else None)).save(target, quality=85)
