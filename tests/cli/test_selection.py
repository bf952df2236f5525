"""`check`: which findings count, which files are read, and what pyproject.toml may say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from command_line import BROKEN, Command

from cnndsl.project.config import (
    Config,
    ConfigError,
    Configs,
    codes_of,
    is_selected,
    matches,
    may_have_table,
)


def codes(out: str) -> list[str]:
    return re.findall(r"^[^ ]+:\d+:\d+: (CNN\d+) ", out, re.MULTILINE)


CONCISE = ("--output-format", "concise")


@pytest.mark.parametrize(
    ("options", "found", "status"),
    [
        ((), ["CNN304", "CNN201"], 1),
        (("--select", "CNN3"), ["CNN304"], 1),
        (("--select", "CNN304,CNN2"), ["CNN304", "CNN201"], 1),
        (("--select", "CNN5"), [], 0),
        (("--ignore", "CNN3"), ["CNN201"], 1),
        (("--ignore", "cnn304", "--ignore", "CNN201"), [], 0),
        (("--ignore", "CNN3", "--select", "CNN304"), ["CNN304"], 1),
        (("--select", "CNN3", "--ignore", "CNN304"), [], 0),
        (("--ignore", "ALL"), [], 0),
        (("--exit-zero",), ["CNN304", "CNN201"], 0),
    ],
)
def test_selection(
    cnndsl: Command, folder: Path, options: tuple[str, ...], found: list[str], status: int
) -> None:
    outcome = cnndsl("check", *CONCISE, *options, "broken.cnn")
    assert (outcome.status, codes(outcome.out)) == (status, found)
    assert outcome.err == ""


def test_what_is_ignored_is_counted(cnndsl: Command, folder: Path) -> None:
    out = cnndsl("check", "--ignore", "CNN3", "broken.cnn").out
    assert re.search(r"^1 error in broken.cnn \(1 finding ignored, \d+ ms\)$", out, re.MULTILINE)
    out = cnndsl("check", "--ignore", "CNN2,CNN3", "broken.cnn").out
    assert re.fullmatch(r"broken.cnn is clean \(0 blocks, 2 findings ignored, \d+ ms\)\n", out)


def test_exit_zero_does_not_hide_failures(cnndsl: Command, folder: Path) -> None:
    assert cnndsl("check", "--exit-zero", "nothing.cnn").status == 2


@pytest.mark.parametrize("code", ["E501", "CNN", "CNNx", "CNN3001", ""])
def test_what_is_no_code(cnndsl: Command, folder: Path, code: str) -> None:
    status, out, err = cnndsl("check", "--select", code, "broken.cnn")
    if code == "CNN":
        assert status == 1
        return
    assert (status, out) == (2, "")
    assert f"`{code}` is no code; write codes such as CNN301" in err


# Which files


def test_exclude(cnndsl: Command, folder: Path) -> None:
    (folder / "vendor").mkdir()
    (folder / "vendor" / "broken.cnn").write_text(BROKEN)
    assert cnndsl("check", ".", "--exclude", "broken.cnn").status == 0
    found = cnndsl("check", ".", *CONCISE, "--exclude", "./vendor/")
    assert [one.split(":")[0] for one in found.out.splitlines()[:-1]] == ["broken.cnn"] * 2
    assert cnndsl("check", "**/*.cnn", "--exclude", "broken*").status == 0
    assert cnndsl("check", "broken.cnn", "--exclude", "broken.cnn").status == 1
    assert cnndsl("check", "broken.cnn", "--exclude", "broken.cnn", "--force-exclude") == (
        0, "", ""
    )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "pattern", "fits"),
    [
        ("a/b/c.cnn", "c.cnn", True),
        ("a/b/c.cnn", "b", True),
        ("a/b/c.cnn", "b/", True),
        ("a/b/c.cnn", "*.cnn", True),
        ("a/b/c.cnn", "?", True),
        ("a/b/c.cnn", "/a", True),
        ("a/b/c.cnn", "/b", False),
        ("a/b/c.cnn", "a/b", True),
        ("a/b/c.cnn", "./a/b/", True),
        ("a/b/c.cnn", "b/c.cnn", False),
        ("a/b/c.cnn", "**/c.cnn", True),
        ("c.cnn", "**/c.cnn", True),
        ("a/b/c.cnn", "a/**", True),
        ("a/b/c.cnn", "a/**/c.cnn", True),
        ("a/c.cnn", "a/**/c.cnn", True),
        ("a/b/c.cnn", "a/*.cnn", False),
        ("a/b/c.cnn", "A", False),
        ("a/[b]/c.cnn", "[[]b]", True),
    ],
)
def test_patterns(tmp_path: Path, path: str, pattern: str, fits: bool) -> None:
    assert matches(str(tmp_path / path), str(tmp_path), pattern) is fits


# pyproject.toml


def configure(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text(text)


def test_configuration(cnndsl: Command, folder: Path) -> None:
    configure(
        folder,
        '[tool.cnndsl]\nignore = ["CNN2"]\noutput-format = "concise"\nexclude = ["two.cnn"]\n'
        '[tool.cnndsl.per-file-ignores]\n"sub/*.cnn" = ["CNN304"]\n',
    )
    assert codes(cnndsl("check", "broken.cnn").out) == ["CNN304"]
    assert codes(cnndsl("check", "broken.cnn", "--ignore", "CNN304").out) == ["CNN201"]
    assert " of 2 specs (" in cnndsl("check", ".").out
    (folder / "sub").mkdir()
    (folder / "sub" / "broken.cnn").write_text(BROKEN)
    assert cnndsl("check", "sub").status == 0
    assert codes(cnndsl("check", "sub", "--ignore", "CNN5").out) == ["CNN201"]
    assert cnndsl("check", "--output-format", "json", "broken.cnn").out.startswith("{")


def test_what_one_file_ignores_counts_in_others(cnndsl: Command, folder: Path) -> None:
    configure(folder, '[tool.cnndsl.per-file-ignores]\n"sub/*.cnn" = ["CNN304"]\n')
    (folder / "sub").mkdir()
    (folder / "sub" / "broken.cnn").write_text(BROKEN)
    out = cnndsl("check", *CONCISE, "--ignore", "CNN5", "sub/broken.cnn", "broken.cnn").out
    assert codes(out) == ["CNN201", "CNN304", "CNN201"]


def test_the_nearest_configuration_counts(cnndsl: Command, folder: Path) -> None:
    configure(folder, '[tool.cnndsl]\nignore = ["CNN2"]\n')
    (folder / "sub" / "deeper").mkdir(parents=True)
    for place in ("sub", "sub/deeper"):
        (folder / place / "broken.cnn").write_text(BROKEN)
    configure(folder / "sub", '[tool.cnndsl]\nselect = ["CNN2"]\n')
    configure(folder / "sub" / "deeper", "[tool.other]\nx = 1\n")
    out = cnndsl("check", *CONCISE, ".").out
    assert codes(out) == ["CNN304", "CNN201", "CNN201"]


def test_standard_input_is_configured_by_its_name(cnndsl: Command, folder: Path) -> None:
    (folder / "sub").mkdir()
    configure(folder / "sub", '[tool.cnndsl]\nignore = ["CNN2", "CNN3"]\n')
    text = BROKEN.encode()
    assert cnndsl("check", "-", "--stdin-filename", "sub/x.cnn", stdin=text).status == 0
    assert cnndsl("check", "-", stdin=text).status == 1


@pytest.mark.parametrize(
    ("text", "err"),
    [
        ("[tool.cnndsl]\nignor = []\n", "has an unknown setting `ignor`\n  = help: did you mean"),
        ("[tool.cnndsl]\nignore = 3\n", "`ignore` is no list of texts"),
        ('[tool.cnndsl]\nignore = ["E5"]\n', "`ignore`: `E5` is no code\n  = help: write codes"),
        ('[tool.cnndsl]\noutput-format = "jsn"\n', "unknown output-format `jsn`"),
        ("[tool.cnndsl]\noutput-format = 1\n", "`output-format` is no text"),
        ("[tool.cnndsl]\nper-file-ignores = 1\n", "`per-file-ignores` is no table"),
        ("[tool]\ncnndsl = 3\n", "is no table"),
        ("[tool.cnndsl\n", None),
        ("[tool.cnndsl]\n=", "is no TOML"),
    ],
)
def test_what_is_no_configuration(
    cnndsl: Command, folder: Path, text: str, err: str | None
) -> None:
    configure(folder, text)
    status, out, found = cnndsl("check", "small.cnn")
    if err is None:
        assert status == 0  # it holds no table of ours, whatever else it is
        return
    assert (status, out) == (2, "")
    assert found.startswith("error: ")
    assert err in found


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("[tool.cnndsl]", True),
        ("[tool.cnndsl.per-file-ignores]", True),
        ('  [ tool . "cnndsl" ] # ours', True),
        ("[tool]\ncnndsl = {}", True),
        ("tool.cnndsl.ignore = []", True),
        ('[project]\nname = "cnndsl"', False),
        ("# [tool.cnndsl]", False),
        ("[tool.other]", False),
    ],
)
def test_toml_is_read_only_where_it_may_matter(text: str, may: bool) -> None:
    assert may_have_table(text) is may


def test_values_of_a_configuration() -> None:
    assert codes_of(["cnn3, CNN501", "ALL"]) == ("CNN3", "CNN501", "CNN")
    with pytest.raises(ConfigError):
        codes_of(["3"])
    assert is_selected("CNN301", None, ())
    assert not is_selected("CNN301", ("CNN2",), ())
    assert not is_selected("CNN301", ("CNN3",), ("CNN3",))
    assert Configs().of_folder("/") == Config()


# GitHub Actions


def test_github_actions(cnndsl: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = folder / "summary.md"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    status, out, err = cnndsl("check", "broken.cnn")
    assert (status, err) == (1, "")
    assert out.count("::error title=cnndsl (CNN") == 2
    assert page.read_text().startswith("**cnndsl check:** 2 errors in broken.cnn")
    assert cnndsl("check", "small.cnn").out.startswith("small.cnn: small")
    assert "**cnndsl check:** small.cnn: small 8x8x3 -" in page.read_text()
    assert cnndsl("check", "--output-format", "text", "broken.cnn").out.count("::error") == 0
    configure(folder, '[tool.cnndsl]\noutput-format = "concise"\n')
    assert "::error" not in cnndsl("check", "broken.cnn").out


def test_a_summary_that_cannot_be_written_is_no_verdict(
    cnndsl: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder))
    status, _, err = cnndsl("check", "--output-format", "github", "small.cnn")
    assert status == 0
    assert err.startswith("warning: cannot write the step summary")


# Warnings and programs


def test_a_clean_run_for_programs(cnndsl: Command, folder: Path) -> None:
    for name, expected in (("gitlab", []), ("json", {"valid": True})):
        found = json.loads(cnndsl("check", "--output-format", name, "small.cnn").out)
        assert found == expected or found["valid"]


@pytest.mark.parametrize(
    ("options", "err"),
    [
        (("--locked", "--fix"), "--locked cannot be combined with --fix"),
        (("--locked", "--set", "classes=3"), "--locked compares parameters' defaults"),
        (("--stdin-filename", ""), "the name of --stdin-filename is empty"),
        (("--jobs", "0"), "`0` is not an integer of at least 1"),
    ],
)
def test_options_that_clash(
    cnndsl: Command, folder: Path, options: tuple[str, ...], err: str
) -> None:
    status, out, found = cnndsl("check", "small.cnn", *options)
    assert (status, out) == (2, "")
    assert err in found


def test_files_for_others_are_in_place() -> None:
    root = Path(__file__).parents[2]
    hooks = (root / ".pre-commit-hooks.yaml").read_text()
    assert "- id: cnndsl-check\n" in hooks
    assert "  files: '\\.cnn$'\n" in hooks
    assert "  language: python\n" in hooks
    action = (root / "action.yml").read_text()
    assert re.findall(r"^  (\w+):\n    description:", action, re.MULTILINE) == [
        "paths", "version", "args",
    ]  # fmt: skip
    assert "using: composite" in action
    for script in re.findall(r"^      run: \|\n((?: {8}.*\n)+)", action, re.MULTILINE):
        assert "${{" not in script  # inputs reach a script as variables, never as its text
