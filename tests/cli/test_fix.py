"""`check --fix`, `--diff` and `--update-shapes`, with made-up fixes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from command_line import Command

from cnndsl.commands import checker
from cnndsl.commands.files import unified
from cnndsl.diagnostics.base import Finding, Fix
from cnndsl.explain.fixes import apply, compatible

SLIPS = "model m {\n    input 8x8x3\n    max_pol(2x2) -> relux -> dropot(0.1)\n}\n"
MENDED = SLIPS.replace("max_pol", "max_pool").replace("relux", "relu").replace("dropot", "dropout")


@pytest.fixture(autouse=True)
def fixes(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, bool]]:
    """Safe fixes for some misspelt names, and unsafe ones; tests may add others."""
    known = {
        "max_pol": ("max_pool", True),
        "relux": ("relu", True),
        "dropot": ("dropout", True),
        "tahn": ("tanh", False),
    }
    real = checker.check_models

    def with_fix(one: Finding) -> Finding:
        if one.location.text not in known:
            return Finding(one.diagnostic, one.location, one.notes, one.stack, one.count)
        text, is_safe = known[one.location.text]
        fix = Fix(((one.location.start, one.location.end, text),), is_safe)
        return Finding(one.diagnostic, one.location, one.notes, one.stack, one.count, fix)

    def check_models(*arguments: Any) -> tuple[tuple[Finding, ...], Any]:
        findings, networks = real(*arguments)
        return tuple(map(with_fix, findings)), networks

    monkeypatch.setattr(checker, "check_models", check_models)
    return known


def test_fix(cnndsl: Command, folder: Path) -> None:
    (folder / "slips.cnn").write_text(SLIPS)
    status, out, err = cnndsl("check", "--fix", "slips.cnn")
    assert (status, err) == (0, "")
    assert out.splitlines()[-1] == "fixed 3 findings in 1 spec"
    assert (folder / "slips.cnn").read_text() == MENDED
    assert cnndsl("check", "--fix", "slips.cnn").out.startswith("slips.cnn: m 8x8x3 -> 4x4x3")
    assert sorted(one.name for one in folder.iterdir()) == [
        "broken.cnn", "slips.cnn", "small.cnn", "two.cnn",
    ]  # fmt: skip


def test_what_remains_is_reported(cnndsl: Command, folder: Path) -> None:
    (folder / "slips.cnn").write_text(SLIPS.replace("relux", "tahn"))
    status, out, _ = cnndsl("check", "--fix", "--quiet", "slips.cnn", "small.cnn")
    assert status == 1
    assert out.startswith("CNN201 unknown layer or block `tahn`")
    assert "max_pol(" not in out
    assert (folder / "slips.cnn").read_text() == MENDED.replace("relu", "tahn")


def test_only_selected_findings_are_fixed(cnndsl: Command, folder: Path) -> None:
    (folder / "slips.cnn").write_text(SLIPS)
    cnndsl("check", "--fix", "--ignore", "CNN201", "slips.cnn")
    assert (folder / "slips.cnn").read_text() == SLIPS


def test_bytes_around_a_fix_stay(cnndsl: Command, folder: Path) -> None:
    text = SLIPS.replace("\n", "\r\n").replace(" relux", " # é\r\n    -> relux")
    path = folder / "slips.cnn"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    path.chmod(0o640)
    cnndsl("check", "--fix", "slips.cnn")
    for before, after in (("max_pol", "max_pool"), ("relux", "relu"), ("dropot", "dropout")):
        text = text.replace(before, after)
    assert path.read_bytes() == b"\xef\xbb\xbf" + text.encode()
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_read_only_file_stays_and_the_others_are_fixed(cnndsl: Command, folder: Path) -> None:
    for name in ("first.cnn", "second.cnn"):
        (folder / name).write_text(SLIPS)
    (folder / "first.cnn").chmod(0o444)
    status, out, err = cnndsl("check", "--fix", "first.cnn", "second.cnn")
    assert (status, err) == (2, "error: cannot write first.cnn: it is read-only\n")
    assert out.splitlines()[-1] == "fixed 3 findings in 1 spec"
    assert (folder / "first.cnn").read_text() == SLIPS
    assert (folder / "second.cnn").read_text() == MENDED


def test_diff(cnndsl: Command, folder: Path) -> None:
    (folder / "slips.cnn").write_text(SLIPS.replace("relux", "tahn"))
    status, out, err = cnndsl("check", "--diff", "slips.cnn", "small.cnn")
    assert status == 1
    assert out == (
        "--- a/slips.cnn\n+++ b/slips.cnn\n@@ -1,4 +1,4 @@\n model m {\n     input 8x8x3\n"
        "-    max_pol(2x2) -> tahn -> dropot(0.1)\n+    max_pool(2x2) -> tahn -> dropout(0.1)\n }\n"
    )
    assert err == "would fix 2 findings in 1 spec; 1 error would remain\n"
    assert (folder / "slips.cnn").read_text() == SLIPS.replace("relux", "tahn")
    assert cnndsl("check", "--diff", "small.cnn") == (0, "", "nothing to fix\n")
    assert cnndsl("check", "--fix", "--diff", "slips.cnn").out == out
    status, out, err = cnndsl("check", "--diff", "nothing.cnn")
    assert (status, out) == (2, "")


def test_standard_input(cnndsl: Command, folder: Path) -> None:
    status, out, err = cnndsl("check", "--fix", "-", stdin=SLIPS.encode())
    assert (status, out) == (0, MENDED)
    assert err.startswith("<stdin>: m 8x8x3")
    (folder / "x.cnn").write_text(SLIPS)
    named = cnndsl("check", "--fix", "-", "--stdin-filename", "x.cnn", stdin=SLIPS.encode())
    assert named.out == MENDED
    assert (folder / "x.cnn").read_text() == SLIPS


def test_findings_of_imported_files_are_left_alone(cnndsl: Command, folder: Path) -> None:
    (folder / "blocks.cnn").write_text("block b() { relux }\n")
    (folder / "net.cnn").write_text('import b from "blocks.cnn"\nmodel m { input 3\n b() }\n')
    assert cnndsl("check", "--fix", "net.cnn").status == 1
    assert (folder / "blocks.cnn").read_text() == "block b() { relux }\n"
    assert cnndsl("check", "--fix", "net.cnn", "blocks.cnn").status == 0


def test_shapes_are_updated_on_demand(
    cnndsl: Command, folder: Path, fixes: dict[str, tuple[str, bool]]
) -> None:
    text = "model m {\n    input 8x8x3\n    relux : 9x9x3\n}\n"
    fixes["9x9x3"] = fixes[": 9x9x3"] = ("8x8x3", False)
    path = folder / "net.cnn"
    path.write_text(text)
    assert cnndsl("check", "--fix", "net.cnn").status == 1
    assert path.read_text() == text.replace("relux", "relu")
    assert cnndsl("check", "--update-shapes", "net.cnn").status == 0
    assert "8x8x3\n}" in path.read_text()


# Edits


def fixes_of(*edits: Iterable[tuple[int, int, str]]) -> list[Fix]:
    return [Fix(tuple(one), True) for one in edits]


def test_edits_are_made_from_the_end() -> None:
    found = fixes_of([(4, 7, "x")], [(0, 3, "longer"), (8, 8, "!")])
    assert apply("abc def g", found) == "longer x !g"


def test_fixes_that_overlap_wait() -> None:
    found = fixes_of([(0, 3, "x")], [(2, 4, "y")], [(5, 6, "z"), (0, 1, "w")])
    assert compatible(found) == [found[2], found[1]]
    assert apply("abcdef", found) == "wbyez"
    assert apply("abcdef", fixes_of([(2, 2, "x")], [(2, 2, "y")])) == "abxcdef"
    assert compatible(fixes_of([])) == []


@pytest.mark.parametrize(
    ("before", "after", "diff"),
    [
        ("a\n", "a\n", ""),
        ("a", "b", "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n"
                   "\\ No newline at end of file\n"),
        ("", "b\n", "@@ -0,0 +1 @@\n+b\n"),
        ("a\u2028b\r\n", "a\u2028c\r\n", "@@ -1 +1 @@\n-a\u2028b\r\n+a\u2028c\r\n"),
    ],
)  # fmt: skip
def test_unified(before: str, after: str, diff: str) -> None:
    heading = "--- a/x.cnn\n+++ b/x.cnn\n" if diff else ""
    assert unified(before, after, "x.cnn") == heading + diff
