"""The recipes of docs/training.md hold, and its worked examples run as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

import cnndsl

PAGE = (Path(__file__).parents[2] / "docs" / "training.md").read_text()
RECIPES = re.findall(r"^```\n((?:import|recipe).*?)^```", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = re.findall(
    r"^```python\n(.*?)^```", PAGE.partition("## Worked examples")[2], re.MULTILINE | re.DOTALL
)
TITLES = ["digits", "signs", "happy", "resnet50", "transfer"]
ENDINGS = {"numpy": "npz", "torch": "pt", "keras": "weights.h5"}


@pytest.mark.parametrize("text", RECIPES, ids=["digits", "flowers"])
def test_recipes_hold(text: str) -> None:
    assert cnndsl.check(text) == ()


def pictures(side: int, channels: int) -> np.ndarray:
    """A few digits, as pictures of this size."""
    found = np.rint(load_digits().images[:120] * (255 / 16)).astype(np.uint8)
    large = np.kron(found, np.ones((side // 8, side // 8), np.uint8))
    return large[..., None].repeat(channels, -1)


@pytest.mark.long
@pytest.mark.parametrize("backend", ENDINGS)
@pytest.mark.parametrize("example", EXAMPLES, ids=TITLES)
def test_worked_examples(
    example: str, backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("digits.cnn").write_text(RECIPES[0])
    labels = load_digits().target[:120]
    names: dict[str, Any] = {
        "cnndsl": cnndsl,
        "backend": backend,
        "file": f"base.{ENDINGS[backend]}",
        "images": pictures(32, 1),
        "digits": labels,
        "signs": pictures(64, 3),
        "fingers": labels % 6,
        "faces": pictures(64, 3),
        "happy": labels % 2,
    }
    once = re.sub(r"\.fit\((.*)\)", r".fit(\1, epochs=1, progress=False)", example)
    exec(once.replace("fit(, ", "fit("), names)  # noqa: S102  # our own page
    for name in ("trained", "head_alone", "from_conv2", "everything"):
        if name in names:
            assert len(names[name].history) == 1
            assert np.isfinite(names[name].history[0]["loss"])
