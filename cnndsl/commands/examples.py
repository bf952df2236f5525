"""The examples of the catalogue, run as a person would run them."""

from __future__ import annotations

import os
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from io import StringIO
from tempfile import TemporaryDirectory

from ..diagnostics.base import Failure
from .failure import FAILED, complain, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..diagnostics.catalogue import Case


def run(case: Case) -> tuple[int | None, str]:
    """The exit status of a case's command and what it prints; no status where it is not run."""
    if case.output is not None:
        return None, case.output
    output = StringIO()
    command, *arguments = case.command.split()
    if command == "check":
        arguments += ["--quiet", "--output-format", "text"]
    before = os.getcwd()
    with TemporaryDirectory() as folder, redirect_stdout(output), redirect_stderr(output):
        for name, text in case.files:
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        os.chdir(folder)
        try:
            status: int = import_module(f".{command}", __package__).main(arguments)
        except Failure as failure:
            complain(shown(failure))
            status = FAILED
        finally:
            os.chdir(before)
    return status, output.getvalue()
