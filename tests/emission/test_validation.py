"""Translation validation: emitted code is the checked network, or it is not handed out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cnndsl_keras import stand_ins as keras_stand_ins
from cnndsl_keras.dialect import DIALECT as KERAS
from cnndsl_numpy import stand_ins as numpy_stand_ins
from cnndsl_torch import stand_ins as torch_stand_ins
from cnndsl_torch.dialect import HELPERS as TORCH_HELPERS
from emission_makers import MAKERS
from model_shapes import shapes_in
from parametric_judges import EXACT, REFUSED, entry_of, judged
from parametric_specs import parametric_spec
from samples import Call, required
from spec_text import in_model

import cnndsl
from cnndsl.backend import find_backend
from cnndsl.diagnostics.base import SpecError
from cnndsl.emit.lowering import Lowering
from cnndsl.emit.validation import variants
from cnndsl.emit.validation.execution import NoReading, Session
from cnndsl.emit.validation.ladder import EmissionFailed, Ladder, Verdict, shared, validated
from cnndsl.emit.validation.variants import FEW, Trials
from cnndsl.ops import OPS
from cnndsl.values import Shape

CASES = Path(__file__).parent / "cases"
OTHERS = {
    "other_if_elif": ("deep", "false"),
    "other_if_else": ("deep", "false"),
    "other_if_not": ("deep", "true"),
    "other_if_off": ("deep", "true"),
    "other_kernel": ("k", "4"),
    "other_stride3": ("s", "1"),
}
"""For each case of a signature that the body did not honour, the value that it did not."""
LIVE = ("torch", pytest.param("keras", marks=pytest.mark.slow))


def case(name: str) -> str:
    return (CASES / f"{name}.cnn").read_text(encoding="utf-8")


# What was wrong before there was validation


@pytest.mark.parametrize("name", sorted(path.stem for path in CASES.glob("*.cnn")))
@pytest.mark.parametrize("backend", MAKERS)
def test_cases_are_emitted(name: str, backend: str) -> None:
    text = cnndsl.loads(case(name)).emit(backend)
    compile(text, name, "exec")


@pytest.mark.parametrize("backend", LIVE)
@pytest.mark.parametrize("name", sorted(OTHERS))
def test_other_values(name: str, backend: str) -> None:
    parameter, value = OTHERS[name]
    (verdict,) = judged(find_backend(backend), case(name), {parameter: [value]})
    is_flag = value in ("true", "false")
    assert verdict.outcome in ((EXACT,) if is_flag else (EXACT, REFUSED))


@pytest.mark.parametrize("name", sorted(path.stem for path in CASES.glob("chan_*.cnn")))
def test_channels_behind_branches_and_loops(name: str) -> None:
    """The live model has every shape and weight of the network."""
    network = cnndsl.loads(case(name)).network
    backend = find_backend("torch")
    model = backend.build(network)
    shapes = shapes_in("torch", model, network)
    assert shapes == {layer.path: layer.shape.dims for layer in network.layers}


ONLY_FAR_VALUES_HOLD = (206049, 402743)
"""Seeds with a parameter of which the checker accepts none of the values beside the default."""


@pytest.mark.parametrize("backend", LIVE)
@pytest.mark.parametrize("seed", [*range(12), *ONLY_FAR_VALUES_HOLD])
def test_random_parameters(seed: int, backend: str) -> None:
    """`tests/fuzz/parametric.py` goes on from there."""
    text, values = parametric_spec(seed)
    try:
        cnndsl.loads(text)
    except SpecError:
        pytest.skip("the spec does not hold")
    verdicts = list(judged(find_backend(backend), text, values))
    wrong = [one for one in verdicts if one.outcome not in (EXACT, REFUSED)]
    assert not wrong


IN_STEPS = """
model net(widths = [12, 24], classes = 3) {
    input 8x8x6
    for filters, count in zip(widths, [1, 2]) {
        grow(filters)
        unit * count
    }
    global_avg_pool -> dense(classes)
}
block grow(filters) {
    concat {
        identity
        conv(filters - in.channels, 3x3, pad=same, groups=6)
    }
}
block unit { conv(in.channels, 3x3, pad=same, groups=6) }
"""
"""The checker takes lists of two multiples of six."""


@pytest.mark.parametrize("backend", LIVE)
def test_lists_of_which_no_near_one_is_accepted(backend: str) -> None:
    values = ["[24, 48]", "[18, 30]", "[12, 48]"]
    verdicts = list(judged(find_backend(backend), IN_STEPS, {"widths": values}))
    assert [one.outcome for one in verdicts] == [EXACT] * 3


@pytest.mark.parametrize("backend", LIVE)
def test_lists_of_one_length(backend: str) -> None:
    entry = entry_of(find_backend(backend).emit(cnndsl.loads(IN_STEPS).network))
    for widths in ((12,), (12, 24, 48)):
        with pytest.raises(ValueError, match="widths must have 2 items"):
            entry(widths=widths)


# Counts of none


COUNTED = """
model net(depths = [1, 2], widths = [4, 6], classes = 3) {{
    input 8x8x3
    part(depths[0], widths[0]) -> part(depths[1], widths[1])
    global_avg_pool -> dense(classes)
}}
stage part(depth, width) {{ {turns} }}
block unit(width, stride = 1) {{
    identity as entering
    conv(width, 3x3, stride, pad=1)
    if stride == 1 and in.channels == width {{ add(entering, main) }}
}}
"""
TURNS = {
    "loop": "for i in range(depth) { unit(width, 2 if i == 0 else 1) }",
    "repeat": "unit(width) * depth",
    "repeat_behind_one": "unit(width, 2) -> unit(width) * (depth - 1)",
}


@pytest.mark.parametrize("backend", LIVE)
@pytest.mark.parametrize("turns", TURNS)
def test_lists_of_counts_and_widths_are_taken(turns: str, backend: str) -> None:
    """All lists but those that have a block make no turn, where its channels are another's."""
    text = COUNTED.format(turns=TURNS[turns])
    values = {"depths": ["[2, 1]"], "widths": ["[5, 7]", "[6, 6]"]}
    verdicts = list(judged(find_backend(backend), text, values))
    assert [one.outcome for one in verdicts] == [EXACT] * 3


