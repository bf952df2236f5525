"""Each format of pictures, as the programs that read it take it."""

from __future__ import annotations

import re
import shutil
import subprocess
from itertools import product
from pathlib import Path
from xml.etree import ElementTree

import pytest
from browser import Browser, needs_chromium
from shares import mostly_slow
from spec_text import network_of

from cnndsl.api import network_of as network_from
from cnndsl.pictures.drawing import Drawing
from cnndsl.pictures.formats import SUFFIXES, format_of, written
from cnndsl.pictures.reading import drawing_of
from cnndsl.pictures.view import DIRECTIONS, View
from cnndsl.project import zoo
from cnndsl.project.locate import read_spec

DOCS = Path(__file__).parents[2] / "docs"
QUICK = ("lenet5", "resnet50", "keras/nasnet_mobile", "modern/siamese", "modern/fpn_resnet50")
NAMES = mostly_slow([entry.name for entry in zoo.entries()], QUICK)
SVG = "{http://www.w3.org/2000/svg}"
MERMAID = re.compile(
    r"flowchart (?:TB|LR)| *subgraph c\d+\[\"[^\"]+\"\]| *end"
    r"| *n\d+(\(\[|\[|\(\()\"[^\"]+\"(\]\)|\]|\)\))(:::\w+)?"
    r"| *n\d+ -->\|\"[^\"]+\"\| n\d+| *classDef \w+ [\w:#,-]+| *style n\d+ fill:#\w{6}"
)
BUSY = """
block part(units, act = relu) { dense(units) -> act }
model m(classes = 3) {
    input left: 8, right: 8
    share twin = part(4)
    left -> twin as one
    right -> twin as two
    concat(one, two) -> part(6) * 3 -> split(2) as a, b
    a -> dense(classes) as first
    b -> (dense(5) -> dropout(0.5)) * 2 as second
    output first, second
}
"""


def drawing(name: str) -> Drawing:
    return drawing_of(network_from(read_spec(name), None, {})[0])


@pytest.fixture(scope="module")
def busy() -> Drawing:
    return drawing_of(network_of(BUSY))


@pytest.mark.parametrize("name", NAMES)
def test_a_network_of_the_zoo_is_written_in_every_format(name: str) -> None:
    shown = drawing(name)
    for kind in SUFFIXES:
        assert written(shown, kind, View()) == written(shown, kind, View())
    check_svg(written(shown, "svg", View(heat="macs")))
    check_mermaid(written(shown, "mermaid", View()))
    check_dot(written(shown, "dot", View()))


@pytest.mark.parametrize("depth", [0, 1, 2, 9])
def test_each_depth_is_written(busy: Drawing, depth: int) -> None:
    check_svg(written(busy, "svg", View(depth)))
    check_mermaid(written(busy, "mermaid", View(depth, "params")))
    check_dot(written(busy, "dot", View(depth, "params")))


def check_svg(text: str) -> None:
    """It is XML, refers to nothing outside, and its boxes are inside it."""
    root = ElementTree.fromstring(text)
    assert root.tag == f"{SVG}svg"
    assert not re.search(r"href|@import|https?://(?!www\.w3\.org/2000/svg\")|<script", text)
    assert "url(" not in text.replace("url(#arrow)", "")
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for one in root.iter(f"{SVG}rect"):
        right = float(one.get("x", 0)) + float(one.attrib["width"])
        down = float(one.get("y", 0)) + float(one.attrib["height"])
        assert right <= width
        assert down <= height


def check_mermaid(text: str) -> None:
    lines = text.splitlines()
    assert [line for line in lines if not MERMAID.fullmatch(line)] == []
    keys = re.findall(r"^ *(?:subgraph )?([nc]\d+)[\[(]", text, re.MULTILINE)
    assert len(keys) == len({*keys})
    assert {one for link in re.findall(r"(n\d+) -->.*\| (n\d+)", text) for one in link} <= {*keys}
    assert lines.count("flowchart TB") == 1
    assert text.count("subgraph") == len(re.findall(r"^ *end$", text, re.MULTILINE))


