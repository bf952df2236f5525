"""Blocks that take and give several values: the same networks as without the blocks."""

from __future__ import annotations

from importlib import import_module
from random import Random

import literal_formulas
import numpy as np
import pytest
from cnndsl_numpy.dialect import DIALECT as NUMPY
from cnndsl_torch.dialect import DIALECT as TORCH
from emission_makers import MAKERS
from spec_text import findings_of, network_of

import cnndsl
from cnndsl.backend import find_backend
from cnndsl.emit.validation.execution import Session
from cnndsl.emit.validation.ladder import LEVELS, Ladder
from cnndsl.ir.network import Network

CELL = """
block cell(filters) {
    input current, previous
    let aside = previous -> conv(filters, 1x1)
    conv(filters, 3x3, pad=same) -> add(main, aside) -> relu
    output main, current
}
"""


def flat(network: Network) -> list[object]:
    """Every layer by its op and its inputs, with the outputs."""
    layers = [(view.op, view.inputs, view.input_shapes) for view in network.layers]
    return [*layers, [value for _, value in network.outputs]]


def written_out(turns: int, filters: int) -> str:
    """The cells of a chain without blocks."""
    lines = ["identity as v0"]
    for turn in range(turns):
        current, previous = f"v{turn}", f"v{max(turn - 1, 0)}"
        lines += [
            f"let a{turn} = {previous} -> conv({filters}, 1x1)",
            f"{current} -> conv({filters}, 3x3, pad=same)",
            f"add(main, a{turn}) -> relu as v{turn + 1}",
        ]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "chain",
    [
        "cell(4) * 4",
        "(cell(4) -> cell(4)) * 2",
        "for turn in range(4) { cell(4) }",
        "cell(4) -> if true { cell(4) -> cell(4) * 2 }",
        "cell(4) -> twice -> cell(4)",
    ],
)
def test_cells_are_the_layers_in_them(chain: str) -> None:
    twice = """
        block twice { input one, other
            (one, other) -> cell(4) * 2 as last, before
            output last, before
        }
    """
    body = f"(main, main) -> {chain} as last, before\noutput last, before"
    found = network_of(f"{CELL}{twice}model m {{\ninput 5x4x3\n{body}\n}}")
    wanted = network_of(f"model m {{\ninput 5x4x3\n{written_out(4, 4)}\noutput v4, v3\n}}")
    assert flat(found) == flat(wanted)
    assert found.cost == wanted.cost
    assert found.scope.depth == wanted.scope.depth
    assert found.scope.output_shapes == wanted.scope.output_shapes


@pytest.mark.parametrize("first", ["long", "short"])
def test_depth_is_that_of_the_longest_path(first: str) -> None:
    """A block's inputs and outputs each have paths of their own."""
    second = {"long": "short", "short": "long"}[first]
    text = f"""
        block cross {{
            input a, b
            let x = a -> conv(2, 1x1)
            b -> conv(2, 1x1) -> conv(2, 1x1) -> conv(2, 1x1)
            output x, main
        }}
        model m {{
            input 5x4x2
            let long = conv(2, 1x1) -> conv(2, 1x1) -> conv(2, 1x1)
            let short = conv(2, 1x1)
            ({first}, {second}) -> cross * 3 as p, q
            output p, q
        }}
    """
    network = network_of(text)
    depths: list[int] = []
    for view in network.layers:
        entering = [depths[one] if one >= 0 else 0 for one in view.inputs]
        depths.append(view.op.depth + max(entering))
    assert network.scope.depth == max(depths[value] for _, value in network.outputs)


def test_in_is_the_first_input() -> None:
    text = """
        block pair {
            input left, right
            conv(in.channels, 1x1) -> add(main, right)
        }
        model m { input 5x4x3
            conv(2, 1x1) as two
            let three = conv(3, 1x1)
            (three, three) -> pair
            (two, two) -> pair
        }
    """
    assert str(network_of(text).scope.output_shape) == "5x4x2"


@pytest.mark.parametrize("backend", ["keras", "torch", "numpy"])
def test_emitted_code_keeps_the_form(backend: str) -> None:
    """One function or class for the cell, a loop for its turns, and a tuple for what it gives."""
    text = f"""{CELL}
        model m {{
            input 5x4x3
            conv(4, 1x1) as early -> relu
            (main, early) -> cell(4) * 5 as last, before
            concat(last, before)
        }}
    """
    emitted = cnndsl.loads(text).emit(backend)
    if backend == "torch":
        assert "def forward(self, current: Tensor, previous: Tensor) -> tuple[Tensor, Tensor]:" in (
            emitted
        )
        assert "self.cell = nn.ModuleList(Cell(4, 4, 4) for _ in range(5))" in emitted
        assert "for cell in self.cell:\n            x, previous = cell(x, previous)" in emitted
    else:
        assert "    return x, current\n" in emitted
        assert 'x, previous = cell(x, previous, 4, name=f"cell.{i}")' in emitted


