"""The extension for VS Code: its colours are the parser's, and it is built as it is shipped."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from keywords import keywords_of
from styles import ROOT, parsing, written_specs

from cnndsl.editing import occurrences as kinds
from cnndsl.highlighting import textmate, vocabulary
from cnndsl.ops import OPS
from cnndsl.project.loading import Loader
from cnndsl.syntax import tables
from cnndsl.text import Source

FOLDER = ROOT / "editors/vscode"
PACKAGE = json.loads((FOLDER / "package.json").read_text())
CONTRIBUTED = PACKAGE["contributes"]
GRAMMAR = json.loads((FOLDER / "syntaxes/cnn.tmLanguage.json").read_text())
LANGUAGE = json.loads((FOLDER / "language-configuration.json").read_text())
KEYWORD_SCOPES = ("keyword.control", "keyword.operator.logical", "constant.language")
Token = tuple[int, str, list[str]]


def patterns(part: Any) -> Iterator[dict[str, Any]]:
    """The patterns of a grammar that take some text."""
    if isinstance(part, list):
        for one in part:
            yield from patterns(one)
    elif isinstance(part, dict):
        if "match" in part or "begin" in part:
            yield part
        yield from patterns(list(part.values()))


def words_of(scopes: tuple[str, ...]) -> set[str]:
    """The words in the patterns that give one of some scopes."""
    found: set[str] = set()
    for one in patterns(GRAMMAR["repository"]):
        captures = {**one.get("captures", {}), **one.get("beginCaptures", {})}
        names = [one.get("name", ""), *(capture["name"] for capture in captures.values())]
        if any(name.startswith(scopes) for name in names):
            found |= set(
                re.findall(r"(?<![\\\w-])[a-z]\w*(?![\w-])", one.get("match", one.get("begin")))
            )
    return found


def test_the_grammar_has_the_words_of_the_language() -> None:
    assert words_of(KEYWORD_SCOPES) >= set(tables.KEYWORDS)
    assert words_of((textmate.OP,)) == set(OPS)
    assert words_of(("support.constant",)) == set(vocabulary.WORDS)
    assert words_of(("support.variable",)) == set(vocabulary.FACTS)


def test_its_files_and_commands_are_there() -> None:
    source = (FOLDER / "src/extension.ts").read_text()
    registered = re.findall(r"registerCommand\('([\w.]+)'", source)
    assert sorted(registered) == sorted(one["command"] for one in CONTRIBUTED["commands"])
    page = (FOLDER / "README.md").read_text()
    assert all(f"| cnndsl: {one['title']} |" in page for one in CONTRIBUTED["commands"])
    assert all(f"| `{one}` |" in page for one in CONTRIBUTED["configuration"]["properties"])
    paths = [one["path"] for one in CONTRIBUTED["grammars"]]
    paths += [one["configuration"] for one in CONTRIBUTED["languages"]]
    assert all((FOLDER / one).is_file() for one in paths)


def test_its_lock_file_names_no_host() -> None:
    lock = (FOLDER / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert len(json.loads(lock)["packages"]) > 100


@pytest.mark.parametrize(
    ("line", "goes_in"),
    [
        ("model net(classes = 10) {", True),
        ("concat {  # two paths }", True),
        ("conv(", True),
        ('data "photos" {', True),
        ("relu # {", False),
        ('import a from "b{"', False),
        ("block twice { relu -> relu }", False),
        ("conv(8, 3x3) -> relu", False),
    ],
)
def test_lines_are_indented_behind_what_they_open(line: str, goes_in: bool) -> None:
    pattern = LANGUAGE["indentationRules"]["increaseIndentPattern"]
    assert bool(re.search(pattern, line)) == goes_in


def test_a_chain_that_goes_on_is_indented_once() -> None:
    rule = LANGUAGE["onEnterRules"][0]
    assert re.search(rule["beforeText"]["pattern"], "    conv(8, 3x3) ->")
    assert not re.search(rule["beforeText"]["pattern"], "    # as in a ->")
    assert not re.search(rule["previousLineText"]["pattern"], "    conv(8, 3x3) ->")


# With Node


@pytest.fixture(scope="module")
def npm(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Runs a command in a copy of the extension with its packages; gives what it printed."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("repository") / "editors/vscode"
    left_out = shutil.ignore_patterns("node_modules", "out", "*.vsix")
    shutil.copytree(FOLDER, folder, ignore=left_out)
    shutil.copy(ROOT / "LICENSE", folder.parents[1])
    script = folder.parent / "cnndsl"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cnndsl "$@"\n')
    script.chmod(0o755)
    environment = {**os.environ, "CNNDSL": str(script)}

    def run(*command: str, text: str = "") -> str:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            input=text.encode(),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, (done.stdout + done.stderr).decode()
        return done.stdout.decode()

    run("npm", "ci", "--no-audit", "--no-fund")
    return run


@pytest.fixture(scope="module")
def specs() -> list[str]:
    return list(parsing(written_specs()))


@pytest.fixture(scope="module")
def tokens(npm: Callable[..., str], specs: list[str]) -> list[list[Token]]:
    """The tokens of each spec, as VS Code's own library finds them."""
    found: list[list[Token]] = json.loads(npm("node", "test/tokens.mjs", text=json.dumps(specs)))
    return found


