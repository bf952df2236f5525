"""`cnndsl`, and `python -m cnndsl`: the command line as a process of its own."""

from __future__ import annotations

import sys

from .interruption import end_quietly


def main() -> int:
    """Run the command that the process was started with, and give its exit status."""
    end_quietly()
    return run()


def run() -> int:
    from .cli import main  # deferred: an interruption meanwhile is to be quiet as well

    return main()


if __name__ == "__main__":
    sys.exit(main())
