"""Findings as text: the exact lines, carets included."""

from __future__ import annotations

from textwrap import dedent

import pytest

from cnndsl.diagnostics.base import Diagnostic, Finding, Frame, Note
from cnndsl.diagnostics.shapes import PathsDiffer, ShapeDiffers
from cnndsl.diagnostics.types import BadOperation
from cnndsl.project.loading import Loader, check_module
from cnndsl.report.render import COLORED, concise, displayed, printable, render
from cnndsl.text import Location, Source
from cnndsl.values import Shape

BAD = BadOperation("this is wrong")
HELPFUL = BadOperation("this is wrong", "write something else")


def at(source: Source, snippet: str, skip: int = 0) -> Location:
    """The place of the snippet, behind as many others of its kind."""
    start = -1
    for _ in range(skip + 1):
        start = source.text.index(snippet, start + 1)
    return Location(source, start, start + len(snippet))


def expect(finding: Finding, text: str) -> None:
    assert render(finding) == dedent(text).strip("\n")


def test_both_ends_of_a_mismatch() -> None:
    source = Source(
        "specs/net.cnn",
        "\n" * 10
        + dedent("""\
        block bottleneck(filters, stride = 1) {
            conv_bn(64, 1x1, stride) -> relu -> conv_bn(256, 1x1)

            identity
        }
        model m {
            bottleneck(64, stride=2)
        }
        """),
    )
    finding = Finding(
        PathsDiffer("add", (Shape((28, 28, 256)), Shape((56, 56, 256)))),
        at(source, "identity"),
        (
            Note(at(source, "stride", 1), "stride 2 halves this path: 56x56 -> 28x28"),
            Note(at(source, "identity"), "this path is still 56x56x256"),
        ),
        (Frame("bottleneck(64, stride=2)", at(source, "bottleneck(64, stride=2)")),),
    )
    expect(
        finding,
        """
        CNN301 add joins paths of different shapes: 28x28x256 and 56x56x256
          --> specs/net.cnn:14:5
           |
        12 |     conv_bn(64, 1x1, stride) -> relu -> conv_bn(256, 1x1)
           |                      ------ stride 2 halves this path: 56x56 -> 28x28
        14 |     identity
           |     ^^^^^^^^ this path is still 56x56x256
           = in bottleneck(64, stride=2), called at specs/net.cnn:17:5
           = help: give every path the same stride and padding
        """,
    )


def test_repetitions_come_last() -> None:
    source = Source("net.cnn", "conv(3)\n")
    expect(
        Finding(HELPFUL, at(source, "conv(3)"), count=1200),
        """
        CNN406 this is wrong
         --> net.cnn:1:1
          |
        1 | conv(3)
          | ^^^^^^^
          = help: write something else
          = seen 1,200 times
        """,
    )


def test_marks_on_one_line_stand_below_each_other() -> None:
    source = Source("net.cnn", "    concat(a, b)\n")
    notes = (Note(at(source, "a", 1), "this is 3"), Note(at(source, "b"), "this is 4"))
    expect(
        Finding(BAD, at(source, "concat(a, b)"), notes),
        """
        CNN406 this is wrong
         --> net.cnn:1:5
          |
        1 |     concat(a, b)
          |     ^^^^^^^^^^^^
          |            - this is 3
          |               - this is 4
        """,
    )


def test_a_range_of_several_lines() -> None:
    source = Source("net.cnn", "x -> conv(\n    3,\n    3x3,\n    bias=1\n) -> relu\n")
    start = source.text.index("conv")
    end = source.text.index(")") + 1
    expect(
        Finding(BAD, Location(source, start, end)),
        """
        CNN406 this is wrong
         --> net.cnn:1:6
          |
        1 | x -> conv(
          |      ^^^^^
        ...
        5 | ) -> relu
          | ^
        """,
    )


def test_a_range_of_two_lines_with_a_note_on_the_second() -> None:
    source = Source("net.cnn", "conv(  \n    3)\n")
    finding = Finding(
        BAD, Location(source, 0, len(source.text)), (Note(at(source, "3"), "too few"),)
    )
    expect(
        finding,
        """
        CNN406 this is wrong
         --> net.cnn:1:1
          |
        1 | conv(
          | ^^^^^
        2 |     3)
          |     ^^
          |     - too few
        """,
    )


def test_a_note_of_several_lines_has_its_text_at_the_end() -> None:
    source = Source("net.cnn", "a(\n\n1\n)\nb\n")
    note = Note(Location(source, 0, source.text.index(")") + 1), "this path")
    expect(
        Finding(BAD, at(source, "b"), (note,)),
        """
        CNN406 this is wrong
         --> net.cnn:5:1
          |
        1 | a(
          | --
        ...
        4 | )
          | - this path
        5 | b
          | ^
        """,
    )


