"""The interactive page in a real browser: it draws, opens, searches and asks for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser, needs_chromium

import cnndsl
from cnndsl.pictures.formats import written
from cnndsl.pictures.reading import drawing_of
from cnndsl.pictures.view import View
from cnndsl.project import zoo

NETWORKS = ("resnet50", "googlenet", "siamese")
pytestmark = [needs_chromium, pytest.mark.slow]

ALL = "[...tree.all()]"
VISIBLE = "[...tree.visible()]"
SELECTED = "selected?.path ?? null"
OVERLAPS = """(() => {
    const closed = [...tree.visible()].filter((view) => !view.isOpen);
    const places = closed.map((view) => view.element.getBoundingClientRect());
    places.sort((one, other) => one.top - other.top);
    let count = 0;
    places.forEach((one, place) => {
        for (const next of places.slice(place + 1)) {
            if (next.top >= one.bottom - 2) break;
            count += next.left < one.right - 2 && one.left < next.right - 2;
        }
    });
    return count;
})()"""
STRANGERS = """data.rows.filter(([path, call, op, shape]) => {
    const view = boxesAt(path, call);
    return !view || view.box.label !== op || view.box.outputs[0][0] !== shape;
}).map(([path]) => path)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as running:
        yield running


def show(browser: Browser, folder: Path, name: str, dark: bool = False) -> None:
    """Open the page of a network of the zoo."""
    path = folder / f"{name.replace('/', '-')}.html"
    path.write_text(written(drawing_of(cnndsl.load(name).network), "html", View()), "utf-8")
    browser.open(path, dark=dark)
    browser.wait("rows.length > 0")


def hold(browser: Browser, folder: Path, name: str) -> None:
    """The page of a network shows all of it, closed and open, and finds its layers."""
    show(browser, folder, name)
    assert browser.evaluate(f"{VISIBLE}.length > 1 && {VISIBLE}.length <= 60")
    browser.evaluate("openAll()")
    boxes = browser.evaluate(f"{ALL}.length")
    assert browser.evaluate("document.querySelectorAll('.box').length") == boxes
    assert browser.evaluate(OVERLAPS) == 0
    assert browser.evaluate("document.querySelectorAll('#wires path').length") == 2
    assert "NaN" not in browser.evaluate("document.getElementById('wires').innerHTML")
    assert browser.evaluate(STRANGERS) == []
    browser.evaluate("closeAll()")
    assert browser.evaluate("document.querySelectorAll('.box .box').length") == 0
    path = browser.evaluate("data.rows.at(-1)[0]")
    browser.evaluate("document.getElementById('search').focus()")
    browser.write(path)
    assert browser.evaluate("found.length > 0 && found.some((view) => view.isVisible)"), path
    browser.press("Enter")
    assert browser.evaluate("matches.has(selected) && selected.isVisible")
    browser.evaluate("endSearch()")
    assert browser.evaluate("document.querySelectorAll('.match, .badge').length") == 0
    assert browser.complaints == []
    assert browser.requests == []


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_drawn_opened_and_searched(
    browser: Browser, tmp_path: Path, name: str
) -> None:
    hold(browser, tmp_path, name)


@pytest.mark.long
@pytest.mark.parametrize("name", [one.name for one in zoo.entries()])
def test_the_whole_zoo(browser: Browser, tmp_path: Path, name: str) -> None:
    hold(browser, tmp_path, name)


def test_keys_move_open_and_leave(browser: Browser, tmp_path: Path) -> None:
    show(browser, tmp_path, "resnet50")
    browser.evaluate("closeAll()")
    for path in ("", "conv1", "conv2"):
        browser.press("ArrowDown")
        assert (browser.evaluate(SELECTED) or "") == path
    browser.press("ArrowUp")
    assert browser.evaluate(SELECTED) == "conv1"
    before = browser.evaluate(f"{VISIBLE}.length")
    browser.press("Enter")
    assert browser.evaluate(f"{VISIBLE}.length") == before + 4
    browser.press("ArrowDown")
    assert browser.evaluate(SELECTED) == "conv1.0"
    browser.press("Backspace")
    assert browser.evaluate(SELECTED) == "conv1"
    browser.press("Enter")
    assert browser.evaluate(f"{VISIBLE}.length") == before
    browser.press("End")
    assert browser.evaluate("selected.box.kind") == "output"
    browser.press("Escape")
    assert browser.evaluate(SELECTED) is None


def test_arrows_lead_into_the_path_beside(browser: Browser, tmp_path: Path) -> None:
    show(browser, tmp_path, "siamese")
    for key, label in (("ArrowDown", "left"), ("ArrowRight", "right"), ("ArrowLeft", "left")):
        browser.press(key)
        assert browser.evaluate("selected.box.label") == label


