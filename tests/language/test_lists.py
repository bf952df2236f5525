"""Lists of values that loops grow and read: the same networks as without loops and lists."""

from __future__ import annotations

from importlib import import_module
from random import Random

import literal_formulas
import numpy as np
import pytest
from cnndsl_numpy.dialect import DIALECT as NUMPY
from cnndsl_torch.dialect import DIALECT as TORCH
from emission_makers import MAKERS
from listed_specs import listed, pair
from spec_text import findings_of, network_of

import cnndsl
from cnndsl.backend import find_backend
from cnndsl.emit.validation.execution import Session
from cnndsl.emit.validation.ladder import LEVELS, Ladder

UNET = """
model unet(depth = 2, filters = 2) {
    input 8x12x1
    for i in range(depth) {
        conv(filters * 2 ** i, 3x3, pad=same) -> relu as skips[]
        max_pool(2x2)
    } as down
    conv(filters * 2 ** depth, 3x3, pad=same)
    for i in range(depth) {
        conv_transpose(filters * 2 ** (depth - 1 - i), 2x2, stride=2)
        concat(skips[-1 - i], main) -> conv(filters * 2 ** (depth - 1 - i), 3x3, pad=same)
    } as up
}
"""


def test_lists_are_the_values_in_them() -> None:
    for seed in range(60):
        with_lists, without = map(network_of, pair(Random(seed)))
        found, wanted = (
            [(view.op, view.inputs, view.input_shapes) for view in one.layers]
            for one in (with_lists, without)
        )
        assert found == wanted, seed
        assert with_lists.outputs == without.outputs
        assert with_lists.cost == without.cost
        assert with_lists.scope.depth == without.scope.depth


WHOLE = """
block sums(filters, depth = 3) {
    conv(filters, 1x1) as kept[]
    for i in range(depth) { conv(filters, 3x3, pad=same) as kept[] }
    add(kept) -> tanh -> conv(filters, 1x1)
    average(kept, main) -> conv(filters, 1x1)
    let most = maximum(kept)
    minimum(main, kept) -> add(main, most) -> conv(filters, 1x1)
}
block dense_part(depth) {
    identity as kept[]
    for i in range(depth) { concat(kept) -> conv(3, 3x3, pad=same) -> tanh as kept[] }
    concat(main, kept) -> conv(4, 1x1)
}
model m(filters = 4, depth = 2) {
    input 6x5x2
    sums(filters, depth) -> sums(3) -> dense_part(depth)
}
"""


@pytest.mark.parametrize("backend", ["keras", "torch", "numpy"])
def test_whole_lists_stay_lists(backend: str) -> None:
    emitted = cnndsl.loads(WHOLE).emit(backend)
    assert "depth" in emitted
    assert "ValueError" not in emitted
    joins = {
        "torch": ("torch.stack(kept).sum(dim=0)", "torch.stack(kept + [x]).mean(dim=0)", "amax"),
        "keras": (")(kept)", ")([*kept, x])", ")([x, *kept])"),
        "numpy": (")(kept)", ")([*kept, x])", ")([x, *kept])"),
    }
    for written in joins[backend]:
        assert written in emitted
    if backend == "torch":
        assert "channels = sum(kept_channels)" in emitted
        assert "torch.cat(kept, dim=1)" in emitted
        assert "torch.cat([x] + kept, dim=1)" in emitted


def test_channels_of_whole_lists_are_known_to_callers() -> None:
    """PyTorch's layers behind a block that joins its list are made for any number of turns."""
    text = """
    block dense_part(depth, growth) {
        identity as kept[]
        for i in range(depth) { concat(kept) -> conv(growth, 3x3, pad=same) as kept[] }
        concat(kept)
    }
    model m(depth = 2, growth = 4) {
        input 6x5x2
        dense_part(depth, growth) -> dense_part(2 * depth, 3) -> conv(4, 1x1)
    }
    """
    emitted = cnndsl.loads(text).emit("torch")
    assert "ValueError" not in emitted
    assert "DensePart(2 + depth * growth, 2 * depth, 3)" in emitted
    names: dict[str, type] = {}
    exec(emitted, names)  # noqa: S102  # our own text
    model = names["M"](depth=5, growth=3)
    other = network_of(text, depth=5, growth=3)
    assert sum(one.numel() for one in model.parameters()) == other.cost.trainable