@pytest.mark.long
def test_it_is_packed(npm: Callable[..., str]) -> None:
    npm("npm", "run", "package")
    path = npm("node", "-p", "process.cwd()").strip()
    with zipfile.ZipFile(Path(path) / "cnndsl.vsix") as packed:
        names = {one.removeprefix("extension/") for one in packed.namelist()}
        assert b"cnndsl.restart" in packed.read("extension/out/extension.js")
    assert {"package.json", "readme.md", "LICENSE.txt", "syntaxes/cnn.tmLanguage.json"} < names
    assert not any(one.startswith(("src/", "node_modules/", "test/")) for one in names)


@pytest.mark.long
def test_its_types_and_own_tests_hold(npm: Callable[..., str]) -> None:
    npm("npm", "run", "check")
    assert "# skipped 0" in npm("npm", "test", "--silent")


@pytest.mark.long
def test_keywords_are_those_of_the_parser(specs: list[str], tokens: list[list[Token]]) -> None:
    for text, found in zip(specs, tokens, strict=True):
        starts = {units(text, start) for start in keywords_of(text)}
        assert {start for start, _ in words(found, KEYWORD_SCOPES)} == starts, text


@pytest.mark.long
def test_ops_are_those_of_the_checker(specs: list[str], tokens: list[list[Token]]) -> None:
    """An op is coloured as one wherever it is called."""
    count = 0
    for text, found in zip(specs, tokens, strict=True):
        module = Loader().module(Source("", text))
        ops = dict(words(found, (textmate.OP,)))
        for one in [] if module.findings else kinds.occurrences(module):
            if one.target.kind == kinds.OP and text[one.end : one.end + 1] == "(":
                assert ops.get(units(text, one.start)) == one.target.name, (one, text)
                count += 1
    assert count > 1000


@pytest.mark.long
def test_fences_of_markdown_are_coloured(npm: Callable[..., str]) -> None:
    page = "```cnn\nconv(3, 3x3)\n```\n\nand `conv(3)`\n"
    [found] = json.loads(
        npm("node", "test/tokens.mjs", "markdown.cnn.codeblock", text=json.dumps([page]))
    )
    assert [start for start, _ in words(found, (textmate.OP,))] == [page.index("conv")]


def words(tokens: list[Token], scopes: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """The words with one of some scopes: where each starts."""
    for start, text, found in tokens:
        if any(one.startswith(scopes) for one in found):
            yield start + len(text) - len(text.lstrip()), text.strip()


def units(text: str, offset: int) -> int:
    """An offset as JavaScript counts it."""
    return len(text[:offset].encode("utf-16-le")) // 2
