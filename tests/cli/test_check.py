"""`cnndsl check`: what it reads, what it prints, and its exit status."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from textwrap import dedent

import pytest
from command_line import BROKEN, SMALL, Command


def test_one_clean_spec(cnndsl: Command, folder: Path) -> None:
    assert cnndsl("check", "small.cnn") == (
        0,
        "small.cnn: small 8x8x3 -> 10, 1,562 parameters, 5.33 kMACs\n",
        "",
    )


def test_findings(cnndsl: Command, folder: Path) -> None:
    (folder / "slips.cnn").write_text(BROKEN.replace("conv(4, 9x9)", "cnv(4, 3x3)"))
    status, out, err = cnndsl("check", "slips.cnn")
    assert (status, err) == (1, "")
    assert re.sub(r"\d+ ms", "0 ms", out) == dedent("""\
        CNN201 unknown layer or block `cnv`
         --> slips.cnn:3:5
          |
        3 |     cnv(4, 3x3)
          |     ^^^
          = help: did you mean `conv`?

        CNN201 unknown layer or block `max_pol`
         --> slips.cnn:4:5
          |
        4 |     max_pol(2x2)
          |     ^^^^^^^
          = help: did you mean `max_pool`?

        2 errors in slips.cnn (0 ms)
        """)


def test_a_folder_is_read_with_all_below_it(cnndsl: Command, folder: Path) -> None:
    (folder / "below" / "deeper").mkdir(parents=True)
    (folder / "below" / "deeper" / "net.cnn").write_text(BROKEN)
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "net.cnn").write_text(BROKEN)
    status, out, _ = cnndsl("check", "--output-format", "concise", ".")
    assert status == 1
    assert [line.split(": ")[0] for line in out.splitlines()[:-1]] == [
        "broken.cnn:3:5", "broken.cnn:4:5",
        "below/deeper/net.cnn:3:5", "below/deeper/net.cnn:4:5",
    ]  # fmt: skip
    assert out.splitlines()[-1].startswith("4 errors in 2 of 4 specs (")


def test_patterns_are_expanded(cnndsl: Command, folder: Path) -> None:
    status, out, _ = cnndsl("check", "[st]*.cnn")
    assert (status, out.split(" (")[0]) == (0, "2 specs are clean")


def test_a_file_whose_name_looks_like_a_pattern(cnndsl: Command, folder: Path) -> None:
    (folder / "[s].cnn").write_text(SMALL)
    assert cnndsl("check", "[s].cnn").out.startswith("[s].cnn: small")


def test_a_file_is_checked_once(cnndsl: Command, folder: Path) -> None:
    (folder / "link.cnn").symlink_to("small.cnn")
    found = cnndsl("check", "small.cnn", folder / "small.cnn", "./small.cnn", "link.cnn")
    assert found.out.startswith("small.cnn: small")


def test_all_models_of_a_file_are_checked(cnndsl: Command, folder: Path) -> None:
    assert cnndsl("check", "two.cnn").out.startswith("two.cnn is clean (2 models, ")
    assert cnndsl("check", "two.cnn", "--model", "second").out == (
        "two.cnn: second 3 -> 4, 16 parameters, 12 MACs\n"
    )


def test_errors_of_a_shared_block_file_are_reported_once(cnndsl: Command, folder: Path) -> None:
    (folder / "blocks.cnn").write_text("block b() { relux }\n")
    for name in ("x", "y"):
        text = f'import b from "blocks.cnn"\nmodel {name} {{ input 3\n b() }}\n'
        (folder / f"{name}.cnn").write_text(text)
    found = cnndsl("check", "x.cnn", "y.cnn", "blocks.cnn", "--output-format=concise")
    assert found.status == 1
    assert found.out.count("CNN201") == 1


def test_a_zoo_name(cnndsl: Command, folder: Path) -> None:
    assert cnndsl("check", "lenet5").out == (
        "lenet5.cnn: lenet5 32x32x1 -> 10, 61,750 parameters, 418 kMACs\n"
    )


# Parameters and models


def test_settings(cnndsl: Command, folder: Path) -> None:
    found = cnndsl("check", "small.cnn", "--set", "classes=2 * 3")
    assert found.out == "small.cnn: small 8x8x3 -> 6, 982 parameters, 4.75 kMACs\n"


@pytest.mark.parametrize(
    ("arguments", "err"),
    [
        (
            ("small.cnn", "--set", "clases=6"),
            "error: CNN210 model small has no parameter `clases`\n"
            "  = help: did you mean `classes`?\n",
        ),
        (
            ("two.cnn", "--model", "frist"),
            "error: CNN209 no model is named `frist`\n  = help: did you mean `first`?\n",
        ),
        (
            ("small.cnn", "--set", "classes=6)"),
            "error: `--set classes`: `6)` is no value: this `)` closes nothing\n"
            "  = help: remove it, or add the bracket that it should close\n",
        ),
        (
            ("small.cnn", "--set", "classes"),
            "error: `--set classes` sets nothing\n  = help: write `--set NAME=VALUE`\n",
        ),
    ],
)
def test_usage_mistakes_about_models_and_parameters(
    cnndsl: Command, folder: Path, arguments: tuple[str, ...], err: str
) -> None:
    assert cnndsl("check", *arguments) == (2, "", err)


def test_a_parameter_without_a_value_is_a_finding(cnndsl: Command, folder: Path) -> None:
    (folder / "open.cnn").write_text("model open(units) { input 3\n dense(units) }\n")
    status, out, _ = cnndsl("check", "open.cnn")
    assert status == 1
    assert "CNN416 model open needs a value for `units`" in out
    assert cnndsl("check", "open.cnn", "--set", "units=2").status == 0


# Standard input


def test_standard_input(cnndsl: Command, folder: Path) -> None:
    assert cnndsl("check", "-", stdin=SMALL.encode()).out.startswith("<stdin>: small")


def test_standard_input_has_a_name(cnndsl: Command, folder: Path) -> None:
    found = cnndsl("check", "-", "--stdin-filename", "a/b.cnn", stdin=BROKEN.encode())
    assert found.status == 1
    assert " --> a/b.cnn:3:5\n" in found.out


def test_imports_of_standard_input_are_relative_to_its_name(cnndsl: Command, folder: Path) -> None:
    (folder / "nets").mkdir()
    (folder / "nets" / "blocks.cnn").write_text("block b() { relu }\n")
    text = b'import b from "blocks.cnn"\nmodel m { input 3\n b() }\n'
    assert cnndsl("check", "-", "--stdin-filename", "nets/x.cnn", stdin=text).status == 0
    assert cnndsl("check", "-", stdin=text).status == 1


# Output


def test_quiet(cnndsl: Command, folder: Path) -> None:
    assert cnndsl("check", "--quiet", "small.cnn") == (0, "", "")
    found = cnndsl("check", "-q", "broken.cnn")
    assert found.status == 1
    assert "errors in" not in found.out


def test_json(cnndsl: Command, folder: Path) -> None:
    status, out, err = cnndsl("check", "--output-format", "json", "broken.cnn", "small.cnn")
    assert (status, err) == (1, "")
    assert [one["code"] for one in json.loads(out)["diagnostics"]] == ["CNN304", "CNN201"]


def test_no_colour_where_no_terminal_is(cnndsl: Command, folder: Path) -> None:
    assert "\x1b" not in cnndsl("check", "broken.cnn").out


@pytest.mark.parametrize(
    ("name", "value", "colored"),
    [("NO_COLOR", "", True), ("NO_COLOR", "1", False), ("TERM", "dumb", False)],
)
def test_colour_on_a_terminal(
    cnndsl: Command,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    colored: bool,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert ("\x1b[" in cnndsl("check", "broken.cnn").out) is colored


# What cannot be read


@pytest.mark.parametrize(
    ("path", "err"),
    [
        (
            "smal.cnn",
            "error: cannot read smal.cnn: no such file or directory\n"
            "  = help: did you mean `small.cnn`?\n",
        ),
        ("empty", "error: no specs (.cnn files) are in empty\n"),
        ("no*.cnn", "error: no file matches `no*.cnn`\n"),
        (
            "lenet6",
            "error: no file and no zoo network is named `lenet6`\n"
            "  = help: did you mean `lenet5`?\n",
        ),
        ("bytes.cnn", "error: cannot read bytes.cnn: not UTF-8 text (byte 0)\n"),
        ("", "error: the name of the spec is empty\n"),
        ("nul\0.cnn", "error: cannot read nul\\x00.cnn: no such file or directory\n"),
    ],
)
def test_unreadable(cnndsl: Command, folder: Path, path: str, err: str) -> None:
    (folder / "empty").mkdir()
    (folder / "bytes.cnn").write_bytes(b"\xff\xfe")
    assert cnndsl("check", path) == (2, "", err)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_without_permission(cnndsl: Command, folder: Path) -> None:
    (folder / "small.cnn").chmod(0)
    assert cnndsl("check", "small.cnn") == (
        2,
        "",
        "error: cannot read small.cnn: permission denied\n",
    )


def test_a_folder_below_that_cannot_be_read(
    cnndsl: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "below").mkdir()
    real = os.scandir

    def scandir(path: str) -> object:
        if path.endswith("below"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    status, out, err = cnndsl("check", ".", "--output-format=concise")
    assert status == 2
    assert "2 errors in 1 of 3 specs" in out
    assert err == "error: cannot read ./below: permission denied\n"


def test_what_can_be_read_is_checked_nevertheless(cnndsl: Command, folder: Path) -> None:
    status, out, err = cnndsl("check", "nothing.cnn", "broken.cnn", "--output-format=concise")
    assert status == 2
    assert "broken.cnn:3:5: CNN304" in out
    assert err.startswith("error: cannot read nothing.cnn")


def test_a_spec_without_models_and_blocks_is_a_finding(cnndsl: Command, folder: Path) -> None:
    (folder / "empty.cnn").write_text("# nothing\n")
    assert cnndsl("check", "empty.cnn").status == 1
    (folder / "empty.cnn").write_text("block b() { relu }\n")
    assert cnndsl("check", "empty.cnn").status == 0


def test_the_hook_for_pre_commit(cnndsl: Command, folder: Path) -> None:
    """pre-commit runs the hook's entry with the names of the files that its pattern fits."""
    hook = Path(__file__).parents[2].joinpath(".pre-commit-hooks.yaml").read_text()
    settings = dict(re.findall(r"^[ -] (\w+): (.*)$", hook, re.MULTILINE))
    program, *arguments = settings["entry"].split()
    assert program == "cnndsl"
    pattern = re.compile(settings["files"].strip("'"))
    names = sorted(one.name for one in folder.iterdir() if pattern.search(one.name))
    assert names == ["broken.cnn", "small.cnn", "two.cnn"]
    assert cnndsl(*arguments, "small.cnn", "two.cnn").status == 0
    status, out, _ = cnndsl(*arguments, *names)
    assert status == 1
    assert "broken.cnn:3:5" in out


def test_a_warning_does_not_hide_what_the_model_comes_to(cnndsl: Command, folder: Path) -> None:
    (folder / "warned.cnn").write_text(
        "model m {\n    input 8x8x3\n    conv(4, 3x3) -> batch_norm\n}\n"
    )
    status, out, _ = cnndsl("check", "warned.cnn")
    assert status == 0
    tally, model = out.splitlines()[-2:]
    assert tally.startswith("1 warning in warned.cnn (")
    assert model == "warned.cnn: m 8x8x3 -> 6x6x4, 128 parameters (120 trainable), 3.89 kMACs"
    out = cnndsl("check", "warned.cnn", "two.cnn").out
    assert out.splitlines()[-1].startswith("1 warning in 1 of 2 specs (")
    assert "MACs" not in cnndsl("check", "-q", "warned.cnn").out


def test_a_link_to_nowhere_is_not_what_was_meant(cnndsl: Command, folder: Path) -> None:
    (folder / "zzzzzzzzzz.cnn").symlink_to("gone")
    message = "error: cannot read zzzzzzzzzz.cnn: no such file or directory\n"
    assert cnndsl("check", "zzzzzzzzzz.cnn") == (2, "", message)