def test_layers_are_named_by_their_turns() -> None:
    paths = [view.path for view in network_of(UNET).layers]
    assert paths == [
        *[f"down.{i}.{layer}" for i in range(2) for layer in ("conv", "relu", "max_pool")],
        "conv",
        *[f"up.{i}.{layer}" for i in range(2) for layer in ("conv_transpose", "concat", "conv")],
    ]


@pytest.mark.parametrize("backend", ["keras", "torch", "numpy"])
def test_emitted_code_keeps_the_form(backend: str) -> None:
    """A list that grows by `append`, in a loop, and that another loop reads; for any depth."""
    emitted = cnndsl.loads(UNET).emit(backend)
    assert "depth: int = 2" in emitted
    assert "ValueError" not in emitted
    assert emitted.count("skips.append(x)") == 1
    if backend == "torch":
        assert "def forward(self, x: Tensor, skips: list[Tensor]) -> Tensor:" in emitted
        assert "        for turn in self.up:\n            x = turn(x, skips)\n" in emitted
    else:
        assert "    for i in range(depth):\n" in emitted
        assert "[skips[-1 - i], x]" in emitted


def test_channels_that_nobody_asks_for_are_not_kept() -> None:
    """Of a list whose values are added, PyTorch's constructor need not know the channels."""
    text = UNET.replace("concat", "add")
    emitted = cnndsl.loads(text).emit("torch")
    assert "skips.append(x)" in emitted
    assert "skips_channels" not in emitted


