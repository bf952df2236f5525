"""What holds for all tests."""

from __future__ import annotations

import pytest

CI = ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "CI_PROJECT_DIR")


@pytest.fixture(autouse=True)
def _as_at_a_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line looks around for a CI service; the tests run as if there were none."""
    for name in CI:
        monkeypatch.delenv(name, raising=False)