def test_search_opens_what_is_around_and_ends(browser: Browser, tmp_path: Path) -> None:
    show(browser, tmp_path, "resnet50")
    browser.evaluate("closeAll()")
    browser.press("/")
    browser.write("conv3 7x7")
    assert browser.evaluate("document.getElementById('found').textContent") == "nothing found"
    browser.press("Escape")
    browser.press("/")
    browser.write("conv4.0 14x14x256")
    assert browser.evaluate("found.every((view) => view.isVisible) && found.length > 1")
    assert browser.evaluate("rows.filter((one) => !one.element.hidden).length") >= 1
    browser.press("Escape")
    assert browser.evaluate("rows.every((one) => !one.element.hidden)")


def test_a_search_finds_later_turns_of_a_repeat(browser: Browser, tmp_path: Path) -> None:
    show(browser, tmp_path, "resnet152")
    browser.press("/")
    browser.write("conv4.20.conv_bn2.conv")
    assert browser.evaluate("found.map((view) => view.path)") == ["conv4.1.conv_bn2.conv"]


def test_clicks_open_and_lead_from_the_table_and_back(browser: Browser, tmp_path: Path) -> None:
    show(browser, tmp_path, "googlenet")
    browser.click(".box.block .head")
    assert browser.evaluate("selected.isOpen && selected.path") == "conv1"
    assert browser.evaluate("document.querySelectorAll('tr.inside').length") == 3
    browser.evaluate("closeAll()")
    browser.click("tbody tr:nth-child(2)")
    assert browser.evaluate(SELECTED) == "conv1.bn"
    assert (
        browser.evaluate("document.querySelector('#details h2').textContent")
        == "batch_norm epsilon=0.001"
    )
    assert "gamma" in browser.evaluate("document.getElementById('details').textContent")
    assert browser.evaluate("location.hash") == "#conv1.bn"


def test_the_table_is_sorted_and_goes_back(browser: Browser, tmp_path: Path) -> None:
    show(browser, tmp_path, "lenet5")
    shown = "[...document.querySelectorAll('tbody tr')].map((one) => one.cells[0].textContent)"
    before = browser.evaluate(shown)
    browser.click("th:nth-child(4)")
    assert browser.evaluate(shown)[0] == "conv3"
    browser.click("th:nth-child(1)")
    assert browser.evaluate(shown) == sorted(before)
    browser.click("th:nth-child(1)")
    browser.click("th:nth-child(1)")
    assert browser.evaluate(shown) == before


def test_heat_channels_and_shapes(browser: Browser, tmp_path: Path) -> None:
    show(browser, tmp_path, "lenet5")
    labels = "document.querySelectorAll('.shape').length"
    before = browser.evaluate(labels)
    browser.click("#all-shapes")
    assert browser.evaluate(labels) >= before
    browser.click("#by-channels")
    assert browser.evaluate("document.querySelectorAll('.ribbon').length") > 5
    browser.evaluate("heat.value = 'macs', heat.dispatchEvent(new Event('change'))")
    shares = browser.evaluate(
        "[...document.querySelectorAll('.share')].map((one) => one.textContent).filter(Boolean)"
    )
    assert shares[:2] == ["28%", "0.3%"]


def test_light_dark_and_zoom(browser: Browser, tmp_path: Path) -> None:
    show(browser, tmp_path, "lenet5", dark=True)
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = browser.evaluate(ground)
    browser.click("#theme")
    assert browser.evaluate(ground) != dark
    width = "document.querySelector('.box').getBoundingClientRect().width"
    before = browser.evaluate(width)
    browser.click("#larger")
    assert browser.evaluate(width) == pytest.approx(1.2 * before, rel=0.01)
    browser.click("#fit")
    assert browser.evaluate("root.getBoundingClientRect().height <= stage.clientHeight")
    assert browser.complaints == []


def test_dragging_the_ground_moves_it_and_is_no_click(browser: Browser, tmp_path: Path) -> None:
    show(browser, tmp_path, "resnet50")
    browser.press("ArrowDown")
    drag(browser, 700, 500)
    assert browser.evaluate("stage.scrollTop") == 200
    assert browser.evaluate("selected !== null")
    drag(browser, 500, 500)
    assert browser.evaluate("selected === null")


def drag(browser: Browser, start: int, end: int) -> None:
    """Press the mouse on the ground, move it down or up, and let it go."""
    for kind, place in (("mousePressed", start), ("mouseMoved", end), ("mouseReleased", end)):
        facts = {"x": 40, "y": place, "button": "left", "buttons": 1, "clickCount": 1}
        browser.command("Input.dispatchMouseEvent", type=kind, **facts)
    browser.settle()
