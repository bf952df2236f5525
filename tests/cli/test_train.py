"""`train`, `evaluate` and `compile --train`: scripts that run, and what stops them."""

import csv
import subprocess
import sys

import numpy as np
import pytest

SPEC = """
model small {
    input 8x8x1
    conv(8, 3x3, pad=same) -> relu -> flatten -> dense(10) -> softmax
}

# Digits as they are.
recipe quick {
    optimizer adam(rate=0.01)
    epochs 2
}
"""


@pytest.fixture
def spec(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.cnn").write_text(SPEC)
    return tmp_path


def test_a_network_learns_and_is_measured(spec, cnndsl):
    status, said, _ = cnndsl("train", "net.cnn", "--backend", "numpy")
    assert status == 0
    assert "training small on numpy by recipe quick: 2 epochs of batches of 32" in said
    with (spec / "runs/quick/log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["epoch"]) for row in rows] == [1, 2]
    best = min(rows, key=lambda row: float(row["held_out_loss"]))
    assert float(best["held_out_accuracy"]) > 0.85
    status, out, _ = cnndsl("evaluate", "net.cnn", "--weights", "runs/quick/best.npz", "--held-out")
    assert status == 0
    assert f"loss      {float(best['held_out_loss']):.4f}" in out
    assert f"accuracy  {float(best['held_out_accuracy']):.2%}" in out


def test_it_goes_on_to_the_bit(spec, cnndsl):
    assert cnndsl("train", "net.cnn", "-b", "numpy", "--out", "whole")[0] == 0
    assert cnndsl("train", "net.cnn", "-b", "numpy", "--out", "parts", "--epochs", "1")[0] == 0
    assert cnndsl("train", "net.cnn", "-b", "numpy", "--out", "parts", "--resume")[0] == 0
    whole, parts = (np.load(f"{one}/last.npz") for one in ("whole", "parts"))
    for name in whole.files:
        if name != "state":
            np.testing.assert_array_equal(whole[name], parts[name])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "net.cnn", "photos"], "photos: there is no such file or folder"),
        (["train", "net.cnn", "--recipe", "quik"], "did you mean `quick`?"),
        (["train", "net.cnn", "--epochs", "0"], "not an integer of at least 1"),
        (["train", "net.cnn", "-b", "numpy", "--with", "precision float16"], "float16"),
        (["evaluate", "net.cnn"], "write `--weights FILE`"),
        (["evaluate", "net.cnn", "--weights", "none.npz"], "none.npz"),
        (["compile", "net.cnn", "--with", "epochs 3"], "write `--train` too"),
    ],
)
def test_misuse_is_said_in_a_line(spec, cnndsl, arguments, words):
    status, out, error = cnndsl(*arguments)
    assert status == 2
    assert words in out + error
    assert "Traceback" not in out + error


def test_a_run_that_is_refused_leaves_all_as_it_was(spec, cnndsl):
    (spec / "bad.npz").write_bytes(b"numbers")
    assert cnndsl("train", "net.cnn", "bad.npz", "-b", "numpy", "-o", "one/two")[0] == 2
    assert sorted(one.name for one in spec.iterdir()) == ["bad.npz", "net.cnn"]
    (spec / "three").mkdir()
    (spec / "three/train.py").write_text("pass\n")
    assert cnndsl("train", "net.cnn", "bad.npz", "-b", "numpy", "-o", "three")[0] == 2
    assert cnndsl("train", "net.cnn", "-b", "numpy", "-o", "three", "--weights", "bad.pth")[0] == 2
    assert [(one.name, one.read_text()) for one in (spec / "three").iterdir()] == [
        ("train.py", "pass\n")
    ]


def test_findings_end_with_one(spec, cnndsl):
    (spec / "net.cnn").write_text(SPEC.replace("optimizer", "optimiser"))
    status, out, _ = cnndsl("train", "net.cnn")
    assert status == 1
    assert "write `optimizer adam`" in out