@pytest.mark.parametrize(
    ("seeds", "backend"),
    [
        (range(4), "torch"),
        (range(4), "numpy"),
        pytest.param(range(1), "keras", marks=pytest.mark.slow),
    ],
)
def test_backends_compute_what_the_layers_say(seeds: range, backend: str) -> None:
    live = import_module(f"cnndsl_{backend}.live")
    for text in (WHOLE, *(listed(Random(seed)) for seed in seeds)):
        network = network_of(text)
        model = find_backend(backend).build(network)
        weights = literal_formulas.random_weights(network)
        live.load_weights(model, network, weights)
        images = literal_formulas.random_images(network)
        wanted = literal_formulas.evaluate(network, weights, images)
        for one, other in zip(wanted, live.predict(model, images), strict=True):
            np.testing.assert_allclose(other, one, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("backend", MAKERS)
def test_each_form_holds(backend: str) -> None:
    """Forms that share code, and those that are outlined in numbers, are the checked network."""
    for seed in range(12):
        ladder = Ladder(network_of(listed(Random(seed))), *MAKERS[backend])
        for level in LEVELS:
            assert ladder.at(level) is not None, (seed, level, ladder.reasons)


MUTANTS = {
    "another value": ("skips[-1 - i]", "skips[-1]", "self.index = -1 - i", "self.index = -1"),
    "the value before": ("skips.append(x)", "pass", "skips.append(x)", "pass"),
    "the same twice": ("skips.append(x)", "skips += [x, x]", "skips.append(x)", "skips += [x, x]"),
}


@pytest.mark.parametrize("mutant", MUTANTS)
@pytest.mark.parametrize("backend", ["torch", "numpy"])
def test_validation_finds_another_value(backend: str, mutant: str) -> None:
    network = network_of(UNET)
    dialect = {"torch": TORCH, "numpy": NUMPY}[backend]
    entry = {"torch": "Unet", "numpy": "unet"}[backend]
    text = find_backend(backend).emit(network).text
    assert Session(text, entry, dialect.stand_ins).run(network, {}) is None
    before, after = MUTANTS[mutant][:2] if backend == "numpy" else MUTANTS[mutant][2:]
    assert before in text
    changed = text.replace(before, after)
    assert Session(changed, entry, dialect.stand_ins).run(network, {}) is not None


@pytest.mark.slow
@pytest.mark.parametrize(("text", "shape"), [(UNET, (1, 8, 12)), (WHOLE, (2, 6, 5))])
def test_torch_compiles_traces_and_exports_the_lists(text: str, shape: tuple[int, ...]) -> None:
    import torch

    module = cnndsl.loads(text).build("torch").eval()
    images = torch.rand(2, *shape)
    wanted = module(images)
    for other in (
        torch.jit.script(module),
        torch.fx.symbolic_trace(module),
        torch.export.export(module, (images,)).module(),
    ):
        torch.testing.assert_close(other(images), wanted)


ERRORS = {
    "concat(skips[2], main)": "CNN214 8:12: `skips[2]`: the list has 2 values here",
    "skips[-3] -> relu": "CNN214 8:5: `skips[-3]`: the list has 2 values here",
    "let late = later[0]": "CNN214 8:16: `later[0]`: the list is empty here",
    "concat(others[0], main)": "CNN213 8:12: `others` is no list of values",
    "concat(skips[0.5], main)": "CNN401 8:18: an index of `skips` takes an integer",
    "concat(skips[in.height], main)": "CNN406 8:18: an index cannot read `in`",
    "relu -> skips[0]": "CNN408 8:13: `skips[0]` cannot stand here",
    "conv[4]": "CNN123 8:5: arguments stand in round brackets",
    "if true { relu as skips[] }": "CNN408 8:23: `skips[]` cannot stand here",
    "let side = relu as skips[]": "CNN408 8:24: `skips[]` cannot stand here",
    "relu as skips[] * 2": "CNN103 8:21: unexpected `*`",
    "concat(later)": "CNN214 8:12: the list `later` is empty here",
    "multiply(skips, main)": "CNN408 8:14: the list `skips` cannot stand here: `multiply` joins",
    "stage s { concat(skips) }": "CNN408 8:22: the list `skips` cannot stand here",
    "concat(*skips)": "CNN103 8:12: unexpected `*` before `skips`",
    "skips -> relu": "CNN408 8:5: the list `skips` cannot stand here",
    "output skips": "CNN408 8:12: the list `skips` cannot stand here",
    "(skips, main) -> relu": "CNN408 8:6: the list `skips` cannot stand here",
    "(relu as skips[]) * 2": "CNN408 8:14: `skips[]` cannot stand here",
    "stage s { relu as skips[] }": "CNN408 8:23: `skips[]` cannot stand here",
    "stage s { add(skips[0], main) }": "CNN408 8:19: a value of `skips` cannot stand here",
    "split(3) as skips[], b, c": "CNN408 8:26: a list beside names cannot stand here",
    "relu as relu[]": "CNN205 8:13: the name `relu` is already defined",
    "relu as class[]": "CNN206 8:13: `class` cannot be a name",
}


@pytest.mark.parametrize("line", ERRORS)
def test_errors_say_what_is_wrong(line: str) -> None:
    (found,) = findings_of(
        f"""model m {{
    input 8x8x3
    for kernel in [1x1, 3x3] {{
        conv(3, kernel, pad=same) as skips[]
    }}
    concat(skips[0], skips[1])
    conv(3, 1x1)
    {line}
    relu as later[]
}}
"""
    )
    code, place, message = found.split(" ", 2)
    assert f"{code} {place.partition('-')[0]}: {message}".startswith(ERRORS[line])


def test_an_error_in_a_turn_is_reported_once() -> None:
    """Values that are missing behind it are no errors of their own."""
    text = UNET.replace("conv(filters * 2 ** i, 3x3, pad=same)", "conv(filters, 30x30)")
    (found,) = findings_of(text)
    assert found.startswith("CNN3")
