"""What people do with a PyTorch module, for every op in every form that emitted code has for it."""

from __future__ import annotations

import copy
import io
import pickle
import re
import warnings
from collections.abc import Callable
from typing import Any

import literal_formulas
import numpy as np
import pytest
import torch
from cnndsl_torch import live
from cnndsl_torch.backend import BACKEND
from cnndsl_torch.dialect import DIALECT
from op_forms import every_form, some_forms
from samples import IMAGES, LAYERS, VECTOR
from shares import mostly_long
from spec_text import in_model, network_of
from torch.ao.quantization import get_default_qat_qconfig_mapping, get_default_qconfig_mapping
from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx, prepare_qat_fx
from torch_emission import assert_exact
from zoo_networks import on_small_images

from cnndsl.emit.validation.execution import Session
from cnndsl.ir.network import Network
from cnndsl.ops.base import Op
from cnndsl.values import Shape
from cnndsl.weights.random import random_weights

BATCH = torch.export.Dim("batch")
ZOO = ("alexnet", "inception_v1", "resnet18", "torchvision/googlenet")


def listed(outputs: Any) -> tuple[Any, ...]:
    return outputs if isinstance(outputs, tuple) else (outputs,)


def assert_same(found: Any, expected: Any, tolerance: float = 1e-4) -> None:
    """Each output differs by no more than a share of the largest value."""
    for one, other in zip(listed(found), listed(expected), strict=True):
        assert one.shape == other.shape
        scale = max(1.0, float(other.abs().max()))
        torch.testing.assert_close(
            one.float(), other.float(), rtol=0, atol=tolerance * scale, check_stride=False
        )


def more(images: torch.Tensor) -> torch.Tensor:
    """A larger batch."""
    return torch.cat([images, images.flip(0), images[:1]])


# The uses


def export(model: Any, images: torch.Tensor) -> None:
    exported = torch.export.export(model, (images,), dynamic_shapes=({0: BATCH},)).module()
    assert_same(exported(more(images)), model(more(images)))


def script(model: Any, images: torch.Tensor) -> None:
    scripted = torch.jit.script(model)
    assert_same(scripted(more(images)), model(more(images)))
    file = io.BytesIO()
    torch.jit.save(scripted, file)
    file.seek(0)
    assert_same(torch.jit.load(file)(images), model(images))


def trace(model: Any, images: torch.Tensor) -> None:
    assert_same(torch.jit.trace(model, images)(more(images)), model(more(images)))


def symbolic_trace(model: Any, images: torch.Tensor) -> None:
    traced = torch.fx.symbolic_trace(model)
    assert_same(traced(more(images)), model(more(images)))
    assert_same(torch.jit.script(traced)(images), model(images))


def without_partial_norms(mapping: Any, model: Any) -> Any:
    """A mapping that leaves normalisations without scale or shift as they are, as one must."""
    for name, module in model.named_modules():
        is_norm = isinstance(module, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d)
        if is_norm and (module.weight is None or module.bias is None):
            mapping.set_module_name(name, None)
    return mapping


def quantize(model: Any, images: torch.Tensor) -> None:
    mapping = without_partial_norms(get_default_qconfig_mapping("x86"), model)
    prepared = prepare_fx(model, mapping, (images,))
    assert_same(prepared(images), model(images))
    found = convert_fx(prepared)(images)
    assert [one.shape for one in listed(found)] == [one.shape for one in listed(model(images))]


def train_quantized(model: Any, images: torch.Tensor) -> None:
    mapping = without_partial_norms(get_default_qat_qconfig_mapping("x86"), model)
    prepared = prepare_qat_fx(model.train(), mapping, (images,))
    prepared(images)
    convert_fx(prepared.eval())(images)


def compiled(model: Any, images: torch.Tensor) -> None:
    """One graph, forward and backward, and for another batch size."""
    found = torch.compile(model, fullgraph=True, backend="aot_eager", dynamic=True)
    assert_same(found(images), model(images))
    assert_same(found(more(images)), model(more(images)))
    if list(model.parameters()):
        torch.stack([one.square().sum() for one in listed(found(images))]).sum().backward()
    torch.compiler.reset()


