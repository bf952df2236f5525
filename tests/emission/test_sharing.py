"""Layers and blocks that several calls share: one set of weights, in every backend."""

from __future__ import annotations

import re
from pathlib import Path

import literal_formulas
import numpy as np
import pytest
from cnndsl_numpy import live
from cnndsl_numpy.backend import BACKEND as NUMPY
from emission_makers import MAKERS
from literal_formulas import random_images
from live_outputs import outputs_for
from spec_text import network_of
from torch_emission import assert_exact

from cnndsl.backend import find_backend
from cnndsl.cli import main
from cnndsl.emit.validation.execution import Session
from cnndsl.emit.validation.ladder import Ladder
from cnndsl.report.layer_table import plain
from cnndsl.weights.random import random_weights

SPEC = """
block unit(filters) { conv(filters, 3x3, pad=same, bias=false) -> batch_norm -> prelu }
block head(filters) {
    share inner = unit(filters)
    inner -> relu -> inner
    (conv(in.channels, 1x1) -> tanh) * 2
    add { identity
          conv(in.channels, 1x1) }
}
model net(filters = 3, deep = true) {
    input 8x6x3
    share heads = head(filters)
    share last = dense(5)
    conv(filters, 3x3, pad=same) -> relu as early
    max_pool(2x2) as late
    let a = early -> heads
    let b = late -> heads
    if deep { let c = late -> heads
              add(b, c) } else { late -> conv(filters, 1x1) }
    add { heads -> heads
          early -> max_pool(2x2) -> conv(filters, 1x1) -> heads }
    flatten -> last as x
    let z = early -> conv(36, 1x1) -> global_avg_pool -> last
    output x, z, a
}
"""
"""Calls at several sizes, in paths and branches, inside each other; a dense layer that is entered
by pixels in one call and by channels in the other."""


@pytest.mark.parametrize("filters", [3, 4])
@pytest.mark.parametrize("deep", [True, False])
def test_torch_calls_one_attribute(filters: int, deep: bool) -> None:
    spec = SPEC.replace("conv(36, 1x1)", f"conv({12 * filters}, 1x1)")
    code = assert_exact(spec, filters=filters, deep=deep)
    assert len(re.findall(r"^ +self\.heads = Head\(", code, re.MULTILINE)) == 1
    assert len(re.findall(r"= self\.heads\(", code)) >= 5


@pytest.mark.parametrize("backend", ["keras", "numpy"])
def test_functions_make_layers_once(backend: str) -> None:
    code = find_backend(backend).emit(network_of(SPEC)).text
    assert "made=made" in code
    unit = code[code.index("def unit(") : code.index("def head(")]
    made = re.findall(r"name=f\"{name}\.\w+\"", unit)
    assert len(made) == len(re.findall(r"(?:once|InTurn)\(", unit)) == 3


ALTERED = {
    "keras": (r"once\(\s*made,\s*layers\.Conv2D,\s*filters", "layers.Conv2D(filters"),
    "numpy": (r"cn\.once\(\s*made,\s*cn\.BatchNorm,\s*", "cn.BatchNorm("),
    "torch": (r"b = self\.heads\(", "b = self.heads2("),
}


@pytest.mark.parametrize("backend", ALTERED)
def test_validation_finds_layers_that_are_made_anew(backend: str) -> None:
    network = network_of(SPEC.replace("bias=false", "bias=true"))
    text = find_backend(backend).emit(network).text
    _, framework, _ = MAKERS[backend]
    entry = "Net" if backend == "torch" else "net"
    assert Session(text, entry, framework).run(network, {}) is None
    pattern, instead = ALTERED[backend]
    altered = re.sub(pattern, instead, text, count=1, flags=re.DOTALL)
    altered = re.sub(r"( +self)\.heads = (.*)", r"\g<0>\n\1.heads2 = \2", altered)
    assert altered != text
    assert Session(altered, entry, framework).run(network, {}) is not None


def test_weights_count_once_and_multiplications_in_each_call() -> None:
    one = "share part = conv(4, 3x3, pad=same)\n part"
    once = network_of(f"model m {{ input 8x8x4\n {one} }}").cost
    thrice = network_of(f"model m {{ input 8x8x4\n {one} -> part -> part }}").cost
    assert (thrice.params, thrice.macs, thrice.layers) == (once.params, 3 * once.macs, 3)


def test_numpy_adds_gradients_and_draws_each_weight_once() -> None:
    """The same as a model with a layer for each call, whose weights are equal."""
    spec = "model m {{ input 5x4x3\n {} {} -> tanh -> {} -> {} }}"
    shared = network_of(spec.format("share part = conv(3, 3x3, pad=same)\n", *["part"] * 3))
    apart = network_of(spec.format("", *["conv(3, 3x3, pad=same)"] * 3))
    weights = random_weights(shared, 0)
    assert list(weights) == ["part/kernel", "part/bias"]
    images = np.random.default_rng(0).normal(size=(2, 5, 4, 3))
    cotangents = [np.random.default_rng(1).normal(size=(2, 5, 4, 3))]
    found = []
    for network in (shared, apart):
        model = live.build(NUMPY.emit(network), network, "float64")
        own = {one: weights[f"part/{one.split('/')[1]}"] for one in model.parameters}
        live.load_weights(model, network, own)
        found.append(live.observe(model, images, cotangents, True).gradients or {})
    for name in ("kernel", "bias"):
        total = sum(found[1][f"conv{number}/{name}"] for number in (1, 2, 3))
        np.testing.assert_allclose(found[0][f"part/{name}"], total, rtol=1e-12)


