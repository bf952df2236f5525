"""`cnndsl explain`: the catalogue."""

from __future__ import annotations

import pytest
from command_line import Command

from cnndsl.diagnostics.catalogue import codes, documentation


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