@pytest.mark.parametrize("text", ["model m {\n    relu\n", "model m {\n    relu\n\n\n"])
def test_the_end_of_the_file(text: str) -> None:
    source = Source("net.cnn", text)
    row = text.count("\n") + 1
    end = len(text)
    expect(
        Finding(BAD, Location(source, end, end)),
        f"""
        CNN406 this is wrong
         --> net.cnn:{row}:1
          |
        {row} |
          | ^
        """,
    )


def test_the_end_of_a_line() -> None:
    source = Source("net.cnn", "relu ->\n}")
    expect(
        Finding(BAD, Location(source, 7, 8)),
        """
        CNN406 this is wrong
         --> net.cnn:1:8
          |
        1 | relu ->
          |        ^
        """,
    )


def test_no_line_end_at_the_end_of_the_file() -> None:
    source = Source("net.cnn", "relu")
    expect(
        Finding(BAD, Location(source, 4, 4)),
        """
        CNN406 this is wrong
         --> net.cnn:1:5
          |
        1 | relu
          |     ^
        """,
    )


def test_an_empty_file_has_no_lines_to_show() -> None:
    expect(
        Finding(HELPFUL, Location(Source("net.cnn", ""), 0, 0)),
        """
        CNN406 this is wrong
         --> net.cnn:1:1
          = help: write something else
        """,
    )


def test_a_place_beyond_the_text_is_moved_to_its_end() -> None:
    assert "net.cnn:1:5" in render(Finding(BAD, Location(Source("net.cnn", "relu"), 90, 99)))


def test_tabs_are_spaces_and_columns_are_code_points() -> None:
    source = Source("net.cnn", "\tconv(3,\t9x9)")
    expect(
        Finding(BAD, at(source, "9x9")),
        """
        CNN406 this is wrong
         --> net.cnn:1:10
          |
        1 |     conv(3, 9x9)
          |             ^^^
        """,
    )


def test_windows_line_ends_do_not_show() -> None:
    source = Source("net.cnn", "relu\r\nconv(3)\r\n")
    expect(
        Finding(BAD, Location(source, 6, 15)),
        """
        CNN406 this is wrong
         --> net.cnn:2:1
          |
        2 | conv(3)
          | ^^^^^^^
        """,
    )


def test_wide_and_combining_characters() -> None:
    source = Source("net.cnn", "卷积 e\N{COMBINING ACUTE ACCENT} conv")
    lines = render(Finding(BAD, at(source, "conv"))).splitlines()
    assert lines[1] == " --> net.cnn:1:7"
    assert lines[-1] == "  | " + " " * 7 + "^^^^"


@pytest.mark.parametrize(
    ("character", "shown", "width"),
    [("\0", "␀", 1), ("\x1b", "␛", 1), ("\x7f", "<U+007F>", 8), ("\u202e", "<U+202E>", 8)],
)
def test_unprintable_characters_are_shown_as_what_they_are(
    character: str, shown: str, width: int
) -> None:
    source = Source("net.cnn", f"a{character}b")
    lines = render(Finding(BAD, at(source, "b"))).splitlines()
    assert lines[-2:] == [f"1 | a{shown}b", "  | " + " " * (1 + width) + "^"]


def test_unprintable_characters_of_messages_are_escaped() -> None:
    source = Source("a\nb.cnn", "relu")
    text = render(Finding(BadOperation("\x1b[2J\n"), at(source, "relu")))
    assert text.splitlines()[:2] == [r"CNN406 \x1b[2J\n", r" --> a\nb.cnn:1:1"]


def test_a_long_line_is_cut_around_the_mark() -> None:
    source = Source("net.cnn", "relu -> " * 1000 + "conv(3)" + " -> relu" * 1000)
    lines = render(Finding(BAD, at(source, "conv(3)"))).splitlines()
    assert lines[1] == " --> net.cnn:1:8001"
    assert lines[-2].startswith("1 | ...")
    assert lines[-2].endswith("...")
    assert max(map(len, lines)) <= 110
    column = lines[-1].index("^")
    assert lines[-2][column : column + 7] == "conv(3)"
    assert lines[-1].strip(" |") == "^" * 7


def test_a_long_line_is_shown_from_its_start_where_the_mark_is() -> None:
    source = Source("net.cnn", "conv(3)" + " -> relu" * 1000)
    lines = render(Finding(BAD, at(source, "conv(3)"))).splitlines()
    assert lines[-2].startswith("1 | conv(3) -> relu")
    assert lines[-1] == "  | ^^^^^^^"


