"""A command line to test in this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from command_line import Command, Outcome

from cnndsl.cli import main


@pytest.fixture
def cnndsl(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command in this process."""

    def run(*arguments: object) -> Outcome:
        capsys.readouterr()
        status = main([str(one) for one in arguments])
        return Outcome(status, *capsys.readouterr())

    return run


@pytest.fixture(autouse=True, scope="module")
def _forget_keras_models() -> Iterator[None]:
    """Once a module: each time takes most of a second, for it collects garbage."""
    yield
    import keras

    keras.backend.clear_session()
