"""`cnndsl verify`: what it prints, in text and JSON, and how it exits."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from altered_backends import Overriding, install, replaced, with_runtime, with_text
from cnndsl_numpy.backend import BACKEND as NUMPY
from cnndsl_torch.backend import BACKEND as TORCH
from command_line import BROKEN, SMALL, Command

import cnndsl.backend
from cnndsl.backend import Artifact, Backend, Framework
from cnndsl.diagnostics.base import Rejected
from cnndsl.ir.network import Network

TWO_OUTPUTS = """\
model two(classes = 4) {
    input 8x8x3
    conv(4, 3x3) -> relu as features
    let side = features -> flatten -> dense(classes) -> softmax
    max_pool(2x2) -> dropout(0.5) -> batch_norm -> leaky_relu(0.1) -> scale(0.3)
    output main, side
}
"""


WRONG_RELU = with_text(TORCH, lambda text: text.replace("nn.ReLU()", "nn.LeakyReLU()"))
PLAIN: Backend = replaced(with_runtime(TORCH, probes=None), name="plain", precisions=("float32",))
"""A backend without probes, in one precision."""


def failing(problem: Exception) -> Backend:
    """A backend whose models do not run."""

    def predict(_model: Any, _images: Any) -> tuple[Any, ...]:
        raise problem

    found: Backend = replaced(
        with_runtime(NUMPY, models=Overriding(NUMPY.runtime.models, predict=predict)),
        name="failing",
    )
    return with_runtime(found, reference=None)


def swapped_outputs() -> Backend:
    """A backend that gives two outputs the wrong way round."""
    models = PLAIN.runtime.models
    return with_runtime(
        PLAIN,
        models=Overriding(models, predict=lambda *arguments: models.predict(*arguments)[::-1]),
    )


@pytest.fixture
def spec(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "net.cnn").write_text(SMALL)
    monkeypatch.chdir(tmp_path)
    return "net.cnn"


def test_all_backends_agree(cnndsl: Command, spec: str) -> None:
    status, out, err = cnndsl("verify", spec, "--grad", "--train")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == (
        "small: 5 layers, 1,562 parameters; 4 images of 8x8x3, largest relative errors"
    )
    rows = [line.split()[:3] for line in lines if line.startswith(("keras", "numpy", "torch"))]
    modes, dtypes = ("inference", "training"), ("float32", "float64")
    expected = [["keras", dtype, mode] for dtype in dtypes for mode in modes]
    expected.append(["keras", "float32", "XLA"])
    expected += [["numpy", "float32", mode] for mode in modes]
    expected += [["torch", dtype, mode] for dtype in dtypes for mode in modes]
    assert rows[:-1] == expected
    tolerances = [line.split() for line in lines if line.startswith("tolerance")]
    assert [row[:2] for row in tolerances] == [["tolerance", dtype] for dtype in dtypes]
    assert lines[-1].startswith("keras, numpy and torch compute the same (")


def test_what_rounding_explains_is_said(cnndsl: Command, tmp_path: Path) -> None:
    spec = tmp_path / "same.cnn"
    spec.write_text("model m {\n    input 5x4x3\n    scale(0) -> batch_norm -> batch_norm\n}\n")
    options = "--train", "--backends", "torch", "--dtype", "float64"
    status, out, err = cnndsl("verify", spec, *options)
    assert (status, err) == (0, "")
    rows = {line.split()[2]: line for line in out.splitlines() if line.startswith("torch  ")}
    assert rows["training"].endswith("  rounding")
    assert not rows["inference"].endswith("rounding")
    words = "no farther apart than rounding brings right numbers, as the gradient of `beta` of"
    assert f"rounding: {words} batch_norm `batch_norm1`\n" in out
    status, out, err = cnndsl("verify", spec, *options, "--format", "json")
    found = {row["mode"]: row["rounding"] for row in json.loads(out)["comparisons"]}
    assert found == {"inference": None, "training": "batch_norm1"}


def test_several_outputs_agree(cnndsl: Command, spec: str) -> None:
    with open(spec, "w") as file:
        file.write(TWO_OUTPUTS)
    status, out, _ = cnndsl("verify", spec, "--grad", "--train", "--format", "json")
    found = json.loads(out)
    assert (status, found["agree"]) == (0, True)
    errors = [row["errors"] for row in found["comparisons"] if row["dtype"] == "float64"]
    assert len(errors) == 4
    assert all(each["outputs"] < 1e-13 and each["gradients"] < 1e-12 for each in errors)


def test_swapped_outputs_differ(
    cnndsl: Command, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = TWO_OUTPUTS.replace("output main", "global_avg_pool\n    output main")
    (tmp_path / "net.cnn").write_text(text)
    monkeypatch.chdir(tmp_path)
    install(monkeypatch, plain=swapped_outputs())
    status, out, _ = cnndsl("verify", "net.cnn", "--quiet")
    assert status == 1
    assert "--> net.cnn:6:5" in out
    assert "in the output of global_avg_pool `global_avg_pool`" in out


def test_difference_names_the_line(
    cnndsl: Command, spec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, torch=WRONG_RELU)
    status, out, err = cnndsl("verify", spec, "--dtype", "float32")
    assert (status, err) == (1, "")
    assert "compute the same" not in out
    row = next(line for line in out.splitlines() if line.startswith("torch"))
    assert row.endswith("differs")
    assert "CNN704 torch (float32, inference) first differs from NumPy in the output of relu" in out
    assert "--> net.cnn:5:21" in out


def test_difference_as_json(cnndsl: Command, spec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, torch=WRONG_RELU)
    status, out, _ = cnndsl("verify", spec, "--format", "json", "--dtype", "float64")
    found = json.loads(out)
    assert (status, found["agree"], found["format_version"]) == (1, False, "1.0")
    assert (found["model"], found["input"], found["images"]) == ("small", [8, 8, 3], 2)
    (row,) = found["comparisons"]
    assert (row["backend"], row["dtype"], row["mode"]) == ("torch", "float64", "inference")
    first = row["first_difference"]
    assert (first["layer"], first["op"], first["kind"]) == ("relu", "relu", "activations")
    assert first["filename"] == "net.cnn"
    assert first["location"] == {"row": 5, "column": 21}
    assert first["end_location"] == {"row": 5, "column": 25}
    assert first["found"] == pytest.approx(0.01 * np.round(first["found"] / 0.01, 9))
    assert first["expected"] == 0
    assert first["error"] > first["tolerance"] == found["tolerances"]["float64"]["activations"]


def test_wrong_shape_is_a_difference(
    cnndsl: Command, spec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    padded = with_text(TORCH, lambda text: text.replace("(3, 4, 3)", "(3, 4, 3, padding=1)"))
    install(monkeypatch, torch=padded)
    status, out, _ = cnndsl("verify", spec, "--dtype", "float32", "--quiet")
    assert status == 1
    assert "in the output of conv `conv`" in out
    assert "the arrays have other shapes: found (2, 8, 8, 4)" in out
    status, out, _ = cnndsl("verify", spec, "--dtype", "float32", "--format", "json")
    first = json.loads(out)["comparisons"][0]["first_difference"]
    assert (status, first["found"], first["error"]) == (1, None, None)


def test_backend_without_an_inside_is_held_to_its_outputs(
    cnndsl: Command, spec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, plain=PLAIN)
    status, out, _ = cnndsl("verify", spec, "--grad", "--format", "json")
    (row,) = json.loads(out)["comparisons"]
    assert (status, row["dtype"], list(row["errors"])) == (0, "float32", ["outputs"])
    assert row["unseen"] == ["conv", "relu", "flatten", "dense", "softmax"]
    status, out, _ = cnndsl("verify", spec, "--dtype", "float64")
    assert "plain: not verified, it cannot compute in float64\n" in out


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (ValueError("no such\nthing"), "ValueError: no such"),
        (KeyError(), "KeyError"),
        (RuntimeError(""), "RuntimeError"),
    ],
)
def test_failing_backend_hides_no_other(
    cnndsl: Command,
    spec: str,
    monkeypatch: pytest.MonkeyPatch,
    problem: Exception,
    words: str,
) -> None:
    install(monkeypatch, failing=failing(problem), torch=TORCH)
    status, out, err = cnndsl("verify", spec, "--dtype", "float32")
    assert (status, err) == (1, "")
    assert f"CNN707 failing fails on conv `conv`: {words}\n --> net.cnn:5:5\n" in out
    assert "torch      float32  inference" in out
    assert "compute the same" not in out


def test_missing_backend_is_said(
    cnndsl: Command, spec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = replaced(TORCH, name="absent", framework=Framework("no_such_framework", "absent"))
    install(monkeypatch, absent=absent, broken=ImportError("no module"), torch=TORCH)
    status, out, err = cnndsl("verify", spec, "--dtype", "float32")
    assert (status, err) == (0, "")
    notes = [line for line in out.splitlines() if "not verified" in line]
    assert notes[0].startswith("absent: not verified, CNN")
    assert "no_such_framework" in notes[0]
    assert "pip install 'cnndsl[absent]'" in notes[0]
    assert notes[1] == "broken: not verified, the broken backend does not load: no module"
    assert out.splitlines()[-1].startswith("numpy and torch compute the same")
    status, out, err = cnndsl("verify", spec, "--backends", "torch,absent")
    assert (status, out) == (2, "")
    assert "no_such_framework" in err


def test_nothing_to_compare(cnndsl: Command, spec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, numpy=NUMPY)
    status, out, err = cnndsl("verify", spec)
    assert (status, out) == (2, "")
    assert err.startswith("error: there is no backend to hold against NumPy")
    assert "pip install" in err
    status, out, err = cnndsl("verify", spec, "--backends", "numpy")
    assert (status, out) == (2, "")
    assert "name another in `--backends`, or leave it out" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--backends", "jax"), "jax"),
        (("--backends", "tourch"), "torch"),
        (("--dtype", "float16"), "no precision is named `float16`"),
        (("--batch", "0"), "`0` is not an integer of at least 1"),
        (("--seed", "-1"), "`-1` is not an integer of at least 0"),
        (("--input", "many"), "`--input many` is no shape"),
        (("--input", "8x8"), "`--input 8x8` is no shape"),
        (("--set", "clases=3"), "classes"),
        (("--format", "yaml"), "no format is named `yaml`"),
        (("--gradient",), "unknown option `--gradient`"),
        (("--model", "other"), "other"),
    ],
)
def test_bad_arguments(cnndsl: Command, spec: str, arguments: tuple[str, ...], words: str) -> None:
    status, out, err = cnndsl("verify", spec, *arguments)
    assert (status, out) == (2, "")
    assert err.startswith("error: ")
    assert words in err


def test_unreadable_spec(cnndsl: Command) -> None:
    status, out, err = cnndsl("verify", "no/such/file.cnn")
    assert (status, out) == (2, "")
    assert err.startswith("error: ")


def test_spec_that_does_not_hold(cnndsl: Command, spec: str) -> None:
    with open(spec, "w") as file:
        file.write(BROKEN)
    status, out, err = cnndsl("verify", spec)
    assert (status, err) == (1, "")
    assert "--> net.cnn:3:5" in out


def test_another_input(cnndsl: Command, spec: str) -> None:
    status, out, _ = cnndsl(
        "verify", spec, "--input", "9x7x3", "--backends", "torch", "--dtype", "float32"
    )
    assert status == 0
    assert "2 images of 9x7x3" in out
    status, out, _ = cnndsl("verify", spec, "--input", "2x2x3", "--backends", "torch")
    assert status == 1
    assert "--> net.cnn:5:5" in out


def test_quiet_says_nothing_when_all_agree(cnndsl: Command, spec: str) -> None:
    assert cnndsl("verify", spec, "-q", "-b", "torch", "--dtype", "float32") == (0, "", "")


def test_seed_changes_weights_and_images(cnndsl: Command, spec: str) -> None:
    def errors(seed: int) -> Any:
        _, out, _ = cnndsl(
            "verify", spec, "-b", "torch", "--dtype", "float32", "--seed", seed, "--format", "json"
        )
        return json.loads(out)["comparisons"][0]["errors"]

    assert errors(1) == errors(1) != errors(2)


def test_help_has_examples(cnndsl: Command) -> None:
    status, out, err = cnndsl("verify", "--help")
    assert (status, err) == (0, "")
    assert "examples:\n  cnndsl verify lenet5 --grad\n" in out


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("kind", [io.StringIO, Terminal])
def test_progress_only_on_a_terminal(
    cnndsl: Command, spec: str, monkeypatch: pytest.MonkeyPatch, kind: type[io.StringIO]
) -> None:
    stream = kind()
    monkeypatch.setattr(sys, "stderr", stream)
    assert cnndsl("verify", spec, "-b", "torch", "--dtype", "float32", "--grad").status == 0
    shown = stream.getvalue()
    if kind is Terminal:
        assert "\x1b[Ktorch float32, inference" in shown
        assert shown.endswith("\r\x1b[K")
        assert "\n" not in shown
    else:
        assert shown == ""


def test_refusal_is_shown_at_its_place(
    cnndsl: Command, spec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cnndsl.diagnostics.backends import BackendsDiffer
    from cnndsl.diagnostics.base import Finding, SpecError

    def refuse(network: Network) -> Artifact:
        layer = network.layers[1]
        numbers: Mapping[str, Any] = {"found": 0.0, "expected": 1.0, "error": 1.0}
        diagnostic = BackendsDiffer(
            "refusing", "any", layer.path, "relu", "the output", (0,), *numbers.values(), 0.5
        )
        location = layer.template.location(layer.site)
        raise SpecError((Finding(diagnostic, location, (), layer.calls),))

    refusing = replaced(TORCH, name="refusing", emitter=refuse)
    install(monkeypatch, refusing=refusing, torch=TORCH)
    status, out, err = cnndsl("verify", spec, "--dtype", "float32")
    assert (status, err) == (1, "")
    assert "--> net.cnn:5:21" in out
    assert "torch      float32  inference" in out
    status, out, _ = cnndsl("verify", spec, "--dtype", "float32", "--format", "json")
    (refusal,) = json.loads(out)["refusals"]
    assert (status, refusal["location"]) == (1, {"row": 5, "column": 21})


def test_protocol_of_the_installed_backends() -> None:
    """The names that the tests replace are those that the command asks for."""
    for name in ("keras", "numpy", "torch"):
        assert cnndsl.backend.find_backend(name).name == name
    with pytest.raises(Rejected):
        cnndsl.backend.find_backend("jax")


def test_layers_that_no_output_needs(cnndsl: Command, tmp_path: Path) -> None:
    """Keras and NumPy leave them out of the model, PyTorch out of `forward` alone."""
    spec = tmp_path / "early.cnn"
    spec.write_text(
        "model m {\n    input 6x6x3\n    conv(4, 3x3) as early -> relu\n"
        "    conv(5, 3x3) -> batch_norm\n    output early\n}\n"
    )
    assert cnndsl("verify", str(spec), "--grad", "--train").status == 0


def test_gates(cnndsl: Command, tmp_path: Path) -> None:
    """What is stretched over pixels or channels has the sum over these for its gradient."""
    spec = tmp_path / "gates.cnn"
    spec.write_text(
        "block excite(ratio) { multiply {\n identity\n adaptive_avg_pool(1x1)"
        " -> conv(in.channels // ratio, 1x1) -> relu -> conv(in.channels, 1x1) -> sigmoid } }\n"
        "model m {\n    input 6x6x3\n    conv(4, 3x3) as early -> excite(2)\n"
        "    let gate = early -> adaptive_avg_pool(1x1)\n"
        "    let map = early -> channel_max\n    multiply(map, gate, main, early)\n}\n"
    )
    assert cnndsl("verify", str(spec), "--grad", "--train").status == 0
