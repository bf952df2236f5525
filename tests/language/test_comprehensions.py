"""Comprehensions give what Python's give, keep their form, and cost their turns."""

from __future__ import annotations

import time
from random import Random

import pytest
from spec_text import findings_of, network_of

import cnndsl
from cnndsl.semantics.evaluate import MOST_STEPS

BACKENDS = ("keras", "torch", "numpy")


def model(line: str, parameters: str = "n = 3, widths = [4, 8]") -> str:
    return f"model m({parameters}) {{\n    input 8x8x4\n    {line}\n}}\n"


def drawn(random: Random, depth: int, names: list[str]) -> str:
    """A comprehension whose text means the same in Python."""
    own = [f"v{depth}{place}" for place in range(random.choice((1, 1, 2)))]
    over = random.choice(("range(4)", "[3, 1, 2]", f"range({random.choice(names)})"))
    if depth and random.random() < 0.4:
        over = drawn(random, depth - 1, names)
    if len(own) > 1:
        over = random.choice((f"enumerate({over})", "zip([1, 2], [5, 3])"))
    inner = [*names, *own]
    value = f"{random.choice(inner)} * {random.choice(inner)} + 1"
    if depth and random.random() < 0.3:
        value = f"sum({drawn(random, depth - 1, inner)})"
    condition = f" if {random.choice(inner)} % 2 == 1" if random.random() < 0.5 else ""
    return f"[{value} for {', '.join(own)} in {over}{condition}]"


def test_lists_are_those_of_python() -> None:
    for seed in range(150):
        text = drawn(Random(seed), 2, ["n", "k"])
        filters = sum(eval(text, {"n": 3, "k": 2})) + 1  # noqa: S307  # our own text
        if filters < 2**31:
            (view,) = network_of(model(f"conv(sum({text}) + 1, 1x1)", "n = 3, k = 2")).layers
            assert view.shape.channels == filters, text


@pytest.mark.parametrize("backend", BACKENDS)
def test_each_keeps_its_form(backend: str) -> None:
    lines = """let odd = [2 * k + 1 for k in range(n) if k > 0]
    for w, k in [(w, odd[i % 2]) for i, w in enumerate(widths)] { conv(w, k, pad=same) }
    conv(max([w for w in widths if w > n]), 1x1)
    conv(len([w for w in widths if w > n]), 1x1)
    conv(sum([k for k in range(3)]), 1x1)"""
    text = "".join(cnndsl.loads(model(lines)).emit(backend).split())
    for kept in (
        "odd = tuple(2 * k + 1 for k in range(n) if k > 0)",
        "[(w, odd[i % 2]) for i, w in enumerate(widths)]",
        "max(w for w in widths if w > n)",
        "len([w for w in widths if w > n])",
    ):
        assert "".join(kept.split()) in text, kept
    assert "range(3)" not in text


@pytest.mark.parametrize("backend", BACKENDS)
def test_names_in_python_hide_none_that_are_read(backend: str) -> None:
    """Code reads the channels of `x`, and rounds by `math`."""
    list_ = "[floor(math * 0.5) * x * in.channels for x, math in zip([1, 2], widths)]"
    network = cnndsl.loads(model(f"relu -> relu\n    if n > 1 {{ conv(sum({list_}), 1x1) }}"))
    assert network.output_shape == (8, 8, (2 + 2 * 4) * 4)
    text = network.emit(backend)
    names = "x, math_" if backend == "torch" else "x_, math_"
    assert f"math.floor(math_ * 0.5) * {names[:-7]}" in " ".join(text.split())
    assert f"for {names} in zip" in text
    assert "widths: tuple[int, ...]" in text


@pytest.mark.parametrize("backend", BACKENDS)
def test_names_in_python_hide_no_helper(backend: str) -> None:
    line = "conv(round(sum([quotient / n for quotient in halves])), 1x1)"
    text = cnndsl.loads(model(line, "n = 2, halves = [8, 16.0]")).emit(backend)
    assert "sum(quotient(quotient_, n) for quotient_ in halves)" in " ".join(text.split())


@pytest.mark.parametrize(
    "list_",
    [
        "[sum([j for j in range(9000)]) for k in range(9000)]",
        "[[k for k in range(100)] for j in range(16000)]",
        "[" * 90 + "k0" + "".join(f" for k{i} in range(3)]" for i in range(90)),
    ],
)
def test_turns_are_steps(list_: str) -> None:
    started = time.process_time()
    findings = findings_of(model(f"conv(sum({list_}), 1x1)"))
    assert len(findings) == 1
    words = (f"{MOST_STEPS:,} steps", "16,384", "already defined", "deep")
    assert any(one in findings[0] for one in words), findings
    assert time.process_time() - started < 2
