"""What an editor knows of layers that are given with arguments of their own."""

from __future__ import annotations

import pytest

from cnndsl.editing import completion, hover, outline, renaming
from cnndsl.editing.analysis import Analysis
from cnndsl.text import Source

TEXT = """\
block unit(filters, act = leaky_relu(0.1)) { conv(filters, 3x3, pad=same) -> act }
block twice(filters, part = unit(act=elu(alpha=0.5))) { part(filters) -> part(filters) }
model m {
    input 8x8x3
    let softer = leaky_relu(slope=0.2)
    unit(8) -> unit(8, softer) -> twice(8) -> twice(8, unit(act=softer))
}
"""


def at(text: str) -> int:
    return TEXT.index(text)


@pytest.fixture(name="analysis")
def _analysis() -> Analysis:
    analysis = Analysis(Source("m.cnn", TEXT))
    assert not [one for one in analysis.findings if one.is_error]
    return analysis


@pytest.mark.parametrize(
    ("place", "fact"),
    [
        ("leaky_relu(0.1)", "leaky_relu"),
        ("alpha=0.5", "Takes a number"),
        ("act = leaky", "leaky_relu(slope=0.2), elu(alpha=0.5), leaky_relu(0.1)"),
        ("part = unit", "unit(act=leaky_relu(slope=0.2)), unit(act=elu(alpha=0.5))"),
        ("softer = ", "= **leaky_relu(slope=0.2)**"),
        ("act=elu", "parameter of `unit`"),
        ("unit(act=softer)", "unit(filters, act=leaky_relu(0.1))"),
    ],
)
def test_hover(analysis: Analysis, place: str, fact: str) -> None:
    found = hover.hover(analysis, at(place))
    assert found is not None
    assert fact in found[0]


@pytest.mark.parametrize(
    ("place", "count"), [("act = leaky", 4), ("softer = ", 3), ("unit(filters", 5)]
)
def test_renaming(analysis: Analysis, place: str, count: int) -> None:
    one = analysis.occurrence_at(at(place))
    assert one is not None
    uses = renaming.renamed(one, "another", [analysis.module])
    assert len(uses) == count
    text = TEXT
    for use in sorted(uses, key=lambda use: -use.location.start):
        text = text[: use.location.start] + "another" + text[use.location.end :]
    after = Analysis(Source("m.cnn", text))
    assert [one.cost for one in after.networks.values()] == [
        one.cost for one in analysis.networks.values()
    ]


@pytest.mark.parametrize(
    ("place", "name", "position"),
    [("0.1)) {", "leaky_relu", 0), ("act=elu(", "unit", 0), ("alpha=0.5)", "elu", 0)],
)
def test_signature(place: str, name: str, position: int) -> None:
    call = completion.open_call(TEXT[: at(place)])
    assert call is not None
    assert (call.name, call.position) == (name, position)


def test_semantic_tokens(analysis: Analysis) -> None:
    words = {TEXT[one.start : one.end] for one in outline.semantic_tokens(analysis)}
    assert {"leaky_relu", "elu", "alpha", "slope", "softer", "unit"} <= words
