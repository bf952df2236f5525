"""The picture of what differs: every change has its mark, and nothing lies on anything else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from xml.etree import ElementTree

import pytest
from browser import Browser, needs_chromium
from drawings import faults
from mutated_networks import mutated
from shares import mostly_slow
from spec_text import network_of

import cnndsl
from cnndsl.ir.network import Network
from cnndsl.pictures import comparison_page, comparison_svg
from cnndsl.pictures.comparison import marked, shown_changes, words_on
from cnndsl.pictures.comparison_svg import EVERYTHING, SIGNS, Compared
from cnndsl.pictures.layout import layout_of
from cnndsl.pictures.reading import drawing_of
from cnndsl.pictures.view import View
from cnndsl.report.differences import difference

BEFORE = """\
block unit(filters) {
    add { conv(filters, 3x3, pad=same) -> batch_norm -> relu; identity } -> relu
}
model small {
    input 32x32x3
    conv(16, 3x3, pad=same) as stem -> relu
    unit(16) * 3
    conv(64, 5x5, pad=same) as wide -> relu as last
    dropout(0.2)
    global_avg_pool -> dense(10) as head
}
""".replace("; identity", "\n        identity")
AFTER = (
    BEFORE.replace("* 3", "* 4")
    .replace("5x5", "3x3")
    .replace("    dropout(0.2)\n", "")
    .replace("as head", "as classifier")
)


def compared(before: str, after: str) -> Compared:
    old, new = network_of(before), network_of(after)
    return Compared(difference(old.name, old, new), old, new)


def hold(before: Network, after: Network) -> None:
    """Each change is marked on the side or the sides that have the layer, and no other box is."""
    changes = shown_changes(difference("net", before, after).layers)
    for is_before, network in ((True, before), (False, after)):
        drawn = marked(drawing_of(network), changes, is_before)
        wanted = {
            (one.kind, words_on(one, is_before))
            for one in changes
            if (one.before if is_before else one.after) is not None
        }
        found = {words for mark in drawn.marks.values() for words in mark.words}
        assert found == {words for _, words in wanted}
        for mark in drawn.marks.values():
            kinds = {kind for kind, words in wanted if words in mark.words}
            assert mark.kind in kinds | {"changed"}
        assert faults(layout_of(drawn.drawing, View(EVERYTHING))) == []


@pytest.mark.parametrize("seed", mostly_slow(range(100), range(6)))
def test_mutations_are_marked(seed: int) -> None:
    _, before, after = mutated(seed)
    hold(before, after)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after"),
    [("resnet18", "resnet34"), ("vgg11", "vgg13"), ("densenet121", "densenet169")],
)
def test_networks_of_the_zoo_are_marked(before: str, after: str) -> None:
    hold(cnndsl.load(before).network, cnndsl.load(after).network)


def test_each_kind_has_its_look() -> None:
    one = compared(BEFORE, AFTER)
    text = comparison_svg.document([one])
    root = ElementTree.fromstring(text)
    classes = [each.get("class") for each in root.iter() if each.tag.endswith("rect")]
    assert {*SIGNS, "same"} <= {*classes}
    for kind in SIGNS:
        looks = re.findall(rf"^\.{kind} {{ fill: (\S+); stroke: (\S+); (.*) }}$", text, re.M)
        assert len(looks) == 2  # light and dark
    looks = {re.search(rf"\.{kind} {{.*; (stroke-width: .*) }}", text)[1] for kind in SIGNS}  # type: ignore[index]
    assert len(looks) == len(SIGNS)
    assert "1 of 4 added" in text
    assert "was head" in text
    assert "now classifier" in text
    assert "kernel 5x5 -&gt; 3x3" in text
    assert not re.search(r"(?:href|src|url)\s*[=(]\s*[\"']?(?!#)", text)


CONTRAST = 4.5


@pytest.mark.parametrize(
    ("colors", "ink"), [(comparison_svg.LIGHT, "#57606a"), (comparison_svg.DARK, "#a9b2be")]
)
def test_words_can_be_read_on_each_colour(colors: dict[str, tuple[str, str]], ink: str) -> None:
    """The ratio of luminances that the guidelines for accessible pages ask for."""

    def luminance(color: str) -> float:
        parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (
            one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for fill, _ in colors.values():
        dark, light = sorted((luminance(fill), luminance(ink)))
        assert (light + 0.05) / (dark + 0.05) >= CONTRAST, fill


def test_a_model_that_comes_stands_alone() -> None:
    new = network_of(AFTER)
    text = comparison_svg.document([Compared(difference("small", None, new), None, new)])
    assert "before" not in re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
    assert 'class="added"' in text


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as running:
        yield running


@needs_chromium
@pytest.mark.slow
def test_the_page_in_a_browser(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "diff.html"
    path.write_text(comparison_page.document([compared(BEFORE, AFTER)]), "utf-8")
    fills = set()
    for dark, kind in product((False, True), SIGNS):
        browser.open(path, dark=dark)
        fills.add(browser.evaluate(f"getComputedStyle(document.querySelector('.{kind}')).fill"))
        assert browser.evaluate("document.querySelector('pre').textContent.includes('stem')") is (
            False
        )
        assert browser.complaints == []
        assert browser.requests == []
    assert len(fills) == 2 * len(SIGNS)
