"""The structure of specs in emitted code: what a reader sees, and that it runs exactly."""

from __future__ import annotations

from pathlib import Path

import pytest
from golden_modules import SPECS, main
from torch_emission import assert_exact

HINT = "run `python tests/support/golden_modules.py --write`, and read the difference"


def test_golden_modules() -> None:
    assert not main([]), HINT


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_golden_modules_run_exactly(path: Path) -> None:
    assert_exact(path.read_text(encoding="utf-8"))


def test_a_repeat_of_one_layer_is_a_comprehension() -> None:
    code = assert_exact("model net { input 4x4x2\nconv(2, 1x1) * 3 -> conv(4, 1x1) * 3 }")
    assert "self.conv1 = nn.Sequential(*(nn.Conv2d(2, 2, 1) for _ in range(3)))" in code
    assert "nn.Conv2d(2, 4, 1), *(nn.Conv2d(4, 4, 1) for _ in range(2))" in code


@pytest.mark.parametrize("unused", ["relu", "conv(4, 1x1)"])
def test_a_loop_variable_that_is_not_read(unused: str) -> None:
    code = assert_exact(f"model net {{ input 4x4x4\nfor i, n in [(1, 2), (3, 4)] {{ {unused} }} }}")
    assert "for _ in range(2):" in code
    assert "(1, 2)" not in code


def test_a_repeat_reads_in_of_the_braces_around_it() -> None:
    code = assert_exact(
        """
        block part { conv(8, 1x1) -> conv(in.channels, 1x1) * 3 -> relu }
        model net { input 4x4x3
            part -> conv(5, 1x1) -> part }"""
    )
    assert "nn.Conv2d(8, in_channels, 1)," in code


def test_in_within_a_loop_outlives_loops_inside() -> None:
    assert_exact(
        """
        block part(n) {
            for i in range(n) {
                conv(2, 1x1) -> conv(i + 3, 1x1) * n -> conv(in.channels + 1, 1x1)
            }
        }
        model net { input 4x4x3
            part(2) -> part(3) }"""
    )


def test_an_invariant_loop_around_a_changing_one() -> None:
    assert_exact(
        """
        block part(n) {
            conv(n, 1x1) * n
            for i in range(n) { (conv(i + 2, 1x1) -> relu) * n -> conv(in.channels, 1x1) }
        }
        model net { input 4x4x3
            part(2) -> part(3) }"""
    )


def test_a_default_made_of_other_parameters() -> None:
    code = assert_exact(
        """
        block inner(n, half = n / 2) { conv(n, 1x1) -> conv(half, 1x1) }
        block outer(k) { inner(2*k) -> inner(k, 3) }
        model net { input 2x2x2
            outer(4) -> outer(6) }"""
    )
    assert "self.inner1 = Inner(in_channels, 2 * k, half=2 * k // 2)" in code


def test_a_value_read_in_a_branch() -> None:
    assert_exact(
        """
        block part(n, skip) {
            relu as start -> conv(n, 1x1) as end
            if skip { start } else { end -> tanh }
            sigmoid
        }
        model net { input 2x2x2
            part(2, true) -> part(3, false) }"""
    )


def test_what_no_output_needs_is_not_computed() -> None:
    code = assert_exact(
        """
        model net { input 2x2x2
            relu as a
            let unread = conv(2, 1x1) -> tanh
            sigmoid
            output a }"""
    )
    assert code.endswith("        a = self.a(x)\n        return a\n")
    assert "self.unread = nn.Tanh()" in code


def test_channels_that_a_branch_decides_on_are_one_variable() -> None:
    code = assert_exact(
        """block inverted(filters, expand) {
            add {
                if expand > 1 { conv(expand * in.channels, 1x1) -> relu6 } else { identity }
                    -> depthwise_conv(3x3, pad=same) -> batch_norm -> conv(filters, 1x1)
                conv(filters, 1x1)
            }
        }
        model m {
            input 6x6x3
            inverted(4, 1) -> inverted(5, 2) -> inverted(6, 3)
        }
        """
    )
    assert code.count("class Inverted") == 1
    assert "channels = expand * in_channels if expand > 1 else in_channels" in code
    assert "groups=channels" in code


def test_a_branch_on_a_branch_stays_exact() -> None:
    code = assert_exact(
        """block b(wide, deep) {
            if wide { conv(2 * in.channels, 1x1) } else { identity }
            if deep { conv(in.channels + 1, 1x1) } else { identity }
            concat { identity
                     if wide { conv(3, 1x1) } else { identity } }
            dense_end
        }
        block dense_end { conv(in.channels, 1x1, bias=false) -> batch_norm }
        model m {
            input 4x4x2
            b(true, true) -> b(true, false) -> b(false, true) -> b(false, false)
        }
        """
    )
    assert code.count("class B(") == 1
