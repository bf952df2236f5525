"""No small file stops `check`: whatever it says, there is a report after a moment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "fuzz/bombs.py"
FILES = sorted((Path(__file__).parent / "evaluation").glob("*.cnn"))


def run(*arguments: object) -> str:
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_files_that_ran_without_end() -> None:
    assert len(FILES) > 10
    assert ", 0 failed" in run(*FILES)


@pytest.mark.parametrize("command", ["summary", "compile --backend torch"])
def test_networks_without_layers(command: str) -> None:
    """However often blocks without layers are called, other commands end as well."""
    assert ", 0 failed" in run(
        *(one for one in FILES if "layerless" in one.name), "--command", command
    )


def test_files_made_to_take_long() -> None:
    """`tests/fuzz/bombs.py` goes on from there."""
    assert ", 0 failed" in run("--count", 13)


@pytest.mark.slow
def test_more_files_made_to_take_long() -> None:
    assert ", 0 failed" in run("--count", 27, "--seed", 13)


@pytest.mark.slow
def test_fixes_of_files_made_to_take_long() -> None:
    assert ", 0 failed" in run("--count", 80, "--seed", 40, "--command", "check --fix")


def test_a_command_that_is_none_is_no_success() -> None:
    assert "no such command?" in run("--count", 1, "--command", "check --no-such-option")


def test_words_made_to_take_long() -> None:
    assert ", 0 failed" in run("--count", 13, "--command", "explain {text}")


def test_files_whose_parameters_do_much() -> None:
    """Each of these once took more than ten seconds, or 6 GB."""
    compiled = "compile --backend {} --model {{model}}"
    for seed, command in ((61, compiled.format("torch")), (48, compiled.format("keras"))):
        assert ", 0 failed" in run(
            "--sort", "parametric", "--seed", seed, "--count", 1, "--command", command
        )
    assert ", 0 failed" in run(
        "--sort", "parametric", "--seed", 25, "--count", 1, "--command", "diff {path} {path}"
    )


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["keras", "torch"])
def test_compiling_files_whose_parameters_do_much(backend: str) -> None:
    command = f"compile --backend {backend} --model {{model}}"
    assert ", 0 failed" in run(
        "--sort", "parametric", "--count", 11, "--seed", 11, "--command", command
    )


@pytest.mark.long
def test_every_command_on_files_made_to_take_long() -> None:
    for sort in ("plain", "parametric", "mixed"):
        report = run("--every", "--count", 143, "--sort", sort)
        assert report.count(", 0 failed") == report.count(" files, ") > 15
