"""What holds for all tests."""

from __future__ import annotations

import os
import random
import sys
import zlib

# Workers that share the cores gain nothing from threads: those of the libraries would only wait for
# each other. Set before anything imports NumPy or a framework.
if "PYTEST_XDIST_WORKER" in os.environ:
    for threads in ("OPENBLAS_NUM", "OMP_NUM", "TF_NUM_INTRAOP", "TF_NUM_INTEROP"):
        os.environ.setdefault(f"{threads}_THREADS", "1")

import pytest
from command_line import Command, Outcome
from hypothesis import settings

from cnndsl.cli import main

# Every run tries the same examples and draws the same weights; HYPOTHESIS_PROFILE=explore looks for
# new ones.
settings.register_profile("same", derandomize=True)
settings.register_profile("explore", derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

CI = ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "CI_PROJECT_DIR")


@pytest.fixture(autouse=True)
def _as_at_a_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line looks around for a CI service; the tests run as if there were none."""
    for name in CI:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _same_draws(request: pytest.FixtureRequest) -> None:
    """What a test draws depends on its name alone: not on the tests that ran before it."""
    if settings.get_current_profile_name() != "same":
        return
    seed = zlib.crc32(request.node.nodeid.encode())
    random.seed(seed)
    for module, name in (("torch", "manual_seed"), ("keras.utils", "set_random_seed")):
        if module in sys.modules:
            getattr(sys.modules[module], name)(seed)


@pytest.fixture
def cnndsl(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command in this process."""

    def run(*arguments: object) -> Outcome:
        capsys.readouterr()
        status = main([str(one) for one in arguments])
        return Outcome(status, *capsys.readouterr())

    return run