@pytest.mark.parametrize("turns", ["loop", "repeat"])
def test_a_count_of_none_is_refused_by_name(turns: str) -> None:
    text = COUNTED.format(turns=TURNS[turns])
    entry = entry_of(find_backend("torch").emit(cnndsl.loads(text).network))
    for depths in ((0, 2), (1, 0)):
        with pytest.raises(ValueError, match="depths must have items of at least 1"):
            entry(depths=depths)


# Readings


SHAPES = (Shape((9, 9, 288)), Shape((9, 9, 4)), Shape((8,)))


def call(op: str) -> str:
    """A model with one layer of an op."""
    kind = OPS[op]
    if kind.merges:
        return in_model(f"{op} {{\n relu\n tanh\n }}", "8x8x4")
    call = Call(kind, required(kind))
    shape = next(one for one in SHAPES if call.shape(one) is not None)
    return in_model(f"{call.text} -> relu", str(shape))


@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize("backend", MAKERS)
def test_every_op_has_readings(op: str, backend: str) -> None:
    """The first form holds: nothing is left to a fallback."""
    network = cnndsl.loads(call(op)).network
    found = Ladder(network, *MAKERS[backend]).form(shared, ())
    assert found is not None
    assert found[1].given is None


def test_every_helper_has_a_reading() -> None:
    torch = {*torch_stand_ins.HELPERS, *torch_stand_ins.FUNCTIONS}
    inside_others = {name for one in TORCH_HELPERS.values() for name in one.uses}
    assert torch == set(TORCH_HELPERS) - (inside_others - torch)
    others = {"depthwise_initializer", "once", *KERAS.in_turn}
    assert {*keras_stand_ins.HELPERS, *others} == set(KERAS.support)


