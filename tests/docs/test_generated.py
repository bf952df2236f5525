"""Every generated file is as its generator makes it, and one command rewrites them all."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cnndsl import generate
from cnndsl.generate import GENERATED, ROOT, main


@pytest.mark.parametrize("path", GENERATED)
def test_it_is_up_to_date(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    assert text == GENERATED[path](text), "run `python -m cnndsl.generate`"


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the chapter on ops, the only file to generate, which is out of date."""
    path = "docs/language.md"
    monkeypatch.setattr(generate, "GENERATED", {path: GENERATED[path]})
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / path, tmp_path / path)
    file = tmp_path / path
    file.write_text(file.read_text().replace("### conv\n", "### convolution\n"))
    return tmp_path


def test_what_is_stale_is_told_and_written(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = copy / "docs/language.md"
    stale = file.read_text()
    assert main(["--check"], copy) == 1
    assert capsys.readouterr().out == "docs/language.md is stale\n"
    assert file.read_text() == stale
    assert main([], copy) == 0
    assert capsys.readouterr().out == "docs/language.md was written\n"
    assert file.read_bytes() == (ROOT / "docs/language.md").read_bytes()
    for arguments in ([], ["--check"]):
        assert main(arguments, copy) == 0
        assert capsys.readouterr().out == "docs/language.md is up to date\n"


def test_what_cannot_be_made(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / "docs/language.md").write_text("no marks")
    assert main([], copy) == 2
    assert capsys.readouterr().err.startswith("cannot generate docs/language.md: the marks")
    assert (copy / "docs/language.md").read_text() == "no marks"
