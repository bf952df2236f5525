"""The examples in the documentation are specs: each checks clean, or fails where it says so.

A fence marked `cnn` that defines nothing holds the body of a model with a 32x32x3 image. One marked
`cnn fails` must have findings, and one marked `cnn file=NAME` is a file for the others to import.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from spec_text import findings_of, in_model, module_of, network_of

from cnndsl.ops import OPS, base, manual
from cnndsl.ops.index import WORDS
from cnndsl.project.loading import LONGEST_IMPORTS
from cnndsl.project.regular import LARGEST_FILE
from cnndsl.semantics import binder, definitions, elaborate, evaluate, failures
from cnndsl.semantics.facts import FACTS
from cnndsl.syntax import actions, lexer, parser

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
LANGUAGE = ROOT / "docs" / "language.md"
FENCE = re.compile(r"^```cnn([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


class Example(NamedTuple):
    page: Path
    row: int
    marks: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.row}"

    @property
    def file(self) -> str | None:
        """The name under which the page's other examples import it."""
        return next((mark[5:] for mark in self.marks if mark.startswith("file=")), None)


def examples() -> list[Example]:
    return [
        Example(page, text.count("\n", 0, match.start()) + 1, tuple(match[1].split()), match[2])
        for page in PAGES
        for text in [page.read_text(encoding="utf-8")]
        for match in FENCE.finditer(text)
    ]


def spec_of(text: str) -> str:
    """The example as a file."""
    if re.search(r"^(block|model|import|pixels \w+ =)(?!\w)", text, re.MULTILINE):
        return text
    return in_model(text, "32x32x3")


@pytest.mark.parametrize("example", examples(), ids=str)
def test_example(example: Example, tmp_path: Path) -> None:
    for other in examples():
        if other.file and other.page == example.page:
            (tmp_path / other.file).write_text(other.text)
    found = findings_of(spec_of(example.text), path=str(tmp_path / "example.cnn"))
    assert {mark.split("=")[0] for mark in example.marks} <= {"fails", "file"}
    if "fails" in example.marks:
        assert found
    else:
        assert found == []


def test_the_language_has_many_examples() -> None:
    assert sum(example.page == LANGUAGE for example in examples()) >= 25


def test_the_comments_on_names_are_true() -> None:
    """In the example on names, the comments list the paths of all layers in order."""
    (example,) = (one for one in examples() if "reduce" in one.text and one.page == LANGUAGE)
    told = ", ".join(re.findall(r"# (.+)", example.text)).split(", ")
    assert [view.path for view in network_of(example.text).layers] == told


@pytest.mark.parametrize("name", OPS)
def test_an_op_and_its_attributes_are_documented(name: str) -> None:
    op = OPS[name]
    section = manual.section(op)
    assert manual.summary(op).endswith((".", ":"))
    for attribute, one in op.attributes.items():
        assert f"| `{attribute}` | {one.kind.text} |" in section
        assert one.doc in section


def test_the_chapter_on_ops_stands_between_its_marks() -> None:
    with pytest.raises(ValueError, match="marks"):
        manual.with_chapter_on_ops("no marks")
    page = manual.with_chapter_on_ops(f"before\n{manual.BEGIN}\nstale\n{manual.END}\nafter\n")
    assert page.startswith(f"before\n{manual.BEGIN}\n\n| op |")
    assert "### conv" in page
    assert "stale\n" not in page
    assert page.endswith(f"{manual.END}\nafter\n")


def test_facts_functions_and_words_are_documented() -> None:
    text = LANGUAGE.read_text(encoding="utf-8")
    for fact in FACTS:
        assert f"| `{fact}` |" in text
    for function in evaluate.FUNCTIONS:
        assert f"| `{function}(" in text
    for word in WORDS:
        assert f"`{word}`" in text


@pytest.mark.parametrize(
    ("what", "limit"),
    [
        ("layers in a network", elaborate.MOST_LAYERS),
        ("brackets inside each other", lexer.DEEPEST_BRACKETS),
        ("block calls and braces inside each other", elaborate.DEEPEST),
        ("operators in a row", actions.LONGEST_EXPRESSION),
        ("values in a list, a tuple or a `range`", evaluate.LONGEST_LIST),
        ("lists inside each other", failures.DEEPEST_LIST),
        ("steps of checking a short file", evaluate.MOST_STEPS),
        ("parameters of a block or model", definitions.MOST_PARAMETERS),
        ("named numbers of a block or model", binder.MOST_NUMBERS),
        ("files that import each other in a row", LONGEST_IMPORTS),
        ("words and symbols of a file", parser.MOST_TOKENS),
    ],
)
def test_limits_are_documented(what: str, limit: int) -> None:
    assert f"| {what} | {limit:,} |" in LANGUAGE.read_text(encoding="utf-8")


def test_other_limits() -> None:
    assert evaluate.LARGEST == 2**63
    assert base.LARGEST_INTEGER == 2**31 - 1
    assert base.MOST_ELEMENTS == 2**40
    assert LARGEST_FILE == 32 * 2**20


def test_a_comment_documents_what_it_stands_directly_above() -> None:
    module = module_of(
        "# The file.\n\n# The block.\nblock f { relu }\n\n# Apart.\n\nblock g { tanh }\n"
        "# The defaults.\ndefaults conv(bias=false)\n"
        "# The model,\n# in two lines.\nmodel m {\ninput 8x8x3\nf -> g\n}\n"
    )
    said = {one.name: one.definition.documentation for one in module.definitions}
    assert said == {"f": "The block.", "g": "", "m": "The model,\nin two lines."}
