"""What `verify` finds in random networks in which nothing is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from random_specs import random_spec
from spec_text import module_of

from cnndsl.backend import find_backend
from cnndsl.diagnostics.base import SpecError
from cnndsl.ir.network import Network
from cnndsl.project.loading import choose_model, elaborate_model
from cnndsl.verify.comparison import Trial

DTYPES = ("float32", "float64")
LARGEST = 20
"""How many layers a network has at most; larger ones take long and show no more."""


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
