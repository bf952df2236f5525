"""Channels that branches and loops decide on: one class for every value of a parameter."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from cnndsl_torch.backend import BACKEND
from shares import mostly_slow
from spec_text import network_of
from torch_emission import assert_exact

from cnndsl.backend import execute

GROWTH = "for i in [1, 2] { conv(in.channels * 2, 1x1) }"
CASES: dict[str, tuple[str, str, str, list[Any]]] = {
    "loop": ("stem = true", "stem", f"if stem {{ conv(24, 1x1) }}\n{GROWTH}", [False]),
    "loop_of_sums": (
        "stem = true",
        "stem",
        "if stem { conv(4, 1x1) }\nfor i in [1, 2] { conv(8, 1x1) -> conv(in.channels + i, 1x1) }",
        [False],
    ),
    "stride": (
        "stem = true",
        "stem",
        "if stem { conv(8, 1x1) }\n"
        "for i in [1, 2] { conv(in.channels * 2, 3x3, 2, pad=same) -> relu }",
        [False],
    ),
    "number": ("n = 4", "n", f"if n != 3 {{ conv(n, 1x1) }}\n{GROWTH}", [2, 3, 7]),
    "two_loops": (
        "n = 4",
        "n",
        f"if n > 3 {{ conv(n, 1x1) }}\n{GROWTH}\nrelu as kept\n{GROWTH}\nconcat(kept, main)",
        [2, 3, 9],
    ),
    "stage_around": (
        "n = 4",
        "n",
        f"if n > 3 {{ conv(n, 1x1) }}\nstage s {{ {GROWTH}\nconv(in.channels + 1, 1x1) }}",
        [2, 3, 9],
    ),
    "merge_around": (
        "n = 4",
        "n",
        f"if n > 3 {{ conv(n, 1x1) }}\nconcat {{ {GROWTH}\n identity }}\n{GROWTH}",
        [2, 3, 9],
    ),
}


def spec(case: str, end: str, default: Any = None) -> str:
    parameter, _name, body, _others = CASES[case]
    if default is not None:
        parameter = f"{parameter.split('=')[0]}= {str(default).lower()}"
    return f"model m({parameter}) {{\ninput 8x8x3\n{body}\n{end}\n}}"


def class_of(text: str) -> Any:
    """The model's class in emitted code."""
    return execute(BACKEND.emit(network_of(text)), "m")["M"]


ENDS = ["batch_norm", "global_avg_pool -> dense(4)", "flatten -> dense(3)"]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("case", CASES)
def test_growth_behind_a_branch_runs(case: str, end: str) -> None:
    code = assert_exact(spec(case, end))
    assert "\n        for " in code


@pytest.mark.parametrize("end", mostly_slow(ENDS[:2], ENDS[:1]))
@pytest.mark.parametrize("case", CASES)
def test_one_class_serves_other_values(case: str, end: str) -> None:
    """The class for the default, made with another value, is the network of that value."""
    name, others = CASES[case][1], CASES[case][3]
    model = class_of(spec(case, end))
    for value in others:
        other = spec(case, end, value)
        assert_exact(other)
        expected = class_of(other)()
        found = model(**{name: value})
        shapes = {key: tuple(one.shape) for key, one in found.state_dict().items()}
        assert shapes == {key: tuple(one.shape) for key, one in expected.state_dict().items()}
        images = torch.rand(2, 3, 8, 8)
        assert found(images).shape == expected(images).shape


def test_growth_behind_a_branch_in_a_block() -> None:
    code = assert_exact(
        f"block b(n) {{\nif n != 3 {{ conv(n, 1x1) }}\n{GROWTH}\nbatch_norm\n}}\n"
        "model m { input 8x8x3\n b(4) -> b(3) -> b(5) }"
    )
    assert code.count("class B(") == 1
    assert "nn.BatchNorm2d(channels)" in code


