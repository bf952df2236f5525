"""The golden reports: every word that `check` prints of a broken spec, for people to read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from golden_reports import FOLDER, SPECS, main, report_of

from cnndsl.diagnostics.catalogue import codes

HINT = "run `python tests/support/golden_reports.py --write`, and read the difference"
ELSEWHERE = {
    "CNN106",
    "CNN209",
    "CNN210",
    "CNN411",
    "CNN502",
    "CNN503",
    "CNN504",
    "CNN908",
    "CNN909",
} | {code for code in codes() if code.startswith("CNN7")}
"""What a plain check of a readable spec cannot bring about: options, locks, backends."""


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_report(spec: Path) -> None:
    assert report_of(spec) == spec.with_suffix(".txt").read_bytes().decode(), HINT


def test_there_are_many_and_none_is_left_over() -> None:
    assert len(SPECS) >= 80
    assert {path.stem for path in FOLDER.glob("*.txt")} == {spec.stem for spec in SPECS}


def test_they_cover_the_catalogue() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.txt"))
    seen = set(re.findall(r"^(CNN\d{3}) ", text, re.MULTILINE))
    assert set(codes()) - seen - ELSEWHERE == set()


def test_writing_needs_its_flag(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "--write" in capsys.readouterr().err
