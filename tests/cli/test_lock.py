"""`cnndsl lock` and `check --locked`."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from textwrap import dedent

import pytest
from command_line import SMALL, Command

from cnndsl.project.loading import Loader, check_models
from cnndsl.project.lock_file import LockedModel, LockError, changes, locked, parsed, written
from cnndsl.text import Source

TWO = "model first { input 3\n dense(2) }\nmodel second { input 3\n dense(4) }\n"


@pytest.fixture
def specs(folder: Path) -> Path:
    """A folder with a lock of its specs, none of which is broken."""
    (folder / "broken.cnn").unlink()
    return folder


def test_the_text_of_a_lock(cnndsl: Command, specs: Path) -> None:
    assert cnndsl("lock", "small.cnn") == (0, "wrote cnndsl.lock (1 model)\n", "")
    text = (specs / "cnndsl.lock").read_text()
    assert text == dedent("""\
        # The shapes, parameters, MACs and weights of each model, written by `cnndsl lock`.
        # `cnndsl check --locked` tells where a model is no longer like this.
        version = 1

        ["small.cnn".small]
        arguments = "classes=10"
        input = "8x8x3"
        output = "10"
        parameters = 1562
        trainable = 1562
        macs = 5328

        ["small.cnn".small.layers]
        "conv" = "conv 6x6x4, 112 parameters, 3888 MACs"
        "relu" = "relu 6x6x4"
        "flatten" = "flatten 144"
        "dense" = "dense 10, 1450 parameters, 1440 MACs"
        "softmax" = "softmax 10"

        ["small.cnn".small.weights]
        "conv.kernel" = "3x3x3x4"
        "conv.bias" = "4"
        "dense.kernel" = "144x10"
        "dense.bias" = "10"
        """)
    assert tomllib.loads(text)["small.cnn"]["small"]["layers"]["relu"] == "relu 6x6x4"
    assert cnndsl("lock", "small.cnn").out == "cnndsl.lock is up to date (1 model)\n"
    assert (specs / "cnndsl.lock").read_text() == text


def test_a_lock_that_holds(cnndsl: Command, specs: Path) -> None:
    assert cnndsl("lock", ".").out == "wrote cnndsl.lock (3 models)\n"
    status, out, err = cnndsl("check", "--locked", ".")
    assert (status, err) == (0, "")
    assert out.startswith("2 specs are clean (3 models")
    (specs / "below").mkdir()
    os.chdir(specs / "below")
    assert cnndsl("check", "--locked", "../small.cnn").status == 0


def test_a_difference(cnndsl: Command, specs: Path) -> None:
    cnndsl("lock", ".")
    (specs / "small.cnn").write_text(SMALL.replace("conv(4", "conv(8"))
    status, out, _ = cnndsl("check", "--locked", "--quiet", ".")
    assert status == 1
    assert out.splitlines() == [
        "CNN502 model small differs from cnndsl.lock: parameters: 1,562 -> 3,114, "
        "and 9 more differences",
        " --> small.cnn:3:7",
        "  |",
        "3 | model small(classes = 10) {",
        "  |       ^^^^^",
        "5 |     conv(8, 3x3) -> relu",
        "  |     ------------ was conv 6x6x4, 112 parameters, 3888 MACs",
        "  = trainable: 1,562 -> 3,114",
        "  = macs: 5,328 -> 10,656",
        "  = layer conv: conv 6x6x4, 112 parameters, 3888 MACs"
        " -> conv 6x6x8, 224 parameters, 7776 MACs",
        "  = layer relu: relu 6x6x4 -> relu 6x6x8",
        "  = layer flatten: flatten 144 -> flatten 288",
        "  = layer dense: dense 10, 1450 parameters, 1440 MACs"
        " -> dense 10, 2890 parameters, 2880 MACs",
        "  = weight conv.kernel: 3x3x3x4 -> 3x3x3x8",
        "  = weight conv.bias: 4 -> 8",
        "  = weight dense.kernel: 144x10 -> 288x10",
        "  = help: if this is meant, run `cnndsl lock small.cnn` and commit cnndsl.lock",
    ]
    status, out, _ = cnndsl("lock", "--diff", ".")
    assert status == 1
    assert out.startswith("--- a/cnndsl.lock\n+++ b/cnndsl.lock\n")
    assert '-"conv.bias" = "4"\n' in out
    assert '+"conv.bias" = "8"\n' in out
    assert cnndsl("lock", "small.cnn").out == "wrote cnndsl.lock (3 models)\n"
    assert cnndsl("lock", "--diff", ".") == (0, "", "")
    assert cnndsl("check", "--locked", ".").status == 0


def test_a_shared_block_that_changes_its_networks(cnndsl: Command, specs: Path) -> None:
    (specs / "blocks.cnn").write_text("block b() { conv(4, 3x3) }\n")
    (specs / "net.cnn").write_text('import b from "blocks.cnn"\nmodel m { input 8x8x3\n b() }\n')
    cnndsl("lock", ".")
    (specs / "blocks.cnn").write_text("block b() { conv(4, 3x3) -> relu }\n")
    out = cnndsl("check", "--locked", "-q", "net.cnn").out
    assert "model m differs from cnndsl.lock: layer b.relu is new: relu 6x6x4\n" in out
    assert " ::: blocks.cnn:1\n" in out
    assert "this layer is new" in out


def test_models_that_are_new_or_gone(cnndsl: Command, specs: Path) -> None:
    cnndsl("lock", ".")
    (specs / "two.cnn").write_text(TWO.replace("second", "third"))
    (specs / "small.cnn").unlink()
    status, out, _ = cnndsl("check", "--locked", "--output-format", "concise", ".")
    assert status == 1
    assert [line.split(": ", 1)[1] for line in out.splitlines()[:-1]] == [
        "CNN504 two.cnn no longer defines model second, which cnndsl.lock has",
        "CNN503 model third is not in cnndsl.lock",
        "CNN504 small.cnn is gone, and with it model small, which cnndsl.lock has",
    ]
    assert cnndsl("check", "--locked", "--model", "first", "two.cnn").status == 0
    assert cnndsl("check", "--locked", "--ignore", "CNN503,CNN504", ".").status == 0
    assert cnndsl("lock").out == "wrote cnndsl.lock (2 models)\n"
    assert cnndsl("check", "--locked", ".").status == 0


def test_other_specs_stay_in_the_lock(cnndsl: Command, specs: Path) -> None:
    cnndsl("lock", ".")
    (specs / "small.cnn").write_text(SMALL.replace("conv(4", "conv(8"))
    (specs / "two.cnn").write_text(TWO.replace("dense(2)", "dense(7)"))
    cnndsl("lock", "two.cnn")
    status, out, _ = cnndsl("check", "--locked", "--output-format", "concise", ".")
    assert status == 1
    assert "small.cnn:3:7: CNN502" in out
    assert "two.cnn" not in out


def test_a_broken_spec_is_not_locked(cnndsl: Command, specs: Path) -> None:
    cnndsl("lock", ".")
    before = (specs / "cnndsl.lock").read_text()
    (specs / "small.cnn").write_text(SMALL.replace("conv(4", "conf(4"))
    status, out, err = cnndsl("lock", ".")
    assert (status, err) == (1, "error: nothing was locked\n")
    assert "CNN201" in out
    assert (specs / "cnndsl.lock").read_text() == before
    status, out, _ = cnndsl("check", "--locked", ".", "--output-format", "concise")
    assert (status, out.count("CNN")) == (1, 1)


def test_a_conflict(cnndsl: Command, specs: Path) -> None:
    cnndsl("lock", ".")
    path = specs / "cnndsl.lock"
    path.write_text(path.read_text().replace("macs = 5328", "<<<<<<< ours\nmacs = 5328\n======="))
    status, out, err = cnndsl("check", "--locked", ".")
    assert (status, out) == (2, "")
    assert err.startswith(f"error: {path}, line 11: a merge conflict is not resolved\n")
    assert cnndsl("lock", "small.cnn").status == 2
    assert cnndsl("lock").status == 0
    assert cnndsl("check", "--locked", ".").status == 0


def test_no_lock(cnndsl: Command, specs: Path) -> None:
    status, out, err = cnndsl("check", "--locked", ".")
    assert (status, out) == (2, "")
    assert err == (
        "error: there is no cnndsl.lock here or above\n"
        "  = help: write one with `cnndsl lock PATH...`\n"
    )


def test_what_cannot_be_locked(cnndsl: Command, specs: Path) -> None:
    assert cnndsl("lock", "lenet5").status == 2
    assert "does not lie below" in cnndsl("lock", "lenet5").err
    assert "cannot be locked" in cnndsl("lock", "-", stdin=SMALL.encode()).err
    assert cnndsl("lock", "nothing.cnn").status == 2
    assert not (specs / "cnndsl.lock").exists()


# The text


def models(text: str, file: str = "net.cnn") -> list[LockedModel]:
    module = Loader().module(Source(file, text))
    _, networks = check_models(module, module.models, {})
    return [locked(network, file) for network in networks]


@pytest.mark.parametrize("file", ["net.cnn", "a b/c.d.cnn", 'quo"te\\.cnn', "é\u2028\t😀.cnn"])
def test_a_lock_reads_as_it_was_written(file: str) -> None:
    both = models(TWO, file)
    text = written(both)
    found = parsed(text)
    assert list(found) == [(file, "first"), (file, "second")]
    for before, after in zip(both, found.values(), strict=True):
        assert before.tables == after.tables
        assert changes(before, after) == ()
    assert list(tomllib.loads(text)[file]) == ["first", "second"]
    assert parsed(text.replace("\n", "\r\n")).keys() == found.keys()
    assert written(found.values()) == text


def test_the_order_of_models_is_that_of_their_names() -> None:
    text = "model b { input 3\n relu }\nmodel a { input 3\n relu }\n"
    assert list(parsed(written(models(text, "y.cnn") + models(text, "x.cnn")))) == [
        ("x.cnn", "a"), ("x.cnn", "b"), ("y.cnn", "a"), ("y.cnn", "b"),
    ]  # fmt: skip


def test_changes() -> None:
    (before,) = models("model m { input 3\n dense(3) as a -> relu as b }")
    (after,) = models("model m { input 3\n relu as b -> dense(3) as a -> tanh }")
    assert changes(before, after) == (("layer tanh", None, "tanh 3"),)
    (swapped,) = models("model m { input 3\n relu as b -> dense(3) as a }")
    assert changes(before, swapped) == (("layer 1", "a", "b"), ("layer 2", "b", "a"))
    (less,) = models("model m { input 3\n relu as b }")
    assert [one[0] for one in changes(before, less)] == [
        "parameters", "trainable", "macs", "layer a", "weight a.kernel", "weight a.bias",
    ]  # fmt: skip


def test_several_outputs_have_names() -> None:
    (model,) = models("model m { input 3\n dense(2) as side -> relu\n output main, side }")
    assert dict(model.facts)["output"] == "main 2, side 2"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "line 1: it has no line `version = 1`"),
        ("version = 2\n", "line 1: it was written by another version of cnndsl"),
        ("version = 1\n[x.y]\n", "line 2: no heading of a lock looks like this"),
        ('version = 1\n["x".y.z]\n', "line 2: no heading of a lock looks like this"),
        ('version = 1\n["x".y]\na = b\n', "line 3: no line of a lock looks like this"),
        ('version = 1\n["x".y]\n"a"\n', "line 3: no line of a lock looks like this"),
        (">>>>>>> theirs\n", "line 1: a merge conflict is not resolved"),
    ],
)
def test_what_is_no_lock(text: str, reason: str) -> None:
    with pytest.raises(LockError) as failure:
        parsed(text)
    assert str(failure.value) == reason
