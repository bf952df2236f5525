"""The interactive page as a text: what is in it, and what it can never hold."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import cnndsl
from cnndsl.pictures.formats import written
from cnndsl.pictures.reading import drawing_of
from cnndsl.pictures.view import View

HOSTILE = """\
# </script><script>alert(1)</script> <!-- {{style}} \u2028 ]]> &amp;
model hostile {
    input 8x8x3
    conv(4, 3x3)    # </SCRIPT>
}
"""


def page(network: cnndsl.CheckedNetwork, view: View | None = None) -> str:
    return written(drawing_of(network.network), "html", view or View())


def data_of(text: str) -> Any:
    found = re.search(r'<script id="data" type="application/json">(.*)</script>', text)
    assert found is not None
    return json.loads(found[1])


@pytest.fixture(scope="module")
def resnet() -> str:
    return page(cnndsl.load("resnet50"))


def test_the_same_network_gives_the_same_page(resnet: str) -> None:
    assert page(cnndsl.load("resnet50")) == resnet


def test_a_page_names_nothing_outside_of_it(resnet: str) -> None:
    without_data = re.sub(r'<script id="data".*?</script>', "", resnet, flags=re.DOTALL)
    assert not re.search(r"https?:|\bsrc=|@import|url\(|\bimport\b", without_data)
    assert "default-src 'none'" in resnet


def test_text_of_a_spec_cannot_leave_the_data() -> None:
    text = page(cnndsl.loads(HOSTILE))
    assert text.count("</script>") == text.count("<script") == 2
    assert "alert(1)" in data_of(text)["documentation"]
    assert "{{style}}" in text
    assert text.isascii() or "\u2028" not in text


def test_the_table_has_each_layer_once(resnet: str) -> None:
    network = cnndsl.load("resnet50")
    data = data_of(resnet)
    assert [row[0] for row in data["rows"]] == [layer.path for layer in network.layers]
    assert sum(row[4] for row in data["rows"]) == data["params"] == network.params
    assert sum(row[5] for row in data["rows"]) == data["macs"] == network.macs


def test_boxes_know_their_attributes_and_weights() -> None:
    data = data_of(page(cnndsl.load("lenet5")))
    first = next(part for part in data["chains"][0]["parts"] if part["label"] == "conv")
    assert first["weights"] == [["kernel", "5x5x1x6", False], ["bias", "6", False]]
    assert first["values"][:2] == [["filters", "6", True], ["kernel", "5x5", True]]
    name, _, row = first["place"].rpartition(":")
    assert "conv(6, 5x5)" in data["sources"][name].splitlines()[int(row) - 1]


def test_equal_blocks_are_listed_once() -> None:
    small, large = (data_of(page(cnndsl.load(name))) for name in ("resnet50", "resnet152"))
    assert len(large["chains"]) == len(small["chains"])


def test_a_page_begins_as_it_is_asked_to() -> None:
    data = data_of(page(cnndsl.load("lenet5"), View(2, "macs")))
    assert (data["depth"], data["heat"]) == (2, "macs")


def test_scripts_and_style_are_shipped() -> None:
    from cnndsl.pictures import html

    folder = Path(html.__file__).parent / "page"
    scripts = {path.stem for path in folder.glob("*.js")}
    assert scripts == set(html.SCRIPTS)
