"""Flattened vectors: PyTorch's own order where only dense kernels' rows can tell."""

from __future__ import annotations

import literal_formulas
import numpy as np
import pytest
from cnndsl_torch import live
from cnndsl_torch.backend import BACKEND
from cnndsl_torch.modules import LOWERINGS
from cnndsl_torch.weights import entries, reordered
from samples import ON_IMAGES, ON_VECTORS
from spec_text import in_model, network_of
from torch_emission import assert_exact, built

from cnndsl.ops import OPS

NATIVE = {
    "dense": "flatten -> dense(3)",
    "activations": "flatten -> relu -> dropout(0.5) -> softmax -> tanh -> dense(3)",
    "batch norm": "flatten -> batch_norm -> relu -> batch_norm(center=false) -> dense(3)",
    "part of batch norm": "flatten -> batch_norm(scale=false) -> dense(3, bias=false)",
    "twice": "flatten -> scale(2) -> flatten -> dense(3) -> batch_norm -> dense(2)",
    "two dense": "let a = flatten -> dense(3)\nflatten -> dense(3) -> add(main, a)",
    "one vector, two readers": "flatten as v -> dense(3) as a\nadd { a\nv -> batch_norm -> dense(3) }",  # noqa: E501  # one spec, one line
    "stage": "flatten\nstage head { relu -> batch_norm -> dense(4) -> dense(2) }",
    "repeat": "flatten -> (dense(12) -> batch_norm -> relu) * 2",
    "one pixel": "max_pool(2x3) -> flatten",
    "vector": "global_avg_pool -> flatten",
}
TURNED = {
    "output": "flatten",
    "output through layers": "flatten -> batch_norm -> relu",
    "output by name": "flatten as v -> dense(3)\noutput main, v",
    "merge": "flatten as v -> dense(12)\nadd(v, main)",
    "concat": "concat { flatten -> relu\nglobal_avg_pool } -> dense(3)",
}


@pytest.mark.parametrize("body", NATIVE.values(), ids=NATIVE)
def test_native_order(body: str) -> None:
    code = assert_exact(in_model(body, "2x3x2"))
    assert "FlattenChannelsLast" not in code


@pytest.mark.parametrize("body", TURNED.values(), ids=TURNED)
def test_turned_order(body: str) -> None:
    code = assert_exact(in_model(body, "2x3x2"))
    assert "self.flatten = FlattenChannelsLast()" in code or "= FlattenChannelsLast()" in code


def test_a_single_channel_has_one_order() -> None:
    assert "FlattenChannelsLast" not in assert_exact(in_model("flatten", "3x4x1"))


def test_a_site_that_is_native_for_one_instance_alone() -> None:
    """The block's one flatten leads to a dense layer here and to an output there."""
    code = assert_exact(
        """
        block vector { relu -> flatten }
        model m { input 2x3x2
            let side = vector
            vector -> dense(3)
            output main, side }"""
    )
    assert "self.flatten = FlattenChannelsLast()" in code


def test_a_block_behind_flattens_of_two_sizes() -> None:
    code = assert_exact(
        """
        block head(n) { flatten -> batch_norm -> dense(n) }
        model m { input 4x6x2
            let a = head(3)
            max_pool(2x2) -> head(3) -> add(main, a) }"""
    )
    assert code.count("self.flatten = nn.Flatten()") == 2


def test_rows_of_dense_kernels_are_permuted() -> None:
    network = network_of(in_model("flatten -> batch_norm -> dense(2)", "2x3x4"))
    model = BACKEND.build(network)
    weights = literal_formulas.random_weights(network)
    live.load_weights(model, network, weights)
    state = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    rows = np.arange(24).reshape(2, 3, 4).transpose(2, 0, 1).reshape(-1)
    np.testing.assert_array_equal(state["dense.weight"], weights["dense/kernel"][rows].T)
    np.testing.assert_array_equal(state["dense.bias"], weights["dense/bias"])
    for name, place in LOWERINGS[OPS["batch_norm"]].weights.items():
        expected = weights[f"batch_norm/{name}"][rows]
        np.testing.assert_array_equal(state[f"batch_norm.{place.name}"], expected)


def test_every_entry_goes_there_and_back() -> None:
    on_images, on_vectors = (
        [calls[0].text for calls in one if LOWERINGS[calls[0].op_class].weights]
        for one in (ON_IMAGES, ON_VECTORS)
    )
    on_images = [one for one in on_images if "attention(" not in one]
    attending = ["multi_head_attention(2)"]
    for bias in ("offsets", "distances", "mlp"):
        attending += ["conv(6, 1x1)", f"attention(1, 2, bias={bias})"]
    images = [*on_images, "standardized_conv(4, 1x1, scale=0.5)", *attending]
    layers = [*images, "flatten", *on_vectors]
    text = in_model(f"{' -> '.join(layers)} -> dense(2)", "15x16x4")
    network = network_of(text)
    state = built(text).state_dict()
    kinds = set()
    for entry in entries(network):
        kinds.add((entry.layer.op.name, entry.weight.name))
        array = np.random.default_rng(0).normal(size=entry.weight.shape)
        turned = entry.from_canonical(array)
        assert turned.shape == tuple(state[entry.state_key].shape)
        np.testing.assert_array_equal(entry.to_canonical(turned), array)
    assert kinds == {(one.op.name, name) for one in LOWERINGS for name in one.weights}


@pytest.mark.parametrize("rest", [(), (5,), (2, 3)])
def test_reordered_is_its_own_inverse(rest: tuple[int, ...]) -> None:
    image = network_of(in_model("relu", "2x3x4")).input_shape
    array = np.random.default_rng(0).normal(size=(24, *rest))
    there = reordered(array, image, to_rows=True)
    assert not np.array_equal(there, array)
    np.testing.assert_array_equal(reordered(there, image, to_rows=False), array)
