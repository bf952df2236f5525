"""`model small = base(...)` is what `base` is with these arguments set."""

from __future__ import annotations

import pytest

import cnndsl

FAMILY = """\
# A base.
# Of all.
model base(classes = 10, widths = [2, 4], act = true) {
    input 4x4x3
    for width in widths { conv(width, 1x1) -> relu }
    if act { tanh }
    flatten -> dense(classes)
}
# Small.
model small = base(3, widths=[1])
model smaller = small(act=false, classes=2)
"""


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("small", {"classes": 3, "widths": [1]}),
        ("smaller", {"classes": 2, "widths": [1], "act": False}),
    ],
)
def test_a_variant_is_its_base_with_arguments(name: str, values: dict[str, object]) -> None:
    variant, base = (
        cnndsl.loads(FAMILY, model=name),
        cnndsl.loads(FAMILY, model="base", **values),
    )
    assert [(one.path, one.shape) for one in variant.layers] == [
        (one.path, one.shape) for one in base.layers
    ]
    assert variant.params == base.params
    for backend in ("torch", "keras", "numpy"):
        head = f"def {name}(" if backend != "torch" else f"class {name.title()}("
        code = variant.emit(backend)
        assert head in code
        assert "Small." in code, "a variant without a comment has that of its base"


def test_its_parameters_can_be_set_too() -> None:
    network = cnndsl.loads(FAMILY, model="smaller", classes=7)
    assert network.output_shape == (7,)
    assert network.params == (3 + 1) + (16 + 1) * 7
