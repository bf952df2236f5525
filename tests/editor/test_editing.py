"""What is known of a text while it is written: the findings of `check`, and never an exception."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from edits import as_checked, edited

from cnndsl.diagnostics.base import Failure
from cnndsl.editing import completion, hints, hover, outline, renaming
from cnndsl.editing.analysis import Analysis
from cnndsl.editing.occurrences import occurrences
from cnndsl.editing.room import Room, Widened
from cnndsl.editing.versions import Versions
from cnndsl.ops import OPS
from cnndsl.project import zoo
from cnndsl.project.config import Config
from cnndsl.project.loading import Loader, check_module
from cnndsl.semantics.models import Elaboration
from cnndsl.syntax.parser import parse, parse_parts
from cnndsl.text import Source

FILES = sorted({entry.path for entry in zoo.entries()})
SMALL = """
block part{0}(filters, act = relu) {{ conv(filters, 1x1) -> act }}

# A small one.
model small{0} {{
    input 8x8x{0}
    part{0}(4) -> part{1}(4, act=tanh)
}}
"""
MORE = ("", SMALL.format(1, 1), "\n".join(SMALL.format(one, one % 3 + 1) for one in (1, 2, 3)))
"""What some texts have besides, so that some of their definitions depend on others."""


def use_everything(analysis: Analysis, random: Random) -> None:
    """Ask all that an editor can ask, at some places."""
    text = analysis.source.text
    for _ in range(3):
        offset = random.randrange(len(text) + 1)
        hover.hover(analysis, offset)
        completion.completions(analysis, text, offset)
        one = analysis.occurrence_at(offset)
        if one is not None:
            list(renaming.uses(one.target, [analysis.module]))
    list(hints.hints(analysis, 0, len(text)))
    list(hints.lenses(analysis))
    outline.symbols(analysis)
    list(outline.folds(text))
    tokens = outline.semantic_tokens(analysis)
    for before, after in pairwise(tokens):
        assert before.end <= after.start


def check_edits(seed: int, count: int) -> None:
    random = Random(seed)
    path = random.choice(FILES)
    stored = Path(path).read_text(encoding="utf-8") + MORE[seed % 3]
    text, versions = stored, Versions()
    for number in range(count):
        if number % 5 == 0:
            text = stored
        text = edited(text, random)
        use_everything(as_checked(text, versions, path, path), random)


@pytest.mark.parametrize("seed", range(6))
def test_some_edits(seed: int) -> None:
    check_edits(seed, 10)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 110))
def test_edits(seed: int) -> None:
    check_edits(seed, 40)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1_000, 1_200))
def test_many_edits(seed: int) -> None:
    check_edits(seed, 50)


TEXT = "\n".join(
    f"""\