def check_dot(text: str) -> None:
    keys = re.findall(r"^ *(n\d+) \[|subgraph (\w+)", text, re.MULTILINE)
    assert len(keys) == len({*keys})
    assert text.count("{") == text.count("}")
    if shutil.which("dot"):
        subprocess.run(["dot", "-Tcanon"], input=text, text=True, check=True, capture_output=True)


def test_a_network_leads_to_the_right(busy: Drawing) -> None:
    """All formats but the page say so; an SVG has the same picture turned, but for its signs."""
    view = View(direction="right")
    assert written(busy, "mermaid", view).startswith("flowchart LR\n")
    assert "\n    rankdir=LR\n" in written(busy, "dot", view)
    assert "rankdir" not in written(busy, "dot", View())
    standing, lying = (ElementTree.fromstring(written(busy, "svg", one)) for one in (View(), view))
    (turned,) = (one for one in lying if "rotate(-90)" in one.get("transform", ""))
    assert len(turned) == len(standing) - (len(lying) - 1)
    across, along = float(standing.get("width", "")), float(standing.get("height", ""))
    assert float(lying.get("width", "")) >= along - 60
    assert float(lying.get("height", "")) <= across + 60


def test_a_sign_stays_upright_where_words_lie() -> None:
    network = network_of(
        "model m { input 8\n subtract { dense(8)\n identity }\n concat { identity\n relu } }"
    )
    text = written(drawing_of(network), "svg", View(direction="right"))
    signs = re.findall(r'<text [^>]*text-anchor="middle"([^>]*)>(−|concat|input)<', text)
    assert [(word, "rotate(90 " in more) for more, word in signs] == [
        ("input", False),
        ("−", True),
        ("concat", False),
    ]


OUTSIDE = """[...document.querySelectorAll('g rect, text, .line')].filter(one => {
    const page = document.documentElement.getBoundingClientRect()
    const box = one.getBoundingClientRect()
    return box.left < page.left || box.right > page.right || box.top < page.top
        || box.bottom > page.bottom
}).length"""


@needs_chromium
@pytest.mark.slow
def test_all_of_a_picture_is_on_its_page(tmp_path: Path) -> None:
    path = tmp_path / "net.svg"
    with Browser() as browser:
        for name, direction in product(("lenet5", "unet", "modern/siamese"), DIRECTIONS):
            path.write_text(written(drawing(name), "svg", View(direction=direction)), "utf-8")
            browser.open(path)
            assert browser.evaluate("document.querySelectorAll('g rect').length") > 5
            assert browser.evaluate(OUTSIDE) == 0


def test_a_format_is_known_by_its_suffix() -> None:
    assert [format_of(f"a.b/NET{suffix.upper()}") for suffix in SUFFIXES.values()] == [*SUFFIXES]
    assert format_of("net.gv") == "dot"
    assert format_of("net.png") is None


def test_text_of_a_spec_is_escaped(busy: Drawing) -> None:
    name = '<b>"&\\'
    hostile = busy.replaced(name=name, heading=name)
    root = ElementTree.fromstring(written(hostile, "svg", View()))
    assert root.findtext(f"{SVG}title") == name
    check_dot(written(hostile, "dot", View()))


def test_heat_shows_what_costs_most(busy: Drawing) -> None:
    text = written(busy, "svg", View(0, "params"))
    shares = [float(one) for one in re.findall(r"fill-opacity: ([\d.]+)", text)]
    assert max(shares) == 0.6
    assert "darker: more parameters" in text


def test_the_pictures_of_the_documentation_are_what_is_drawn() -> None:
    page = (DOCS / "pictures.md").read_text()
    (block,) = re.findall(r"```mermaid\n(.*?)```", page, re.DOTALL)
    assert block == written(drawing("modern/siamese"), "mermaid", View(0))
    for picture in re.findall(r"\]\(pictures/(\w+)\.svg\)", page):
        text = (DOCS / "pictures" / f"{picture}.svg").read_text()
        assert text == written(drawing(picture), "svg", View())
