"""Fixes keep the meaning: what `--fix` writes is the network that was meant, and mends for good."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from mutations import ZOO
from slips import slip
from spec_text import in_model, module_of, network_of

from cnndsl.backend import find_backend
from cnndsl.cli import main
from cnndsl.diagnostics.base import Finding
from cnndsl.explain.fixes import apply
from cnndsl.ops import OPS
from cnndsl.ops.vocabulary import ATTRIBUTES, LACKING, OTHERWISE, SAME, WORDS_OF_OTHERS, plain
from cnndsl.project.loading import check_models
from cnndsl.recipes import words

SPECS = {str(path): path.read_text() for path in sorted(ZOO.rglob("*.cnn"))}
SMALL = [path for path, text in SPECS.items() if len(text) < 2500]


def checked(text: str, path: str | None) -> tuple[tuple[Finding, ...], Any]:
    module = module_of(text, path=path)
    return check_models(module, module.models, {})


def network(text: str, path: str | None) -> list[Any]:
    """What the models of a text compute, layer by layer."""
    return [
        (one.input_shape, [(view.path, view.op, view.inputs) for view in one.layers])
        for one in checked(text, path)[1]
    ]


def marks(findings: tuple[Finding, ...]) -> Counter[str]:
    return Counter(one.diagnostic.code for one in findings if one.is_error)


def brought(before: tuple[Finding, ...], after: tuple[Finding, ...]) -> Counter[str]:
    """The errors that a fix brought."""
    return marks(after) - marks(before)


def judge(path: str, seed: int, meant: list[Any]) -> tuple[str, int]:
    """What is wrong with the fixes of one mistake, in words, and how many fixes were certain."""
    kind, text = slip(SPECS[path], Random(seed))
    findings, _ = checked(text, path)
    for one in findings:
        if one.fix is not None and one.is_error:
            left = checked(apply(text, [one.fix]), path)[0]
            if one in left or brought(findings, left):
                return f"{kind}: `{one.diagnostic.help}` leads to another error", 0
    certain = [one.fix for one in findings if one.fix is not None and one.fix.is_safe]
    if not certain:
        return "", 0
    if kind == "lacking" and any(one.diagnostic.code == "CNN201" for one in findings):
        return f"{kind}: an op that is lacking was replaced", len(certain)
    after = apply(text, certain)
    left, _ = checked(after, path)
    new = brought(findings, left)
    if new:
        return f"{kind}: the fix brought {dict(new)}", len(certain)
    if not marks(left) and network(after, path) != meant:
        return f"{kind}: another network", len(certain)
    return "", len(certain)


def problems(seeds: range) -> tuple[list[str], int]:
    found, certain = [], 0
    known = {path: network(SPECS[path], path) for path in SMALL}
    for seed in seeds:
        path = SMALL[seed % len(SMALL)]
        problem, count = judge(path, seed, known[path])
        certain += count
        if problem:
            found.append(f"{path} {seed} {problem}")
    return found, certain


def test_certain_fixes_of_slips_give_the_network_that_was_meant() -> None:
    found, certain = problems(range(100))
    assert not found, "\n".join(found[:10])
    assert certain > 20


@pytest.mark.parametrize(
    "seeds",
    [
        pytest.param(range(1_000, 2_000), marks=pytest.mark.slow),
        pytest.param(range(2_000, 6_000), marks=pytest.mark.long),
    ],
)
def test_certain_fixes_of_many_slips_give_the_network_that_was_meant(seeds: range) -> None:
    found, _ = problems(seeds)
    assert not found, "\n".join(found[:10])


@pytest.mark.parametrize("op", LACKING)
def test_an_op_of_the_field_is_never_answered_with_another(op: str) -> None:
    for word in (op, *LACKING[op][0].split()):
        (finding,) = checked(in_model(f"    {word}"), None)[0]
        assert finding.fix is None
        assert str(finding.diagnostic.help).startswith("the language has no such op")


FURTHER_WORDS = """
    APL AReLU BNReLU BReLU BiasGelu Cast CastLike ConstantOfShape ContrastiveLoss ConvBnAct
    ConvLocal CoordAttention CReLU6 CrossConv DReLU EinsumDense FusedConv GhostConv HardELU
    Hardmax Interp LiSHT Loop MaxRoiPool Mod Multinomial ODConv PConv PLReLU PLU Phish Pipeline
    PixelNorm Pooling RandomNormal ReduceSumSquare RepConv SKConv Scan Shape SiLU6 Silence SinLU
    Smish SplAtConv Swish6 TanhSoft TeLU Trilu TripletAttention WTConv bent_identity bn_relu
    carafe conv2d_bn conv_bn cosine cost dysample filter flip norm pool pool2d relu1 repeat sinc
    transition unpool2d
