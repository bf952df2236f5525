"""`layer_scale` is a parameter of the class that it stands in, and a module in sequences."""

from __future__ import annotations

import torch
from spec_text import network_of

import cnndsl
from cnndsl.backend import find_backend
from cnndsl.verify.comparison import Trial

SPEC = """
block scaled(before = true) {
    if before { layer_scale(0.5) as first }
    conv(4, 1x1) -> layer_scale as last
}
model m {
    input 6x5x4
    scaled -> scaled(false)
    layer_scale * 2 as row
    add {
        identity
        relu -> layer_scale(2)
    } -> global_avg_pool -> layer_scale as of_vector
}
"""
SHAPES = {
    "scaled1.first": (4, 1, 1),
    "scaled1.last": (4, 1, 1),
    "scaled2.last": (4, 1, 1),
    "row.0.weight": (4,),
    "row.1.weight": (4,),
    "layer_scale": (4, 1, 1),
    "of_vector": (4,),
}


def test_keys_and_shapes() -> None:
    module = cnndsl.loads(SPEC).build("torch")
    state = module.state_dict()
    found = {key: tuple(value.shape) for key, value in state.items() if "conv" not in key}
    assert found == SHAPES
    assert float(state["scaled1.first"].mean()) == 0.5
    own = [key for key in state if "." not in key]
    assert own == [*state][: len(own)], "a module's own parameters come first"


def test_numbers_and_gradients_are_those_of_the_reference() -> None:
    trial = Trial(network_of(SPEC), grad=True, train=True)
    for comparison in trial.compare(find_backend("torch"), ("float64",)):
        assert comparison.first is None, comparison.first


def test_it_can_be_scripted() -> None:
    module = cnndsl.loads(SPEC).build("torch").eval()
    image = torch.rand(2, 4, 6, 5)
    with torch.no_grad():
        torch.testing.assert_close(torch.jit.script(module)(image), module(image))
