"""Models with several inputs in every backend: the same values, and gradients of each input."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import literal_formulas
import numpy as np
import pytest
from cnndsl_numpy import live as numpy_live
from cnndsl_numpy.backend import BACKEND as NUMPY
from emission_makers import MAKERS
from live_outputs import outputs_for
from spec_text import network_of

from cnndsl.backend import Artifact, Backend, find_backend, live_parts
from cnndsl.diagnostics.base import SpecError
from cnndsl.emit.validation.execution import Session
from cnndsl.verify.comparison import Trial
from cnndsl.verify.probe_weights import cotangents_for

SPEC = """
block encoder(filters) {
    conv(filters, 3x3, pad=same) -> tanh -> avg_pool(2x2)
}
block meet(units) {
    input first, second
    (first, second) -> cross as one, other
    concat(one, other) -> dense(units)
}
block cross {
    input first, second
    let turned = second -> dense(in.channels)
    add(main, turned) -> sigmoid
    output main, turned
}
model inner(size = 6) {
    input image: (size, 4, 3), code: 5
    let wide = image -> flatten -> dense(5)
    (wide, code) -> meet(4)
}
model net(units = 3, deep = true) {
    input left: 6x4x3, right: 5x7x3, code: 5
    share tower = encoder(4)
    let one = left -> tower -> global_avg_pool
    let other = right -> tower -> global_avg_pool
    (one, other) -> meet(units) as both
    (left, code) -> inner as nested
    if deep { let more = code -> dense(units) -> tanh
              concat(both, nested, more) } else { concat(both, nested) }
    dense(units)
    output main, nested
}
"""
"""Images of two sizes and a vector; shared layers, blocks of several values, and a model inside."""

BACKENDS = ["torch", "numpy", pytest.param("keras", marks=pytest.mark.slow)]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("deep", [True, False])
def test_backends_compute_what_the_layers_say(backend: str, deep: bool) -> None:
    network = network_of(SPEC, "net", deep=deep)
    images, weights = (
        make(network) for make in (literal_formulas.random_images, literal_formulas.random_weights)
    )
    expected = literal_formulas.evaluate(network, weights, images)
    found = outputs_for(find_backend(backend), network, weights, images)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def by_numpy(model: Any, batches: list[Any], cotangents: Any) -> Any:
    model.forward(batches, differentiable=True)
    return model.backward(*cotangents)


def by_torch(model: Any, batches: list[Any], cotangents: Any) -> Any:
    import torch
    from cnndsl_torch import live

    tensors = [live.as_batch(model, one).requires_grad_() for one in batches]
    loss = live.weighted_sum(model(*tensors), cotangents)
    gradients = torch.autograd.grad(loss, tensors)
    return [live.to_canonical(one, None) for one in gradients]


def by_keras(model: Any, batches: list[Any], cotangents: Any) -> Any:
    import tensorflow as tf
    from cnndsl_keras import live

    tensors = [tf.constant(one) for one in batches]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        loss = live.weighted_sum(model(tensors), cotangents)
    return [one.numpy() for one in tape.gradient(loss, tensors)]


@pytest.mark.parametrize(
    ("backend", "gradients"),
    [("torch", by_torch), pytest.param("keras", by_keras, marks=pytest.mark.slow)],
)
def test_gradients_of_each_input_are_those_of_numpy(
    backend: str, gradients: Callable[..., Any]
) -> None:
    network = network_of(SPEC, "net")
    batches = [one.astype(np.float64) for one in literal_formulas.random_images(network)]
    cotangents = cotangents_for(network, 2, 0)
    weights = literal_formulas.random_weights(network)
    found = []
    for maker, of_inputs in ((NUMPY, by_numpy), (find_backend(backend), gradients)):
        model = maker.build(network, "float64")
        live_parts(maker, "comparing")[1].load_weights(model, network, weights)
        found.append(of_inputs(model, batches, cotangents))
    for one, other, batch in zip(*found, batches, strict=True):
        assert one.shape == batch.shape
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


def test_numpys_gradients_are_the_differences_of_the_loss() -> None:
    network = network_of(SPEC, "net")
    model = NUMPY.build(network, "float64")
    batches = [one.astype(np.float64) for one in literal_formulas.random_images(network)]
    cotangents = cotangents_for(network, 2, 0)
    for gradient, batch in zip(by_numpy(model, batches, cotangents), batches, strict=True):
        place = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
        losses = []
        for step in (1e-5, -1e-5):
            batch[place] += step
            pairs = zip(model.forward(batches), cotangents, strict=True)
            losses.append(sum(float((one * other).sum()) for one, other in pairs))
            batch[place] -= step
        assert (losses[0] - losses[1]) / 2e-5 == pytest.approx(gradient[place], rel=1e-6)


FORMS = {
    "torch": [
        "self, left: Tensor, right: Tensor, code: Tensor\n    ) -> tuple[Tensor, Tensor]:",
        "def forward(self, image: Tensor, code: Tensor) -> Tensor:",
        "nested = self.nested(left, code)",
    ],
    "keras": [
        'left = keras.Input(shape=(6, 4, 3), name="left")',
        'code = keras.Input(shape=(5,), name="code")',
        'return keras.Model([left, right, code], [x, nested], name="net")',
    ],
    "numpy": [
        "right = cn.Input((5, 7, 3))",
        'cn.Model([left, right, code], [x, nested], name="net")',
    ],
}


@pytest.mark.parametrize("backend", FORMS)
def test_code_has_the_names_of_inputs(backend: str) -> None:
    code = find_backend(backend).emit(network_of(SPEC, "net")).text
    for line in FORMS[backend]:
        assert line in code


ALTERED = {
    "keras": [
        ("keras.Model([left, right", "keras.Model([right, left"),
        ('name="left"', 'name="right"'),
        ("[left, right, code]", "[left, right]"),
        ("shape=(5, 7, 3)", "shape=(5, 7, 4)"),
    ],
    "numpy": [
        ("cn.Model([left, right", "cn.Model([right, left"),
        ("cn.Input((5, 7, 3))", "cn.Input((7, 5, 3))"),
    ],
    "torch": [("left: Tensor, right: Tensor, code", "right: Tensor, left: Tensor, code")],
}


@pytest.mark.parametrize(
    ("backend", "before", "after"),
    [(backend, *pair) for backend, pairs in ALTERED.items() for pair in pairs],
)
def test_validation_finds_inputs_that_are_others(backend: str, before: str, after: str) -> None:
    network = network_of(SPEC, "net")
    text = find_backend(backend).emit(network).text
    _, framework, _ = MAKERS[backend]
    entry = "Net" if backend == "torch" else "net"
    assert Session(text, entry, framework).run(network, {}) is None
    altered = re.sub(re.escape(before), after, text)
    assert altered != text
    assert Session(altered, entry, framework).run(network, {}) is not None


def test_numpy_trains_on_several_inputs() -> None:
    network = network_of(
        "model m { input a: 4, b: 3\n concat(a, b) -> dense(8) -> tanh -> dense(2) -> softmax }"
    )
    generator = np.random.default_rng(0)
    batches = [generator.standard_normal((60, size)) for size in (4, 3)]
    labels = (batches[0].sum(axis=1) > batches[1].sum(axis=1)).astype(int)
    model = NUMPY.build(network)
    history = model.fit(batches, labels, epochs=300, validation=(batches, labels), seed=0)
    assert history[-1].accuracy > 0.9 > history[0].accuracy
    assert model.predict(batches).shape == (60, 2)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (np.zeros((2, 4)), "takes a tuple of 2 arrays"),
        ([np.zeros((2, 4))], "takes a tuple of 2 arrays"),
        ([np.zeros((2, 4)), np.zeros((3, 3))], "as many of each input, found 2, 3"),
        ([np.zeros((2, 4)), np.zeros((2, 4))], r"a batch of shape \(m, 3\), found shape \(2, 4\)"),
    ],
)
def test_numpy_says_what_it_takes(given: Any, complaint: str) -> None:
    model = NUMPY.build(network_of("model m { input a: 4, b: 3\n concat(a, b) }"))
    with pytest.raises(ValueError, match=complaint):
        model.forward(given)


def test_a_library_model_reaches_all_its_inputs() -> None:
    import cnndsl_numpy as cn

    one, other = cn.Input(3), cn.Input(3)
    with pytest.raises(ValueError, match="no output depends on input 2"):
        cn.Model([one, other], cn.Relu(name="relu")(one))
    assert numpy_live.predict(
        cn.Model([one, other], cn.Add(name="add")([one, other])), (np.ones((1, 3)), np.ones((1, 3)))
    )[0].tolist() == [[2.0, 2.0, 2.0]]


def test_a_backend_says_that_it_takes_one_input() -> None:
    backend = Backend("single", lambda network: Artifact(".txt", network.name))
    with pytest.raises(SpecError) as error:
        backend.emit(network_of(SPEC, "net"))
    (finding,) = error.value.findings
    wanted = "the single backend cannot emit model `net`: it takes one input"
    assert finding.diagnostic.message == wanted
    assert backend.emit(network_of("model m { input a: 3\n relu }")).text == "m"


@pytest.mark.slow
def test_torch_compilers_take_several_inputs() -> None:
    import torch

    network = network_of(SPEC, "net")
    model = find_backend("torch").build(network).eval()
    images = literal_formulas.random_images(network)
    tensors = tuple(
        torch.from_numpy(one.transpose(0, 3, 1, 2).copy() if one.ndim == 4 else one)
        for one in images
    )
    expected = model(*tensors)
    exported = torch.export.export(model, tensors).module()
    for other in (torch.jit.script(model), torch.fx.symbolic_trace(model), exported):
        for one, found in zip(expected, other(*tensors), strict=True):
            torch.testing.assert_close(found, one)


@pytest.mark.parametrize(
    "lines",
    [
        "input 4x5x3\n let a = conv(2, 1x1)\n output main, a",
        "input image: 4x5x3, code: 5\n image -> conv(2, 1x1)\n let d = code -> dense(3)\n"
        " output image, d, code, main",
    ],
)
def test_an_output_can_be_an_input(lines: str) -> None:
    trial = Trial(network_of(f"model m {{ {lines} }}"), grad=True, train=True)
    _, comparisons = trial.examined(find_backend("torch"), ("float32", "float64"))
    assert len(comparisons) == 4
    assert all(one.first is None for one in comparisons)


SHARED = """
block meet(units) {
    input first, second
    let turned = second -> dense(units)
    add(first, turned) -> batch_norm -> relu
    output main, turned
}
model net {
    input x: 3, y: 4, z: 4
    share both = meet(3)
    share last = layer_scale
    (x, y) -> both as a, b
    (a, z) -> both as c, d
    let one = c -> last
    let other = d -> last
    output a, b, one, other
}
"""
"""A block of several values with one set of weights, called on its own outputs."""


@pytest.mark.parametrize("backend", BACKENDS)
def test_shared_blocks_of_several_values(backend: str) -> None:
    network = network_of(SHARED)
    images, weights = (
        literal_formulas.random_images(network),
        literal_formulas.random_weights(network),
    )
    expected = literal_formulas.evaluate(network, weights, images)
    found = outputs_for(find_backend(backend), network, weights, images)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    code = find_backend(backend).emit(network).text
    if backend == "torch":
        assert (code.count("self.both = "), code.count("self.last = ")) == (1, 1)
