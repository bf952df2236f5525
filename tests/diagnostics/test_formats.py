"""The output formats of a report."""

from __future__ import annotations

import json
from textwrap import dedent

import pytest

from cnndsl.project.loading import Loader, check_models
from cnndsl.project.outcome import CheckedSpec, Report, Style, checked_model
from cnndsl.report.formats import FORMATS, counted, describe, kebab, scaled
from cnndsl.text import Source

CLEAN = "model small { input 8x8x3\n conv(4, 1x1) }\n"
BROKEN = "model broken {\n    input 8x8x3\n    conv(4, 9x9)\n    expect params < 5\n}\n"
COSTLY = "model costly {\n    input 8x8x3\n    conv(4, 3x3)\n    expect params < 5\n}\n"
TWO_OUTPUTS = "model two { input 8\n dense(3) as side -> dense(2)\n output main, side }\n"


def checked(text: str, name: str = "net.cnn") -> CheckedSpec:
    module = Loader().module(Source(name, text))
    findings, networks = check_models(module, module.models, {})
    return CheckedSpec(name, tuple(map(checked_model, networks)), len(module.blocks), findings)


def report(*specs: CheckedSpec) -> Report:
    return Report(specs, (), 0.0123)


def test_text_of_one_clean_model() -> None:
    assert FORMATS["text"](report(checked(CLEAN)), Style()) == (
        "net.cnn: small 8x8x3 -> 8x8x4, 16 parameters, 768 MACs\n"
    )


@pytest.mark.parametrize("name", ["text", "concise"])
def test_clean_runs_say_so_in_one_line(name: str) -> None:
    write = FORMATS[name]
    two = report(checked(CLEAN), checked(CLEAN + TWO_OUTPUTS))
    assert write(two, Style()) == "2 specs are clean (3 models, 12 ms)\n"
    both = report(checked(CLEAN + TWO_OUTPUTS))
    assert write(both, Style()) == "net.cnn is clean (2 models, 12 ms)\n"
    blocks = report(checked("block b() { relu }\n"))
    assert write(blocks, Style()) == "net.cnn is clean (1 block, 12 ms)\n"
    assert write(report(), Style()) == ""
    assert write(two, Style(quiet=True)) == ""


def test_text_of_findings() -> None:
    text = FORMATS["text"](report(checked(CLEAN), checked(BROKEN, "bad.cnn")), Style())
    assert text == dedent("""\
        CNN304 conv: a window 9 high does not fit into an image 8 high
         --> bad.cnn:3:5
          |
        2 |     input 8x8x3
          |     ----------- this is the input
        3 |     conv(4, 9x9)
          |     ^^^^^^^^^^^^
          = help: `pad=same` keeps 8x8: `conv(4, 9x9, pad=same)`

        1 error in 1 of 2 specs (12 ms)
        """)


def test_text_in_colour() -> None:
    assert "\x1b[" in FORMATS["text"](report(checked(BROKEN)), Style(color=True))
    assert "\x1b[" not in FORMATS["text"](report(checked(BROKEN)), Style())


def test_quiet_text_has_the_findings_alone() -> None:
    text = FORMATS["text"](report(checked(BROKEN)), Style(quiet=True))
    assert text.startswith("CNN304")
    assert text.endswith("`conv(4, 9x9, pad=same)`\n")


def test_concise_findings() -> None:
    assert FORMATS["concise"](report(checked(BROKEN)), Style()) == (
        "net.cnn:3:5: CNN304 conv: a window 9 high does not fit into an image 8 high\n"
        "1 error in net.cnn (12 ms)\n"
    )


def test_json_of_a_clean_run() -> None:
    assert json.loads(FORMATS["json"](report(checked(CLEAN)), Style())) == {
        "format_version": "1.0",
        "valid": True,
        "error_count": 0,
        "warning_count": 0,
        "diagnostics": [],
    }


def test_json_of_findings() -> None:
    found = json.loads(FORMATS["json"](report(checked(COSTLY)), Style()))
    assert (found["valid"], found["error_count"], found["warning_count"]) == (False, 1, 0)
    assert found["diagnostics"] == [
        {
            "code": "CNN501",
            "name": "budget-broken",
            "severity": "error",
            "message": "`expect params < 5` does not hold: params = 112",
            "filename": "net.cnn",
            "location": {"row": 4, "column": 5},
            "end_location": {"row": 4, "column": 22},
            "related": [
                {
                    "message": "this layer has the most parameters: 112",
                    "filename": "net.cnn",
                    "location": {"row": 3, "column": 5},
                    "end_location": {"row": 3, "column": 17},
                }
            ],
            "values": [{"expr": "params", "statement": "is 112"}],
            "help": None,
            "count": 1,
            "more": 0,
            "fix": None,
            "url": None,
        }
    ]


def test_json_counts_code_points() -> None:
    spec = checked("model m { input 8x8x3 # 卷积\n conv(4, 9x9) }", "net.cnn")
    (diagnostic,) = json.loads(FORMATS["json"](report(spec), Style()))["diagnostics"]
    assert diagnostic["location"] == {"row": 2, "column": 2}


def test_json_has_both_ends_and_the_calls() -> None:
    text = "block b(n) { add { conv(n, 1x1)\n identity } }\nmodel m { input 8x8x3\n b(4) }\n"
    (diagnostic,) = json.loads(FORMATS["json"](report(checked(text)), Style()))["diagnostics"]
    assert [one["message"] for one in diagnostic["related"]] == [
        "this path is still 8x8x3",
        "filters=4 sets the channels here",
        "in b(4)",
    ]
    assert diagnostic["related"][2]["location"] == {"row": 4, "column": 2}


def test_a_file_that_could_not_be_read_is_not_valid() -> None:
    found = json.loads(FORMATS["json"](Report((checked(CLEAN),), ("error: no",)), Style()))
    assert found["valid"] is False


def test_a_finding_in_a_file_that_two_specs_import_counts_once() -> None:
    spec = checked(BROKEN)
    assert len(report(spec, spec, checked(BROKEN, "other.cnn")).findings) == 2


def test_several_outputs_are_named() -> None:
    (model,) = checked(TWO_OUTPUTS).models
    assert describe(model) == "two 8 -> main 2, side 3, 35 parameters, 30 MACs"


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 "), (999, "999 "), (1000, "1.00 k"), (999_499, "999 k"), (999_999, "1.00 M"),
        (15_470_264_320, "15.5 G"), (4_089_184_256, "4.09 G"), (724_406_816, "724 M"),
        (10**21, "1,000,000 P"),
    ],
)  # fmt: skip
def test_scaled(count: int, shown: str) -> None:
    assert scaled(count) == shown


def test_words() -> None:
    assert (counted(1, "spec"), counted(2000, "spec")) == ("1 spec", "2,000 specs")
    assert kebab("PathsDiffer") == "paths-differ"
