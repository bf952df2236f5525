"""`cnndsl`, and `python -m cnndsl`: the command line as a process of its own."""

from __future__ import annotations

import gc
import sys

from .interruption import end_quietly

NEW_OBJECTS = 100_000
"""After so many more the collector looks for garbage. Imports and specs leave next to none."""


def main() -> int:
    """Run the command that the process was started with, and give its exit status."""
    end_quietly()
    gc.set_threshold(NEW_OBJECTS)
    status = run()
    gc.freeze()  # the process ends here: what is left need not be searched for garbage
    return status


def run() -> int:
    from .cli import main  # deferred: an interruption meanwhile is to be quiet as well

    return main()


if __name__ == "__main__":
    sys.exit(main())
