"""Every classic network learns: one step lowers the loss on a fixed batch, in both frameworks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import keras
import pytest
from training_steps import SHARE, Batch, batch_for, train_keras, train_torch
from zoo_networks import on_small_images, shelf

from cnndsl.api import CheckedNetwork

MODULES = {"inception_module", "inception_module_naive", "unet"}
"""They have no classes of whole images to tell apart."""
QUICK = {"lenet5", "resnet18"}
SIBLINGS = re.compile(r"resnet1\d\d(v2)?|resnext101_.*|vgg1[39]")
"""Larger ones of a family whose others are tried more often."""


def mark_of(name: str) -> list[pytest.MarkDecorator]:
    if name in QUICK:
        return []
    return [pytest.mark.long if SIBLINGS.fullmatch(name) else pytest.mark.slow]


NAMES = [pytest.param(name, marks=mark_of(name)) for name in shelf("") if name not in MODULES]


@pytest.fixture
def clear_memory() -> Iterator[None]:
    yield
    keras.backend.clear_session()


@pytest.mark.usefixtures("clear_memory")
@pytest.mark.parametrize("train", [train_torch, train_keras])
@pytest.mark.parametrize("name", NAMES)
def test_a_step_lowers_the_loss(
    name: str, train: Callable[[CheckedNetwork, Batch], tuple[float, float]]
) -> None:
    network = on_small_images(name)
    before, after = train(network, batch_for(network))
    assert (before - after) / before == pytest.approx(SHARE, rel=0.5)
