"""In a picture nothing lies on anything else, and no line crosses a box."""

from __future__ import annotations

from random import Random

import pytest
from drawings import EVERYTHING, faults
from intricate_specs import intricate_spec
from listed_specs import listed
from random_specs import random_spec
from shares import mostly_long, mostly_slow
from spec_text import network_of

from cnndsl.api import network_of as network_from
from cnndsl.diagnostics.base import SpecError
from cnndsl.pictures.figure import Shown, items_of
from cnndsl.pictures.layout import layout_of
from cnndsl.pictures.lettering import width_of
from cnndsl.pictures.reading import drawing_of
from cnndsl.pictures.view import FEW_BOXES, View, boxes_at, depth_of
from cnndsl.project import zoo
from cnndsl.project.locate import read_spec

QUICK = ("lenet5", "inception_v2", "resnet50", "unet", "modern/fpn_resnet50", "modern/siamese")
ALL = [entry.name for entry in zoo.entries()]
NAMES = [
    *mostly_slow([name for name in ALL if name in QUICK or name in ALL[::3]], QUICK),
    *mostly_long([name for name in ALL if name not in QUICK and name not in ALL[::3]], ()),
]
SEEDS = [*mostly_slow(range(40), range(15)), *mostly_long(range(40, 300), ())]
MOST_BOXES = 150


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_of_the_zoo_is_clean(name: str) -> None:
    drawing = drawing_of(network_from(read_spec(name), None, {})[0])
    for depth in (None, 2):
        if boxes_at(drawing.chain, depth or 0) <= MOST_BOXES:
            assert faults(layout_of(drawing, View(depth))) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_picture_of_a_random_network_is_clean(seed: int) -> None:
    for text in (random_spec(seed), listed(Random(seed)), intricate_spec(Random(seed))):
        try:
            network = network_of(text)
        except (SpecError, AssertionError):
            continue
        drawing = drawing_of(network)
        for depth in (0, EVERYTHING):
            if boxes_at(drawing.chain, depth) <= MOST_BOXES:
                assert faults(layout_of(drawing, View(depth))) == []


def test_faults_are_found() -> None:
    figure = layout_of(drawing_of(network_of("model m { input 8\n dense(2)\n dense(2) }")), View())
    shown = [one for one in items_of(figure) if isinstance(one, Shown)]
    moved = tuple(one.moved(0, 20) for one in shown[1:2])
    assert faults(figure) == []
    assert faults(figure.replaced(items=(*figure.items, *moved))) != []


def test_levels_are_opened_as_long_as_few_boxes_show() -> None:
    for name in QUICK:
        drawing = drawing_of(network_from(read_spec(name), None, {})[0])
        depth = depth_of(drawing, View())
        assert depth == 0 or boxes_at(drawing.chain, depth) <= FEW_BOXES


def test_a_shape_is_written_where_it_is_new() -> None:
    text = "model m { input 8x8x4\n conv(4, 3x3, pad=same) -> relu -> max_pool(2x2) }"
    figure = layout_of(drawing_of(network_of(text)), View())
    labels = [one.text for one in items_of(figure) if hasattr(one, "text")]
    assert labels == ["8x8x4", "4x4x4"]


def test_wide_letters_are_wider() -> None:
    assert width_of("WWW", 10) > width_of("iii", 10) > 0
    assert width_of("\u5c42", 10) == 10
