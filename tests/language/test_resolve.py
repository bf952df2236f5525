"""The binder: it reads everything, and elaboration repeats nothing of what it says."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from spec_text import codes_of, findings_of, in_model, module_of

from cnndsl.semantics.definitions import bind
from cnndsl.semantics.models import Elaboration

CASES = sorted(Path(__file__).with_name("cases").glob("bad_*.cnn"))
ZOO = sorted((Path(__file__).parents[2] / "specs" / "cnndsl_zoo").glob("**/*.cnn"))

GOLDEN = sorted((Path(__file__).parents[1] / "diagnostics" / "golden").glob("*.cnn"))


@pytest.mark.parametrize("path", [*CASES, *GOLDEN], ids=lambda path: path.stem)
def test_elaboration_repeats_nothing_that_the_binder_says(path: Path) -> None:
    module = module_of(path.read_text(), path=str(path))
    told = {(one.diagnostic.code, one.location) for one in module.findings}
    for model in module.models:
        found = Elaboration(model, {}).findings.found.values()
        assert not {(one.diagnostic.code, one.location) for one in found} & told


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_nothing_is_told_twice(path: Path) -> None:
    found = findings_of(path.read_text())
    assert len(found) == len(set(found))


@pytest.mark.parametrize("path", ZOO, ids=lambda path: path.stem)
def test_the_zoo_has_no_findings(path: Path) -> None:
    assert module_of(path.read_text(), path=str(path)).findings == []


def with_unused_block(line: str) -> str:
    return f"block unused(n, wide = false) {{\n    {line}\n}}\n" + in_model("    relu")


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        ("foo", "CNN201 2:5-8 unknown layer or block `foo`"),
        ("foo(1, x=n)", "CNN201 2:5-8 unknown layer or block `foo`"),
        ("foo { relu }", "CNN201 2:5-8 unknown layer or block `foo`"),
        ("relu -> a", "CNN201 2:13-14 unknown layer or block `a`"),
        ("conv(n, 1x1, strid=2)", "CNN202 2:18-25 conv has no attribute `strid`"),
        ("dense(m)", "CNN203 2:11-12 unknown name `m`"),
        ("dense(2 * (3 + m))", "CNN203 2:20-21 unknown name `m`"),
        ("dense(maxx(1, 2))", "CNN203 2:11-21 unknown name `maxx`"),
        ("relu * m", "CNN203 2:12-13 unknown name `m`"),
        ("relu : m", "CNN203 2:12-13 unknown name `m`"),
        ("if m { relu }", "CNN203 2:8-9 unknown name `m`"),
        ("for i in m { relu }", "CNN203 2:14-15 unknown name `m`"),
        ("(for i in [1] { relu }) -> dense(i)", "CNN203 2:38-39 unknown name `i`"),
        ("if wide { relu } else { rleu }", "CNN201 2:29-33 unknown layer or block `rleu`"),
        ("concat(a, main)", "CNN204 2:12-13 no value is named `a` here"),
        ("relu as a -> concat(a, main, 3)", "CNN408 2:34-35 `3` cannot stand here: it is no value"),
        ("stage s { concat(main, main, s) }", "CNN204 2:34-35 no value is named `s` here"),
        ("add { relu }", "CNN309 2:5-8 add needs at least two paths, but has 1"),
        ("dense", "CNN402 2:5-10 dense needs `units`"),
        ("unused2", "CNN201 2:5-12 unknown layer or block `unused2`"),
        ("relu(1)", "CNN403 2:5-12 relu takes at most 0 arguments, not 1"),
        ("dense(1, units=2)", "CNN404 2:14-21 dense is given `units` twice"),
        ("dense(units=1, true)", "CNN405 2:20-24 a positional argument of dense"),
        ("dense(7 / 2)", "CNN407 2:11-16 7 / 2 = 3.5 is not an integer"),
        ("dense(in.depth)", "CNN406 2:11-19 `in` has no `depth`"),
        ("dense(-1)", "CNN401 2:11-13 dense's `units` takes an integer of at least 1"),
        ("stage s { let a = relu }", "CNN408 2:15-27 `let` cannot stand here: a stage"),
        ("relu as a -> tanh -> a", "CNN408 2:26-27 the value `a` cannot stand here"),
        ("relu { tanh }", "CNN408 2:5-9 `relu { }` cannot stand here: only a merge"),
        ("input 4", "CNN408 2:5-12 a shape cannot stand here: a block names what it takes"),
        ("stage s { stage t { relu } } * 2", "CNN207 2:15-31 `as t` inside a loop would name"),
        ("stage s { relu as a } * 2", "CNN207 2:23-24 `as a` inside a loop would name"),
        ("for n in [1] { relu }", "CNN205 2:9-10 the name `n` is already defined"),
        ("unused(1)", "CNN412 2:5-14 block unused calls itself: unused -> unused"),
    ],
)
def test_a_block_that_nothing_calls(line: str, finding: str) -> None:
    (found,) = findings_of(with_unused_block(line))
    assert found.startswith(finding)


@pytest.mark.parametrize(
    "line",
    [
        "dense(n) * n : n",
        "dense(n if wide else 2 * n) -> dropout(1 / 2.0)",
        "for i, j in [(1, n)] { dense(i) -> dense(j) }",
        "for i in [1] { for j in [i] { dense(i + j) } } -> (for i in [1] { relu })",
        "relu as a -> concat(a, main)",
        "if wide { relu as a } else { tanh as a2 } -> concat(a, main)",
        "let a = relu -> tanh\n    add {\n a\n identity\n } as b\n    concat(a, b)",
        "add {\n        relu as a\n        a -> tanh\n    }",
        "conv(n, 3x3, 2, same, init=he_normal) -> max_pool(2x2, rounding=ceil)",
        "dense(min(n, 3) + len([1, n]) + range(n)[0] + max([n, in.channels]))",
        "dropout(1e-1) -> lrn(n) -> zero_pad((n, 1, 2, 3))",
    ],
)
def test_a_block_without_a_mistake(line: str) -> None:
    assert findings_of(with_unused_block(line)) == []


def test_an_unknown_layer_hides_no_shape_error() -> None:
    body = "    rleu -> conv(2, 3x3)\n    relu : 6x6x2\n    conv(2, 7x7)"
    assert codes_of(in_model(body)) == ["CNN201", "CNN304"]


def test_an_unknown_layer_does_not_cascade() -> None:
    body = """
    rleu as a -> conv(2, 3x3) as b
    let c = b -> dense(4)
    add {
        a
        b
        identity
    }
    if in.channels == 4 { dense(3) * 2 }
    stage s { max_pool(99x99) : in.height }
    concat(a, b, c) -> softmax
    output main, c
    expect params < 3"""
    assert codes_of(in_model(body)) == ["CNN201"]


def test_two_models_that_share_a_broken_block_report_it_once() -> None:
    models = "".join(f"model m{n} {{ input 4\n half }}\n" for n in range(3))
    assert codes_of("block half { dense(in.channels / 3) }\n" + models) == ["CNN407"]


def test_each_missing_argument_is_named() -> None:
    assert findings_of(in_model("    conv()")) == [
        "CNN402 3:5-11 conv needs `filters`",
        "CNN402 3:5-11 conv needs `kernel`",
    ]


def test_the_help_names_the_nearest() -> None:
    (finding,) = module_of(in_model("    con(2, 3x3)")).findings
    assert finding.diagnostic.help == "did you mean `conv`?"


def test_all_definitions_of_one_name_are_read() -> None:
    text = "block a { relu }\nblock a { foo }\nblock conv { bar }\n" + in_model("    a")
    assert codes_of(text) == ["CNN205", "CNN201", "CNN206", "CNN201"]


@pytest.mark.parametrize("start", ["a", "b", "c", "relu"])
def test_a_circle_of_blocks_is_reported_once_from_any_side(start: str) -> None:
    text = "block a { relu -> b }\nblock b { c }\nblock c { a }\n" + in_model(f"    {start}")
    assert findings_of(text) == ["CNN412 3:11-12 block a calls itself: a -> b -> c -> a"]


def test_nesting_is_no_recursion_limit() -> None:
    chain = "if false { relu }" + " else if false { relu }" * 150 + " else { rleu }"
    assert codes_of(in_model("    relu\n    " + chain)) == ["CNN201"]
    assert codes_of(in_model("    relu : " + "(" * 90 + "x" + ")" * 90)) == ["CNN203"]


def test_the_pass_is_linear() -> None:
    def seconds(layers: int) -> float:
        lines = "\n".join("    conv(2, 3x3, pad=same) -> relu" for _ in range(layers))
        (model,) = module_of(in_model(lines)).models
        best = 1e9
        for _ in range(3):
            start = time.process_time()
            bind([model])
            assert model.findings == []
            best = min(best, time.process_time() - start)
        return best

    assert seconds(8_000) < 16 * 4 * seconds(500)  # a quadratic pass would take 256 times as long
