"""Formulas that emitted code keeps, where it once had the numbers of one network."""

from __future__ import annotations

import re

import pytest
from spec_text import network_of

from cnndsl.backend import find_backend

NAMED_VALUE = """
block unit(filters, stride = 1) {
    identity as entry
    conv(filters, 3x3, stride, pad=1) as first -> relu
    stage body {
        conv(first.channels // 2, 1x1)
        add {
            conv(first.channels, 1x1)
            conv(first.channels, 3x3, pad=1)
        }
    }
    if entry.channels == filters and stride == 1 { add(main, entry) }
}

model net(width = 8, count = 3) {
    input 16x16x3
    conv(width, 1x1) as stem
    for filters in [8, 8, 16] { unit(filters) }
    conv(stem.channels, 1x1)
    unit(2 * width) * count
}
"""
PARTS = """
block unit(width, more) {
    conv(width + more, 1x1)
    split([width, more]) as kept, new
    let changed = new -> conv(more, 3x3, pad=1)
    stage body { split([width, more], part=1) -> conv(width, 1x1) }
    concat(kept, changed)
}

model net(width = 8, more = 4) {
    input 8x8x3
    unit(width, more) -> unit(2 * width, more)
    for filters in [16, 32] { unit(filters, more) }
}
"""
SIDES = """
block causal(filters, dilation) {
    pad((0, 0, dilation, 0)) -> conv(filters, 1x2, dilation=dilation)
    conv(filters, 3x3, pad=(0, dilation, dilation, 0))
    conv(filters, 3x3, pad=(dilation, dilation, 1, 1))
}

model net(reach = 1, filters = 8) {
    input 16x16x3
    causal(filters, reach) -> causal(filters, 2 * reach)
    for dilation in [1, 3] { causal(filters, dilation) }
}
"""
QUOTIENTS = """
block narrow(filters, ratio) {
    conv(filters / ratio, 1x1) -> conv(round(filters / ratio * 0.5), 1x1)
}

model net(ratio = 2, filters = 32) {
    input 8x8x3
    for part in [1, 2.0, 0.5] { narrow(filters, part) }
    narrow(filters, ratio)
}
"""
CARRIED = """
block cell(filters) {
    input current, previous
    let aside = previous -> conv(filters, 1x1)
    add {
        conv(filters, 3x3, pad=1)
        aside
    }
    output main, current
}

block grow(width, more) {
    input kept, dense
    let new = kept -> conv(more, 1x1)
    let wider = concat(dense, new)
    output kept, wider
}

model net(width = 8, count = 3, rows = [16, 24]) {
    input 8x8x3
    conv(width, 1x1) as stem -> relu
    (main, stem) -> cell(width) * count -> cell(2 * width) * 3 as a, b
    (a, b) -> for filters in rows { cell(filters) -> cell(filters) * 2 } as c, d
    (c, d) -> grow(width, 4) * count as e, f
    concat(e, f) -> conv(8, 1x1)
}
"""
GATHERED = """
block gather(width) {
    input kept, dense
    let wider = concat(dense, kept)
    let next = kept -> conv(width, 1x1)
    output next, wider
}

model net(count = 2, width = 16) {
    input 8x8x3
    conv(8, 1x1) as stem -> relu
    (main, stem) -> gather(width) * count as a, b
    concat(a, b) -> conv(8, 1x1)
}
"""
"""The first turn adds 8 channels, and every other one `width`."""


@pytest.mark.parametrize("backend", ["torch", "keras"])
@pytest.mark.parametrize("spec", [NAMED_VALUE, PARTS, SIDES, QUOTIENTS, CARRIED, GATHERED])
def test_one_definition_for_every_block_and_no_argument_is_refused(spec: str, backend: str) -> None:
    code = find_backend(backend).emit(network_of(spec)).text
    word = "class" if backend == "torch" else "def"
    for block in re.findall(r"block (\w+)", spec):
        name = block.capitalize() if backend == "torch" else block
        assert re.findall(rf"^{word} {name}\d*\(", code, re.MULTILINE) == [f"{word} {name}("]
    assert " must be " not in code.replace("image_data_format must be", "")


