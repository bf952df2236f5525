"""A command line to test in the same process."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from command_line import BROKEN, SMALL, Command, Outcome

from cnndsl.cli import main


@pytest.fixture
def cnndsl(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command in this process, on these bytes as standard input."""

    def run(*arguments: object, stdin: bytes | None = None) -> Outcome:
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        status = main([str(one) for one in arguments])
        return Outcome(status, *capsys.readouterr())

    return run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of specs that is the current one."""
    (tmp_path / "small.cnn").write_text(SMALL)
    (tmp_path / "broken.cnn").write_text(BROKEN)
    (tmp_path / "two.cnn").write_text(
        "model first { input 3\n dense(2) }\nmodel second { input 3\n dense(4) }\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path
