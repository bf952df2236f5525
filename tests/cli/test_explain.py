"""`cnndsl explain`: the catalogue."""

from __future__ import annotations

import pytest
from command_line import Command

from cnndsl.commands.explain import catalogue, documentation


@pytest.mark.parametrize("word", ["CNN301", "cnn301", "301", "paths-differ", "Paths_Differ"])
def test_explain(cnndsl: Command, word: str) -> None:
    assert cnndsl("explain", word) == (
        0,
        "CNN301 paths-differ (error)\n\n"
        "An elementwise merge (`add`, `multiply`) joins paths whose shapes are not equal.\n",
        "",
    )


def test_all_are_listed(cnndsl: Command) -> None:
    status, out, _ = cnndsl("explain")
    assert status == 0
    codes = [line.split()[0] for line in out.splitlines()]
    assert codes == sorted(codes) == list(catalogue())
    assert len(codes) > 40


def test_every_diagnostic_explains_itself() -> None:
    for code, diagnostic in catalogue().items():
        assert code.startswith("CNN")
        assert len(code) == 6
        assert documentation(diagnostic).strip(), code
