"""The sheet of augmentations has a row for each word, and the words do something to the photo."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np

from cnndsl.recipes.words import AUGMENTATIONS

SCRIPT = Path(__file__).parents[2] / "docs" / "examples" / "augmentation_sheet.py"


def test_sheet() -> None:
    specification = importlib.util.spec_from_file_location("augmentation_sheet", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    example = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(example)
    pixels = np.asarray(example.sheet(example.photos(None)))[:, example.MARGIN :]
    rows = np.vsplit(pixels, len(AUGMENTATIONS.words))
    for name, row in zip(AUGMENTATIONS.words, rows, strict=True):
        original, *changed = np.hsplit(row, example.DRAWS + 1)
        differ = [not np.array_equal(one, original) for one in changed]
        assert sum(differ) >= 2, name