@pytest.mark.parametrize(
    ("spec", "written"),
    [
        (NAMED_VALUE, "self.condition = in_channels == filters and stride == 1"),
        (NAMED_VALUE, "UnitBodyAdd(filters // 2, filters)"),
        (PARTS, "kept, new = x.split(self.sizes, dim=1)"),
        (SIDES, "nn.ZeroPad2d((dilation, 0, 0, 0))"),
        (SIDES, "PaddedConv2d(filters, filters, 3, pad=(dilation, 0, 0, dilation))"),
        (SIDES, "nn.Conv2d(filters, filters, 3, padding=(dilation, 1))"),
        (QUOTIENTS, "whole(filters / ratio), round(quotient(filters, ratio) * 0.5), 1"),
        (CARRIED, "previous_channels = channels\n            channels = 2 * width"),
        (CARRIED, "dense_channels += 4"),
        (GATHERED, "dense_channels += channels\n            channels = width"),
    ],
)
def test_pytorch_keeps_the_formula(spec: str, written: str) -> None:
    assert written in find_backend("torch").emit(network_of(spec)).text


def test_lists_of_modules_begin_with_what_comes_first() -> None:
    spec = """
    stage unit(filters, wide) {
        conv(filters, 1x1) as first -> relu
        if wide { conv(filters, 3x3, pad=1) }
    }
    model net {
        input 8x8x3
        unit(8, true) -> unit(8, false)
        stage body { conv(4, 1x1) -> relu -> for filters in [4, 8] { conv(filters, 1x1) } }
    }
    """
    code = find_backend("torch").emit(network_of(spec)).text
    assert 'layers: dict[str, nn.Module] = {"first": nn.Conv2d(in_channels, filters, 1)}' in code
    assert "body: list[nn.Module] = [nn.Conv2d(8, 4, 1), nn.ReLU()]" in code


def test_a_branch_says_the_channels_behind_it() -> None:
    """`filters` leave a branch that is taken where other channels enter: no variable holds them."""
    spec = """
    block unit(filters) {
        stage body {
            if filters != in.channels { conv(filters, 1x1) }
            conv(2 * filters, 1x1)
        }
    }
    model net {
        input 8x8x3
        unit(3) -> unit(6) -> unit(4)
    }
    """
    code = find_backend("torch").emit(network_of(spec)).text
    assert "body.append(nn.Conv2d(filters, 2 * filters, 1))" in code


@pytest.mark.parametrize("backend", ["torch", "keras"])
def test_no_argument_is_taken_whose_effect_is_a_value(backend: str) -> None:
    """What a block's own block has as a number, since it is parted, is no parameter of it."""
    spec = """
    block inner(filters, kernel) {
        conv(filters, kernel, pad=same) -> (if in.height * in.width > 4 { relu }) -> conv(2, 1x1)
    }
    block outer(filters, kernel, more) {
        inner(filters, kernel) -> conv(filters + more, kernel, pad=same)
    }
    model net {
        input 8x8x3
        outer(4, 3x3, 1) -> outer(6, 5x5, 2)
    }
    """
    code = find_backend(backend).emit(network_of(spec)).text
    if backend == "torch":
        assert re.findall(r"= (Outer\d\(.*\))", code) == ["Outer2(3, 1)", "Outer1(5, 2)"]
    else:
        assert "outer(inputs, 4, 3, 1, name=" in code  # Keras knows heights


def test_a_large_network_keeps_its_classes() -> None:
    """There is room to try a few values of each parameter, however many there are of a list."""
    spec = """
    block unit(filters, rate) { conv(filters, 1x1) -> dropout(rate) }
    model net(widths = [8, 8, 8, 8, 8, 8], rate = 0.5, classes = 10) {
        input 4x4x3
        for width in widths { unit(width, rate) * 120 }
        global_avg_pool -> dense(classes)
    }
    """
    code = find_backend("torch").emit(network_of(spec)).text
    assert code.count("class Unit") == 1
    assert "raise ValueError" not in code
