"""A drawing has each layer of its network once, all that it costs, and its wiring."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from drawings import (
    EVERYTHING,
    all_boxes,
    cost_of_boxes,
    drawn_layers,
    drawn_wiring,
    has_ports,
    repeats,
    true_wiring,
)
from intricate_specs import intricate_spec
from listed_specs import listed
from random_specs import random_spec
from shares import mostly_long, mostly_slow
from spec_text import network_of

from cnndsl.api import network_of as network_from
from cnndsl.diagnostics.base import SpecError
from cnndsl.ir.network import Network
from cnndsl.pictures import rows
from cnndsl.pictures.drawing import LAYER, LOOP, MERGE, REPEAT, Drawing, boxes_in
from cnndsl.pictures.graph import graph_of
from cnndsl.pictures.reading import drawing_of
from cnndsl.pictures.view import View
from cnndsl.project import zoo
from cnndsl.project.locate import read_spec

QUICK = ("lenet5", "resnet50", "unet", "keras/nasnet_mobile", "modern/siamese", "modern/yolox_nano")
NAMES = mostly_slow([entry.name for entry in zoo.entries()], QUICK)
SEEDS = [*mostly_slow(range(70), range(25)), *mostly_long(range(70, 400), ())]
TANGLED = """\
    conv(3, 1x1) as kept[]
    conv(3, 1x1) as kept[]
    conv(3, 1x1) as kept[]
    conv(3, 1x1) as kept[]
    relu as late
    add(kept)
    conv(3, 1x1) as other
    add(kept[1], main)
    tanh
    add(late, kept[0], main) -> sigmoid
    concat(main, other, kept[2])"""
MAKERS = {
    "plain": random_spec,
    "of lists": lambda seed: listed(Random(seed)),
    "intricate": lambda seed: intricate_spec(Random(seed)),
}


def check(network: Network, drawing: Drawing) -> None:
    layers = list(drawn_layers(drawing.chain))
    assert sum(times for _, times, _ in layers) == network.cost.layers
    assert {path for path, _, _ in layers} <= {layer.path for layer in network.layers}
    assert cost_of_boxes(drawing.chain) == network.cost
    for box in all_boxes(drawing.chain):
        if box.inside is not None:
            inside = cost_of_boxes(box.inside)
            assert box.cost == (inside.again if box.is_again else inside) * box.count
        else:
            assert box.cost.layers == (box.count if box.kind in (LAYER, MERGE) else 0)


@pytest.mark.parametrize("name", NAMES)
def test_a_network_of_the_zoo_is_drawn_whole(name: str) -> None:
    network, _ = network_from(read_spec(name), None, {})
    drawing = drawing_of(network)
    check(network, drawing)
    if not repeats(drawing):
        compare_wiring(network, drawing)


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_network_is_drawn_whole_and_wired_as_it_is(seed: int, kind: str) -> None:
    try:
        network = network_of(MAKERS[kind](seed))
    except (SpecError, AssertionError):
        pytest.skip("a spec that does not hold")
    drawing = drawing_of(network)
    check(network, drawing)
    if not repeats(drawing):
        compare_wiring(network, drawing)


def compare_wiring(network: Network, drawing: Drawing) -> None:
    """The links of a drawing are those of its network; a port may lead to more than there is."""
    graph = graph_of(drawing, View(EVERYTHING))
    drawn, true = (
        sorted((path, sorted(sources)) for path, sources in wiring)
        for wiring in (drawn_wiring(graph), true_wiring(network))
    )
    if not has_ports(graph):
        assert drawn == true
    assert Counter(path for path, _ in drawn) == Counter(path for path, _ in true)


def boxes_of(text: str) -> list[tuple[str, str, str, int, int]]:
    chain = drawing_of(network_of(text)).chain
    return [
        (box.kind, box.label, box.detail, box.count, box.turns)
        for box in boxes_in(chain)
        if box.cost.layers
    ]


def test_equal_turns_are_one_box_with_a_count() -> None:
    (box,) = boxes_of("model m { input 8x8x4\n (conv(4, 3x3, pad=same)) * 3 }")
    assert box == ("layer", "conv", "4, 3x3, pad=same", 3, 1)


def test_turns_that_differ_are_inside_a_box_with_their_number() -> None:
    (box,) = boxes_of("model m { input 8x8x4\n (conv(6, 3x3, pad=same) -> relu) * 3 }")
    assert box == (REPEAT, "conv -> relu", "", 1, 3)


def test_a_loop_says_what_it_is_over() -> None:
    (box,) = boxes_of("model m { input 8x8x4\n for n in [6, 8] { conv(n, 1x1) -> relu } }")
    assert box == (LOOP, "for n", "in [6, 8]", 1, 2)


def test_turns_that_take_different_branches_count_each() -> None:
    body = "if n > 6 { conv(n, 1x1) } else { conv(n, 1x1) -> relu }"
    (box,) = boxes_of(f"model m {{ input 8x8x4\n for n in [4, 8, 5] {{ {body} }} }}")
    assert box[-1] == 3


def test_what_is_shared_counts_its_weights_once() -> None:
    text = (
        "model m { input a: 8, b: 8\n share twin = dense(4)\n a -> twin as left\n"
        " b -> twin as right\n add(left, right) }"
    )
    drawing = drawing_of(network_of(text))
    twins = [box for box in boxes_in(drawing.chain) if box.label == "dense"]
    assert [(box.call, box.is_again, box.cost.params) for box in twins] == [
        (1, False, 36),
        (2, True, 0),
    ]


def test_very_many_lines_beside_each_other_are_drawn_as_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each line stands for all that it may carry: none that is there is lost."""
    network = network_of(f"model m {{\n    input 6x6x4\n{TANGLED}\n}}\n")
    monkeypatch.setattr(rows, "MOST_PASSING", 0)
    drawn = dict(drawn_wiring(graph_of(drawing_of(network), View(EVERYTHING))))
    true = true_wiring(network)
    assert len(drawn) == len(true)
    assert all(taken <= drawn[path] for path, taken in true)


def test_a_list_of_thousands_is_drawn_at_once() -> None:
    """It took two gigabytes, a place for each line in each row."""
    network = network_of(
        "model m {\n    input 2x2x1\n    for i in range(1_500) { relu as kept[] }\n"
        "    add(kept)\n}\n"
    )
    found = Counter(box.kind for box in all_boxes(drawing_of(network).chain))
    assert (found[LAYER], found[MERGE]) == (1_500, 1)
