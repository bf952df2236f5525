"""The Inception networks: parameters and shapes as built, training, and the size of their code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import pytest
import torch
from model_shapes import shapes_in
from shares import mostly_slow

import cnndsl
from cnndsl import CheckedNetwork
from cnndsl.backend import find_backend

ZOO = Path(__file__).parents[2] / "specs" / "cnndsl_zoo"


class Totals(NamedTuple):
    """Parameters as Keras counts them; quick tests leave out what takes many seconds to build."""

    params: int
    trainable: int
    outputs: tuple[str, ...] = ("1000",)
    is_quick: bool = False


FAMILY = {
    # 64 x (192 + 1) + 128 x (9 x 192 + 1) + 32 x (25 x 192 + 1)
    "inception_module_naive": Totals(387_296, 387_296, ("28x28x416",), is_quick=True),
    "inception_module": Totals(163_696, 163_696, ("28x28x256",), is_quick=True),
    "inception_v1": Totals(13_354_200, 13_354_200, ("1000",) * 3, is_quick=True),
    "inception_v2": Totals(11_305_256, 11_285_224),
    "inception_v3": Totals(23_851_784, 23_817_352),
    "inception_v4": Totals(42_742_984, 42_679_816),
    "inception_resnet_v1": Totals(22_783_368, 22_756_328),
    "inception_resnet_v2": Totals(32_466_792, 32_433_928),
}

by_name = pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if one.is_quick else [pytest.mark.slow])
        for name, one in FAMILY.items()
    ],
)
by_backend = pytest.mark.parametrize("backend", ["keras", "torch"])


@pytest.fixture(autouse=True)
def clear_memory(request: pytest.FixtureRequest) -> Iterator[None]:
    """Large models are let go of at once, which takes a second."""
    yield
    if any(map(request.node.get_closest_marker, ("slow", "long"))):
        keras.backend.clear_session()


def counted(model: Any) -> tuple[int, int]:
    """All parameters and the trainable ones of a live model.

    In PyTorch all that is saved counts, but for a normalisation's count of batches, a scalar.
    """
    if isinstance(model, keras.Model):
        trainable = sum(int(np.prod(one.shape)) for one in model.trainable_weights)
        return int(model.count_params()), trainable
    saved = sum(one.numel() for one in model.state_dict().values() if one.ndim)
    return saved, sum(one.numel() for one in model.parameters())


@pytest.mark.parametrize("name", FAMILY)
def test_totals(name: str) -> None:
    network = cnndsl.load(name)
    assert (network.params, network.trainable_params) == FAMILY[name][:2]
    shapes = ["x".join(map(str, shape)) for shape in network.output_shapes.values()]
    assert tuple(shapes) == FAMILY[name].outputs


def test_every_inception_network_is_listed() -> None:
    from cnndsl.project import zoo

    assert {one.name for one in zoo.entries() if one.name.startswith("inception")} == FAMILY.keys()


@by_backend
@by_name
def test_a_built_model_has_the_parameters_and_shapes_foretold(name: str, backend: str) -> None:
    network = cnndsl.load(name)
    model = network.build(backend, training=True)
    assert counted(model) == FAMILY[name][:2]
    shapes = shapes_in(backend, model, network.network)
    merges = {view.path for view in network.layers if view.op.merges}
    expected = {view.path: view.shape.dims for view in network.layers}
    assert expected.keys() - shapes.keys() <= (merges if backend == "torch" else set())
    assert shapes == {path: expected[path] for path in shapes}


STAGES = {
    # Szegedy et al. 2015, table 1, with 4d as the spec says
    "inception_v1": {
        "lrn1": "56x56x64",
        "max_pool2": "28x28x192",
        "inception3a.concat": "28x28x256",
        "inception3b.concat": "28x28x480",
        "inception4a.concat": "14x14x512",
        "inception4d.concat": "14x14x512",
        "inception4e.concat": "14x14x832",
        "inception5b.concat": "7x7x1024",
        "aux1.avg_pool": "4x4x512",
        "aux2.flatten": "2048",
    },
    # Szegedy et al. 2016, table 1: 35x35x288, 17x17x768, 8x8x1280, 8x8x2048
    "inception_v3": {
        "mixed5.2.concat": "35x35x288",
        "mixed6.0.concat": "17x17x768",
        "mixed6.4.concat": "17x17x768",
        "mixed7.0.concat": "8x8x1280",
        "mixed7.2.concat": "8x8x2048",
    },
    # Szegedy et al. 2017, figures 9 and 15
    "inception_v4": {
        "stem.concat3": "35x35x384",
        "mixed5.3.concat": "35x35x384",
        "reduction_a.concat": "17x17x1024",
        "mixed6.6.concat": "17x17x1024",
        "reduction_b.concat": "8x8x1536",
        "mixed7.2.concat": "8x8x1536",
    },
    "inception_resnet_v1": {
        "stem.6.relu": "35x35x256",
        "mixed5.4.add": "35x35x256",
        "reduction_a.concat": "17x17x896",
        "mixed6.9.add": "17x17x896",
        "residual_reduction_b.concat": "8x8x1792",
        "mixed7.4.add": "8x8x1792",
    },
}


@pytest.mark.parametrize("name", STAGES)
def test_stages_of_the_paper(name: str) -> None:
    shapes = {view.path: str(view.shape) for view in cnndsl.load(name).layers}
    assert {path: shapes.get(path) for path in STAGES[name]} == STAGES[name]


def test_dimension_reduction_saves_more_than_half() -> None:
    naive, reduced = cnndsl.load("inception_module_naive"), cnndsl.load("inception_module")
    assert reduced.params < naive.params / 2
    assert reduced.macs < naive.macs / 2


# Training


SMALL = {
    "with_heads": """
        import auxiliary_head, conv_relu, inception from "inception_v1.cnn"
        model with_heads {
            input 24x24x3
            conv_relu(8, 3x3) -> max_pool(3x3, stride=2, pad=same) -> lrn
            inception(8, 4, 8, 4, 8, 8) as first    : 12x12x32
            inception(8, 4, 8, 4, 8, 8) as second   : 12x12x32
            global_avg_pool -> dense(5) -> softmax
            let aux1 = first -> auxiliary_head(5)
            let aux2 = second -> auxiliary_head(5)
            output main, aux1, aux2
        }
    """,
    "normalised": """
        import inception, reduction from "inception_v2.cnn"
        model normalised {
            input 16x16x3
            inception(4, 4, 4, 4, 4, 4) -> reduction(4, 4, 4, 4)    : 8x8x24
            inception(4, 4, 4, 4, 4, 4, is_max=true)
            global_avg_pool -> dense(5) -> softmax
        }
    """,
    "asymmetric": """
        import inception_a, inception_b, reduction_a, fork from "inception_v3_blocks.cnn"
        model asymmetric {
            input 16x16x3
            inception_a(4) -> reduction_a -> inception_b(4) -> fork(4)     : 7x7x8
            global_avg_pool -> dense(5) -> softmax
        }
    """,
    "residual": """
        import reduction_a, residual_a, residual_factorised from "inception_v4_blocks.cnn"
        model residual {
            input 16x16x8
            residual_a(4, 4) -> reduction_a(4, 4, 4, 4)
            residual_factorised(4, 4, 4, 4, 1x7, 7x1) * 2    : 7x7x16
            global_avg_pool -> dense(5) -> softmax
        }
    """,
}


def small(name: str) -> CheckedNetwork:
    return cnndsl.loads(SMALL[name], name=str(ZOO / f"{name}.cnn"))


def batch_for(network: CheckedNetwork) -> tuple[Any, Any]:
    random = np.random.default_rng(4)
    images = random.standard_normal((6, *network.input_shape)).astype("float32")
    return images, np.arange(6) % 5


def keras_losses(model: Any, images: Any, labels: Any) -> tuple[float, float]:
    """The loss in inference mode before and after one step."""
    count = len(model.outputs)
    losses = ["sparse_categorical_crossentropy"] * count
    model.compile(keras.optimizers.SGD(0.02), losses, run_eagerly=True)
    targets = [labels] * count
    before = np.ravel(model.test_on_batch(images, targets))[0]
    model.train_on_batch(images, targets)
    model.reset_metrics()
    return float(before), float(np.ravel(model.test_on_batch(images, targets))[0])


def torch_losses(model: Any, images: Any, labels: Any) -> tuple[float, float]:
    """The same for PyTorch."""
    turned = torch.from_numpy(images.transpose(0, 3, 1, 2).copy())
    target = torch.from_numpy(labels)

    def loss() -> torch.Tensor:
        outputs = model(turned)
        listed = outputs if isinstance(outputs, tuple) else (outputs,)
        return sum(torch.nn.functional.nll_loss(one.log(), target) for one in listed)  # type: ignore[return-value]  # never empty

    before = float(loss_in_inference(model, loss))
    model.train()
    loss().backward()
    torch.optim.SGD(model.parameters(), 0.02).step()
    return before, float(loss_in_inference(model, loss))


def loss_in_inference(model: Any, loss: Any) -> torch.Tensor:
    model.eval()
    with torch.no_grad():
        value: torch.Tensor = loss()
    return value


@pytest.mark.parametrize("name", mostly_slow(SMALL, ["with_heads"]))
def test_one_step_lowers_the_loss(name: str) -> None:
    network = small(name)
    images, labels = batch_for(network)
    losses = {"keras": keras_losses, "torch": torch_losses}
    for backend, measure in losses.items():
        keras.utils.set_random_seed(1)
        torch.manual_seed(1)
        before, after = measure(network.build(backend), images, labels)
        assert after < before, backend


@pytest.mark.parametrize("name", mostly_slow(SMALL, ["with_heads"]))
def test_the_backends_agree(name: str) -> None:
    """With random statistics and biases, which a fresh model has at one and zero."""
    network = small(name)
    images, _ = batch_for(network)
    random = np.random.default_rng(5)
    backends = [find_backend(one) for one in ("numpy", "keras", "torch")]
    models = [network.build(one.name) for one in backends]
    weights = {
        path: array + random.uniform(0.0, 0.2, array.shape).astype("float32")
        for path, array in backends[0]
        .runtime.weights.read_weights(models[0], network.network)
        .items()
    }
    outputs = []
    for backend, model in zip(backends, models, strict=True):
        backend.runtime.weights.load_weights(model, network.network, weights)
        outputs.append(backend.runtime.models.predict(model, images))
    assert len(outputs[0]) == len(network.output_shapes)
    for others in outputs[1:]:
        for reference, other in zip(outputs[0], others, strict=True):
            np.testing.assert_allclose(other, reference, rtol=1e-4, atol=1e-6)


# Emitted code


MOST_LINES = 220


def code_lines(text: str) -> int:
    """Lines that are not blank, comment or docstring."""
    strings: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            strings |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = enumerate(text.splitlines(), start=1)
    return sum(
        bool(line.strip()) and not line.lstrip().startswith("#") and number not in strings
        for number, line in lines
    )


@by_backend
def test_inception_v3_is_short(backend: str) -> None:
    text = cnndsl.load("inception_v3").emit(backend)
    assert 100 < code_lines(text) <= MOST_LINES


@by_backend
def test_one_definition_for_each_block(backend: str) -> None:
    """No block is written twice for the sake of padding, strides or kernels."""
    for name in FAMILY:
        tree = ast.parse(cnndsl.load(name).emit(backend))
        docstrings = [ast.get_docstring(node) or "" for node in tree.body if hasattr(node, "name")]
        blocks = [text.split(" (")[0] for text in docstrings if text.startswith("Block")]
        assert len(blocks) == len(set(blocks)), name
