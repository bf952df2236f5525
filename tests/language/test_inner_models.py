"""A model as a part of another one."""

from __future__ import annotations

from pathlib import Path

from spec_text import network_of, table_of
from torch_emission import assert_exact

import cnndsl

SPEC = """\
model backbone(size = 32, width = 8) {
    input (size, size, 3)
    conv(width, 3x3, stride=2, pad=1) -> relu as late
    let side = global_avg_pool
    output late
    expect params < 300
}
model small = backbone(width=4)
block twice(width) { small(4, width) -> conv(3, 1x1) -> relu }
model m {
    input 4x4x3
    twice(2)
    stage tail { conv(3, 1x1, 1, pad=1) -> small(4) }
}
"""


def test_its_layers_are_below_its_name_and_it_gives_its_output() -> None:
    table = table_of(network_of(SPEC, "m"))
    for line in (
        "twice.small.conv conv 2x2x2 56 216",
        "twice.small.late relu 2x2x2 0 0",
        "twice.conv conv 2x2x3 9 24",
        "tail.1.conv conv 2x2x4 112 432",
        "= layers 9, depth 4, params 189, macs 816",
    ):
        assert line in table


def test_it_is_a_class_and_a_function_of_its_own() -> None:
    assert "class Small(nn.Module)" in assert_exact(SPEC, model="m")
    assert "def small(" in str(cnndsl.loads(SPEC, model="m").emit("keras"))


def test_it_can_be_imported(tmp_path: Path) -> None:
    (tmp_path / "parts.cnn").write_text(SPEC, encoding="utf-8")
    text = 'import small from "parts.cnn"\nmodel m { input 4x4x3\n small(4) }\n'
    (tmp_path / "net.cnn").write_text(text, encoding="utf-8")
    assert cnndsl.load(str(tmp_path / "net.cnn")).params == 112
