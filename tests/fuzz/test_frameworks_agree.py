"""The checker, Keras and PyTorch agree on random specs: on which hold, and on every shape.

Sound: what `check` accepts, the frameworks build with exactly the shapes foretold. Complete: what
they refuse for its dimensions, `check` refuses, in the same place. Where the language is stricter
on purpose, `judges.DIFFERENCES` says so and why. `tests/fuzz/frameworks.py` runs for longer.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from agreement import MODELS, disagreements
from judges import DIFFERENCES, KerasJudge, TorchJudge
from planned_specs import Dims, Refused
from spec_text import codes_of, in_model

BATCHES, QUICK_BATCHES, FILES = 20, 1, 2


@pytest.mark.parametrize(
    "batch",
    [
        pytest.param(batch, marks=[pytest.mark.slow] * (batch >= QUICK_BATCHES))
        for batch in range(BATCHES)
    ],
)
def test_random_specs(batch: int, tmp_path: Path) -> None:
    tally: Counter[str] = Counter()
    seeds = range(batch * FILES, (batch + 1) * FILES)
    problems = [one for seed in seeds for one in disagreements(seed, tmp_path, tally)]
    assert not problems, "\n".join(problems[:3])
    specs = FILES * MODELS
    assert tally["accepted"] + tally["refused"] == specs
    assert tally["accepted"] > specs / 5
    assert tally["refused"] > specs / 5


def test_there_are_two_thousand() -> None:
    assert BATCHES * FILES * MODELS >= 2000


APPLICATIONS: dict[str, tuple[str, dict[str, object], list[Dims]]] = {
    "broadcasting": ("add", {}, [(6, 5, 1), (6, 5, 4)]),
    "pooling of nothing but padding": (
        "max_pool",
        {"size": (2, 2), "pad": (0, 2, 0, 0)},
        [(6, 5, 4)],
    ),
    "a window that only ceil fits": (
        "max_pool",
        {"size": (4, 6), "stride": (2, 2), "rounding": "ceil"},
        [(6, 5, 4)],
    ),
    "a merge of one path": ("concat", {}, [(6, 5, 4)]),
    "dense on an image": ("dense", {"units": 3}, [(6, 5, 4)]),
    "adaptive_avg_pool of a vector": ("adaptive_avg_pool", {"size": (2, 2)}, [(120,)]),
    "zero_pad of a vector": ("zero_pad", {"pad": (1, 1, 1, 1)}, [(120,)]),
}
"""Each difference's example again, as data: the op, its attributes and the shapes it receives."""


def test_every_difference_has_an_example() -> None:
    assert set(APPLICATIONS) == set(DIFFERENCES)


@pytest.mark.parametrize("name", DIFFERENCES)
def test_differences(name: str) -> None:
    """The checker refuses each, and exactly the frameworks that are named take it."""
    difference = DIFFERENCES[name]
    assert codes_of(in_model(difference.example, "6x5x4")) == [difference.code]
    op, attributes, shapes = APPLICATIONS[name]
    assert difference.refuses(op, attributes, shapes)
    takers = []
    for framework, judge in (("keras", KerasJudge()), ("torch", TorchJudge())):
        judge.strict = False
        try:
            judge.apply(op, attributes, [judge.start(shape) for shape in shapes])
        except Refused:
            continue
        takers.append(framework)
    assert tuple(takers) == difference.takes_it
