"""`cnndsl view`: its options, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Command


def test_the_suffix_says_which_format(cnndsl: Command, folder: Path) -> None:
    starts = {"svg": "<svg ", "mmd": "flowchart TB", "dot": 'digraph "', "gv": 'digraph "'}
    for suffix, start in starts.items():
        outcome = cnndsl("view", "small.cnn", "-o", f"net.{suffix}")
        assert outcome.status == 0
        assert outcome.out.startswith(f"wrote net.{suffix}: ")
        assert (folder / f"net.{suffix}").read_text().startswith(start)


def test_a_format_goes_to_standard_output(cnndsl: Command, folder: Path) -> None:
    assert cnndsl("view", "small.cnn", "--format", "mermaid").out.startswith("flowchart TB\n")
    assert cnndsl("view", "-", "--format", "dot", stdin=b"model m { input 4\n relu }").status == 0


def test_depth_opens_blocks(cnndsl: Command, folder: Path) -> None:
    texts = [
        cnndsl("view", "resnet18", "--format", "mermaid", "--depth", depth).out for depth in "012"
    ]
    assert [text.count("subgraph") for text in texts] == sorted(
        text.count("subgraph") for text in texts
    )
    assert texts[0].count("subgraph") == 0 < texts[1].count("subgraph")


def test_direction(cnndsl: Command, folder: Path) -> None:
    shown = cnndsl("view", "small.cnn", "--direction", "right", "--format", "mermaid")
    assert shown.out.startswith("flowchart LR\n")
    page = cnndsl("view", "small.cnn", "--direction", "right", "-o", "page.html")
    assert (page.status, page.out) == (2, "")
    assert page.err.startswith("error: the page leads down alone\n")
    assert "choose from down, right" in cnndsl("view", "small.cnn", "--direction", "x").err


def test_settings_are_drawn(cnndsl: Command, folder: Path) -> None:
    text = cnndsl("view", "lenet5", "--set", "classes=7", "--format", "svg").out
    assert "lenet5(classes=7)" in text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-o", "net.png"], "end it in one of .html, .svg"),
        (["-o", ""], "the name of the output file is empty"),
        (["--format", "swg"], "did you mean `svg`?"),
        (["--heat", "flops"], "choose from params, macs"),
        (["--depth", "-1"], "not an integer of at least 0"),
    ],
)
def test_misuse_is_refused(cnndsl: Command, folder: Path, arguments: list[str], says: str) -> None:
    outcome = cnndsl("view", "small.cnn", *arguments)
    assert outcome.status == 2
    assert says in outcome.err
    assert [one.name for one in folder.iterdir() if one.suffix != ".cnn"] == []


def test_the_spec_itself_is_not_overwritten(cnndsl: Command, folder: Path) -> None:
    before = (folder / "small.cnn").read_text()
    outcome = cnndsl("view", "small.cnn", "--format", "svg", "-o", "small.cnn")
    assert outcome.status == 2
    assert (folder / "small.cnn").read_text() == before


def test_a_spec_that_does_not_hold_is_not_drawn(cnndsl: Command, folder: Path) -> None:
    outcome = cnndsl("view", "broken.cnn", "-o", "net.svg")
    assert outcome.status == 1
    assert not (folder / "net.svg").exists()


def test_a_picture_of_too_many_boxes_is_refused(cnndsl: Command, folder: Path) -> None:
    lines = "\n".join(["relu"] * 5_001)
    (folder / "long.cnn").write_text(f"model m {{ input 4\n{lines}\n}}\n")
    outcome = cnndsl("view", "long.cnn", "-o", "net.svg")
    assert outcome.status == 2
    assert "5,003 boxes" in outcome.err
