"""`cnndsl weights export|import|convert|diff`: what it writes, prints, and how it exits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from command_line import BROKEN, Command
from weight_networks import SPEC, assert_identical, drawn, network

from cnndsl.weights.files import read_weights, write_weights

NETWORK = network()
WEIGHTS = drawn(NETWORK)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.cnn").write_text(SPEC)
    write_weights("net.npz", NETWORK, WEIGHTS)


def written(status_out_err: Any) -> str:
    status, out, err = status_out_err
    assert (status, err) == (0, ""), err
    return str(out)


@pytest.mark.parametrize("target", ["a.pt", "a.pth", "a.safetensors", "a.keras", "a.weights.h5"])
def test_export_and_import(cnndsl: Command, target: str) -> None:
    out = written(cnndsl("weights", "export", "net.cnn", "net.npz", target))
    size = sum(array.size for array in WEIGHTS.values())
    assert out == f"wrote {target}: {len(WEIGHTS)} arrays, {size:,} parameters\n"
    for back in ("b.npz", "b.safetensors"):
        written(cnndsl("weights", "import", "net.cnn", target, back))
        assert_identical(read_weights(back, NETWORK), WEIGHTS)
        assert read_weights(back, NETWORK, form="canonical").keys() == WEIGHTS.keys()


def test_export_to_safetensors_is_a_state_dict(cnndsl: Command) -> None:
    from safetensors.torch import load_file

    from cnndsl.backend import find_backend

    written(cnndsl("weights", "export", "net.cnn", "net.npz", "a.safetensors", "--quiet"))
    module = find_backend("torch").build(NETWORK)
    module.load_state_dict(load_file("a.safetensors"), strict=True)


def test_convert_between_frameworks(cnndsl: Command) -> None:
    written(cnndsl("weights", "convert", "net.cnn", "net.npz", "a.weights.h5"))
    written(cnndsl("weights", "convert", "net.cnn", "a.weights.h5", "b.pt"))
    written(cnndsl("weights", "convert", "net.cnn", "b.pt", "c.safetensors", "--to", "torch"))
    written(cnndsl("weights", "convert", "net.cnn", "c.safetensors", "d.keras"))
    written(cnndsl("weights", "convert", "net.cnn", "d.keras", "e.safetensors"))
    assert written(cnndsl("weights", "convert", "net.cnn", "e.safetensors", "f.npz", "-q")) == ""
    assert_identical(read_weights("f.npz", NETWORK), WEIGHTS)


def test_parameters_of_the_model(cnndsl: Command) -> None:
    other = network(classes=3)
    write_weights("three.npz", other, drawn(other))
    status, out, err = cnndsl("weights", "export", "net.cnn", "three.npz", "three.pt")
    assert (status, out) == (2, "")
    assert "head.logits/kernel: expected shape (7, 5), found (7, 3)" in err
    assert not Path("three.pt").exists()
    written(cnndsl("weights", "export", "net.cnn", "three.npz", "three.pt", "--set", "classes=3"))
    assert torch.load("three.pt", weights_only=True)["head.logits.weight"].shape == (3, 7)


def test_transfer_learning(cnndsl: Command) -> None:
    other = network(classes=3)
    write_weights("three.pt", other, drawn(other))
    arguments = ("weights", "import", "net.cnn", "three.pt", "five.npz")
    status, _, err = cnndsl(*arguments)
    assert status == 2
    assert r"`--allow-missing 'head\.logits/.*'` draws anew what matches" in err
    out = written(cnndsl(*arguments, "--allow-missing", "head.logits.*", "--seed", 3))
    assert "drawn anew: head.logits/kernel, head.logits/bias\n" in out
    first = read_weights("five.npz", NETWORK)
    np.testing.assert_array_equal(first["conv/kernel"], drawn(other)["conv/kernel"])
    written(cnndsl(*arguments, "--allow-missing", "head.logits.*", "--seed", 4))
    second = read_weights("five.npz", NETWORK)
    assert (first["head.logits/kernel"] != second["head.logits/kernel"]).all()


def test_extra_entries(cnndsl: Command) -> None:
    np.savez("more.npz", **WEIGHTS, **{"aux/kernel": np.zeros(3)})
    arguments = ("weights", "export", "net.cnn", "more.npz", "net.pt")
    status, _, err = cnndsl(*arguments)
    assert status == 2
    assert "aux/kernel: unexpected, found shape (3,)" in err
    written(cnndsl(*arguments, "--allow-extra", "aux/.*"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("expert",), "did you mean"),
        (("export", "net.cnn", "net.npz"), "TO"),
        (("export", "net.cnn", "net.npz", "b.npz"), "this command converts to a framework"),
        (("import", "net.cnn", "net.npz", "b.npz"), "this command converts from a framework"),
        (("import", "net.cnn", "net.pt", "b.npz"), "cannot read net.pt: no such file"),
        (("export", "net.cnn", "net.npz", "net.onnx"), "no extension of a weight file"),
        (("export", "net.cnn", "net.npz", "net.h5"), "Keras no longer writes .h5"),
        (("export", "net.cnn", "net.npz", "none/net.pt"), "no such file or directory"),
        (("convert", "net.cnn", "net.npz", "net.pt", "--to", "keras"), "cannot hold"),
        (("convert", "net.cnn", "net.npz", "net.pt", "--to", "jax"), "no format is named `jax`"),
        (("convert", "net.cnn", "net.npz", "a.pt", "--allow-missing", "("), "regular expression"),
        (("convert", "net.cnn", "net.npz", "a.pt", "--set", "clases=3"), "classes"),
        (("convert", "none.cnn", "net.npz", "a.pt"), "none.cnn"),
        (("diff", "net.npz"), "B"),
        (("diff", "net.npz", "net.npz", "--tolerance", "-1"), "not a number of at least 0"),
        (("diff", "net.npz", "none.npz"), "cannot read none.npz"),
        (("diff", "a.weights.h5", "a.weights.h5"), "depends on the network"),
    ],
)
def test_mistakes(cnndsl: Command, arguments: tuple[str, ...], words: str) -> None:
    status, out, err = cnndsl("weights", *arguments)
    assert (status, out) == (2, "")
    assert err.startswith("error: ")
    assert words in err
    assert sorted(one.name for one in Path().iterdir()) == ["net.cnn", "net.npz"]


def test_spec_that_does_not_hold(cnndsl: Command) -> None:
    Path("net.cnn").write_text(BROKEN)
    status, out, err = cnndsl("weights", "export", "net.cnn", "net.npz", "net.pt")
    assert (status, err) == (1, "")
    assert "--> net.cnn:3:5" in out


def test_diff_of_equal_files(cnndsl: Command) -> None:
    write_weights("same.npz", NETWORK, WEIGHTS)
    status, out, err = cnndsl("weights", "diff", "net.npz", "same.npz")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[-1] == f"{len(WEIGHTS)} entries, all equal"
    assert [line.split() for line in lines[:-1]] == [[key, "equal"] for key in WEIGHTS]
    assert cnndsl("weights", "diff", "net.npz", "same.npz", "--quiet") == (0, "", "")


def test_diff_shows_the_largest_difference_of_each_entry(cnndsl: Command) -> None:
    changed = {key: array.copy() for key, array in WEIGHTS.items()}
    bias = changed["conv/bias"]
    top = np.abs(bias).max()
    place = int(np.abs(bias).argmin())
    bias[place] += np.float32(0.25) * top
    write_weights("other.npz", NETWORK, changed)
    status, out, _ = cnndsl("weights", "diff", "net.npz", "other.npz", "--quiet")
    assert status == 1
    first, last = out.splitlines()
    assert first == "conv/bias  2.50e-01"
    assert last == f"1 of {len(WEIGHTS)} entries differs"
    assert cnndsl("weights", "diff", "net.npz", "other.npz", "--tolerance", "0.26").status == 0


def test_diff_of_shapes_and_names(cnndsl: Command) -> None:
    np.savez("a.npz", one=np.zeros(3), two=np.zeros((2, 2)), three=np.full(2, np.nan))
    np.savez("b.npz", two=np.zeros((2, 3)), three=np.full(2, np.nan), four=np.zeros(1))
    status, out, _ = cnndsl("weights", "diff", "a.npz", "b.npz")
    assert status == 1
    assert out.splitlines() == [
        "one    not in b.npz",
        "two    (2, 2) in a.npz, (2, 3) in b.npz",
        "three  equal",
        "four   not in a.npz",
        "3 of 4 entries differ",
    ]


def test_diff_across_formats_needs_the_network(cnndsl: Command) -> None:
    write_weights("net.pt", NETWORK, WEIGHTS)
    write_weights("net.keras", NETWORK, WEIGHTS)
    status, _, err = cnndsl("weights", "diff", "net.npz", "net.pt")
    assert status == 2
    assert "of different formats" in err
    for one, other in (("net.npz", "net.pt"), ("net.pt", "net.keras")):
        status, out, _ = cnndsl("weights", "diff", one, other, "--spec", "net.cnn")
        assert (status, out.splitlines()[-1]) == (0, f"{len(WEIGHTS)} entries, all equal")


@pytest.mark.parametrize("action", [(), ("export",), ("import",), ("convert",), ("diff",)])
def test_help_has_examples(cnndsl: Command, action: tuple[str, ...]) -> None:
    status, out, err = cnndsl("weights", *action, "--help")
    assert (status, err) == (0, "")
    assert f"examples:\n  cnndsl weights {' '.join(action)}" in out