def test_a_mistake_on_the_command_line_is_no_finding(spec, cnndsl):
    status, _, error = cnndsl("train", "net.cnn", "--with", "optimiser adam")
    assert status == 2
    assert "write `optimizer adam`" in error


def test_a_folder_without_pictures_is_refused_before_anything_is_written(spec, cnndsl):
    (spec / "empty").mkdir()
    status, out, error = cnndsl("train", "net.cnn", "empty", "-b", "numpy")
    assert status == 2
    assert "empty: there are no pictures in folders, one a class" in error
    assert not out
    assert not (spec / "runs").exists()


TWO = """
    model two {
        input 8x8x1
        conv(4, 3x3) -> relu -> flatten as features
        dense(10) -> softmax as kinds
        features -> dense(1) as value
"""


def test_all_outputs_are_trained_and_measured_without_those_for_training_alone(spec, cnndsl):
    model = f"""{TWO}
        features -> dense(10) -> softmax as helper
        output kinds, value
        output helper for training
    }}
    recipe both {{ loss mean_squared_error for value  epochs 1 }}
    """
    (spec / "two.cnn").write_text(model.replace("  epochs", "\n epochs"))
    assert cnndsl("train", "two.cnn", "-b", "numpy")[0] == 0
    status, out, _ = cnndsl("evaluate", "two.cnn", "--weights", "runs/both/best.npz")
    assert status == 0
    assert "loss of kinds" in out
    assert "loss of value" in out
    assert "helper" not in out


def test_losses_are_measured_as_they_are_and_metrics_of_the_first_output(spec, cnndsl):
    model = f"""{TWO}
        output kinds, value
    }}
    recipe both {{
        loss mean_absolute_error(weight=0.25) for value
        metrics mean_squared_error, accuracy
        epochs 1
    }}
    """
    (spec / "two.cnn").write_text(model)
    assert cnndsl("train", "two.cnn", "-b", "numpy")[0] == 0
    with (spec / "runs/both/log.csv").open() as file:
        (row,) = csv.DictReader(file)
    given = "evaluate", "two.cnn", "--weights", "runs/both/best.npz", "--held-out"
    lines = cnndsl(*given).out.splitlines()
    found = {line.split("  ")[0]: line.split("  ")[-1].strip() for line in lines}
    assert found["loss"] == f"{float(row['held_out_loss']):.4f}"
    value, times = found["loss of value"].split(maxsplit=1)
    assert times == "(times 0.25)"
    total = float(found["loss of kinds"]) + 0.25 * float(value)
    assert total == pytest.approx(float(found["loss"]), abs=2e-4)
    assert found["mean_squared_error"] == f"{float(row['held_out_mean_squared_error']):.4f}"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: path.write_bytes(b"numbers"), "it is no .npz file, or a damaged one"),
        (lambda path: path.write_bytes(path.read_bytes()[:900]), "or a damaged one"),
        (lambda path: np.savez(path, state="{}"), "is of another training"),
        ("optimizer sgd(momentum=0.9)", "its optimizer is another"),
        ("--set", "is of another training"),
    ],
)
def test_what_is_no_state_of_this_training_is_refused(spec, cnndsl, spoil, words):
    model = SPEC.replace("small {", "small(classes = 10) {").replace("dense(10)", "dense(classes)")
    (spec / "net.cnn").write_text(model)
    np.savez("data.npz", x=np.zeros((20, 8, 8, 1), np.uint8), y=np.arange(20) % 10)
    written = "compile", "net.cnn", "--train", "-b", "numpy", "-o", "train.py"
    script = sys.executable, "train.py", "--data", "data.npz", "--out", "out", "--resume"
    assert cnndsl(*written)[0] == 0
    subprocess.run([*script, "--epochs", "1"], check=True)
    more = []
    if callable(spoil):
        spoil(spec / "out" / "last.npz")
    else:
        more = ["--set", "classes=12"] if spoil == "--set" else ["--with", spoil]
    assert cnndsl(*written, *more)[0] == 0
    found = subprocess.run(script, capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert "out/last.npz is of another training: " in found.stderr
    assert words in found.stderr
    assert "Traceback" not in found.stderr