@pytest.mark.parametrize(
    "body",
    [
        f"stage o {{ batch_norm\nstage a {{ {GROWTH} }}\nbatch_norm }}",
        f"stage o {{ stage i {{ stage a {{ {GROWTH} }}\nbatch_norm }}\nstage b {{ {GROWTH} }} }}",
        f"stage o {{ if true {{ stage a {{ {GROWTH} }}\nbatch_norm }}\nstage b {{ {GROWTH} }} }}",
        f"stage o {{ concat {{ identity\nconv(3, 1x1) }}\nstage b {{ {GROWTH} }}\nrelu * 2 }}",
    ],
)
def test_an_expression_behind_statements_reads_its_own_channels(body: str) -> None:
    """A stage is one expression, which stands behind the loops in it."""
    assert_exact(
        f"block b(n) {{\nif n > 3 {{ conv(n, 1x1) }}\n{body}\nbatch_norm\n}}\n"
        "model m { input 4x4x3\n b(4) -> b(3) }"
    )


def test_growth_in_either_branch() -> None:
    code = assert_exact(
        f"block b(n) {{\nif n > 3 {{ conv(n, 1x1) }}\n"
        f"if n > 5 {{ {GROWTH} }} else {{ conv(2 * in.channels, 1x1) }}\nbatch_norm\n}}\n"
        "model m { input 8x8x3\n b(4) -> b(6) -> b(3) }"
    )
    assert code.count("class B(") == 1


def test_a_variable_that_is_read_again_keeps_its_value() -> None:
    """What enters a stage is the `in` of what stands behind a loop in it."""
    assert_exact(
        f"model m(n = 4) {{ input 4x4x3\nif n > 3 {{ conv(n, 1x1) }}\n"
        f"stage s {{ {GROWTH}\nconv(in.channels, 1x1) }}\nbatch_norm\n}}"
    )


def test_branches_that_cover_everything_end_on_a_number() -> None:
    """There is no third case to ask the condition for."""
    body = "if deep { conv(8, 3x3) } else if not deep { conv(8, 5x5) }\nconv(4, 1x1)"
    text = f"model m(deep = false) {{\ninput 8x8x3\n{body}\n}}"
    assert "nn.Conv2d(8, 4, 1)" in BACKEND.emit(network_of(text)).text


BLOCKS = """
block unit(filters) { conv(filters, 3x3, pad=same) -> relu }
block decode(filters) {
    input up, skip
    up -> upsample(2) -> concat(skip, main) -> unit(filters)
}
block cross(filters) {
    input fine, coarse
    let wide = fine -> unit(2 * filters)
    coarse -> upsample(2) -> add(wide, main)
    output main, wide
}
"""
SEVERAL = f"""{BLOCKS}
model m(width = 4, classes = 3) {{
    input 8x8x3
    unit(width) as a
    max_pool(2) -> unit(2 * width) as b
    max_pool(2) -> unit(4 * width)
    (main, b) -> decode(2 * width)
    (main, a) -> decode(width)
    unit(width) as c
    max_pool(2) -> unit(2 * width) as d
    (c, d) -> cross(width) as e, f
    let growth = width + 2
    e -> unit(growth)
    f -> unit(growth) as g
    unit(growth)
    concat(g, main) -> conv(classes, 1x1)
}}
"""


def test_channels_go_through_blocks_of_several_values() -> None:
    """Neither a block that takes several values nor one that gives them ends on a number."""
    code = assert_exact(SEVERAL)
    init = code[code.index("class M(") :]
    assert "raise ValueError" not in init
    assert "self.decode2 = Decode(2 * width, width, width)" in init
    assert "self.c = Unit(width, width)" in init
    assert init.count("Unit(2 * width, growth)") == 2
    model = class_of(SEVERAL)
    for width in (1, 7):
        expected = class_of(SEVERAL.replace("width = 4", f"width = {width}"))()
        found = model(width=width).state_dict()
        shapes = {key: one.shape for key, one in expected.state_dict().items()}
        assert shapes == {key: one.shape for key, one in found.items()}


def test_channels_go_through_a_block_of_such_blocks() -> None:
    code = assert_exact(
        f"{BLOCKS}block both(filters) {{ input left, right\n"
        "(left, right) -> cross(filters) as total, wide\n"
        "(total, wide) -> swap -> decode(filters) }\n"
        "block swap { input one, other\n other -> max_pool(2) as small\n output small, one }\n"
        "model m(width = 4) { input a: 4x4x3, b: 2x2x8\n (a, b) -> both(width) -> batch_norm }"
    )
    assert "nn.BatchNorm2d(width)" in code
    assert "Decode(2 * filters, 2 * filters, filters)" in code
