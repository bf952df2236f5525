"""`cnndsl explain`: the catalogue."""

from __future__ import annotations

import pydoc

import pytest
from command_line import Command

from cnndsl.commands import explain
from cnndsl.diagnostics.catalogue import codes, documentation
from cnndsl.ops import OPS


@pytest.mark.parametrize("word", ["CNN301", "cnn301", "301", "paths-differ", "Paths_Differ"])
def test_explain(cnndsl: Command, word: str) -> None:
    status, out, err = cnndsl("explain", word)
    assert (status, err) == (0, "")
    assert out.startswith("CNN301 paths-differ (error)\n\nAn elementwise merge ")
    assert "^^^^^^^^ this path is still 56x56x256" in out
    assert "\n\nMended:\n\n" in out


def test_all_are_listed(cnndsl: Command) -> None:
    status, out, _ = cnndsl("explain")
    assert status == 0
    listed = [line.split()[0] for line in out.splitlines()]
    assert listed == sorted(listed) == list(codes())
    assert len(listed) > 40


def test_every_diagnostic_explains_itself() -> None:
    for code, diagnostic in codes().items():
        assert code.startswith("CNN")
        assert len(code) == 6
        assert documentation(diagnostic).strip(), code


def test_each_op_explains_itself(cnndsl: Command) -> None:
    for name, op in OPS.items():
        status, out, err = cnndsl("explain", name)
        assert (status, err) == (0, "")
        assert out.startswith(name)
        assert all(f"\n{one}" in out for one in op.attributes)
    out = cnndsl("explain", "conv").out
    assert "\nstride = 1x1\n    a size such as 3x3, or one integer for a square: step of" in out
    assert "conv-1: the dilated kernel fits into the padded image\n" in out
    assert "did you mean `max_pool`?" in cnndsl("explain", "max_pol").err


def test_what_is_longer_than_the_terminal_is_paged(
    cnndsl: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    paged: list[str] = []
    monkeypatch.setattr(pydoc, "pager", paged.append)
    whole = cnndsl("explain").out
    assert paged == []
    monkeypatch.setattr(explain, "terminal_width", lambda: 80)
    monkeypatch.setenv("LINES", "20")
    assert cnndsl("explain").out == ""
    assert paged == [whole]
    assert cnndsl("explain", "relu").out.startswith("relu")
