"""What holds for all tests."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# Every run tries the same examples; HYPOTHESIS_PROFILE=explore looks for new ones.
settings.register_profile("same", derandomize=True)
settings.register_profile("explore", derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

CI = ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "CI_PROJECT_DIR")


@pytest.fixture(autouse=True)
def _as_at_a_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line looks around for a CI service; the tests run as if there were none."""
    for name in CI:
        monkeypatch.delenv(name, raising=False)
