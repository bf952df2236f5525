"""Hold emitted signatures against the checker: `python tests/fuzz/parametric.py --count 5000`.

Every parameter that emitted code keeps is given three other values, and what the real framework
builds is compared with the network that the checker gives for them. Ends with status 1 if any
differs without a word, or fails otherwise than with a `ValueError` that names the parameter.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from parametric_judges import EXACT, REFUSED, judged
from parametric_specs import parametric_spec

import cnndsl
from cnndsl.backend import find_backend
from cnndsl.diagnostics.base import SpecError


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--count", type=int, default=5000, help="how many specs that hold")
    parser.add_argument("--seed", type=int, default=1000, help="where to start (default: 1000)")
    parser.add_argument("--backend", default="torch", help="keras, torch or numpy")
    given = parser.parse_args()
    backend = find_backend(given.backend)
    started = time.perf_counter()
    tally: Counter[str] = Counter()
    failures, seed = 0, given.seed
    while tally["specs"] < given.count:
        text, values = parametric_spec(seed)
        seed += 1
        try:
            cnndsl.loads(text)
        except SpecError:
            continue
        tally["specs"] += 1
        try:
            for verdict in judged(backend, text, values):
                tally["values"] += 1
                if verdict.outcome in (EXACT, REFUSED):
                    tally[verdict.outcome] += 1
                    continue
                failures += 1
                print(f"seed {seed - 1}: {verdict}", flush=True)
        except Exception as error:
            failures += 1
            print(f"seed {seed - 1}: {type(error).__name__}: {error}", flush=True)
        if tally["specs"] % 50 == 0:
            seconds = time.perf_counter() - started
            print(f"{dict(tally)} in {seconds:.0f} s; {failures} failures", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
