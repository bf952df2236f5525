"""Commands with networks of several inputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import Command

COMPARE = """
model compare(size = 8) {
    input left: (size, 6, 3), right: 5x7x3, code: 4
    share tower = conv(4, 3x3, pad=same)
    let one = left -> tower -> global_avg_pool
    let other = right -> tower -> global_avg_pool
    subtract(one, other) as apart
    concat(apart, code) -> dense(in.channels + left.height)
}
"""
INPUTS = "left 8x6x3, right 5x7x3, code 4"
PAIR = """
model pair {
    input left: 8x8x3, right: 8x8x3
    pixels rgb(range=(0, 1))
    subtract(left, right) -> flatten -> dense(1) -> sigmoid
}
"""


@pytest.fixture
def specs(folder: Path) -> Path:
    (folder / "net.cnn").write_text(COMPARE, encoding="utf-8")
    (folder / "pair.cnn").write_text(PAIR, encoding="utf-8")
    return folder


def test_a_trail_leads_to_the_input_at_fault(cnndsl: Command, specs: Path) -> None:
    (specs / "net.cnn").write_text("model m { input a: 4x4x3, b: 4x4x2\n add(a, b) }\n")
    out = cnndsl("check", "net.cnn").out
    assert "this is the input `a`" in out
    assert "this is the input `b`" in out


def test_summary_and_lock_have_all_inputs(cnndsl: Command, specs: Path) -> None:
    assert f"Inputs           {INPUTS}\n" in cnndsl("summary", "net.cnn").out
    assert f"compare {INPUTS} -> 11," in cnndsl("check", "net.cnn").out
    whole = json.loads(cnndsl("summary", "net.cnn", "--format", "json").out)
    assert [(one["name"], one["shape"]) for one in whole["inputs"]] == [
        ("left", [8, 6, 3]),
        ("right", [5, 7, 3]),
        ("code", [4]),
    ]
    assert cnndsl("lock", "net.cnn").status == 0
    assert f'input = "{INPUTS}"' in (specs / "cnndsl.lock").read_text()
    assert cnndsl("check", "--locked", "net.cnn").status == 0


def test_run_draws_each_input(cnndsl: Command, specs: Path) -> None:
    out = cnndsl("run", "net.cnn", "--batch", 2).out
    assert f"2 images of {INPUTS}, random" in out
    assert "output main  11" in out


def test_run_reads_each_input_by_its_name(cnndsl: Command, specs: Path) -> None:
    np.savez(
        "ok.npz", code=np.ones((2, 4)), left=np.ones((2, 8, 6, 3)), right=np.ones((2, 5, 7, 3))
    )
    assert f"2 images of {INPUTS}, from ok.npz" in cnndsl("run", "net.cnn", "--image", "ok.npz").out


ARRAYS: dict[str, tuple[int, ...]] = {"left": (8, 6, 3), "right": (5, 7, 3), "code": (4,)}


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"right": None}, "has no array `right`; compare takes left 8x6x3"),
        ({"other": (4,)}, "has an array `other`; compare takes left"),
        ({"code": (5,)}, "`code` in f.npz is 1x5, but the network takes 4"),
        ({"code": (3, 4)}, "f.npz does not hold as many of each input"),
    ],
)
def test_arrays_that_do_not_fit(
    cnndsl: Command, specs: Path, changed: dict[str, Any], complaint: str
) -> None:
    shapes = {**ARRAYS, **changed}
    np.savez("f.npz", **{name: np.zeros(one) for name, one in shapes.items() if one is not None})
    status, out, err = cnndsl("run", "net.cnn", "--image", "f.npz")
    assert (status, out) == (2, "")
    assert complaint in err


def test_one_array_is_not_enough(cnndsl: Command, specs: Path) -> None:
    np.save("one.npy", np.zeros((8, 6, 3)))
    err = cnndsl("run", "net.cnn", "--image", "one.npy").err
    assert "one array; compare takes left 8x6x3, right 5x7x3, code 4" in err
    assert "left=..., right=..., code=..." in err


def test_photos_one_for_each_input(cnndsl: Command, specs: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    for name in ("a.png", "b.png"):
        image.new("RGB", (9, 9), "red").save(name)
    assert "1 image of left 8x8x3, right 8x8x3" in cnndsl("run", "pair.cnn", "a.png", "b.png").out
    assert "pair takes 2 photos, for left, right" in cnndsl("run", "pair.cnn", "a.png").err
    assert "code" not in cnndsl("run", "net.cnn", "a.png", "b.png", "b.png").out


def test_one_output_is_shown_as_it_is(cnndsl: Command, specs: Path) -> None:
    (line,) = [one for one in cnndsl("run", "pair.cnn").out.splitlines() if one.startswith(" ")]
    assert 0 < float(line) < 1


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("left=4x4x3", "`--input left=4x4x3` does not give each input"),
        ("left=4x4x3,right=4x4x3,code=x", "`--input x` is no shape"),
        ("=3", "does not give each input"),
    ],
)
def test_verify_wants_each_input(cnndsl: Command, specs: Path, given: str, complaint: str) -> None:
    status, _, err = cnndsl("verify", "net.cnn", "--input", given)
    assert status == 2
    assert complaint in err


def test_verify_with_other_inputs(cnndsl: Command, specs: Path) -> None:
    shapes = "left=4x5x3,right=6x3x3,code=2"
    status, out, _ = cnndsl("verify", "net.cnn", "-b", "torch", "--grad", "--input", shapes)
    assert status == 0
    assert "2 images of left 4x5x3, right 6x3x3, code 2" in out
    assert cnndsl("verify", "pair.cnn", "-b", "torch", "--input", "4x5x3").status == 0


def test_verify_of_one_input_without_a_name(cnndsl: Command, folder: Path) -> None:
    err = cnndsl("verify", "small.cnn", "--input", "left=3").err
    assert "= help: write `--input 64x64x3`" in err
