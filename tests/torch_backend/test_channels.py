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
