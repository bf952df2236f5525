"""The pages to work through print what they show, from top to bottom."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import DOCS, PAGES, Step, agrees, work_through


@pytest.mark.parametrize(
    "with_slow", [False, pytest.param(True, marks=pytest.mark.long)], ids=["quick", "all"]
)
@pytest.mark.parametrize("page", PAGES)
def test_a_page(page: str, with_slow: bool, tmp_path: Path) -> None:
    seen: list[str] = []

    def see(step: Step, printed: str) -> None:
        seen.append(step.command)
        assert agrees(printed, step.text), f"{page}:{step.row}: {step.command}\n{printed}"

    work_through((DOCS / page).read_text(encoding="utf-8"), tmp_path, with_slow, see)
    assert seen


def test_what_agrees() -> None:
    assert agrees("a\n2 errors (3 ms)\n", "a\n2 errors (40 ms)\n")
    assert agrees("a\nb\nc\n", "a\n...\nc\n")
    assert not agrees("a\nb\n", "a\nc\n")
    assert not agrees("a\nb\n", "a\n")