def autocast(model: Any, images: torch.Tensor) -> None:
    expected = model(images)
    with torch.autocast("cpu", torch.bfloat16):
        assert_same(model(images), expected, 0.1)
        outputs = listed(model.train()(images))
    if list(model.parameters()):
        torch.stack([one.float().square().sum() for one in outputs]).sum().backward()


def deep_copy(model: Any, images: torch.Tensor) -> None:
    assert_same(copy.deepcopy(model)(images), model(images))


def pickled(model: Any, images: torch.Tensor) -> None:
    assert_same(pickle.loads(pickle.dumps(model))(images), model(images))


def state(model: Any, images: torch.Tensor) -> None:
    """A state dict fills a model that was made without memory of its own."""
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    file.seek(0)
    with torch.device("meta"):
        fresh = type(model)().eval()
    fresh.load_state_dict(torch.load(file), assign=True)
    assert_same(fresh(images), model(images))


USES: tuple[Callable[[Any, torch.Tensor], None], ...] = (
    *(export, script, trace, symbolic_trace, quantize, train_quantized, compiled),
    *(autocast, deep_copy, pickled, state),
)
QUICK = (script, state)
"""Those that take about a second for all ops at once."""


def put_to(use: Callable[[Any, torch.Tensor], None], network: Network) -> None:
    """Use a model of the network with random weights on random images."""
    model = BACKEND.build(network).eval()
    live.load_weights(model, network, random_weights(network, 0))
    images = torch.from_numpy(literal_formulas.random_images(network).astype(np.float32))
    batch = images.permute(0, 3, 1, 2) if images.ndim == 4 else images
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch deprecates TorchScript and its own quantisation
        use(model, batch.contiguous())


# What is used


@pytest.mark.parametrize(
    "use",
    [pytest.param(use, marks=[] if use in QUICK else pytest.mark.slow) for use in USES],
    ids=lambda use: use.__name__,
)
@pytest.mark.parametrize("shape", mostly_long([IMAGES[0], VECTOR], [IMAGES[0]]), ids=str)
def test_all_ops(use: Callable[[Any, torch.Tensor], None], shape: Shape) -> None:
    put_to(use, network_of(some_forms(shape)))


@pytest.mark.long
@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
@pytest.mark.parametrize("op", LAYERS, ids=lambda op: op.name)
def test_every_form(op: type[Op], use: Callable[[Any, torch.Tensor], None]) -> None:
    for shape in (IMAGES[0], VECTOR):
        text = every_form(op, shape)
        if text is not None:
            put_to(use, network_of(text))


@pytest.mark.long
@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
@pytest.mark.parametrize("name", ZOO)
def test_networks(name: str, use: Callable[[Any, torch.Tensor], None]) -> None:
    put_to(use, on_small_images(name).network)


SELDOM = {
    "stage s { layer_scale -> relu }": "9x8x4",
    "conv_transpose(3, 2x3, stride=2, pad=same)": "9x8x4",
    "resize(41x41)": "4x4x1",
    "avg_pool(3x3, stride=1, pad=(1, 0, 1, 0))": "9x8x4",
}
"""What takes a helper in few forms, and the image that does."""


@pytest.mark.slow
def test_forms_have_every_helper() -> None:
    texts = [every_form(op, shape) for op in LAYERS for shape in (IMAGES[0], VECTOR)]
    texts += [in_model(body, shape) for body, shape in SELDOM.items()]
    words: set[str] = set()
    for text in filter(None, texts):
        words.update(re.findall(r"\w+", BACKEND.emit(network_of(text)).text))
    assert set(DIALECT.support) <= words


CONDITIONS = """\
block part(n, deep = false) {
    if deep { conv(n, 1) -> relu } else { sigmoid }
    if n > 3 { tanh -> selu }
    if not deep { softplus -> relu6 } else { gelu -> silu }
}
model net { input 4x4x4
 part(4) -> part(3, true) -> part(2) -> part(5, deep=true) }
"""
SAME = """\
block half(kernel, stride = 2) { conv(4, kernel, stride, pad=same) -> relu }
model net { input 17x16x3
 half(3) -> half(2) -> half(1x3, stride=1) -> half(1) -> half(2, stride=3) }
"""


@pytest.mark.parametrize("use", QUICK[:2], ids=lambda use: use.__name__)
@pytest.mark.parametrize("text", [CONDITIONS, SAME])
def test_conditions_and_padding(text: str, use: Callable[[Any, torch.Tensor], None]) -> None:
    put_to(use, network_of(text))


