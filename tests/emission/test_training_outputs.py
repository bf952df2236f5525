"""Outputs for training alone: there in training, and no cost in inference, in every backend."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import torch
from shares import mostly_slow

import cnndsl
from cnndsl.api import CheckedNetwork
from cnndsl.backend import find_backend
from cnndsl.verify.comparison import Trial

MODEL = """\
block head(classes) { global_avg_pool -> dense(classes) }
model net(classes = 3) {
    input 9x9x3
    conv(4, 3x3) as early -> relu
    BODY
}
"""
BODIES = {
    "from a named value": """
    let aux = early -> head(classes)
    conv(4, 3x3) -> head(classes)
    output aux for training""",
    "from the main line": """
    let aux = conv(2, 1x1) -> dropout(0.5) -> head(classes)
    conv(4, 3x3) -> head(classes)
    output aux for training""",
    "two, the first one last": """
    let one = early -> conv(2, 1x1) -> relu
    let two = one -> head(classes)
    add { conv(4, 3x3, pad=same)
        identity }
    head(classes)
    output two, one for training""",
    "the main line goes on": """
    let logits = head(classes)
    conv(4, 3x3) -> batch_norm -> head(classes)
    output logits
    output main for training""",
    "of a value that is needed anyway": """
    head(classes)
    output early for training""",
    "of branches": """
    let aux = if classes > 2 { early -> conv(2, 1x1) } else { conv(2, 3x3) }
    conv(4, 3x3) -> head(classes)
    output aux for training""",
}
IMAGES = np.random.default_rng(0).standard_normal((2, 9, 9, 3)).astype(np.float32)
by_body = pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)


def network_of(body: str) -> CheckedNetwork:
    return cnndsl.loads(MODEL.replace("BODY", body))


def test_the_language() -> None:
    network = network_of(BODIES["two, the first one last"])
    assert list(network.output_shapes) == ["main", "two", "one"]
    assert network.training_outputs == ("two", "one")
    inference = network.network.inference_cost
    assert inference.params == network.params - (4 * 2 + 2) - (2 * 3 + 3)
    assert "; in training two 3, one 7x7x2" in network.summary()


@pytest.mark.parametrize(
    ("outputs", "code"),
    [
        ("output main for training", "CNN404"),
        ("output early\n output early for training", "CNN404"),
        ("output early for training\n output early for training", "CNN408"),
        ("output erly for training", "CNN204"),
        ("output early for trainings", "CNN125"),
    ],
)
def test_what_is_refused(outputs: str, code: str) -> None:
    found = cnndsl.check(MODEL.replace("BODY", f"relu\n{outputs}"))
    assert code in [one.diagnostic.code for one in found]


@by_body
def test_every_backend_gives_them_in_training_alone(body: str) -> None:
    network = network_of(body)
    total, wanted = (
        len(network.output_shapes),
        len(network.output_shapes) - len(network.training_outputs),
    )
    module = network.build("torch").eval()
    image = torch.from_numpy(IMAGES.transpose(0, 3, 1, 2))
    assert isinstance(module(image), torch.Tensor)
    assert len(module.train()(image)) == total
    if "if" not in body:  # scripting wants the layers of branches that are not taken
        scripted = torch.jit.script(module)
        assert len(scripted(image)) == total
        assert isinstance(scripted.eval()(image), torch.Tensor)
    for backend in ("keras", "numpy"):
        lean, whole = network.build(backend), network.build(backend, training=True)
        assert (len(lean.outputs), len(whole.outputs)) == (wanted, total)
        count = "count_params" if backend == "keras" else "count_parameters"
        assert getattr(lean, count)() == network.network.inference_cost.params
        assert getattr(whole, count)() == network.params
    keras.backend.clear_session()


@by_body
def test_inference_computes_no_layer_that_is_for_training_alone(body: str) -> None:
    network = network_of(body)
    module = network.build("torch").eval()
    called: list[str] = []
    for name, layer in module.named_modules():
        if not list(layer.children()):
            layer.register_forward_hook(lambda *_, name=name: called.append(name))
    module(torch.from_numpy(IMAGES.transpose(0, 3, 1, 2)))
    needed = {one.path for one in network.network.in_inference.needed_layers}
    found = {name.rpartition(".")[0] if name.endswith((".0", ".1")) else name for name in called}
    assert found <= needed


@pytest.mark.parametrize("name", mostly_slow(BODIES, list(BODIES)[:1]))
def test_backends_agree_in_both_modes(name: str) -> None:
    network = network_of(BODIES[name]).network
    verification = Trial(network, batch=2, seed=0, grad=True, train=True)
    for backend in ("torch", "keras", "numpy"):
        for one in verification.compare(find_backend(backend), ("float32", "float64")):
            assert one.first is None, (backend, one)
    keras.backend.clear_session()