def test_marks_far_apart_on_a_long_line_have_a_window_each() -> None:
    source = Source("net.cnn", "first" + " " * 500 + "second")
    finding = Finding(BAD, at(source, "second"), (Note(at(source, "first"), "here"),))
    lines = render(finding).splitlines()
    assert lines[-4].startswith("1 | first ")
    assert lines[-3] == "  | ----- here"
    assert lines[-2].endswith(" second")
    assert lines[-1].endswith(" ^^^^^^")


def test_a_mark_longer_than_its_window_is_cut() -> None:
    source = Source("net.cnn", "a" * 1_000_000)
    lines = render(Finding(BAD, Location(source, 0, 1_000_000))).splitlines()
    assert lines[-1] == "  | " + "^" * 100


def test_notes_in_another_file_have_a_section_of_their_own() -> None:
    source = Source("net.cnn", "\n\nblock_call(3)\n")
    other = Source("blocks.cnn", "block block_call(n) {}\n")
    finding = Finding(BAD, at(source, "block_call(3)"), (Note(at(other, "n)"), "defined here"),))
    expect(
        finding,
        """
        CNN406 this is wrong
         --> net.cnn:3:1
          |
        3 | block_call(3)
          | ^^^^^^^^^^^^^
         ::: blocks.cnn:1
          |
        1 | block block_call(n) {}
          |                  -- defined here
        """,
    )


def test_a_long_stack_is_cut_in_the_middle() -> None:
    source = Source("net.cnn", "relu")
    stack = tuple(Frame(f"b{number}()", at(source, "relu")) for number in range(20))
    lines = render(Finding(BAD, at(source, "relu"), stack=stack)).splitlines()[5:]
    assert len(lines) == 9
    assert lines[5] == "  = in b5(), called at net.cnn:1:1"
    assert lines[6] == "  = ... 12 more calls"
    assert lines[8] == "  = in b19(), called at net.cnn:1:1"


def test_a_stack_of_eight_is_shown_whole() -> None:
    source = Source("net.cnn", "relu")
    stack = tuple(Frame(f"b{number}()", at(source, "relu")) for number in range(8))
    lines = render(Finding(BAD, at(source, "relu"), stack=stack)).splitlines()[5:]
    assert [line.split()[2] for line in lines] == [f"b{number}()," for number in range(8)]


def test_colour_changes_nothing_but_colour() -> None:
    source = Source("net.cnn", "concat(a, b)\n")
    finding = Finding(HELPFUL, at(source, "concat"), (Note(at(source, "b"), "this is 4"),))
    colored = render(finding, COLORED)
    assert "\x1b[" in colored
    plain = colored
    for code in (*COLORED._values(), "\x1b[0m"):
        plain = plain.replace(code, "")
    assert plain == render(finding)


def test_a_warning_says_so() -> None:
    class Odd(Diagnostic):
        code = "CNN999"
        severity = "warning"

        @property
        def message(self) -> str:
            return "this is odd"

    source = Source("net.cnn", "relu")
    assert render(Finding(Odd(), at(source, "relu"))).startswith("CNN999 warning: this is odd\n")


def test_concise() -> None:
    source = Source("net.cnn", "\n  relu : 3x3x3")
    finding = Finding(ShapeDiffers(Shape((3, 3, 3)), Shape((4,))), at(source, "3x3x3"))
    assert concise(finding) == "net.cnn:2:10: CNN303 the shape here is 4, not 3x3x3"


def test_very_long_messages_are_cut() -> None:
    assert len(printable("x" * 10**6)) <= 600
    assert printable("short") == "short"


def test_displayed_gives_a_column_for_every_character_and_the_end() -> None:
    for text in ("", "abc", "\ta\tb", "卷\0\u202e"):
        shown, columns = displayed(text)
        assert len(columns) == len(text) + 1
        assert columns == sorted(columns)
        assert "\t" not in shown


def test_a_finding_of_the_checker() -> None:
    source = Source(
        "net.cnn",
        dedent("""\
        block halve(filters, stride) {
            add {
                conv(filters, 1x1, stride)
                identity
            }
        }
        model m {
            input 8x8x16
            halve(16, stride = 2)
        }
        """),
    )
    (finding,) = check_module(Loader().module(source))
    expect(
        finding,
        """
        CNN301 add joins paths of different shapes: 4x4x16 and 8x8x16
         --> net.cnn:4:9
          |
        3 |         conv(filters, 1x1, stride)
          |                            ------ stride 2 halves this path: 8x8 -> 4x4
        4 |         identity
          |         ^^^^^^^^ this path is still 8x8x16
          = in halve(16, stride=2), called at net.cnn:9:5
          = help: give this path the same stride: `conv(filters, 1x1, stride)`
        """,
    )