@pytest.mark.parametrize("kernel", ["1", "3", "1x4"])
def test_same_padding_is_computed_without_branches(kernel: str) -> None:
    """For kernels below and above the stride, and images that leave any rest."""
    block = SAME.splitlines()[0]
    for side in range(1, 12):
        body = f"half(4, stride=3) -> half({kernel}, stride=3)"
        network = network_of(f"{block}\nmodel net {{ input {side}x{side + 5}x3\n {body} }}\n")
        assert "SameConv2d" in BACKEND.emit(network).text
        weights = literal_formulas.random_weights(network)
        model = BACKEND.build(network)
        live.load_weights(model, network, weights)
        images = literal_formulas.random_images(network)
        expected = literal_formulas.evaluate(network, weights, images)
        np.testing.assert_allclose(live.predict(model, images)[0], expected[0], atol=1e-4)


@pytest.mark.parametrize("kernel", [1, 2, 3, 4])
def test_same_padding_at_stride_one_is_the_frameworks_own(kernel: int) -> None:
    """Also of a kernel that is a parameter, whose even values pad one side more."""
    block = "block part(kernel) { conv(4, kernel, pad=same) }\n"
    text = block + "model net(kernel = 3) { input 9x8x3\n part(kernel) }\n"
    emitted = BACKEND.emit(network_of(text)).text
    assert 'padding="same"' in emitted
    assert "SameConv2d" not in emitted
    names: dict[str, Any] = {}
    exec(emitted, names)  # noqa: S102  # our own text
    network = network_of(text.replace("kernel = 3", f"kernel = {kernel}"))
    weights = literal_formulas.random_weights(network)
    model = names["Net"](kernel=kernel)
    live.load_weights(model, network, weights)
    images = literal_formulas.random_images(network)
    expected = literal_formulas.evaluate(network, weights, images)
    np.testing.assert_allclose(live.predict(model, images)[0], expected[0], atol=1e-5)


@pytest.mark.parametrize("body", ["(tanh -> relu) * 600", "relu\n" * 1200])
def test_very_deep_networks(body: str) -> None:
    network = network_of(f"model net {{ input 4x4x2\n {body} }}\n")
    model = BACKEND.build(network)
    assert len(network.layers) == 1200
    assert live.predict(model, literal_formulas.random_images(network))[0].shape[1:] == (4, 4, 2)


RESIZES = """
block fuse(filters, by = bilinear) {
    input fine, coarse
    conv(filters, 1x1) as side
    coarse -> conv(filters, 1x1) -> resize(fine.size, bicubic)
    resize(fine.size, by) -> add(side, main)
}
model net(width = 4) {
    input 12x10x3
    conv(width, 3x3, stride=2, pad=1) -> relu as fine
    max_pool(2) as coarse
    (fine, coarse) -> fuse(width) as one
    (fine, coarse) -> fuse(width, bicubic) as two
    coarse -> resize(one.size) as three
    coarse -> resize(one.size) as four
    for i in range(2) {
        max_pool(2)
        tanh as kept[]
        resize(fine.size, bilinear, align_corners=true)
    }
    kept[0] -> resize(two.size, nearest_floor) -> concat(main, one, two, three, four)
    stage last { resize(fine.size) }
}
"""


def test_sizes_of_other_values_are_read() -> None:
    """Where PyTorch's words say it, and the value is one of the method: not in a sequence."""
    network = network_of(RESIZES)
    code = BACKEND.emit(network).text
    assert code.count("F.interpolate(") == 4
    assert 'F.interpolate(x, size=fine.shape[-2:], mode="bicubic")' in code
    assert "nn.Upsample(size=(6, 5), mode=by)" in code
    assert "nn.Sequential(nn.Upsample(size=(6, 5)))" in code
    assert_exact(RESIZES)
    for use in (export, script, symbolic_trace):
        put_to(use, network)


def test_a_wrong_size_of_another_value_is_found() -> None:
    network = network_of(RESIZES)
    text = BACKEND.emit(network).text
    for old, new in (("one.shape", "x.shape"), ("[-2:]", "[-3:-1]"), ("bicubic", "bilinear")):
        assert old in text
        session = Session(text.replace(old, new), "Net", DIALECT.stand_ins)
        assert session.run(network, {}) is not None
