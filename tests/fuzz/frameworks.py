"""Hold the checker against Keras and PyTorch: `python tests/fuzz/frameworks.py --count 20000`.

The tests do the first two thousand. This goes on from there, and ends with status 1 if the three
disagree on whether a spec holds or on any layer's shape.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from agreement import MODELS, disagreements


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--count", type=int, default=20_000, help="how many (default: 20000)")
    parser.add_argument("--seed", type=int, default=1000, help="where to start (default: 1000)")
    given = parser.parse_args()
    files = -(-given.count // MODELS)
    started = time.perf_counter()
    tally: Counter[str] = Counter()
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(files):
            for problem in disagreements(given.seed + number, Path(folder), tally):
                failures += 1
                print(problem, flush=True)
            if number % 40 == 39 or number + 1 == files:
                seconds = time.perf_counter() - started
                print(
                    f"{(number + 1) * MODELS:,} specs in {seconds:.0f} s: {tally['accepted']:,} "
                    f"accepted with {tally['layers']:,} layers, {tally['refused']:,} refused, "
                    f"{tally['emitted']:,} emitted; {failures} disagreements",
                    flush=True,
                )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
