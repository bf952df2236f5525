"""The catalogue: one entry for each class, with an example that does what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from spec_text import network_of

from cnndsl import backend
from cnndsl.cli import main
from cnndsl.commands import catalogue_page
from cnndsl.commands.catalogue_page import run
from cnndsl.diagnostics import catalogue
from cnndsl.diagnostics.backends import (
    BackendBreaks,
    BackendBuildsOtherwise,
    BackendsDiffer,
    Unsupported,
)
from cnndsl.diagnostics.base import Diagnostic, Finding
from cnndsl.diagnostics.catalogue import all_classes, codes, documentation, example_of
from cnndsl.report.render import render
from cnndsl.text import Location

CODE = re.compile(r"^(?:error: )?(CNN\d{3}) ", re.MULTILINE)
NEEDS_MORE = ("CNN701", "CNN703", "CNN704", "CNN705", "CNN706", "CNN707")
"""What no spec brings about here: a backend that refuses, a framework that is missing."""


def test_codes_are_unique() -> None:
    found = [one.code for one in all_classes()]
    assert len(found) == len(set(found)) == len(codes()) > 80
    assert all(re.fullmatch(r"CNN[1-9]\d\d", code) for code in found)


@pytest.mark.parametrize("code", list(codes()))
def test_an_entry_explains_itself(code: str) -> None:
    diagnostic = codes()[code]
    assert documentation(diagnostic).endswith(".")
    assert diagnostic.severity == ("warning" if code.startswith("CNN8") else "error")
    assert catalogue_page.first_sentence(diagnostic)


@pytest.mark.parametrize("code", list(codes()))
def test_an_example_gives_its_code_alone_and_the_mended_one_is_clean(code: str) -> None:
    example = example_of(code)
    status, output = run(example.fails)
    assert CODE.findall(output) == [code]
    is_warning = codes()[code].severity == "warning"
    assert status in ((None,) if code in NEEDS_MORE else (0,) if is_warning else (1, 2))
    status, output = run(example.mended)
    assert status == 0
    if example.mended.command.startswith("check"):
        assert output == ""


def test_every_page_of_examples_belongs_to_a_code() -> None:
    pages = {path.stem for path in Path(catalogue.EXAMPLES).iterdir()}
    assert pages == set(codes())
    with pytest.raises(KeyError):
        example_of("CNN999")


def test_the_output_for_a_missing_framework_is_true(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    example = example_of("CNN703").fails
    for name, text in example.files:
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert main(example.command.split()) == 2
    assert capsys.readouterr().err == example.output
    assert backend.find_backend("torch").framework.extra == "torch"


def test_the_output_for_a_backend_without_live_models_is_true(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    example = example_of("CNN705").fails
    for name, text in example.files:
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    found = backend.Backend("markdown", lambda _network: backend.Artifact(".md", ""))
    monkeypatch.setattr("cnndsl.backend.find_backend", lambda _name: found)
    assert main(example.command.split()) == 2
    assert capsys.readouterr().err == example.output


def test_the_output_for_a_backend_that_refuses_is_true() -> None:
    example = example_of("CNN701").fails
    ((name, text),) = example.files
    (layer,) = network_of(text).layers
    source = layer.template.source
    source.name = name
    refused = Unsupported("mobile", layer.op.name, "it has no rounding=ceil")
    finding = Finding(refused, Location(source, layer.site.start, layer.site.end))
    assert render(finding) + "\n" == example.output


def test_the_output_for_a_backend_that_differs_is_true() -> None:
    example = example_of("CNN704").fails
    ((name, text),) = example.files
    (layer,) = network_of(text).layers
    source = layer.template.source
    source.name = name
    what = "the output"
    place, numbers = (0, 0, 0, 3), (0.25, 0.5, 0.21, 1e-4)
    differs = BackendsDiffer("mobile", "float32, inference", "conv", "conv", what, place, *numbers)
    finding = Finding(differs, Location(source, layer.site.start, layer.site.end))
    assert render(finding) + "\n" == example.output


@pytest.mark.parametrize(
    "diagnostic",
    [
        BackendBuildsOtherwise("mobile", "conv `conv`", "`bias`", "8, trainable", "absent"),
        BackendBreaks("mobile", "max_pool `max_pool`", "KeyError: 'rounding'"),
    ],
)
def test_the_output_for_a_flawed_backend_is_true(diagnostic: Diagnostic) -> None:
    example = example_of(diagnostic.code).fails
    ((name, text),) = example.files
    (layer,) = network_of(text).layers
    source = layer.template.source
    source.name = name
    finding = Finding(diagnostic, Location(source, layer.site.start, layer.site.end))
    assert render(finding) + "\n" == example.output
