"""What holds for all tests."""

from __future__ import annotations

import os

# Workers that share the cores gain nothing from threads: those of the libraries would only wait for
# each other. Set before anything imports NumPy or a framework.
if "PYTEST_XDIST_WORKER" in os.environ:
    for threads in ("OPENBLAS_NUM", "OMP_NUM", "TF_NUM_INTRAOP", "TF_NUM_INTEROP"):
        os.environ.setdefault(f"{threads}_THREADS", "1")

import pytest
from command_line import Command, Outcome
from hypothesis import settings

from cnndsl.cli import main

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


@pytest.fixture
def cnndsl(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command in this process."""

    def run(*arguments: object) -> Outcome:
        capsys.readouterr()
        status = main([str(one) for one in arguments])
        return Outcome(status, *capsys.readouterr())

    return run
