"""`cnndsl completion`: what the shells complete, asked of the shells that are here."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from command_line import Command

from cnndsl.commands import COMMANDS

ASK = """
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _cnndsl
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def completed(script: str, folder: Path, words: str) -> set[str]:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not here")
    text = script + ASK.format(words=words)
    done = subprocess.run(
        [bash, "-c", text], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return set(done.stdout.split())


def test_bash(cnndsl: Command, folder: Path) -> None:
    script = cnndsl("completion", "bash").out
    assert completed(script, folder, "cnndsl ''") >= set(COMMANDS)
    assert completed(script, folder, "cnndsl summary --d") == {"--depth"}
    assert completed(script, folder, "cnndsl summary --format ''") == {
        "text", "json", "csv", "markdown",
    }  # fmt: skip
    assert completed(script, folder, "cnndsl completion ''") == {"bash", "zsh", "fish"}
    for words in ("compile --backend", "run -b", "train --backend", "verify --backends"):
        assert completed(script, folder, f"cnndsl {words} ''") == {"keras", "torch", "numpy"}
    assert completed(script, folder, "cnndsl verify --dtype f") == {"float32", "float64"}
    assert completed(script, folder, "cnndsl summary --sort ''") == {"parameters", "macs"}
    assert completed(script, folder, "cnndsl check sm") == {"small.cnn"}
    assert completed(script, folder, "cnndsl diff resnet5") == {
        "resnet50", "resnet50v2", "resnet50_signs",
    }  # fmt: skip
    assert completed(script, folder, "cnndsl zoo s") == {"show"}
    assert completed(script, folder, "cnndsl weights --byte") == set()


def test_the_other_shells(cnndsl: Command, folder: Path) -> None:
    bash, zsh, fish = (cnndsl("completion", name).out for name in ("bash", "zsh", "fish"))
    assert zsh.endswith(bash)
    assert "-n '__fish_seen_subcommand_from summary' -l depth\n" in fish
    assert "-l output-format -xa 'text concise json" in fish
    for name, text in (("zsh", zsh), ("fish", fish)):
        if shell := shutil.which(name):
            subprocess.run([shell, "-n"], input=text, text=True, check=True)


def test_another_shell(cnndsl: Command) -> None:
    status, out, err = cnndsl("completion", "tcsh")
    assert (status, out) == (2, "")
    assert "no shell is named `tcsh`" in err
