"""Augmentations as training scripts make them, and recipes of them to try."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cnndsl.emit.augmentation import Tools, module
from cnndsl.recipes.words import AUGMENTATIONS, Use, misfit
from cnndsl.values import Shape

EXTREMES: dict[str, dict[str, Any]] = {
    "mirror": {"chance": 0.5, "vertical": True},
    "crop": {"pad": 11},
    "random_resized_crop": {"area": (0.01, 0.2), "aspect": (0.1, 10.0)},
    "rotate": {"degrees": 180.0},
    "shear": {"degrees": 80.0, "vertical": True},
    "translate": {"share": 1.0},
    "zoom": {"factors": (0.1, 10.0)},
    "brightness": {"amount": 1.0},
    "contrast": {"amount": 1.0, "chance": 0.5},
    "saturation": {"amount": 1.0},
    "hue": {"degrees": 180.0},
    "pca": {"deviation": 2.0},
    "cutout": {"share": 0.9, "fill": 0.3, "chance": 0.7},
    "mixup": {"alpha": 1.0, "chance": 0.7},
    "cutmix": {"alpha": 1.0, "chance": 0.7},
}
"""Arguments of each word with which it does much."""


class Script(NamedTuple):
    """The functions of a training script."""

    draw: Callable[[np.random.Generator, int], dict[str, np.ndarray]]
    augment: Callable[[Any, Any, dict[str, Any]], tuple[Any, Any]]
    augment_randomly: Callable[[np.random.Generator, Any, Any], tuple[Any, Any]]


def script(uses: Sequence[Use], shape: Shape, tools: Tools, are_several: bool = False) -> Script:
    """The functions, from their text."""
    names: dict[str, Any] = {}
    text = module(uses, shape, tools, are_several)
    exec(compile(text, "augmentation", "exec"), names)  # noqa: S102  # emitted text
    return Script(*(names[one] for one in ("draw_augmentation", "augment", "augment_randomly")))


def alone(channels: int) -> list[list[Use]]:
    """Each word alone with its extremes, of those that take so many channels."""
    words = [name for name, word in AUGMENTATIONS.words.items() if not misfit(word, channels)]
    return [[AUGMENTATIONS.use(name, EXTREMES[name])] for name in words]


def chains(channels: int, count: int) -> list[list[Use]]:
    """Random words one after the other, with their defaults or their extremes."""
    generator = random.Random(channels)
    words = [use.name for (use,) in alone(channels)]
    return [
        [
            AUGMENTATIONS.use(name, generator.choice([{}, EXTREMES[name]]))
            for name in generator.choices(words, k=generator.randint(2, 6))
        ]
        for _ in range(count)
    ]


def batch(shape: Shape, count: int, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Images of noise, and labels that are probabilities of five classes."""
    generator = np.random.default_rng(shape.dims)
    images = generator.random((count, *shape.dims))
    labels = np.eye(5)[generator.integers(0, 5, count)]
    return images.astype(dtype), labels.astype(dtype)


TOOLS = {
    "ruff format": ["ruff", "format", "--check", "--isolated", "."],
    "ruff check": ["ruff", "check", "--isolated", "--select", "E4,E7,E9,F,I", "."],
    "mypy": ["mypy", "--strict", "--ignore-missing-imports", "--no-incremental", "."],
}


def assert_clean_scripts(tools: Tools, names: Iterable[str], folder: Path) -> None:
    """What scripts have of augmentation needs no formatting, is linted, and its types hold."""
    twice = [AUGMENTATIONS.use(name) for name in (*AUGMENTATIONS.words, "mixup", "cutmix")]
    for number, uses in enumerate([twice, *alone(3)]):
        text = module(uses, Shape((32, 32, 3)), tools, number % 2 == 0)
        (folder / f"script{number}.py").write_text(f"from __future__ import annotations\n\n{text}")
    for name in names:
        command = [sys.executable, "-m", *TOOLS[name]]
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
        assert result.returncode == 0, result.stdout + result.stderr
