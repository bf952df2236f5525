"""Emitted code with several other arguments at once, and with values of other kinds."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

import pytest
from emission_makers import MAKERS
from parametric_judges import as_python, difference, entry_of
from parametric_specs import parametric_spec

import cnndsl
from cnndsl.backend import find_backend
from cnndsl.diagnostics.base import SpecError
from cnndsl.emit.effort import MOST_EFFORT, Effort
from cnndsl.emit.formulas import in_python
from cnndsl.emit.renderer import Task
from cnndsl.emit.validation.execution import Session
from cnndsl.emit.validation.ladder import LEVELS, Form, Ladder, is_refusal, shared
from cnndsl.emit.validation.variants import Trials
from cnndsl.project.parameters import parse_value

GROUPS = """
model net(deep = false, groups = 1, width = 4, dilate = false, norm = true) {
    input 8x8x3
    conv(8, 3x3, pad=1)
    for i in range(2) { unit(8 * 2 ** i, deep, groups, width, 2 if dilate and i > 0 else 1, norm) }
}
block unit(planes, deep, groups, width, dilation, norm) {
    let inner = planes * width // 4
    if deep {
        conv(inner, 1x1, bias=not norm)
        conv(inner, 3x3, pad=dilation, dilation=dilation, groups=groups, bias=not norm)
        if norm { batch_norm }
        relu -> conv(4 * planes, 1x1)
    } else {
        conv(planes, 3x3, pad=dilation, dilation=dilation, bias=not norm) -> relu
    }
}
"""
"""ResNeXt's: nothing but the deep unit has groups."""
RATES = """
model net(rate = 0.0, drop = 0, ratio = none, alpha = 1) {
    input 8x8x3
    conv(round(8 * alpha), 3x3, pad=1) -> relu -> dropout(drop)
    if rate > 0 { drop_path(rate) }
    if ratio != none { conv(floor(max(1, in.channels * ratio)), 1x1) -> relu }
    if drop > 0 { dropout(drop) }
    conv(4, 1x1)
}
"""
"""None of the defaults is a rate, a ratio or a width as people give them."""
NESTED = """
model net(deep = false, wide = false, groups = 1, slope = 0.01, bias = true, p = 1) {
    input 8x8x4
    if deep {
        if wide { conv(8, 3x3, pad=p, groups=groups, bias=bias) -> leaky_relu(slope) }
        depthwise_conv(3x3, pad=p, multiplier=groups)
    }
    conv(8, 1x1, bias=bias)
}
"""
MANY = f"""
model net(deep = false, {", ".join(f"w{number} = 4" for number in range(17))}) {{
    input 8x8x4
    {" -> ".join(f"conv(w{number}, 1x1)" for number in range(17))}
    if deep {{ conv(w3, (w3, 3), pad=same) -> max_pool(w4, 1, pad=same) }}
}}
"""
"""So many counts that they are tried at once; two of them are kernels where the branch is taken."""
UNREAD = """
model net(k = 3, s = 1, deep = false) {
    input 16x16x4
    if deep { max_pool(k, s, pad=same) }
    conv(4, 1x1)
}
"""
"""A stride can be 0 as long as nothing reads it."""
LARGE = """
model net(deep = false, a = 1, b = 2, c = 3, d = 4, e = 5, k = 3) {
    input 16x16x4
    relu
    if deep {
        (conv(4, 1x1) -> relu) * 150 -> conv(a, 1x1) -> conv(b, 1x1) -> conv(c, 1x1) -> conv(d, 1x1)
        conv(e, 1x1) -> max_pool(k, 1, pad=same)
    }
}
"""
"""Nearly all layers are in the branch that is not taken."""
CASES = {
    GROUPS: {
        "deep": ["true"],
        "groups": ["2", "4"],
        "width": ["8"],
        "dilate": ["true"],
        "norm": ["false"],
    },
    RATES: {
        "rate": ["0.1", "0.7"],
        "drop": ["0.2", "0.5"],
        "ratio": ["0.25", "2"],
        "alpha": ["0.5", "1.5", "2"],
    },
    NESTED: {
        "deep": ["true"],
        "wide": ["true"],
        "groups": ["2", "4"],
        "slope": ["0.2"],
        "bias": ["false"],
        "p": ["2", "0"],
    },
    UNREAD: {"k": ["2", "5"], "s": ["2"], "deep": ["true"]},
    LARGE: {"deep": ["true"], "k": ["2", "5"]},
    MANY: {"deep": ["true"], "w3": ["3"], "w4": ["5"]},
}


def arguments(values: Mapping[str, list[str]]) -> Iterator[dict[str, str]]:
    """Each value alone, each two of different parameters, and one of each parameter."""
    for count in (1, 2, len(values)):
        for names in itertools.combinations(values, count):
            for given in itertools.product(*(values[name] for name in names)):
                yield dict(zip(names, given, strict=True))


def form_of(backend: str, text: str) -> Form:
    """The form that is handed out."""
    ladder = Ladder(cnndsl.loads(text).network, *MAKERS[backend])
    return next(form for form in map(ladder.at, LEVELS) if form is not None)


def wrong(backend: str, text: str, values: Mapping[str, list[str]]) -> Iterator[str]:
    """The arguments for which emitted code is another network than the checker's, in silence."""
    form = form_of(backend, text)
    session = Session(form.text, form.entry, MAKERS[backend][1])
    trials = Trials(cnndsl.loads(text).network)
    trials.layers_left = 10**6
    kept = {name: ones for name, ones in values.items() if name in form.parameters}
    for given in arguments(kept):
        parsed = {name: parse_value(value) for name, value in given.items()}
        network = trials.network_of(parsed)
        if network is None:
            continue
        names = {form.parameters[name]: in_python(value) for name, value in parsed.items()}
        error = session.run(network, names)
        if error is not None and not is_refusal(error, names):
            yield f"{given}: {error}"


