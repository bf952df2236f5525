"""A long definition is worked out again where it has changed; all is found as if it were new."""

from __future__ import annotations

from random import Random

import pytest
from edits import UNIT, as_checked, edited
from shares import mostly_slow

from cnndsl.diagnostics.base import Finding
from cnndsl.editing import room
from cnndsl.editing import versions as versions_module
from cnndsl.editing.analysis import Analysis
from cnndsl.editing.versions import Stale, Versions
from cnndsl.ir.network import Network
from cnndsl.project.loading import Loader, check_models
from cnndsl.semantics.replay import SectionElaborator
from cnndsl.semantics.sections import Section
from cnndsl.text import Source

MORE = """\
    let w{0} = width * {0}
    conv(w{0}, 1x1) -> act -> part({0})
    add {{
        conv({0}, 3x3, pad=same) -> relu
        conv(side{0}.channels, 1x1)
    }} -> relu
    if width > 1 {{ tanh }} else {{ sigmoid }}
    for i in [1, 2] {{ conv({0} * i, 1x1) }}
"""
PART = "block part(n) {\n    conv(n, 3x3, pad=same) -> relu\n}\n\n"
HEAD = "(classes = 10, width = 2, act = relu) {\n"
BODY = "".join((UNIT + MORE).format(4 + one % 3 + 10 * one) for one in range(3))
END = "    global_avg_pool -> dense(classes)\n"
INPUT = "    input 16x16x3\n"
CALLS = f"model net {{\n{INPUT}    big(4) as a\n    big(3)\n    concat(a, main)\n}}\n"
TEXTS = (
    f"{PART}# A long one.\nmodel net{HEAD}{INPUT}{BODY}{END}    expect params < 100M\n}}\n",
    f"{PART}block big{HEAD}{BODY}{END}}}\n\n{CALLS}",
    f"{PART}model net{HEAD}{INPUT}{BODY}    output main, c4\n}}\n",
)
LINES = ("    relu", "    conv(7, 3x3, pad=same)", "    let q = 3", "    # A comment.", "")
FLAT = "    conv(8, 3x3, pad=same) -> relu\n" * 60


@pytest.fixture(autouse=True)
def short_sections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "STATEMENTS", 2)
    monkeypatch.setattr(room, "LONG", 6)
    monkeypatch.setattr(room, "LONG_LIST", 40)
    monkeypatch.setattr(versions_module, "LONG_TEXT", 1_000)


def analysed(versions: Versions, text: str) -> Analysis:
    return versions.analysis(versions.source("net.cnn", text, None))


def layers(network: Network) -> list[object]:
    return [
        (one.path, one.op, one.inputs, one.input_shapes, one.shape, one.cost, one.in_sequence)
        for one in network.layers
    ]


def hold(text: str, versions: Versions) -> Analysis:
    """A version is found to be as `check` finds it, and its networks are the same."""
    analysis = as_checked(text, versions)
    if analysis.is_whole:
        module = Loader().module(Source("net.cnn", text))
        for network in check_models(module, module.models, {})[1]:
            found = analysis.networks[network.name]
            assert layers(found) == layers(network)
            assert (found.cost, found.outputs) == (network.cost, network.outputs)
            assert found.scope.depth == network.scope.depth
            assert found.scope.idle == network.scope.idle
    return analysis


def plain_edit(text: str, random: Random) -> str:
    """The text with a line more, one less, or a word changed: most such texts hold."""
    lines = text.split("\n")
    place = random.randrange(len(lines))
    match random.randrange(4):
        case 0:
            lines.insert(place, lines[place])
        case 1:
            del lines[place]
        case 2:
            lines.insert(place, random.choice(LINES))
        case _:
            lines[place] = lines[place].replace("3x3", "5x5").replace("relu", "tanh")
    return "\n".join(lines)


@pytest.mark.parametrize("seed", mostly_slow(range(30), range(3)))
def test_random_edits(seed: int) -> None:
    check_edits(seed, 8)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1_000, 1_100))
def test_many_edits(seed: int) -> None:
    check_edits(seed, 50)


def check_edits(seed: int, count: int) -> None:
    random, versions = Random(seed), Versions()
    stored = text = TEXTS[seed % 3].replace("\n", "\r\n" if seed % 4 == 3 else "\n")
    for number in range(count):
        edit = edited if random.random() < 0.4 else plain_edit
        text = edit(stored if number % 5 == 0 else text, random)
        hold(text, versions)


