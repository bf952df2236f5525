"""The golden reports: each spec of `tests/diagnostics/golden` has what `check` prints beside it.

    python tests/support/golden_reports.py --write

writes them anew. Read the difference as a user would before committing it.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from cnndsl.cli import main as command

FOLDER = Path(__file__).parents[1] / "diagnostics" / "golden"
SPECS = sorted(FOLDER.glob("*.cnn"))


def report_of(spec: Path) -> str:
    """What `check` prints of a spec, without the time that it took, and its exit status."""
    before = os.getcwd()
    output = io.StringIO()
    os.chdir(FOLDER)
    try:
        with redirect_stdout(output), redirect_stderr(output):
            status = command(["check", "--quiet", "--output-format", "text", spec.name])
    finally:
        os.chdir(before)
    return f"{output.getvalue()}\nexit status {status}\n"


def main(arguments: list[str]) -> int:
    if arguments != ["--write"]:
        print((__doc__ or "").strip(), file=sys.stderr)
        return 2
    for spec in SPECS:
        spec.with_suffix(".txt").write_bytes(report_of(spec).encode())
    print(f"{len(SPECS)} reports in {FOLDER}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
