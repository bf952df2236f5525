"""Check damaged specs, many of them: `python tests/fuzz/long.py --count 100000`.

Prints its progress, the worst time and the peak memory, and ends with status 1 if a check raised
an error, took more than a second of processor time or more than 500 MB of memory. What fails is
written to a folder, to be looked at.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from listed_specs import listed
from mutations import LONGEST_SECONDS, check, damaged, zoo_texts
from random_specs import random_spec

MOST_MEBIBYTES = 500
BATCH = 200
LIMIT = 3.0
"""Seconds of processor time after which a check is stopped, to say where it was."""


def stop(_signal: int, _frame: object) -> None:
    raise TimeoutError


def run_batch(seed: int) -> tuple[float, float, list[tuple[str, str]]]:
    """Check a batch of damaged specs: the worst seconds, the peak memory, and what failed."""
    random = Random(seed)
    texts = zoo_texts()
    worst, failures = 0.0, []
    signal.signal(signal.SIGVTALRM, stop)
    for number in range(BATCH):
        made = random_spec(random.randrange(10**9)) if number % 4 else listed(random)
        whole = random.choice(texts) if number % 2 else made
        text = damaged(whole, random)
        signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
        try:
            seconds = check(text)
            if seconds > LONGEST_SECONDS:
                seconds = min(seconds, check(text))  # unless something else slowed it down
        except Exception:
            failures.append((text, traceback.format_exc()))
            continue
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        worst = max(worst, seconds)
        if seconds > LONGEST_SECONDS:
            failures.append((text, f"took {seconds:.2f} s\n"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return worst, peak, failures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--count", type=int, default=100_000, help="how many (default: 100000)")
    parser.add_argument("--seed", type=int, default=0, help="where to start (default: 0)")
    parser.add_argument("--processes", type=int, default=2, help="how many at a time (default: 2)")
    given = parser.parse_args()
    batches = -(-given.count // BATCH)
    started = time.perf_counter()
    worst = peak = 0.0
    failures: list[tuple[str, str]] = []
    seeds = range(given.seed, given.seed + batches)
    with multiprocessing.get_context("fork").Pool(given.processes) as pool:
        for number, (seconds, mebibytes, failed) in enumerate(
            pool.imap_unordered(run_batch, seeds)
        ):
            worst, peak = max(worst, seconds), max(peak, mebibytes)
            failures += failed
            if number % 25 == 24 or number + 1 == batches:
                done = (number + 1) * BATCH
                print(
                    f"{done:,} checked in {time.perf_counter() - started:.0f} s, "
                    f"worst {worst:.2f} s, peak {peak:.0f} MB, {len(failures)} failed",
                    flush=True,
                )
    if failures:
        folder = Path(tempfile.mkdtemp(prefix="cnndsl-fuzz-"))
        for number, (text, reason) in enumerate(failures):
            (folder / f"{number}.cnn").write_text(text, newline="")
            (folder / f"{number}.txt").write_text(reason)
        print(f"failures are in {folder}; the first one:\n{failures[0][1]}")
    if peak > MOST_MEBIBYTES:
        print(f"the peak memory of {peak:.0f} MB is more than {MOST_MEBIBYTES} MB")
    return 1 if failures or peak > MOST_MEBIBYTES else 0


if __name__ == "__main__":
    sys.exit(main())