""".split()
"""Ops of PyTorch, Keras, JAX, Caffe, Darknet and ONNX whose names are near those of others."""


@pytest.mark.parametrize("word", FURTHER_WORDS)
def test_a_word_of_the_field_is_no_slip_of_another(word: str) -> None:
    (finding,) = checked(in_model(f"    {word}"), None)[0]
    assert finding.fix is None
    assert "did you mean" not in str(finding.diagnostic.help)


@pytest.mark.parametrize("op", [op for op in OPS if op.count("_") == 1])
def test_another_word_among_several_is_no_slip(op: str) -> None:
    first, last = op.split("_")
    for word in (f"quux_{last}", f"{first}_quux"):
        found = [one.diagnostic.help for one in checked(in_model(f"    {word}"), None)[0]]
        assert not any(op in str(text) for text in found), word


def test_the_vocabulary_is_up_to_date() -> None:
    """An op that comes keeps its other names, and is lacking no more."""
    assert {*SAME, *OTHERWISE} <= {*OPS}
    assert not {*LACKING} & {*OPS}
    assert len(WORDS_OF_OTHERS) > 400
    known = {name for op in OPS.values() for name in op.attributes}
    families = [one for one in vars(words).values() if isinstance(one, words.Family)]
    known |= {name for one in families for word in one.words.values() for name in word.attributes}
    assert {*ATTRIBUTES} <= known
    assert all(WORDS_OF_OTHERS[plain(op)][0] == op for op in (*SAME, *OTHERWISE, *LACKING))


@pytest.mark.parametrize(
    ("line", "mended"),
    [
        ("conv(8, 3x3) -> swish", "conv(8, 3x3) -> silu"),
        ("flatten -> Linear(10)", "flatten -> dense(10)"),
        ("Conv(8, 3x3) -> ReLU", "conv(8, 3x3) -> relu"),
        ("maxpool(2x2)", "max_pool(2x2)"),
        ("max pool(2x2)", "max_pool(2x2)"),
        ("conv(8, 1x1) x 3", "conv(8, 1x1) * 3"),
        ("conv(8, 1x1) x3", "conv(8, 1x1)  * 3"),
        ("conv(8, 3x3, strides=2)", "conv(8, 3x3, stride=2)"),
        ("conv(8, 3x3, pad=SAME)", "conv(8, 3x3, pad=same)"),
        ("LeakyReLU(0.2)", "leaky_relu(0.2)"),
        ("LeakyReLU", None),
        ("Dropout(0.5)", "dropout(0.5)"),
        ("Upsample(2x2)", "upsample(2x2)"),
        ("ZeroPad2d(1)", "zero_pad(1)"),
        ("GroupNorm(3, epsilon=1e-3)", "group_norm(3, epsilon=1e-3)"),
        ("GroupNorm(3, 3)", None),
        ("LayerNorm(16)", None),
        ("RMSNorm(16)", None),
        ("InstanceNorm(16)", None),
        ("LayerScale(16)", None),
        ("Upsample(64)", None),
        ("Conv(8, 3)", None),
        ("BlurPool(64)", None),
        ("MultiheadAttention(3, 3)", None),
        ("ZeroPad2d((1, 0, 2, 0))", None),
        ("batch_norm(momentum=0.1, eps=1e-5)", None),
        ("LRN", None),
        ("linear(16, 10)", None),
        ("Conv2d(3, 64, 3)", None),
        ("batch_normalization", None),
        ("relux", None),
        ("relu2", None),
        ("skip", None),
        ("flatten -> affine(4)", None),
        ("residual(filters, stride)", None),
        ("mean(a, b)", None),
        ("drop_connect(0.2)", None),
        ("upsample(size=16x16)", None),
        ("avg_pool(3x3, padding=1)", None),
        ("avgpool(3x3, pad=1)", None),
        ("conv(8, 3x3, padding=(1, 1, 0, 0))", None),
        ("conv(8 >> 1, 3x3)", None),
        ("dense(2 x 8)", None),
        ("conv(8, 3x3, stride => 2)", None),
        ("conv(8, 3x3, activation=relu)", None),
        ("if tr { relu }", None),
    ],
)
def test_what_is_certain(line: str, mended: str | None) -> None:
    text = in_model(f"    {line}")
    certain = [one.fix for one in checked(text, None)[0] if one.fix and one.fix.is_safe]
    assert apply(text, certain) == in_model(f"    {mended or line}")


@pytest.mark.parametrize(
    ("line", "code", "help_text"),
    [
        ("scale(1 / 255)", "CNN407", "write `1.0 / 255` for a decimal number"),
        ("n = 8\n    conv(n, 1x1)", "CNN129", "write `let n = 8`"),
        ("let n 8\n    conv(n, 1x1)", "CNN112", "write `n = 8`"),
        ("let n: 8\n    conv(n, 1x1)", "CNN111", "write `n = ...`"),
        ("let n = 8 +\n    conv(n, 1x1)", "CNN125", "remove the `+`"),
        ("let n = in.chanels\n    conv(n, 1x1)", "CNN406", "height, width and channels"),
        ("let n = 8\n    let m = n * 2\n    conv(mm, 1x1)", "CNN203", "did you mean `m`?"),
        ("let width = 8\n    let m = widht * 2\n    conv(m, 1x1)", "CNN203", "mean `width`?"),
        ("let s = conv(8, 3x3) relu\n    conv(8, 1x1)", "CNN108", "put `->` between layers"),
        ("conv(8, 3x3, activation=relu)", "CNN202", "behind this one: `-> relu`"),
        ("conv(8, 3x3, activation=swish)", "CNN202", "behind this one: `-> silu`"),
        ("conv(8, 3x3, activation=own)", "CNN202", "behind this one: `-> own`"),
        ("conv(8, 3x3, activation=None)", "CNN202", "no activation is the default"),
        ("conv(8, 3x3, activation=none)", "CNN202", "no activation is the default"),
        ("conv(8, 3x3, activation=linear)", "CNN202", "no activation is the default"),
        ("conv(8, relu)", "CNN418", "write it behind conv: `-> relu`"),
        ("let filters = 8\n    conv(filters 3x3)", "CNN107", "write `filters, 3x3`"),
        ("conv(filters 8, 3x3)", "CNN112", "write `filters = 8`"),
        ("gelu(approximate=tanh)", "CNN418", "gelu's `approximate` takes true or false"),
    ],
)
def test_forms_are_answered_once(line: str, code: str, help_text: str) -> None:
    (finding,) = checked(in_model(f"    {line}"), None)[0]
    assert finding.diagnostic.code == code
    assert help_text in str(finding.diagnostic.help)


@pytest.mark.parametrize(("default", "call"), [('"relu"', "b"), ("relu", 'b("tanh")')])
def test_a_layer_in_quotes_is_answered_once(default: str, call: str) -> None:
    text = f"block b(act = {default}) {{ conv(8, 3x3) -> act }}\n" + in_model(f"    {call}")
    (finding,) = checked(text, None)[0]
    assert finding.diagnostic.code == "CNN116"
    assert finding.diagnostic.help in ("write `relu`", "write `tanh`")
    assert not checked(text.replace('"', ""), None)[0]


WHOLE = """\
model w(half = 0.5, n = 4, size = 16) {
    input (size * half, 8.0, 3)
    conv(32 * half, 6 * half, stride=(2 * half, 1), pad=2 * half) -> relu
    (conv(8, 1x1) -> relu) * (n * half)
    conv(16, (3.0, 6 * half), pad=(1.0, 1, 1, 2 * half)) -> max_pool(n * half)
    for i in range(n * half) { conv([4, 8][2 * half], 1x1) }     : (size / 4.0, 4, 8)
}
"""


@pytest.mark.parametrize(
    ("body", "shape"),
    [
        ("upsample(2x2) -> conv(8, 3x3, pad=same) -> relu", "16x16x8"),
        ("conv(8, 3x3) -> prelu", "6x6x8"),
        ("let c = max(1, 8)\n    conv(c, 1x1)", "8x8x8"),
        ("conv(32 * 0.75, 3x3)", "6x6x24"),
    ],
)
def test_what_once_was_mended_wrongly_holds(body: str, shape: str, tmp_path: Path) -> None:
    """Words that the language had not: a fix made others of them. Now they are its own."""
    text = f"model m {{\n    input 8x8x16\n    {body}\n}}\n"
    path = tmp_path / "m.cnn"
    path.write_text(text)
    assert main(["check", "--fix", str(path)]) == 0
    assert path.read_text() == text
    assert str(network_of(text).layers[-1].shape) == shape


def test_a_decimal_that_is_whole_is_an_integer() -> None:
    integers = WHOLE.replace("half = 0.5", "half = 2").replace("* half", "// half")
    assert not checked(WHOLE, None)[0]
    assert network(WHOLE, None) == network(integers, None)


@pytest.mark.parametrize(
    ("line", "help_text"),
    [
        ("conv(32 * 0.7, 3x3)", "write `floor(...)` for 22 or `ceil(...)` for 23"),
        ("conv(22.4, 3x3)", "write `22` or `23`"),
        ("conv(0.7, 3x3)", "write `1`"),
        ("channel_conv(4.5)", "write `5`"),
        ("conv(8, 2.5)", "write `2` or `3`"),
        ("conv(8, 3x3, pad=0.5)", "write `0` or `1`"),
        ("relu * 2.5", "write `2` or `3`"),
        ("for i in range(2.5) { relu }", "write `2` or `3`"),
        ("conv([8, 16][0.5], 1x1)", "write `0` or `1`"),
        ("relu : (8, 7.5, 4)", "write `floor(...)` for a side that is not whole"),
        ("conv(5 / 2, 1x1)", "write `//` to round down, to 2"),
        ("conv(1 / 2, 1x1)", "`/` takes a multiple of 2 here"),
        ("scale(in.height / 3)", "write `... / 3.0` for a decimal number"),
        ("scale(1 / in.height)", "write `1.0 / ...` for a decimal number"),
        ("scale(in.channels / in.height)", "write `1.0 * ... / ...` for a decimal number"),
        ("relu * (5 / 2)", "write `//` to round down, to 2"),
        ("relu : (8, in.height / 3, 4)", "write `//` to round down, to 2"),
        ("b(5 / 2)", "write `//` to round down, to 2, or `5.0 / 2` for a decimal number"),
    ],
)
def test_other_decimals_are_rounded_where_an_integer_is_taken(line: str, help_text: str) -> None:
    text = "block b(n) { conv(n * 2, 1x1) }\n" + in_model(f"    {line}")
    (finding,) = checked(text, None)[0]
    assert finding.diagnostic.help == help_text


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1e300", "2.5e18 * 8"])
@pytest.mark.parametrize("line", ["dense({})", "relu * ({})", "dense([1][{}])", "dense(range({}))"])
def test_numbers_beyond_all_counts_are_refused(line: str, number: str) -> None:
    (finding,) = checked(in_model(f"    {line.format(number)}", "4"), None)[0]
    assert len(finding.diagnostic.message) < 120


@pytest.mark.parametrize("backend", ["keras", "torch", "numpy"])
def test_no_decimal_is_handed_to_a_framework_for_an_integer(backend: str) -> None:
    emitted = find_backend(backend).emit(network_of(WHOLE)).text
    _, model = emitted.split("return int(value)", 1)
    assert "whole(n * 0.5)" in model
    assert not re.search(r"half|(?<!\w)[0-9]+\.[0-9]", re.sub(r"whole\([^()]*\)", "", model))


@pytest.mark.parametrize("backend", ["keras", "torch", "numpy"])
def test_a_decimal_that_is_whole_stays_a_formula(backend: str) -> None:
    """`int(...)` would cut off what `check` refuses; `whole(...)` refuses it too."""
    text = in_model("    conv(32 * width, 3x3)", parameters="(width = 0.5)")
    emitted = find_backend(backend).emit(network_of(text)).text
    assert "whole(32 * width)" in emitted
    assert "width must be" not in emitted


@pytest.mark.parametrize(
    ("lines", "is_certain"),
    [
        ("relu as stem1\n    conv(8, 1x1)\n    add(stem_1, main)", False),
        ("relu as stem1\n    conv(8, 1x1)\n    let b = stem_1 -> tanh\n    add(b, stem1)", True),
        ("blockone", False),
        ("blockone -> block_one", True),
        ("for n_out in [8, 16] { conv(nout, 1x1) }", True),
    ],
)
def test_a_name_that_stands_once_may_be_the_slip(lines: str, is_certain: bool) -> None:
    """Layers and weights are named by it, so that either spelling can have been meant."""
    text = "block block_one { conv(8, 1x1) }\n" + in_model(f"    {lines}")
    (finding,) = checked(text, None)[0]
    assert finding.fix is not None
    assert finding.fix.is_safe is is_certain


@pytest.mark.parametrize("condition", ["stride > 1", "stride == 1", "2 * stride == 2"])
def test_where_a_number_stands_no_word_is_suggested(condition: str) -> None:
    (finding,) = checked(in_model(f"    if {condition} {{ relu }}"), None)[0]
    assert finding.diagnostic.code == "CNN203"
    assert finding.fix is None


def test_a_misspelt_import_explains_the_name_that_it_was_for() -> None:
    path = str(ZOO / "inception_v3.cnn")
    text = SPECS[path].replace("reduction_b from", "reductin_b from")
    (finding,) = checked(text, path)[0]
    assert finding.diagnostic.help == "did you mean `reduction_b`?"
