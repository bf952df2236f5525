"""Networks in notebooks: as they show themselves, and in cells of their own."""

from __future__ import annotations

import base64
import importlib
import re
from collections.abc import Callable
from typing import Any

import pytest

import cnndsl
from cnndsl.pictures import notebook

SPEC = """\
model small(classes = 10) {
    input 8x8x3
    conv(4, 3x3) -> relu
    flatten -> dense(classes)
}
"""
BROKEN = "model small {\n    input 8x8x3\n    conv(4, 9x9)\n}\n"
TWO = "model one { input 3\n dense(2) }\nmodel two { input 3\n dense(4) }\n"


class Shell:
    """Takes what IPython's shell takes."""

    def __init__(self) -> None:
        self.user_ns: dict[str, Any] = {}
        self.magics: dict[str, Callable[[str, str], Any]] = {}

    def register_magic_function(
        self, func: Callable[[str, str], Any], magic_kind: str = "", magic_name: str = ""
    ) -> None:
        self.magics[f"{magic_kind} {magic_name}"] = func

    def run(self, line: str, cell: str) -> Any:
        return self.magics["cell cnn"](line, cell)


@pytest.fixture
def shell() -> Shell:
    made = Shell()
    cnndsl.load_ipython_extension(made)
    return made


def test_a_network_shows_itself() -> None:
    text = cnndsl.load("resnet50")._repr_html_()
    found = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', text)
    assert found is not None
    assert base64.b64decode(found[1]).startswith(b"<svg")
    assert "<script" not in text
    assert text.count("<details") == text.count("</details>") > 20
    style = text.partition("<style>")[2].partition("</style>")[0]
    assert all(line.startswith(".cnndsl-network ") for line in style.split("\n") if line)


def test_a_large_network_stays_short(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(cnndsl.load("keras/nasnet_large")._repr_html_()) < 200_000
    monkeypatch.setattr(notebook, "MOST_PICTURED", 5)
    text = cnndsl.load("keras/nasnet_large")._repr_html_()
    assert "<img" not in text
    assert "88.9 M parameters" in text


def test_text_of_a_spec_is_escaped() -> None:
    text = cnndsl.loads(SPEC, name="<b>.cnn")._repr_html_()
    assert "<b>.cnn" not in text


def test_a_cell_shows_and_binds_its_network(shell: Shell) -> None:
    shown = shell.run("net", SPEC)
    assert shown is shell.user_ns["net"]
    assert shown.name == "small"
    assert shell.run("net --set classes=3", SPEC).output_shape == (3,)
    assert shell.run("--model two", TWO).name == "two"
    assert set(shell.user_ns) == {"net"}


def test_a_cell_shows_findings_as_check_does(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shell.run("net", BROKEN) is None
    out = capsys.readouterr().out
    assert "CNN304 conv: a window 9 high" in out
    assert "\n  |     ^^^^^^^^^^^^\n" in out
    assert shell.user_ns == {}


def test_a_cell_shows_warnings_and_its_network(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    cell = "model m {\n    input 8x8x3\n    conv(4, 3x3) -> batch_norm\n}\n"
    assert shell.run("", cell).name == "m"
    assert "CNN801" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "cell", "says"),
    [
        ("1x", SPEC, "`1x` is no name of Python"),
        ("net --sett classes=3", SPEC, "did you mean `--set`?"),
        ("net '", SPEC, "No closing quotation"),
        ("net", TWO, "several models: one, two"),
        ("net --model three", TWO, "no model is named `three`"),
        ("net --set clases=3", SPEC, "clases"),
    ],
)
def test_a_mistake_in_the_line(
    shell: Shell, capsys: pytest.CaptureFixture[str], line: str, cell: str, says: str
) -> None:
    assert shell.run(line, cell) is None
    out, err = capsys.readouterr()
    assert says in out + err
    assert shell.user_ns == {}


def test_help(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    assert shell.run("--help", SPEC) is None
    assert "usage: %%cnn" in capsys.readouterr().out


@pytest.mark.slow
def test_in_ipython() -> None:
    pytest.importorskip("IPython", reason="IPython is not installed")
    interactive = importlib.import_module("IPython.core.interactiveshell")
    shell = interactive.InteractiveShell.instance()
    shell.run_line_magic("load_ext", "cnndsl")
    shown = shell.run_cell_magic("cnn", "net", SPEC)
    assert shell.user_ns["net"] is shown
    data, _ = shell.display_formatter.format(shown)
    assert data["text/html"] == shown._repr_html_()
    assert shell.run_cell_magic("cnn", "other", BROKEN) is None
