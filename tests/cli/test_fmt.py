"""`cnndsl fmt`: which files it writes, what it prints, and its exit status."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import Command

LOOSE = b"block b { relu->tanh }\n"
STYLED = b"block b { relu -> tanh }\n"


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a spec in the style, one out of it, and one that does not parse."""
    (tmp_path / "loose.cnn").write_bytes(LOOSE)
    (tmp_path / "styled.cnn").write_bytes(STYLED)
    (tmp_path / "wrong.cnn").write_bytes(b"block b { relu->\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_files_are_written(cnndsl: Command, specs: Path) -> None:
    (specs / "marked.cnn").write_bytes(b"\xef\xbb\xbf" + LOOSE.replace(b"\n", b"\r\n"))
    names = ("loose.cnn", "styled.cnn", "marked.cnn")
    assert cnndsl("fmt", *names) == (0, "2 specs formatted, 1 unchanged\n", "")
    assert (specs / "loose.cnn").read_bytes() == STYLED
    assert (specs / "marked.cnn").read_bytes() == b"\xef\xbb\xbf" + STYLED.replace(b"\n", b"\r\n")
    assert cnndsl("fmt", *names) == (0, "0 specs formatted, 3 unchanged\n", "")
    assert cnndsl("fmt", "-q", *names) == (0, "", "")


def test_networks_of_the_zoo_are_counted_and_stay(cnndsl: Command) -> None:
    assert cnndsl("fmt", "resnet18") == (0, "0 specs formatted, 1 unchanged\n", "")
    assert cnndsl("fmt", "resnet18", "--check").out == "0 specs would be formatted, 1 unchanged\n"


def test_what_does_not_parse_stays_and_the_others_do_not(cnndsl: Command, specs: Path) -> None:
    before = (specs / "wrong.cnn").read_bytes()
    status, out, err = cnndsl("fmt", ".")
    assert (status, out) == (2, "1 spec formatted, 1 unchanged\n")
    assert err.startswith("error: cannot format wrong.cnn:1:9: CNN1")
    assert "`cnndsl check wrong.cnn` says more" in err
    assert (specs / "wrong.cnn").read_bytes() == before
    assert (specs / "loose.cnn").read_bytes() == STYLED


def test_check_and_diff_write_nothing(cnndsl: Command, specs: Path) -> None:
    names = ("loose.cnn", "styled.cnn")
    listed = "would format loose.cnn\n1 spec would be formatted, 1 unchanged\n"
    assert cnndsl("fmt", "--check", *names) == (1, listed, "")
    status, out, err = cnndsl("fmt", "--diff", *names)
    assert (status, err) == (1, "")
    assert out == (
        "--- a/loose.cnn\n+++ b/loose.cnn\n@@ -1 +1 @@\n"
        "-block b { relu->tanh }\n+block b { relu -> tanh }\n"
    )
    assert cnndsl("fmt", "--check", "styled.cnn").status == 0
    assert cnndsl("fmt", "--diff", "styled.cnn") == (0, "", "")
    assert (specs / "loose.cnn").read_bytes() == LOOSE


def test_standard_input(cnndsl: Command, specs: Path) -> None:
    assert cnndsl("fmt", "-", stdin=LOOSE) == (0, STYLED.decode(), "")
    assert cnndsl("fmt", "-", stdin=STYLED) == (0, STYLED.decode(), "")
    status, out, err = cnndsl("fmt", "-", "--stdin-filename", "net.cnn", stdin=b"block b {")
    assert (status, out) == (2, "")
    assert "cannot format net.cnn:1:9" in err
    status, out, _ = cnndsl("fmt", "-", "--check", "--stdin-filename", "net.cnn", stdin=LOOSE)
    assert (status, out.split("\n")[0]) == (1, "would format net.cnn")


def test_some_lines(cnndsl: Command, specs: Path) -> None:
    (specs / "two.cnn").write_bytes(LOOSE + LOOSE.replace(b"b {", b"c {"))
    assert cnndsl("fmt", "--range", "2:2", "two.cnn").status == 0
    assert (specs / "two.cnn").read_bytes() == LOOSE + STYLED.replace(b"b {", b"c {")
    assert cnndsl("fmt", "--range", "1", "two.cnn").status == 0
    assert (specs / "two.cnn").read_bytes() == STYLED + STYLED.replace(b"b {", b"c {")


@pytest.mark.parametrize(
    ("arguments", "err"),
    [
        (("--range", "a:2", "loose.cnn"), "`a:2` is no range of lines such as 10:24"),
        (("--range", "0:2", "loose.cnn"), "`0:2` is no range"),
        (("--range", "3:2", "loose.cnn"), "`3:2` is no range"),
        (("--range", "9", "loose.cnn"), "--range begins at line 9, and loose.cnn ends at line"),
        (("--range", "1:2", "loose.cnn", "styled.cnn"), "--range is about one spec"),
        (("missing.cnn",), "cannot read missing.cnn"),
        ((), "the following arguments are required: PATH"),
        (("--chek", "."), "did you mean `--check`?"),
    ],
)
def test_misuse(cnndsl: Command, specs: Path, arguments: tuple[str, ...], err: str) -> None:
    status, out, found = cnndsl("fmt", *arguments)
    assert (status, err in found) == (2, True), found
    assert "formatted" not in out or "0 specs formatted" in out
    assert (specs / "loose.cnn").read_bytes() == LOOSE


def test_what_is_read_only_stays(cnndsl: Command, specs: Path) -> None:
    (specs / "loose.cnn").chmod(0o444)
    status, _, err = cnndsl("fmt", "loose.cnn")
    assert (status, err) == (2, "error: cannot write loose.cnn: it is read-only\n")


def test_the_hook_for_pre_commit(cnndsl: Command, specs: Path) -> None:
    hooks = Path(__file__).parents[2].joinpath(".pre-commit-hooks.yaml").read_text()
    hook = hooks.partition("- id: cnndsl-fmt\n")[2].partition("\n- id")[0]
    settings = dict(re.findall(r"^  (\w+): (.*)$", hook, re.MULTILINE))
    program, *arguments = settings["entry"].split()
    assert (program, settings["files"], settings["language"]) == ("cnndsl", r"'\.cnn$'", "python")
    assert cnndsl(*arguments, "loose.cnn").status == 0
    assert (specs / "loose.cnn").read_bytes() == STYLED
