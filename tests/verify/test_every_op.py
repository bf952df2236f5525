"""Every op with any attributes: all backends compute the same, gradients and training included."""

from __future__ import annotations

from random import Random

import pytest
from samples import LAYERS, VECTOR, accepted_calls
from spec_text import in_model, network_of

from cnndsl.backend import find_backend
from cnndsl.ops.base import Op
from cnndsl.values import Shape
from cnndsl.verify.comparison import Trial

CALLS = 3
"""How many of an op's calls stand beside each other."""

SHAPES = (Shape((6, 5, 4)), VECTOR)
CASES = [
    pytest.param(op, shape, marks=[pytest.mark.slow] * ((place + at) % 40 > 0))
    for place, op in enumerate(LAYERS)
    for at, shape in enumerate(SHAPES)
    if accepted_calls(op, shape)
]


@pytest.mark.parametrize(("op", "shape"), CASES, ids=lambda one: getattr(one, "name", str(one)))
def test_backends_agree(op: type[Op], shape: Shape) -> None:
    """In 64 bits, so that nothing but a wrong lowering can differ."""
    calls = accepted_calls(op, shape)
    before = "conv(4, 1x1)" if shape.is_image else f"dense({shape.channels})"
    chosen = Random(op.name).sample(calls, min(CALLS, len(calls)))
    lines = [f"let value{at} = {before} -> {call}" for at, call in enumerate(chosen)]
    outputs = ", ".join(f"value{at}" for at in range(len(chosen)))
    network = network_of(in_model("\n".join([*lines, f"output {outputs}"]), str(shape)))
    trial = Trial(network, grad=True, train=True, batch=3)
    for backend in ("keras", "torch"):
        for found in trial.compare(find_backend(backend), ("float64",)):
            assert found.first is None, (backend, found.first)
