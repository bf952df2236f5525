"""Pages of the documentation that are worked through from top to bottom, as a reader would.

A fence with `file=NAME` writes that file, and a `console` one has commands with what they print. A
line `...` there stands for any lines, and times do not count.

    python tests/support/pages.py [--slow] PAGE...

runs pages and writes what commands print into them; `--slow` those as well that build models.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from cnndsl.cli import main

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("quick-start.md", "tutorial.md", "transfer-learning.md")
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SESSION = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
SLOW = ("verify", "train", "evaluate", "run", "weights")
"""The commands that build models: with all else that needs a framework, they run when asked to."""
TIMES = re.compile(r"\b\d+(?:\.\d+)? m?s\b")
ELIDED = "..."


class Step(NamedTuple):
    """Something to do."""

    row: int
    file: str | None
    """The file to write, or None for a command."""
    command: str
    text: str
    """What goes into the file, or what the command prints."""
    start: int
    """Where that begins in the page."""

    @property
    def is_slow(self) -> bool:
        words = self.command.split()
        return words[:1] == ["python"] or bool({*words[1:2]} & {*SLOW})


def steps_of(page: str) -> list[Step]:
    """What the page has its reader do, in order."""
    found: list[Step] = []
    for match in FENCE.finditer(page):
        row = page.count("\n", 0, match.start()) + 1
        language, marks, text = match.groups()
        file = re.search(r"\bfile=(\S+)", marks)
        if file:
            found.append(Step(row, file[1], "", text, match.start(3)))
        elif language == "console":
            for session in SESSION.finditer(text):
                start = match.start(3) + session.start(2)
                found.append(Step(row, None, session[1], session[2], start))
    return found


def work_through(
    page: str, folder: Path, with_slow: bool, see: Callable[[Step, str], None]
) -> None:
    """Do what a page says, in a folder, and hand over each command with what it printed."""
    with chdir(folder):
        for step in steps_of(page):
            if step.file is not None:
                Path(step.file).parent.mkdir(parents=True, exist_ok=True)
                Path(step.file).write_text(step.text, encoding="utf-8")
            elif with_slow or not step.is_slow:
                see(step, printed_by(step))


def printed_by(step: Step) -> str:
    """What a command prints, errors too."""
    words = shlex.split(step.command)
    if not step.is_slow:
        assert words[0] == "cnndsl", step.command
        with redirect_stdout(StringIO()) as out, redirect_stderr(out):
            main(words[1:])
        return out.getvalue()
    start = ["-m", "cnndsl"] if words[0] == "cnndsl" else []
    done = subprocess.run(
        [sys.executable, *start, *words[1:]], capture_output=True, text=True, check=False
    )
    return done.stdout or done.stderr


def agrees(printed: str, shown: str) -> bool:
    """Whether what was printed is what the page shows."""
    pattern = re.escape(TIMES.sub("0 s", shown)).replace(re.escape(f"{ELIDED}\n"), r"(?:.*\n)*")
    return re.fullmatch(pattern, TIMES.sub("0 s", printed)) is not None


def rewrite(path: Path, with_slow: bool) -> None:
    """Write what the commands of a page print into it, where that differs."""
    page = path.read_text(encoding="utf-8")
    changes: list[tuple[Step, str]] = []

    def see(step: Step, printed: str) -> None:
        if not agrees(printed, step.text):
            changes.append((step, printed))

    with TemporaryDirectory() as folder:
        work_through(page, Path(folder), with_slow, see)
    for step, printed in reversed(changes):
        page = page[: step.start] + printed + page[step.start + len(step.text) :]
    path.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    chosen = [one for one in sys.argv[1:] if one != "--slow"]
    for name in chosen or PAGES:
        rewrite(DOCS / name, "--slow" in sys.argv)