def test_the_first_call_that_an_output_needs_has_the_weights() -> None:
    network = network_of(SPECS["in an unread call"])
    calls = [view for view in network.layers if view.path == "both.x"]
    assert [view.call for view in calls] == [2, 1]
    assert [view.cost.params for view in calls] == [0, 16]
    assert calls[1] in network.needed_layers
    assert network.inference_cost.params == network.cost.params


def test_validation_tells_needed_calls_apart() -> None:
    """Of calls that take the same, each that an output needs is made, and none is another."""
    spec = "share part = dropout(0.5)\n tanh as a -> part as b\n a -> part as c\n subtract(b, c)"
    network = network_of(f"model net {{ input 5x4x3\n {spec} }}")
    text = find_backend("numpy").emit(network).text
    _, framework, _ = MAKERS["numpy"]
    assert Session(text, "net", framework).run(network, {}) is None
    for old, new in (("[b, c]", "[c, b]"), ("[b, c]", "[b, b]")):
        altered = text.replace(old, new)
        assert altered != text
        assert Session(altered, "net", framework).run(network, {}) is not None


def test_summary_marks_later_calls() -> None:
    text = plain(network_of(SPEC))
    assert len(re.findall(r" last +dense +5 +(185|shared) ", text)) == 2
    assert "heads.inner.conv" in text


IN_A_BLOCK = """
block pyramid(filters) {
    share head = conv(filters, 3x3, pad=same)
    conv(4, 1x1) as a
    let one = a -> head
    let two = a -> relu -> head
    add(one, two)
}
model net {
    input 8x6x3
    pyramid(4) -> pyramid(6) -> global_avg_pool -> dense(2)
}
"""
"""What is shared in each call of a block is no other call's."""


IN_TURNS = """
block twice(filters) { share one = conv(filters, 3x3, pad=same)
                       tanh -> one -> tanh -> one }
model net {
    input 6x5x3
    for i in range(2) {
        share one = conv(3, 3x3, pad=same, bias=i > 0)
        one -> tanh -> one as kept[]
        twice(3) as kept[]
        for j in range(2) { share other = twice(3)
                            other -> other as kept[] }
    }
    share last = conv(3, 1x1)
    last as kept[]
    kept[0] -> last as kept[]
    for i in range(10) { average(kept[i], main) -> tanh }
}
"""
"""Each turn has its own; lists keep what shared layers give."""
GLOBAL = """
block global_lp_pool(power = 2) { lp_pool(in.size, power) -> flatten }
model net {
    input 7x6x3
    conv(4, 3x3) as wide
    let first = global_lp_pool
    max_pool(3x2) -> global_lp_pool(4) -> dense(3)
    output main, first
}
"""
"""The same block at several sizes: the window is what enters."""
CASES = Path(__file__).parent / "cases"
SPECS = {
    "in a block": IN_A_BLOCK,
    "elsewhere too": (CASES / "shared_elsewhere.cnn").read_text(encoding="utf-8"),
    "in turns": IN_TURNS,
    "pooled at once": GLOBAL,
    "in an unread call": (CASES / "unread_call.cnn").read_text(encoding="utf-8"),
}


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("backend", ["keras", "numpy", "torch"])
def test_outputs(backend: str, spec: str) -> None:
    network = network_of(SPECS[spec])
    images, weights = random_images(network), literal_formulas.random_weights(network)
    expected = literal_formulas.evaluate(network, weights, images)
    found = outputs_for(find_backend(backend), network, weights, images)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


@pytest.mark.slow
def test_all_agree(tmp_path: Path) -> None:
    (tmp_path / "net.cnn").write_text(SPEC, encoding="utf-8")
    assert main(["verify", str(tmp_path / "net.cnn"), "--grad", "--train"]) == 0


IN_BRANCHES = {
    "then again": "if flag { head -> tanh }\n head",
    "in both": "if flag { head -> tanh } else { head -> relu }",
    "in one or the other": "if flag { head -> tanh }\n if not flag { head }\n head",
    "in a merge's path": "add { identity\n if flag { head } else { relu } }\n head -> head",
}


@pytest.mark.parametrize("flag", [True, False])
@pytest.mark.parametrize("lines", IN_BRANCHES)
@pytest.mark.parametrize("backend", MAKERS)
def test_a_first_call_in_a_branch(backend: str, lines: str, flag: bool) -> None:
    """Code is made once for all values of the branch's parameter."""
    spec = f"""model m(flag = {str(flag).lower()}) {{
        input 5x4x3
        share head = conv(3, 3x3, pad=same)
        {IN_BRANCHES[lines]}
    }}"""
    ladder = Ladder(network_of(spec), *MAKERS[backend])
    assert "ValueError" not in ladder.text()


@pytest.mark.parametrize("backend", ["keras", "numpy", "torch"])
def test_a_shared_block_without_layers_is_written(backend: str) -> None:
    text = "block b() { identity }\nmodel m {\ninput 4x4x3\nshare same = b()\n"
    network = network_of(f"{text}conv(3, 1x1) -> same -> relu -> same\n}}")
    assert "def m(" in find_backend(backend).emit(network).text or backend == "torch"