# Number {number}.
block part{number}(filters) {{
    conv(filters, 3x3, pad=same) -> relu
}}
"""
    for number in range(6)
)
TEXT += "\nmodel m {\n    input 8x8x3\n    part0(4) -> part1(4) -> part2(4) -> part0(8)\n}\n"


def test_the_parts_of_a_text_are_the_text() -> None:
    for path in FILES[::10]:
        text = Path(path).read_text(encoding="utf-8") + SMALL.format(1, 1)
        found, whole = parse_parts(Source("", text)), parse(Source("", text))
        assert (found.imports, found.definitions) == (whole.imports, whole.definitions)


def test_an_edit_redoes_what_it_changes_and_what_mentions_that() -> None:
    versions = Versions()
    before = versions.analysis(versions.source("net.cnn", TEXT, None)).module.definitions
    text = TEXT.replace("relu\n}\n\n# Number 2", "relu -> tanh\n}\n\n# Number 2")
    after = versions.analysis(versions.source("net.cnn", text, None)).module.definitions
    again = [new.name for old, new in zip(before, after, strict=True) if old is not new]
    assert again == ["part1", "m"]
    text = text.replace("# Number 5.", "# Another one.")
    last = versions.analysis(versions.source("net.cnn", text, None)).module.definitions
    assert [new.name for old, new in zip(after, last, strict=True) if old is not new] == ["part5"]


def test_room_keeps_rows_and_columns() -> None:
    room, random = Room(), Random(3)
    text = TEXT
    for _ in range(200):
        text = edited(text, random) if len(text) > 100 else TEXT
        widened = Widened("net.cnn", None, room.parted(text)).text
        lines = zip(widened.split("\n"), text.split("\n"), strict=True)
        assert all(one == other or (one + other).isspace() for one, other in lines)


def test_other_definitions_than_a_broken_one_are_known() -> None:
    text = TEXT.replace("pad=same) -> relu", "pad= -> relu", 1)
    versions = Versions()
    analysis = versions.analysis(versions.source("net.cnn", text, None))
    assert {one.location.row for one in analysis.findings} == {3}
    colored = {one.start for one in outline.semantic_tokens(analysis)}
    names = re.compile("filters").finditer(analysis.source.text, text.index("# Number 1"))
    assert {one.start() for one in names} <= colored


@pytest.mark.parametrize("path", FILES)
def test_names_stand_where_they_are_said_to(path: str) -> None:
    module = Loader().module(Source(path, Path(path).read_text(encoding="utf-8"), path))
    text = module.source.text
    found = occurrences(module)
    assert found
    for one in found:
        assert text[one.start : one.end] == one.target.name
    for before, after in pairwise(found):
        assert before.end <= after.start
    words = {match.start() for match in re.finditer(r"(?<![\w.\"/])[A-Za-z_]\w*", bare(text))}
    named = {one.start for one in found}
    unnamed = {text[start:].split()[0] for start in words - named}
    assert not {re.match(r"\w+", one)[0] for one in unnamed} & OPS.keys()  # type: ignore[index]


def bare(text: str) -> str:
    """The text with spaces for its comments and strings."""
    return re.sub(r'#[^\n]*|"[^"\n]*"', lambda match: " " * len(match[0]), text)


def renamings() -> list[tuple[str, str]]:
    """Files with the kinds of names that can be renamed in them."""
    chosen = ("resnet50", "modern/unet_padded", "inception_v1", "keras/nasnet", "keras/densenet")
    return [(one, kind) for one in chosen for kind in ("value", "parameter", "block", "number")]


@pytest.mark.parametrize(("name", "kind"), renamings())
def test_a_renamed_network_is_the_same(name: str, kind: str) -> None:
    path = zoo.file_of(name)
    text = Path(path).read_text(encoding="utf-8")
    module = Loader().module(Source(path, text, path))
    targets = {
        one.target: one
        for one in occurrences(module)
        if one.is_definition and one.target.kind == kind
    }
    for one in list(targets.values())[:4]:
        uses = renaming.renamed(one, "another_name", [module])
        new = text
        for use in sorted(uses, key=lambda use: -use.location.start):
            new = new[: use.location.start] + "another_name" + new[use.location.end :]
        after = Loader().module(Source(path, new, path))
        assert check_module(after) == ()
        before = Elaboration(module.models[0], {}).network
        network = Elaboration(after.models[0], {}).network
        assert before is not None
        assert network is not None
        assert network.cost == before.cost
        assert [view.shape for view in network.layers] == [view.shape for view in before.layers]


def test_new_names_are_refused_where_they_are_taken() -> None:
    source = Source("m", "model m {\n    input 4\n    dense(3) as a\n    dense(2) as b\n}\n")
    module = Loader().module(source)
    a = next(one for one in occurrences(module) if one.target.name == "a")
    for name, reason in (
        ("b", "taken"),
        ("conv", "word of the language"),
        ("if", "word of the language"),
        ("1x", "no name"),
        ("m", "taken"),
    ):
        with pytest.raises(Failure, match=reason):
            renaming.renamed(a, name, [module])


def test_configured_findings_are_left_out() -> None:
    text = "block unused(n) { dense(n) }\nmodel m {\n    input 4\n    dense(3)\n}\n"
    assert [one.diagnostic.code for one in Analysis(Source("m", text)).findings] == ["CNN807"]
    assert Analysis(Source("m", text), config=Config(ignore=("CNN8",))).findings == ()


COMPLETIONS = [
    ("model m {\n    input 4x4x3\n    |\n}\n", {"conv", "stage", "unit"}, {"same", "height"}),
    ("model m {\n    input 4x4x3\n    conv(|)\n}\n", {"filters=", "stride=", "min"}, {"relu"}),
    ("model m {\n    input 4x4x3\n    conv(8, pad=|)\n}\n", {"same", "valid"}, {"stride=", "relu"}),
    ("model m {\n    input 4x4x3\n    conv(8, stride=2, |)\n}\n", {"kernel="}, {"stride="}),
    ("model m {\n    input 4x4x3\n    unit(|)\n}\n", {"filters="}, {"kernel="}),
    ("model m {\n    input 4x4x3\n    dense(in.|)\n}\n", {"channels", "size"}, {"conv"}),
    ("|", {"model", "block", "import", "recipe"}, {"conv"}),
    ("model m {\n    input 4x4x3\n    # conv(|\n}\n", set(), {"conv"}),
    ("model m {\n    input 4x4x3\n    relu -> |\n}\n", {"conv", "unit"}, {"same"}),
    ("model m {\n    input 4x4x3\n    relu as early\n    add(|)\n}\n", {"early"}, {"late"}),
    ('import unit from "zoo:|"\n', {"blocks", "resnet50"}, {"conv"}),
    ("model m {\n    input 4x4x3\n    expect |\n}\n", {"params", "macs"}, {"stage"}),
]


@pytest.mark.parametrize(("text", "wanted", "unwanted"), COMPLETIONS)
def test_completion(text: str, wanted: set[str], unwanted: set[str]) -> None:
    rest = "\nblock unit(filters) { conv(filters, 3x3, pad=same) as late }\n"
    offset = text.index("|")
    text = text.replace("|", "") + rest
    analysis = Analysis(Source("m.cnn", text, None))
    found = {one.text for one in completion.completions(analysis, text, offset)}
    assert wanted <= found
    assert not unwanted & found


def test_completion_of_paths(tmp_path: Path) -> None:
    (tmp_path / "blocks.cnn").write_text("block b { relu }\n")
    (tmp_path / "parts").mkdir()
    path = tmp_path / "net.cnn"
    path.write_text("")
    text = 'import b from "'
    analysis = Analysis(Source(str(path), text, str(path)))
    found = {one.text for one in completion.completions(analysis, text, len(text))}
    assert found == {"zoo:", "blocks.cnn", "parts/"}


HOVERS = [
    ("conv", "filters` kernels", "8x8x3 → **8x8x8**, 224 parameters"),
    ("unit(8", "block unit(filters, stride=1)", "A unit."),
    ("stride=2", "parameter of `unit`", ": 2, 1"),
    ("width *", "let width = in.channels + 1", "= **9, 4**"),
    ("early ", "value", "8x8x8"),
    ("pad=", "zeros around the image", "default `0`"),
    ("n = 10", "n=10", "parameter of `m`: 10"),
]


@pytest.mark.parametrize(("place", "heading", "fact"), HOVERS)
def test_hover(place: str, heading: str, fact: str) -> None:
    text = """\
# A unit.
block unit(filters, stride = 1) {
    let width = in.channels + 1
    conv(filters, 3x3, stride=stride, pad=1) -> dense_free(width * 1)
}
block dense_free(n) { batch_norm -> relu }
model m(n = 10) {
    input 8x8x3
    unit(8) as early -> unit(8, stride=2) -> global_avg_pool -> dense(n)
}
"""
    analysis = Analysis(Source("m.cnn", text))
    assert not [one for one in analysis.findings if one.is_error]
    found = hover.hover(analysis, text.index(place))
    assert found is not None
    assert heading in found[0]
    assert fact in found[0]
