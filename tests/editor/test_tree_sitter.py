"""The grammar for tree-sitter: its words are the language's, and it reads what the parser reads."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from intricate_specs import intricate_spec
from keywords import parsed_kinds
from random_specs import random_spec
from styles import ROOT, parsing, shaken, written_specs

from cnndsl.syntax import tables

FOLDER = ROOT / "editors/tree-sitter-cnn"
GRAMMAR = (FOLDER / "grammar.js").read_text(encoding="utf-8")
RULES = GRAMMAR[GRAMMAR.index("  rules:") :]
TOKENS = {"size": "SIZE", "decimal": "DECIMAL", "integer": "INTEGER"}
TOKENS |= {"identifier": "NAME", "string": "STRING", "comment": "COMMENT"}
RUN_INTO_A_WORD = "(?![A-Za-z0-9_])"
"""What no pattern of tree-sitter can say, and the words of its grammar need not."""
CAPTURE = re.compile(r"capture: \d+ - ([\w.]+), start: \((\d+), (\d+)\)")
SEEDS = 40


def test_its_words_and_marks_are_those_of_the_grammar() -> None:
    rules = re.sub(r"field\('\w+'|    string: .*", "", RULES)
    quoted = set(re.findall(r"'([^'\n]+)'", rules))
    words = {one for one in quoted if one.isalpha()}
    assert words == set(tables.KEYWORDS)
    marks = {one for one in quoted if re.fullmatch(r"[^\w\s]{1,2}", one)}
    assert marks == set(tables.OPERATORS) | {"==", "!=", "<=", ">=", "<", ">"}


@pytest.mark.parametrize("rule", TOKENS)
def test_its_tokens_are_those_of_the_grammar(rule: str) -> None:
    [pattern] = re.findall(rf"^    {rule}: .*?/(.+)/", RULES, re.MULTILINE)
    [(start, end)] = [
        (one.end(), one.start()) for one in re.finditer(rf"\(\?P<{TOKENS[rule]}>", tables.TOKEN)
    ]
    assert end < start
    assert tables.TOKEN[start:].startswith((f"{pattern})|", f"{pattern}{RUN_INTO_A_WORD})|"))


# With tree-sitter's own program


@pytest.fixture(scope="module")
def tree_sitter(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Runs a command of tree-sitter beside the parser that it has made; gives what it printed."""
    program = shutil.which("tree-sitter")
    if program is None or shutil.which("node") is None or shutil.which("cc") is None:
        pytest.skip("tree-sitter's program, Node and a C compiler are not all installed")
    folder = tmp_path_factory.mktemp("grammar") / "tree-sitter-cnn"
    shutil.copytree(FOLDER, folder)
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "HOME": str(folder)}

    def run(*arguments: str | Path) -> str:
        done = subprocess.run(
            [program, *arguments], cwd=folder, env=environment, capture_output=True, check=False
        )
        assert done.returncode == 0, (done.stdout + done.stderr).decode()
        return done.stdout.decode()

    is_old = " 0.22" in run("--version")
    run("generate", *(["--no-bindings"] if is_old else []))
    return run


@pytest.fixture(scope="module")
def specs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Files with every spec of the repository that parses, as it is and with other line ends."""
    folder = tmp_path_factory.mktemp("specs")
    texts = list(parsing(written_specs()))
    assert len(texts) > 500
    texts += [random_spec(seed) for seed in range(SEEDS)]
    texts += [intricate_spec(Random(seed)) for seed in range(SEEDS)]
    texts += [shaken(text, Random(number), 0.2) for number, text in enumerate(texts)]
    return list(written(folder, texts))


def written(folder: Path, texts: list[str]) -> Iterator[Path]:
    for number, text in enumerate(texts):
        path = folder / f"{number:04}.cnn"
        path.write_text(text, encoding="utf-8", newline="")
        yield path


@pytest.mark.long
def test_its_corpus(tree_sitter: Callable[..., str]) -> None:
    assert "✗" not in tree_sitter("test")


@pytest.mark.long
def test_what_parses_has_no_error(tree_sitter: Callable[..., str], specs: list[Path]) -> None:
    assert tree_sitter("parse", "--quiet", *specs) == ""


@pytest.mark.long
def test_bodies_of_the_documentation_parse_alone(
    tree_sitter: Callable[..., str], tmp_path: Path
) -> None:
    texts = [text for text in written_specs() if not text.startswith("model")]
    bodies = [text for text in texts if next(parsing([text]), text) != text]
    assert len(bodies) > 20
    assert tree_sitter("parse", "--quiet", *written(tmp_path, bodies)) == ""


@pytest.mark.long
def test_keywords_are_those_of_the_parser(
    tree_sitter: Callable[..., str], specs: list[Path]
) -> None:
    found = captures(tree_sitter("query", "queries/highlights.scm", *specs), specs)
    words = {*tables.KEYWORDS} - {"true", "false", "none"}
    for path in specs:
        text = path.read_text(encoding="utf-8")
        wanted = {
            len(text[: token.start].encode())
            for token, kind in parsed_kinds(text)
            if kind != "NAME" and token.text in words
        }
        assert {start for start, name in found[path] if name.startswith("keyword")} == wanted


def captures(printed: str, paths: list[Path]) -> dict[Path, list[tuple[int, str]]]:
    """The captures in each file: the byte where one starts, and its name."""
    found: dict[Path, list[tuple[int, str]]] = {path: [] for path in paths}
    rows: list[int] = []
    path = paths[0]
    for line in printed.splitlines():
        if match := CAPTURE.search(line):
            found[path].append((rows[int(match[2])] + int(match[3]), match[1]))
        elif line.endswith(".cnn"):
            path = Path(line)
            rows = [one.start() for one in re.finditer(b"^", path.read_bytes(), re.MULTILINE)]
    return found


@pytest.mark.long
@pytest.mark.parametrize("query", sorted(FOLDER.glob("queries/*.scm")), ids=lambda path: path.stem)
def test_each_query_finds_something(tree_sitter: Callable[..., str], query: Path) -> None:
    spec = ROOT / "specs/cnndsl_zoo/lenet5.cnn"
    assert "capture: " in tree_sitter("query", f"queries/{query.name}", spec)


@pytest.mark.long
def test_no_two_patterns_take_one_node(tree_sitter: Callable[..., str], specs: list[Path]) -> None:
    for path, found in captures(
        tree_sitter("query", "queries/highlights.scm", *specs), specs
    ).items():
        starts = [start for start, _ in found]
        assert len(starts) == len(set(starts)), path
