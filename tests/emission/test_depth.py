"""ResNet-1001 (He et al. 2016, identity mappings): 3,338 layers in a chain."""

from __future__ import annotations

import literal_formulas
import pytest
from spec_text import network_of

from cnndsl.backend import find_backend, live_parts

RESNET = """\
block unit(filters, stride = 1) {
    add {
        batch_norm -> relu -> conv(filters, 1x1, stride, bias=false)
            -> batch_norm -> relu -> conv(filters, 3x3, pad=1, bias=false)
            -> batch_norm -> relu -> conv(4 * filters, 1x1, bias=false)
        if in.channels != 4 * filters { conv(4 * filters, 1x1, stride, bias=false) }
        else { identity }
    }
}
model resnet(n = 111) {
    input 32x32x3
    conv(16, 3x3, pad=1, bias=false)
    unit(16) -> unit(16) * (n - 1)
    unit(32, 2) -> unit(32) * (n - 1)
    unit(64, 2) -> unit(64) * (n - 1)
    batch_norm -> relu -> global_avg_pool -> dense(10)
    expect depth == 9 * n + 2
}
"""


def test_resnet_1001_is_emitted_as_loops() -> None:
    network = network_of(RESNET)
    assert (network.cost.layers, network.cost.params) == (3_338, 10_476_922)
    assert network.cost.params - network.cost.trainable == 149_216  # moving statistics
    texts = {name: find_backend(name).emit(network).text for name in ("keras", "torch", "numpy")}
    assert all(len(text.splitlines()) < 120 for text in texts.values())
    assert "sys.setrecursionlimit(max(sys.getrecursionlimit(), 7676))" in texts["keras"]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("keras", marks=pytest.mark.long),
        pytest.param("torch", marks=pytest.mark.slow),
    ],
)
def test_resnet_1001_is_built(name: str) -> None:
    network, backend = network_of(RESNET), find_backend(name)
    live, _ = live_parts(backend, "a test")
    (found,) = live.predict(backend.build(network), literal_formulas.random_images(network)[:1])
    assert found.shape == (1, 10)


@pytest.mark.parametrize("merge", ["add", "multiply", "maximum", "minimum", "average", "concat"])
def test_a_merge_of_hundreds_of_values_is_emitted(merge: str) -> None:
    """In PyTorch `a + b + ...` was too deep to be read from 250 values on."""
    paths = "relu\n" * 400
    network = network_of(f"model m {{\n input 2x2x1\n {merge} {{\n{paths}}}\n}}\n")
    for backend in ("torch", "keras", "numpy"):
        compile(find_backend(backend).emit(network).content, backend, "exec")
