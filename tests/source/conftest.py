"""What the tests of rendered source share: the formatter that judges it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def ruff_format() -> Callable[[str], str]:
    """A function that gives source as `ruff format` leaves it with its default settings."""
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")
    if ruff is None:
        pytest.skip("ruff is not installed")
    command = [ruff, "format", "--isolated", "--no-cache", "--stdin-filename", "module.py", "-"]

    def formatted(text: str) -> str:
        done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    return formatted
