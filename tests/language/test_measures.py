"""The shapes of named values in expressions: `early.height`, `up.size`, `in.size`."""

from __future__ import annotations

import literal_formulas
import numpy as np
import pytest
from live_outputs import outputs_for
from spec_text import codes_of, findings_of, in_model, network_of

import cnndsl
from cnndsl.backend import find_backend
from cnndsl.ir import measures
from cnndsl.values import Shape

UNET = """
block double(filters) { (conv(filters, 3x3) -> relu) * 2 }
block sides(stride) {
    conv(3, 3x3, stride=stride) as low
    let twice = low.height * 2
    let other = low -> relu as inner -> max_pool(2x2)
    if low.channels > 2 { resize((twice, low.width)) }
    resize(inner.size) -> crop(low.height - 2 * other.height)
    resize(in.size, bilinear)
}
model unet(wide = 4, n = 0, stride = 2) {
    input 39x34x3
    pad(n) -> double(wide) as kept -> max_pool(2x2)
    double(2 * wide) -> upsample(2) -> conv(wide, 2x2, pad=same) as up
    concat {
        kept -> center_crop(up.size)
        up
    }
    stage last { conv(kept.channels, 1x1)
        for i in range(2) { resize((kept.height + i, kept.width), bicubic) } }
    sides(stride)
    multiply { relu as one
        crop(1) -> resize((one.height, one.width)) }
}
"""


@pytest.mark.parametrize("n", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 3))])
def test_values_are_measured_in_all_backends(n: int) -> None:
    network = cnndsl.loads(UNET, n=n).network
    height, width = 35 + 2 * n, 30 + 2 * n
    assert network.layers[-1].shape == Shape((height + 1, width, 3))
    images = literal_formulas.random_images(network)
    weights = literal_formulas.random_weights(network)
    (expected,) = literal_formulas.evaluate(network, weights, images)
    for backend in ("keras", "numpy", "torch"):
        (found,) = outputs_for(find_backend(backend), network, weights, images)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


def test_emitted_code_reads_shapes_of_values() -> None:
    """Where a value is at hand when a layer is made; the model's parameters stay open then."""
    texts = {one: cnndsl.loads(UNET).emit(one) for one in ("keras", "numpy", "torch")}
    assert "CenterCropping2D((up.shape[1], up.shape[2])" in texts["keras"]
    assert "cn.CenterCrop((up.height, up.width)" in texts["numpy"]
    assert "must be" not in texts["keras"].partition("def unet(")[2].partition("config")[0]
    assert "self.center_crop = CenterCrop((" in texts["torch"]
    assert 'raise ValueError("n must be 0")' in texts["torch"]


@pytest.mark.parametrize(
    ("body", "finding"),
    [
        ("if false { relu as a }\nresize(a.size)", "no value is named `a` here"),
        ("flatten as a\ndense(a.height)", "a vector of 256 has no height"),
        ("flatten\nstage s { dense(in.size) }", "a vector of 256 has no size"),
        ("relu as a\nconv(a.size, 1x1)", "conv's `filters` takes an integer of at least 1"),
        ("relu as a\ncenter_crop(a.height + 1)", "center_crop to 9x9 does not fit"),
        ("relu as a\nlet a2 = a.heigth", "`a` has no `heigth`"),
        ("conv(x.shape[1], 1x1)", "`x` has no `shape`"),
        ("conv(main.channels, 1x1)", "no value is named `main` here"),
        ("stage s { concat { relu as a\n tanh } -> crop(a.height) }", "no value is named"),
    ],
)
def test_what_cannot_be_measured(body: str, finding: str) -> None:
    (found,) = findings_of(in_model(body))
    assert finding in found


def test_of_a_value_at_fault_nothing_is_said() -> None:
    """Neither where its layer cannot be made, nor where it cannot be read."""
    assert codes_of(in_model("conv(4, 9x9) as a\nresize(a.size)")) == ["CNN304"]
    assert codes_of(in_model("conv(4, 9y9) as a\nresize(a.size)")) == ["CNN102"]
    assert codes_of(in_model("rleu as a\nlet b = a.height + 1\nresize(b)")) == ["CNN201"]


def test_blocks_have_values_of_their_own() -> None:
    """A name in two blocks, or that of a parameter too, is what it is in each."""
    text = """
    block one(a) { conv(a, 3x3) as b -> crop(1) -> resize(b.size) }
    block two(b) { conv(b, 1x1) as a -> one(b) -> resize(a.size) }
    """ + in_model("two(3) -> one(2) as a -> two(1)\nresize((a.height, 1)) -> relu")
    network = network_of(text)
    assert network.layers[-1].shape == Shape((6, 1, 1))
    for backend in ("keras", "torch"):
        assert cnndsl.loads(text).emit(backend)


@pytest.mark.parametrize("names", ["image, gate", "gate, image", "map, image", "gate, map, gate"])
def test_gates_change_no_receptive_field(names: str) -> None:
    """Whichever path of a product stands first: a pooled one counts as no window."""
    gates = "relu as image -> global_avg_pool(true) as gate\nlet map = image -> channel_max\n"
    network = network_of(in_model(f"{gates}multiply({names}) -> conv(2, 3x3)", "9x8x4"))
    assert measures.receptive_field(network) == (3, 3)
