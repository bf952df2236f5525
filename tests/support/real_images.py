"""Real images in folders: pieces of scikit-learn's two photos, and its digits, enlarged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits, load_sample_image

SIDE = 64
EACH = 10
"""How many images a class has."""


def images_of_classes() -> dict[str, list[np.ndarray]]:
    """Ten images, 64x64x3, of each of six classes: places in photos, and digits."""
    china, flower = (load_sample_image(f"{name}.jpg") for name in ("china", "flower"))
    lefts = [SIDE * 3 // 4 * number for number in range(EACH)]
    found = {
        "sky": [china[:SIDE, left : left + SIDE] for left in lefts],
        "roofs": [china[250 : 250 + SIDE, left : left + SIDE] for left in lefts],
        "petals": [flower[220 : 220 + SIDE, 60 + left // 2 :][:, :SIDE] for left in lefts],
    }
    digits = load_digits()
    for digit in range(3):
        chosen = np.flatnonzero(digits.target == digit)[:EACH]
        small = np.rint(digits.images[chosen] * (255 / 16)).astype(np.uint8)
        large = np.kron(small, np.ones((SIDE // 8, SIDE // 8), np.uint8))
        found[f"digit{digit}"] = [*large[..., None].repeat(3, -1)]
    return found


def write_folders(folder: Path) -> Path:
    """Sixty images as files, in a folder for each class."""
    for name, images in images_of_classes().items():
        (folder / name).mkdir(parents=True)
        for number, image in enumerate(images):
            Image.fromarray(image).save(folder / name / f"{number}.png")
    return folder
