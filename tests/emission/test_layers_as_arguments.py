"""A block that is given a layer is one class or function, which takes it in its library's words."""

from __future__ import annotations

import re
from typing import Any

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
        'act: str | None = "relu"',
        'layers.Activation(act, name=f"{name}.act")',
        "unit(x, filters, act=None,",
        'outer(inputs, 4, "gelu", name="outer1")',
        'enumerate([(4, "relu"), (5, "hard_swish")])',
    },
    "numpy": {
        "act: type[cn.Layer] | None = cn.Relu",
        'act(name=f"{name}.act")',
        'outer(inputs, 4, cn.Gelu, name="outer1")',
        "enumerate([(4, cn.Relu), (5, cn.HardSwish)])",
    },
}


@pytest.mark.parametrize("backend", WRITTEN)
def test_layers_are_handed_over(backend: str) -> None:
    text = find_backend(backend).emit(network_of(SPEC)).text
    assert {one for one in WRITTEN[backend] if one not in text} == set()


@pytest.mark.parametrize("backend", WRITTEN)
def test_blocks_stay_one(backend: str) -> None:
    """In Keras and NumPy no layer is made for `identity`, which is None there."""
    text = find_backend(backend).emit(network_of(SPEC)).text
    assert len(re.findall(r"Block `unit`", text)) == 1
    assert len(re.findall(r"Block `outer`", text)) == 1
    assert ("if act is not None:" in text) is (backend != "torch")


@pytest.mark.parametrize("layer", ["prelu", "batch_norm", "own"])
@pytest.mark.parametrize("backend", WRITTEN)
def test_others_are_written_out(backend: str, layer: str) -> None:
    """Layers with weights of their own, and blocks, are not words of a library."""
    spec = "block own { relu -> scale(2) }\n" + SPEC.replace("outer(4)", f"outer(4, {layer})")
    text = find_backend(backend).emit(network_of(spec)).text
    assert len(re.findall(r"Block `outer`", text)) == 2


WITH_ARGUMENTS = """
block unit(filters, act = leaky_relu(0.1)) { conv(filters, 3x3, pad=same) -> act }
block outer(filters, function = relu) { unit(filters, act=function) -> unit(filters) }
model m(slope = 0.2, late = true, rows = [(4, relu), (5, elu(0.5))]) {
    input 9x9x3
    let last = hard_swish if late else clip(0, 6)
    outer(4, threshold(1, 0)) -> outer(4, silu)
    unit(6, leaky_relu(slope)) -> unit(7, dropout(0.5))
    for filters, layer in rows { unit(filters, act=layer) }
    unit(5, last) -> last
}
"""
WRITTEN_WITH_ARGUMENTS = {
    "torch": {
        "act: Callable[[], nn.Module] = partial(nn.LeakyReLU, 0.1)",
        "self.act = act()",
        "Outer(3, 4, partial(nn.Threshold, 1.0, 0.0))",
        "Outer(4, 4, nn.SiLU)",
        "partial(nn.LeakyReLU, slope)",
        "for filters, layer in ((4, nn.ReLU), (5, partial(nn.ELU, 0.5))):",
        "last = nn.Hardswish if late else partial(Clip, 0.0, 6.0)",
        "from functools import partial",
    },
    "keras": {
        "partial(layers.LeakyReLU, negative_slope=0.1)",
        'act(name=f"{name}.act")',
        'partial(layers.Activation, "silu")',
        "partial(layers.LeakyReLU, negative_slope=slope)",
        "[(4, layers.ReLU), (5, partial(layers.ELU, alpha=0.5))]",
        'partial(layers.Activation, "hard_swish") if late else partial(Clip, 0.0, 6.0)',
        "from functools import partial",
    },
    "numpy": {
        "partial(cn.LeakyRelu, slope=0.1)",
        "partial(cn.LeakyRelu, slope=slope)",
        "[(4, cn.Relu), (5, partial(cn.Elu, alpha=0.5))]",
        "last = cn.HardSwish if late else partial(cn.Clip, 0.0, 6.0)",
    },
}


@pytest.mark.parametrize("backend", WRITTEN_WITH_ARGUMENTS)
def test_layers_with_arguments_are_handed_over(backend: str) -> None:
    text = find_backend(backend).emit(network_of(WITH_ARGUMENTS)).text
    words = " ".join(text.split())
    wanted = WRITTEN_WITH_ARGUMENTS[backend]
    assert {one for one in wanted if one not in text and one not in words} == set()
    for block in ("unit", "outer"):
        assert len(re.findall(f"Block `{block}`", text)) == 1


@pytest.mark.parametrize("backend", WRITTEN_WITH_ARGUMENTS)
@pytest.mark.parametrize("layer", ["prelu(0.1)", "group_norm(2)", "softer(0.5)"])
def test_others_with_arguments_are_written_out(backend: str, layer: str) -> None:
    """Layers with weights of their own, and blocks."""
    spec = "block softer(slope) { relu -> elu(slope) }\n"
    spec += WITH_ARGUMENTS.replace("silu", layer)
    text = find_backend(backend).emit(network_of(spec)).text
    assert len(re.findall(r"Block `outer`", text)) == 2


@pytest.mark.parametrize("comparison", ["act == leaky_relu(0.1)", "act != relu", "act == identity"])
def test_comparisons_of_layers(comparison: str) -> None:
    """`partial` is equal to none other in Python, so that such a condition is settled."""
    spec = f"""
block unit(filters, act = leaky_relu(0.1)) {{
    conv(filters, 3x3, pad=same) -> act -> if {comparison} {{ conv(3, 1x1) }}
}}
model m {{ input 9x9x3 unit(4) -> unit(4, relu) -> unit(4, identity) -> unit(5) }}
""".replace("x3 unit", "x3\n unit")
    for backend in WRITTEN:
        assert "== partial" not in find_backend(backend).emit(network_of(spec)).text


@pytest.mark.slow
def test_arguments_of_the_model_reach_them() -> None:
    """The class for another slope is the one of the spec with that slope."""
    made = {}
    for slope, network in (
        (0.7, network_of(WITH_ARGUMENTS)),
        (0.2, network_of(WITH_ARGUMENTS, slope=0.7, late=False)),
    ):
        names: dict[str, Any] = {"__name__": "emitted"}
        exec(find_backend("torch").emit(network).text, names)  # noqa: S102  # our own text
        given = {"slope": 0.7, "late": False} if slope == 0.7 else {}
        made[slope] = str(names["M"](**given))
    assert made[0.7] == made[0.2]
    assert "LeakyReLU(negative_slope=0.7)" in made[0.7]