def several(random: Random) -> str:
    """A spec of blocks that take and give up to three values, which branch, loop and join."""
    taken, given = random.randint(2, 3), random.randint(1, 3)
    names = ["left", "middle", "right"][:taken]
    values = [*names]
    lines = []
    for place in range(random.randint(1, 3)):
        start = random.choice(values)
        lines.append(f"let made{place} = {start} -> conv({random.randint(2, 3)}, 1x1) -> tanh")
        values.append(f"made{place}")
    outputs = ["main", *random.sample(values, given - 1)]
    lines.append(f"{random.choice(values)} -> conv(2, 1x3, pad=same) -> relu")
    lines.append(f"concat(main, {random.choice(values)})")
    call = "mix"
    if taken == given:
        call = random.choice(["mix", "mix * 2", "(mix -> mix)", "for i in range(3) { mix }"])
    behind = [f"out{place}" for place in range(given)]
    entering = ", ".join(random.choice(["main", "early", "late"]) for _ in range(taken))
    named = f" as {', '.join(behind)}" if given > 1 else ""
    shown = ", ".join(behind) if given > 1 else "main"
    body = "\n".join(lines)
    return f"""
        block mix {{
            input {", ".join(names)}
            {body}
            output {", ".join(outputs)}
        }}
        model m {{
            input 4x3x2
            conv(3, 1x1) as early -> relu -> conv(4, 3x3, pad=same) as late -> sigmoid
            ({entering}) -> {call}{named}
            output {shown}
        }}
    """


@pytest.mark.parametrize(
    "backend", ["torch", "numpy", pytest.param("keras", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("seed", range(6))
def test_backends_compute_what_the_layers_say(seed: int, backend: str) -> None:
    network = network_of(several(Random(seed)))
    live = import_module(f"cnndsl_{backend}.live")
    model = find_backend(backend).build(network)
    weights = literal_formulas.random_weights(network)
    live.load_weights(model, network, weights)
    images = literal_formulas.random_images(network)
    wanted = literal_formulas.evaluate(network, weights, images)
    for one, other in zip(wanted, live.predict(model, images), strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-4, atol=1e-5)


def test_an_error_inside_points_at_the_input_that_is_at_fault() -> None:
    text = """block join {
        input left, right
        add(left, right)
    }
    model m {
        input 5x4x3
        conv(3, 1x1) as same
        conv(7, 1x1) as other
        (same, other) -> join
    }
    """
    (finding,) = findings_of(text)
    assert finding.startswith("CNN301 3:")


TWO_CELLS = f"""{CELL}
    model m {{
        input 5x4x3
        conv(4, 1x1) as early -> relu
        (main, early) -> cell(4) * 3 -> cell(4) as last, before
        concat(last, before)
    }}
"""
SWAPS = {
    "torch": {
        "swapped inputs": ("= cell(x, previous)", "= cell(previous, x)"),
        "swapped outputs": ("x, previous = cell(x", "previous, x = cell(x"),
        "swapped results": ("return x, current", "return current, x"),
        "another result": ("return x, current", "return x, previous"),
        "a turn left out": ("range(3)", "range(2)"),
        "one result": ("return x, current", "return x"),
    },
    "numpy": {
        "swapped inputs": ("= cell(x, previous", "= cell(previous, x"),
        "swapped outputs": ("x, previous = cell(x", "previous, x = cell(x"),
        "swapped results": ("return x, current", "return current, x"),
        "another result": ("return x, current", "return x, previous"),
        "a turn left out": ("range(3)", "range(2)"),
        "one result": ("return x, current", "return x"),
    },
}


@pytest.mark.parametrize(
    ("backend", "mutant"), [(backend, one) for backend, swaps in SWAPS.items() for one in swaps]
)
def test_validation_finds_swapped_values(backend: str, mutant: str) -> None:
    network = network_of(TWO_CELLS)
    dialect = {"torch": TORCH, "numpy": NUMPY}[backend]
    entry = {"torch": "M", "numpy": "m"}[backend]
    text = find_backend(backend).emit(network).text
    assert Session(text, entry, dialect.stand_ins).run(network, {}) is None
    before, after = SWAPS[backend][mutant]
    assert before in text
    changed = text.replace(before, after)
    assert Session(changed, entry, dialect.stand_ins).run(network, {}) is not None


@pytest.mark.parametrize("backend", MAKERS)
def test_each_form_holds(backend: str) -> None:
    """Forms that share code, and those that are outlined in numbers, are the checked network."""
    for seed in range(12):
        ladder = Ladder(network_of(several(Random(seed))), *MAKERS[backend])
        for level in LEVELS:
            assert ladder.at(level) is not None, (seed, level, ladder.reasons)


@pytest.mark.parametrize("backend", MAKERS)
def test_a_block_may_begin_with_all_its_inputs(backend: str) -> None:
    text = f"""{CELL}
        block cells {{
            input one, other
            (one, other) -> cell(4) * 3 as last, before
            output last, before
        }}
        model m {{
            input 5x4x4
            (main, main) -> cells -> cells as last, before
            concat(last, before)
        }}
    """
    ladder = Ladder(network_of(text), *MAKERS[backend])
    assert ladder.at(LEVELS[-1]) is not None, ladder.reasons


@pytest.mark.parametrize("backend", MAKERS)
def test_a_repeat_of_no_turns_passes_all_values(backend: str) -> None:
    text = f"""{CELL}
        model m {{
            input 5x4x4
            conv(4, 1x1) as early -> relu
            (main, early) -> cell(4) * 0 as last, before
            concat(last, before)
        }}
    """
    for level in LEVELS:
        ladder = Ladder(network_of(text), *MAKERS[backend])
        assert ladder.at(level) is not None, ladder.reasons
