"""A block that is given a layer is one class or function, which takes it in its library's words."""

from __future__ import annotations

import re

import pytest
from spec_text import network_of

from cnndsl.backend import find_backend

SPEC = """
block unit(filters, act = relu) { conv(filters, 3x3, pad=same) -> act }
block outer(filters, function = relu) {
    unit(filters, act=function) -> unit(filters, act=identity)
}
model m(act = silu, rows = [(4, relu), (5, hard_swish)]) {
    input 9x9x3
    outer(4, gelu) -> outer(4) -> unit(6, act)
    for filters, layer in rows { unit(filters, act=layer) }
    for layer in [sigmoid, tanh] { conv(3, 1x1) -> layer }
}
"""
WRITTEN = {
    "torch": {
        "act: type[nn.Module] = nn.ReLU",
        "self.act = act()",
        "Unit(filters, filters, act=nn.Identity)",
        "Outer(3, 4, nn.GELU)",
        "for filters, layer in ((4, nn.ReLU), (5, nn.Hardswish)):",
        "for layer in (nn.Sigmoid, nn.Tanh):",
    },
    "keras": {
        'act: str = "relu"',
        'layers.Activation(act, name=f"{name}.act")',
        'outer(inputs, 4, "gelu", name="outer1")',
        'enumerate([(4, "relu"), (5, "hard_swish")])',
    },
    "numpy": {
        "act: type[cn.Layer] = cn.Relu",
        'act(name=f"{name}.act")',
        'outer(inputs, 4, cn.Gelu, name="outer1")',
        "enumerate([(4, cn.Relu), (5, cn.HardSwish)])",
    },
}


@pytest.mark.parametrize("backend", WRITTEN)
def test_layers_are_handed_over(backend: str) -> None:
    text = find_backend(backend).emit(network_of(SPEC)).text
    assert {one for one in WRITTEN[backend] if one not in text} == set()


@pytest.mark.parametrize(("backend", "definitions"), [("torch", 1), ("keras", 2), ("numpy", 2)])
def test_blocks_stay_one_where_the_library_has_words(backend: str, definitions: int) -> None:
    """Keras and NumPy have no word for `identity`, which makes no layer."""
    text = find_backend(backend).emit(network_of(SPEC)).text
    assert len(re.findall(r"Block `unit`", text)) == definitions
    assert len(re.findall(r"Block `outer`", text)) == 1


@pytest.mark.parametrize("layer", ["prelu", "batch_norm", "own"])
@pytest.mark.parametrize("backend", WRITTEN)
def test_others_are_written_out(backend: str, layer: str) -> None:
    """Layers with weights of their own, and blocks, are not words of a library."""
    spec = "block own { relu -> scale(2) }\n" + SPEC.replace("outer(4)", f"outer(4, {layer})")
    text = find_backend(backend).emit(network_of(spec)).text
    assert len(re.findall(r"Block `outer`", text)) == 2
