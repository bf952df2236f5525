"""Whether `verify` raises false alarms: random specs, in 32 and 64 bits, gradients and training.

    python tests/fuzz/verification.py [FIRST [COUNT [BACKEND...]]]

Nothing is planted, so that whatever is found is a false alarm, or a fault of a framework.
One spec in six holds and is small enough.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

# Networks as small as these only wait for threads.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from false_alarms import alarms, small_network

CLEARED = 20
"""After how many networks Keras forgets its models, which takes most of a second."""


def main() -> int:
    numbers = [int(one) for one in sys.argv[1:3]]
    first, count = (*numbers, *(0, 200)[len(numbers) :])
    backends = tuple(sys.argv[3:]) or ("keras", "torch")
    tally: Counter[str] = Counter()
    for seed in range(first, first + count):
        network = small_network(seed)
        if network is None:
            continue
        print(f"\rseed {seed}, {dict(tally)}", end="", file=sys.stderr, flush=True)
        tally["networks"] += 1
        found = list(alarms(network, backends))
        tally["with alarms"] += bool(found)
        for one in found:
            print(f"seed {seed}, {one}", flush=True)
        if "keras" in backends and tally["networks"] % CLEARED == 0:
            import keras  # only where it takes part

            keras.backend.clear_session()
    print(dict(tally))
    return bool(tally["with alarms"])


if __name__ == "__main__":
    sys.exit(main())
