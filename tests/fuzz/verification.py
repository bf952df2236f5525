"""Whether `verify` raises false alarms: random specs, in 32 and 64 bits, gradients and training.

    python tests/fuzz/verification.py [FIRST [COUNT [BACKEND...]]]

Nothing is planted, so that whatever is found is a false alarm, or a fault of a framework.
One spec in six holds and is small enough.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

# Networks as small as these only wait for threads.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from random_specs import random_spec
from spec_text import module_of

from cnndsl.backend import find_backend
from cnndsl.ir.network import Network
from cnndsl.project.loading import SpecError, choose_model, elaborate_model
from cnndsl.verify.comparison import Trial

DTYPES = ("float32", "float64")
LARGEST = 20
"""How many layers a network has at most; larger ones take long and show no more."""
CLEARED = 20
"""After how many networks Keras forgets its models, which takes most of a second."""


def small_network(seed: int) -> Network | None:
    """The network of a random spec, where that holds and is small."""
    module = module_of(random_spec(seed))
    if module.findings:
        return None
    try:
        network = elaborate_model(choose_model(module, None), {})
    except SpecError:
        return None
    return network if network.cost.layers <= LARGEST else None


def alarms(network: Network, backends: tuple[str, ...]) -> Iterator[str]:
    """What `verify` finds in a network that all backends lower rightly."""
    trial = Trial(network, grad=True, train=True)
    for name in backends:
        try:
            inspection, comparisons = trial.examined(find_backend(name), DTYPES)
        except Exception as error:  # of any kind: it is the backend's
            yield f"{name}: {type(error).__name__}: {str(error)[:200]}"
            continue
        if inspection is not None:
            for flaw in inspection.flaws:
                yield f"{name}: {flaw.what} {flaw.found}, expected {flaw.expected}"
        for one in comparisons:
            if one.first is not None:
                first = one.first
                place = f"{one.dtype} {one.mode} {first.kind} of {first.layer.path}"
                yield f"{name}: {place}: {first.error:.1e}, tolerance {first.tolerance:.0e}"


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
