"""A long definition is read in sections: what is found is as if it were read as a whole."""

from __future__ import annotations

from random import Random

import pytest
from edits import UNIT, as_checked, edited, shown
from shares import mostly_slow

from cnndsl.editing.versions import Versions
from cnndsl.project.loading import Loader, check_module
from cnndsl.syntax import parser
from cnndsl.syntax.lexer import SyntaxFailure
from cnndsl.syntax.sections import window_of
from cnndsl.syntax.tree import Gap
from cnndsl.text import Source

TEXT = (
    "# A long one.\nmodel net(classes = 10) {\n    input 16x16x3\n"
    + "".join(UNIT.format(4 + one % 3 + 10 * one) for one in range(6))
    + "    global_avg_pool -> dense(classes)\n}\n"
)
TYPED = "conv(classes, 3x3, pad=same) -> relu"
BOUNDARIES = ("-> tanh", "  -> tanh", "else {", "# Nothing.", "", "}", ")", "{", "let x = 3")


@pytest.mark.parametrize("number", [4, 21, 40])
def test_a_line_as_it_is_typed(number: int) -> None:
    lines, versions = TEXT.split("\n"), Versions()
    for length in range(0, len(TYPED) + 1, 3):
        as_checked("\n".join([*lines[:number], f"    {TYPED[:length]}", *lines[number:]]), versions)


@pytest.mark.parametrize("line", BOUNDARIES)
def test_a_line_that_belongs_to_another(line: str) -> None:
    """Also right where what is known ends."""
    lines = TEXT.split("\n")
    for number in range(14, 26):
        versions = Versions()
        broken = [*lines[:20], "    conv(((", *lines[20:]]
        as_checked("\n".join(broken), versions)
        as_checked("\n".join([*lines[:number], f"    {line}", *lines[number:]]), versions)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("seed", mostly_slow(range(20), range(2)))
def test_random_edits(seed: int, line_end: str) -> None:
    random, versions, stored = Random(seed), Versions(), TEXT.replace("\n", line_end)
    text = stored
    for number in range(12):
        text = edited(stored if number % 3 == 0 else text, random)
        as_checked(text, versions)


def findings(text: str) -> list[object]:
    return shown(check_module(Loader().module(Source("net.cnn", text))))


@pytest.mark.parametrize("seed", mostly_slow(range(10), range(2)))
def test_the_whole_says_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it says something else, it takes what is behind an open brace for its inside."""
    random = Random(seed)
    for _ in range(10):
        text = edited(TEXT, random)
        near = findings(text)
        with monkeypatch.context() as patched:
            patched.setattr(parser, "_recovered_near", lambda *_: None)
            whole = findings(text)
        if near != whole:
            assert len(near) < len(whole)
            assert text.count("{") != text.count("}")


def test_what_is_above_and_below_is_read() -> None:
    text = TEXT.replace("conv(26, 1x1)", "conv(26, 1x1")
    with pytest.raises(SyntaxFailure) as failed:
        parser.parse_parts(Source("net.cnn", text))
    assert failed.value.tree is not None
    (broken,) = failed.value.tree.definitions
    (sound,) = parser.parse(Source("net.cnn", TEXT)).definitions
    assert len(broken.body.statements) == len(sound.body.statements)
    kinds = [type(one) for one in broken.body.statements if not isinstance(one, Gap)]
    assert len(kinds) >= len(sound.body.statements) - 1
    assert broken.documentation == "A long one."


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("net(", "net(\n"),
        TEXT.replace("    dropout", "dropout"),
        TEXT.replace("\n}\n", "\n} model\n"),
        TEXT[: TEXT.rindex("}")],
        "\n".join([*TEXT.split("\n")[:9], "}"]),
    ],
)
def test_what_is_no_long_definition_has_no_window(text: str) -> None:
    assert window_of(text, 0, len(text), len(text) // 2) is None