@pytest.mark.parametrize("backend", MAKERS)
@pytest.mark.parametrize("text", CASES)
def test_arguments_together(text: str, backend: str) -> None:
    assert not [*wrong(backend, text, CASES[text])]


@pytest.mark.parametrize("backend", MAKERS)
@pytest.mark.parametrize("text", [GROUPS, RATES])
def test_arguments_are_kept(text: str, backend: str) -> None:
    form = form_of(backend, text)
    assert {*CASES[text]} <= {*form.parameters}
    assert text == RATES or "ValueError" not in form.text


@pytest.mark.parametrize("given", [{"deep": "true", "groups": "2"}, {"dilate": "true"}])
def test_arguments_together_in_pytorch(given: dict[str, str]) -> None:
    backend = find_backend("torch")
    entry = entry_of(backend.emit(cnndsl.loads(GROUPS).network))
    parsed = {name: as_python(parse_value(value)) for name, value in given.items()}
    network = cnndsl.loads(GROUPS, **given).network
    assert difference(backend, entry(**parsed), network) is None


@pytest.mark.parametrize(
    "seeds",
    [
        range(7_000, 7_003),
        pytest.param(range(7_003, 7_060), marks=pytest.mark.slow),
        pytest.param(range(7_060, 8_000), marks=pytest.mark.long),
    ],
)
@pytest.mark.parametrize("backend", MAKERS)
def test_random_arguments_together(backend: str, seeds: range) -> None:
    found = []
    for seed in seeds:
        text, values = parametric_spec(seed)
        try:
            found += [f"{seed} {one}" for one in wrong(backend, text, values)]
        except SpecError:  # a spec that does not hold
            continue
    assert not found, found[:5]


PLACED = """
model net(patch = 2, width = 4, ratio = 2, simple = false, classes = 3) {
    input 8x8x3
    conv(width, patch, stride=patch) -> position_embedding
    if simple { rms_norm } else { layer_norm }
    pixel_dense(ratio * width) -> gelu -> global_avg_pool -> dense(classes)
}
"""
"""A module of PyTorch is told how many places there are, so that it has one patch alone."""


def test_what_one_parameter_cannot_have_costs_no_other() -> None:
    form = form_of("torch", PLACED)
    assert form.text.count("raise ValueError") == 1
    assert 'raise ValueError("patch must be 2")' in form.text
    assert {"width", "ratio", "simple", "classes"} <= {*form.parameters}


SPLIT = """
model net(parts = 2, width = 8, sizes = [4, 4], place = 0) {
    input 8x8x3
    conv(width * parts, 1x1) -> split(parts, part=place)
    conv(sum(sizes), 1x1) -> split(sizes, part=place) -> conv(4, 1x1)
}
"""
"""Code of PyTorch has one part of one list."""


def test_a_part_that_nobody_knows_of_a_list_costs_no_other() -> None:
    text = form_of("torch", SPLIT).text
    assert text.count("raise ValueError") == 2
    assert "nn.Conv2d(3, width * parts, 1)" in text


TURNS = """
model net(n = 2, m = 1) {
    input 8x8x4
    conv(4, 1x1) as start -> conv(6, 1x1)
    (main, start) -> cell(6) * n as a, b
    (b, a) -> for turn in range(m) { cell(6) -> cell(4) } as c, d
    concat(c, d) -> conv(3, 1x1)
}
block cell(filters) {
    input x, y
    let z = concat(x, y) -> conv(filters, 1x1)
    let wider = concat(y, z)
    output z, wider
}
"""
"""The channels behind no turn and behind fewer are not those of a sum."""


def test_turns_are_bounded_from_below_alone() -> None:
    text = form_of("torch", TURNS).text
    assert text.count("raise ValueError") == 1
    assert 'raise ValueError("m must be at least 0")' in text


REFUSED = """
model net(a = 1, b = 2, k = 3, s = 1, deep = false, d = 1) {
    input 16x16x4
    conv(6, 3x3, pad=(a, a, b, b), stride=s)
    pad((a, b, 0, 1)) -> conv(6, k, pad=(k - 1) // 2)
    if deep { conv(8, 3x3, pad=(a, b, d, d), dilation=d) -> avg_pool(k, s, pad=(a, a, 1, 1)) }
}
"""
"""Keras's code cannot have the deep branch, and is wrong for other strides and kernels in it."""


def test_what_is_refused_anyway_costs_no_other() -> None:
    text = form_of("keras", REFUSED).text
    assert text.count("raise ValueError") == 1
    assert 'raise ValueError("deep must be False")' in text


def test_code_refuses_in_its_own_words_alone() -> None:
    assert is_refusal(ValueError("n must be 1, 2 or 3"), ["n"])
    assert is_refusal(ValueError("n cannot be 4"), ["m", "n"])
    assert not is_refusal(ValueError("7 is not a multiple of 2"), ["n"])
    assert not is_refusal(TypeError("n must be 1"), ["n"])


def test_integers_in_a_row_leave_no_room_between_them() -> None:
    text = "model net(k = 2) {\n input 4x4x3\n conv(3, k, pad=(k - 1) // 2)\n}\n"
    network = cnndsl.loads(text).network
    task = Task((network,), {"k": (1, 2, 3)}, Effort(MOST_EFFORT))
    renderer = MAKERS["torch"][0](task, shared((network,)))
    session = Session(renderer.render(), "Net", MAKERS["torch"][1])
    assert session.run(network, {"k": 2}) is None
    for other in (2.5, 4, 0):
        assert str(session.run(network, {"k": other})) == "k must be from 1 to 3"
