"""Layers of two networks side by side: as many as there can be, and soon, in large networks too."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from random import Random

import pytest
from literal_alignment import cost, length_in_common, pairs_by_difflib
from mutated_networks import mutated
from shares import mostly_long, mostly_slow
from spec_text import network_of

from cnndsl.ir.network import Network
from cnndsl.pictures.comparison_svg import Compared, document
from cnndsl.report.alignment import pairs_of
from cnndsl.report.difference_text import as_json, as_markdown, as_text
from cnndsl.report.differences import difference
from cnndsl.report.subsequence import longest_common, longest_rising

UNIT = "block unit(n) { conv(n, 3x3, pad=same) -> batch_norm -> relu }\n"
MOST_SECONDS = 4.0
"""Of processor time, for what takes half of one on a common machine."""


@pytest.mark.parametrize("seed", mostly_slow(range(300), range(40)))
def test_subsequences_are_the_longest(seed: int) -> None:
    random = Random(seed)
    kinds = random.choice((1, 2, 3, 9, 60))
    old, new = ([random.randrange(kinds) for _ in range(random.randrange(50))] for _ in range(2))
    if random.random() < 0.5:
        new = [*old[: random.randrange(50)], *new, *old[random.randrange(50) :]]
    found = longest_common(old, new)
    hold(found, old, new)
    assert len(found) == length_in_common(old, new)
    old, new = (random.sample(range(60), random.randrange(50)) for _ in range(2))
    found = longest_rising(old, new)
    hold(found, old, new)
    assert len(found) == length_in_common(old, new)


def hold(found: list[tuple[int, int]], old: list[int], new: list[int]) -> None:
    assert all(old[one] == new[other] for one, other in found)
    assert all(one < after and other < last for (one, other), (after, last) in pairwise(found))


@pytest.mark.parametrize("seed", mostly_long(range(400), range(6)))
def test_no_more_changes_than_by_difflib(seed: int) -> None:
    _, before, after = mutated(seed)
    found = pairs_of(before.layers, after.layers)
    assert cost(found) <= cost(pairs_by_difflib(before.layers, after.layers))


def of_units(*counts: int, between: str = "", unit: str = UNIT) -> Network:
    """Repeats of a unit, with a statement between each two of them."""
    units = f"\n    {between}\n".join(f"    unit(16) * {count}" for count in counts)
    return network_of(f"{unit}model net {{\n    input 8x8x3\n    unit(16)\n{units}\n}}\n")


def test_what_is_put_into_the_middle_of_a_repeat_is_all_that_comes() -> None:
    before, after = of_units(300), of_units(120, 180, between="conv(16, 1x1) -> gelu")
    found = difference("net", before, after)
    come = [one.after for one in found.layers if one.kind == "added"]
    assert come == ["conv", "gelu"]
    moved = {one.before: one.after for one in found.layers if one.kind == "renamed"}
    assert moved == {
        f"unit2.{120 + number}.{op}": f"unit3.{number}.{op}"
        for number in range(180)
        for op in ("conv", "batch_norm", "relu")
    }
    assert len(found.layers) == len(come) + len(moved)
    fed = [one.after for one in found.layers if one.changes]
    assert fed == ["unit3.0.conv"]
    assert len(found.weights.renamed) == 180 * 6
    assert not found.weights.lost


@pytest.mark.slow
@pytest.mark.parametrize(
    "make",
    [
        lambda: of_units(800, 930, between="conv(16, 1x1) -> gelu"),
        lambda: of_units(1730, unit=UNIT.replace("relu", "gelu")),
        lambda: of_units(1300, unit=UNIT.replace("relu", "conv(n, 1x1) -> tanh")),
        lambda: network_of("model net { input 8x8x3 \n conv(4, 3x3) -> relu }"),
    ],
)
def test_networks_of_thousands_of_layers(make: Callable[[], Network]) -> None:
    before, after = of_units(1730), make()
    start = time.process_time()
    found = difference("net", before, after)
    for write in (as_text, as_markdown, as_json):
        assert write([found])
    assert document([Compared(found, before, after)])
    assert time.process_time() - start < MOST_SECONDS
