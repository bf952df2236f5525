"""The golden cases: each `.cnn` file in `cases` says at its end what it comes to.

`#:` lines give every layer (path, op, shape, params, MACs) and the totals, `#!` lines every finding
(code, place, message), and `#set k=v` lines the model's parameters.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from spec_text import findings_of, network_of, table_of

from cnndsl.project.parameters import parse_settings

CASES = sorted(Path(__file__).with_name("cases").glob("*.cnn"))


def marked(text: str, mark: str) -> list[str]:
    return [line.removeprefix(mark) for line in text.splitlines() if line.startswith(mark)]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    text = path.read_text()
    layers, findings = marked(text, "#: "), marked(text, "#! ")
    assert bool(layers) != bool(findings), "a case gives either its layers or its findings"
    if findings:
        assert findings_of(text) == findings
        return
    settings = parse_settings(marked(text, "#set "))
    assert table_of(network_of(text, **settings)) == layers


def test_there_are_cases() -> None:
    assert len(CASES) > 40