def changes(before: str, after: str) -> tuple[int, int]:
    """How many sections are bound, and how many are run, as one text becomes another."""
    versions = Versions()
    hold(before, versions)
    memory = versions.memory
    bound, ran = memory.sections.known["net"].sections, known_runs(versions)
    hold(after, versions)
    return len({*memory.sections.known["net"].sections} - {*bound}), len(known_runs(versions) - ran)


def known_runs(versions: Versions) -> set[Section]:
    """The sections that have been run."""
    elaborator = versions.memory.elaborations["net"].elaborator
    assert isinstance(elaborator, SectionElaborator)
    return {*elaborator.now}


TEXT = f"model net(width = 8) {{\n{INPUT}{FLAT}    flatten -> dense(width)\n}}\n"


def test_a_changed_number_leaves_all_other_sections() -> None:
    place = TEXT.index("3x3, pad", len(TEXT) // 2)
    assert changes(TEXT, f"{TEXT[:place]}5x5{TEXT[place + 3 :]}") == (1, 1)


def test_what_reads_a_changed_name_is_bound_again() -> None:
    named = TEXT.replace(FLAT, f"    let width2 = 8\n{FLAT}    conv(width2, 1x1)\n")
    assert changes(named, named.replace("let width2", "relu as width2\n    let q"))[0] == 2


def test_names_of_layers_go_on_behind_a_new_one() -> None:
    versions = Versions()
    hold(TEXT, versions)
    place = TEXT.index("    conv", len(TEXT) // 2)
    found = hold(f"{TEXT[:place]}    conv(8, 1x1)\n{TEXT[place:]}", versions)
    assert [one.name for one in found.networks["net"].scope.steps[-4:-2]] == ["conv61", "relu60"]


def test_what_is_silenced_in_a_part_that_stays() -> None:
    comment, chain = "# cnndsl: ignore CNN801", "conv(8, 1x1) -> batch_norm"
    stage = f"    stage s {{\n        {comment}\n        {chain}\n    }}\n"
    text = TEXT.replace("    flatten", f"{stage}    flatten")
    versions = Versions()
    assert hold(text, versions).findings == ()
    (found,) = hold(text.replace("ignore", "ignoring"), versions).findings
    assert found.diagnostic.code == "CNN801"


def test_what_is_missing_at_the_end_of_a_line() -> None:
    lines = TEXT.split("\n")
    for number in (21, 22):
        versions = Versions()
        hold(TEXT, versions)
        hold("\n".join([*lines[:number], "    let x =", *lines[number:]]), versions)


ROWS = "".join(f"        [{one % 5 + 1}, {one}],\n" for one in range(60))
LIST = f"model net {{\n{INPUT}    let rows = [\n{ROWS}    ]\n    dense(rows[3][0])\n}}\n".replace(
    "16x16x3", "4"
)


@pytest.mark.parametrize(
    "row", ["[3, 4],", "[3,, 4],", "[3, 4]", "3 for i in range(3),", "],", "[", "# x"]
)
@pytest.mark.parametrize("number", [4, 30, 62])
def test_a_row_of_a_long_list(row: str, number: int) -> None:
    lines, versions = LIST.split("\n"), Versions()
    hold(LIST, versions)
    hold("\n".join([*lines[:number], f"        {row}", *lines[number:]]), versions)
    hold("\n".join([*lines[:number], f"        {row}", *lines[number + 1 :]]), versions)


def test_what_is_wrong_is_told_before_what_led_to_it() -> None:
    versions = Versions()
    wrong = TEXT.replace("(8, 3x3, pad=same)", "(8, 99x99)", 1)
    told: list[Finding] = []
    source = versions.source("net.cnn", wrong, None)
    analysis = versions.analysis(source, tell=told.extend)
    assert [one.location for one in told] == [one.location for one in analysis.findings]
    assert analysis.findings[0].notes
    assert not told[0].notes


def test_nothing_more_is_looked_for_in_a_version_that_is_gone() -> None:
    versions = Versions()
    wrong = TEXT.replace("(8, 3x3, pad=same)", "(8, 99x99)", 1)
    source = versions.source("net.cnn", wrong, None)
    with pytest.raises(Stale):
        versions.analysis(source, tell=lambda _: versions.source("net.cnn", TEXT, None) and None)
    hold(TEXT, versions)


def test_a_version_that_fails_leaves_nothing_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    versions, before = Versions(), hold(TEXT, Versions())
    hold(TEXT, versions)
    edit = TEXT.replace("3x3", "5x5", 1)
    with monkeypatch.context() as patched:
        patched.setattr(SectionElaborator, "recorded", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            analysed(versions, edit)
    after = hold(TEXT, versions)
    assert layers(after.networks["net"]) == layers(before.networks["net"])
    hold(edit, versions)