@pytest.mark.parametrize("backend", MAKERS)
def test_a_constructor_without_a_reading_is_named(
    backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = {"torch": torch_stand_ins, "keras": keras_stand_ins, "numpy": numpy_stand_ins}[backend]
    name = {"torch": "Conv2d", "keras": "Conv2D", "numpy": "Conv"}[backend]
    monkeypatch.delitem(module.READINGS, name)
    with pytest.raises((EmissionFailed, NoReading), match=f"no reading for .*{name}"):
        cnndsl.loads(in_model("conv(4, 3x3)")).emit(backend)


def test_nothing_is_imported() -> None:
    """Emission, validated, loads no framework, nor NumPy."""
    program = (
        "import sys, cnndsl\n"
        "for name in ('torch', 'keras'):\n"
        "    cnndsl.load('lenet5').emit(name)\n"
        "loaded = {'torch', 'keras', 'tensorflow', 'numpy'} & sys.modules.keys()\n"
        "assert not loaded, loaded\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_no_file_without_a_form_that_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An internal error: status 2, a line that says what differs, and nothing written."""
    from cnndsl_torch import modules

    from cnndsl.cli import main

    wrong = Lowering(OPS["relu"], modules.plain("Tanh"))
    monkeypatch.setitem(modules.LOWERINGS.by_op, OPS["relu"], wrong)
    (tmp_path / "net.cnn").write_text(in_model("relu"))
    output = tmp_path / "net.py"
    arguments = ["compile", str(tmp_path / "net.cnn"), "-b", "torch", "-o", str(output)]
    assert main(arguments) == 2
    assert "relu: tanh instead of relu" in capsys.readouterr().err
    assert not output.exists()


RECURSION = """
model net(width = 16, depth = 4) {
    input 64x64x3
    level(width, depth)
}
block level(filters, depth) {
    conv(filters, 1x1) as skip
    if depth > 0 {
        let up = max_pool(2x2) -> level(2 * filters, depth - 1) -> upsample(2) -> conv(filters, 1x1)
        (skip, up) -> gate(filters // 2) as kept
        concat(kept, up) -> conv(filters, 1x1)
    }
}
block gate(filters) {
    input skip, signal
    let weights = add { skip -> conv(in.height, 1x1)
        signal -> conv(in.height, 1x1) } -> conv(1, 1x1) -> spread(in.channels)
    multiply(skip, weights)
}
block spread(channels) {
    identity as x
    if channels > 1 { concat(x, x) -> spread(channels // 2) }
}
"""
"""No text for several widths or depths is one class a block, which takes many partings to find."""


def test_a_text_for_other_values_is_given_up_after_some_attempts() -> None:
    ladder = Ladder(cnndsl.loads(RECURSION).network, *MAKERS["torch"])
    assert 'raise ValueError("depth must be' in ladder.text()
    assert ladder.renderings < 50


def test_a_guard_on_a_list_names_the_one_given_alone() -> None:
    text = RECURSION.replace("depth = 4", "depths = [4]").replace(
        "width, depth)", "width, depths[0])"
    )
    code = validated(cnndsl.loads(text).network, *MAKERS["torch"])
    assert 'raise ValueError("depths must be (4,)")' in code


def test_a_session_runs_text_once_for_several_networks() -> None:
    network = cnndsl.loads(in_model("conv(n, 1x1)", parameters="(n = 3)"))
    other = cnndsl.loads(in_model("conv(n, 1x1)", parameters="(n = 3)"), n=5)
    text = validated(network.network, *MAKERS["torch"])
    session = Session(text, "M", MAKERS["torch"][1])
    assert session.run(network.network, {}) is None
    assert session.run(other.network, {"n": 5}) is None
    assert session.run(other.network, {"n": 4}) is not None


def test_long_lists_are_tried_in_few_places() -> None:
    text = "model m(widths = range(1, {})) {{\n input 4x4x3\n for w in widths {{ scale(w) }}\n}}\n"
    networks = (cnndsl.loads(text.format(count)).network for count in (20, 3_000))
    short, long = (len(trials.apart(trials.names)) for trials in map(Trials, networks))
    assert short > 2 * long > 4


def many(count: int, last: str = "") -> str:
    """A model of many parameters that do no more than count."""
    names = [f"p{place}" for place in range(count)]
    layers = "\n".join(f"conv({name}, 1x1)" for name in names)
    return (
        f"model net({', '.join(f'{one} = 4' for one in names)}) {{ input 8x8x3\n{layers}{last}\n}}"
    )


@pytest.mark.parametrize("count", [FEW + 1, 8 * FEW])
def test_many_parameters_are_tried_at_once(count: int) -> None:
    ladder = Ladder(cnndsl.loads(many(count)).network, *MAKERS["torch"])
    (group,) = ladder.together
    assert len(group.names) == count
    assert len(group.trials) == 5
    assert not ladder.variants
    assert "raise ValueError" not in ladder.text()
    assert ladder.together == [group]


UNENDING = """
model net(first = 3, deep = true, last = 2) {
    input 4x4x3
    for place in range(12) { conv(place + first, 1x1) }
    if deep { relu }
    conv(last, 1x1)
}
"""


@pytest.mark.parametrize("most", [30, 45, 60, 100])
def test_what_there_is_no_room_to_try_is_refused(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loop of many layers and some parameters: 20 processor seconds from a hundred bytes."""
    monkeypatch.setattr(variants, "MOST_TRIED", most)
    trials = Ladder(cnndsl.loads(UNENDING).network, *MAKERS["torch"]).trials
    assert trials.untried
    assert trials.layers_left > -40  # what one network may take
    values = {"first": ["4", "9"], "deep": ["false"], "last": ["1", "77"]}
    outcomes = [one.outcome for one in judged(find_backend("torch"), UNENDING, values)]
    assert REFUSED in outcomes
    assert set(outcomes) <= {EXACT, REFUSED}


def test_what_cannot_be_tried_at_once_is_tried_alone() -> None:
    last = "conv(p0, 1x1, groups=p1)" + "\nadd { conv(p2, 1x1)\nconv(p3, 1x1) }"
    ladder = Ladder(cnndsl.loads(many(4 * FEW, f"\n{last}")).network, *MAKERS["torch"])
    together = {name for one in ladder.together for name in one.names}
    assert len(together) == 3 * FEW
    alone = set(ladder.trials.names) - together - {"p2", "p3"}  # which have to be equal
    assert {one.parameter for one in ladder.variants} == alone


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("nn.Conv2d(p6, p7, 1)", "nn.Conv2d(p6, p8, 1)"),
        ("nn.Conv2d(p6, p7, 1)", "nn.Conv2d(p6, 4, 1)"),
        ("nn.Conv2d(p6, p7, 1)", "nn.Conv2d(p7, p6, 1)"),
        ("nn.Conv2d(p6, p7, 1)", "nn.Conv2d(p6, max(p7, 4), 1)"),
        ("nn.Conv2d(p6, p7, 1)", "nn.Conv2d(p6, p7, 1 + (p7 > 10))"),
        ("super().__init__()", "super().__init__()\n        if p9 > 5: raise TypeError"),
    ],
)
def test_mistakes_show_where_many_are_tried_at_once(old: str, new: str) -> None:
    ladder = Ladder(cnndsl.loads(many(2 * FEW)).network, *MAKERS["torch"])
    found = ladder.form(shared, ())
    assert found is not None
    form, verdict = found
    assert verdict == Verdict(None)
    assert old in form.text
    wrong = ladder.verdict(form.replaced(text=form.text.replace(old, new)))
    assert wrong.failing or not ladder.together
