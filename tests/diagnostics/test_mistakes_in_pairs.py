"""Single mistakes, and any two of them in one file: each is told once, whatever the other is.

Each mistake stands in a statement of its own, or in a definition of its own.
"""

from __future__ import annotations

import pytest
from spec_text import module_of

from cnndsl.project.loading import check_module

STATEMENTS = {
    "comma missing": ("conv(4 3x3, pad=same)", "CNN107 a comma is missing between `4` and `3x3`"),
    "colon for equals": ("conv(4, 1x1, stride: 1)", "CNN111"),
    "arrow missing": ("conv(4, 1x1) relu", "CNN108"),
    "arrow twice": ("conv(4, 1x1) -> -> relu", "CNN109"),
    "arrow at the end of a block": ("stage s1 { relu -> }", "CNN109"),
    "layer misspelt": ("convv(4, 1x1)", "CNN201"),
    "attribute misspelt": ("conv(4, 1x1, strid=1)", "CNN202"),
    "True": ("conv(4, 1x1, bias=True)", "CNN203"),
    "word in quotes": ('conv(4, 1x1, pad="same")', "CNN116"),
    "size in quotes": ('conv(4, "1x1")', "CNN116"),
    "foreign arrow": ("conv(4, 1x1) => relu", "CNN110"),
    "size in pieces": ("conv(4, 1 x 1)", "CNN117"),
    "bracket unclosed": ("conv(4, 1x1 -> relu", "CNN104"),
    "bracket too many": ("conv(4, 1x1)) -> relu", "CNN105"),
    "character": ("conv(4, 1x1) ; relu", "CNN118"),
    "number": ("dropout(.5)", "CNN102"),
    "comma doubled": ("conv(4,, 1x1)", "CNN132"),
    "brackets wrong": ("conv[4, 1x1]", "CNN123"),
    "paths with commas": ("add { relu, tanh }", "CNN103"),
    "brace of a stage missing": ("stage s3 relu }", "CNN121"),
    "name missing": ("relu as", "CNN125"),
    "colon of a shape missing": ("relu 8x8x4", "CNN130"),
    "python loop": ("for i in [1, 2]: relu", "CNN120"),
    "loop without in": ("for i [1, 2] { relu }", "CNN124"),
    "equals in a condition": ("if in.channels = 4 { relu }", "CNN113"),
    "elif": ("if in.channels > 4 { relu } elif true { tanh }", "CNN126"),
    "expect of nothing": ("expect", "CNN125"),
    "keyword misspelt": ("staeg s2 { relu }", "CNN114"),
    "comment of C": ("relu // activation", "CNN103"),
}
"""A line that holds one mistake, and how its finding starts."""

DEFINITIONS = {
    "block without brace": ("block b1\n    relu\n}", "CNN121"),
    "block misspelt": ("blok b2 { relu }", "CNN114"),
    "def": ("def b3(x) { relu }", "CNN126"),
    "parameter with colon": ("block b4(n: 3) { conv(n, 1x1) }", "CNN111"),
    "block unclosed": ("block b5 {\n    relu\n", "CNN104"),
    "layer in a block": ("block b6 { rleu }", "CNN201"),
    "layer outside": ("relu -> tanh", "CNN127"),
    "parameters without comma": ("block b7(n m) { conv(n, 1x1) -> conv(m, 1x1) }", "CNN107"),
}

SWALLOWED = frozenset(
    ("block without brace", "block misspelt", "def", "layer outside", "brace of a stage missing")
)
"""What may as well belong to a block before it that is never closed: the two are told otherwise."""


def found_in(text: str) -> list[str]:
    findings = check_module(module_of(text))
    return [f"{one.diagnostic.code} {one.diagnostic.message}" for one in findings]


def in_file(*lines: str) -> str:
    """A file whose model has these lines, apart from each other."""
    middle = "\n    softplus\n    ".join(lines)
    return f"model m {{\n    input 8x8x4\n    softplus\n    {middle}\n    softplus\n}}\n"


SINGLES = {name: found_in(in_file(line)) for name, (line, _) in STATEMENTS.items()}
ALONE = {name: found_in(f"{text}\n{in_file()}") for name, (text, _) in DEFINITIONS.items()}


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement(name: str) -> None:
    (found,) = SINGLES[name]
    assert found.startswith(STATEMENTS[name][1])


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_definition(name: str) -> None:
    (found,) = ALONE[name]
    assert found.startswith(DEFINITIONS[name][1])


@pytest.mark.parametrize("first", STATEMENTS)
def test_two_statements(first: str) -> None:
    problems = []
    for second in STATEMENTS:
        if first != second:
            text = in_file(STATEMENTS[first][0], STATEMENTS[second][0])
            if found_in(text) != SINGLES[first] + SINGLES[second]:
                problems.append(f"{text}{found_in(text)}")
    assert not problems, "\n".join(problems[:4])


@pytest.mark.parametrize("first", DEFINITIONS)
def test_two_definitions(first: str) -> None:
    problems = []
    for second in DEFINITIONS:
        if first != second and not (first == "block unclosed" and second in SWALLOWED):
            text = f"{DEFINITIONS[first][0]}\n{DEFINITIONS[second][0]}\n{in_file()}"
            if found_in(text) != ALONE[first] + ALONE[second]:
                problems.append(f"{text}{found_in(text)}")
    assert not problems, "\n".join(problems[:4])


@pytest.mark.parametrize("first", DEFINITIONS)
def test_a_definition_and_a_statement(first: str) -> None:
    problems = []
    for second in STATEMENTS:
        text = f"{DEFINITIONS[first][0]}\n{in_file(STATEMENTS[second][0])}"
        if first == "block unclosed" and second in SWALLOWED:
            continue
        if found_in(text) != ALONE[first] + SINGLES[second]:
            problems.append(f"{text}{found_in(text)}")
    assert not problems, "\n".join(problems[:4])


def test_commas_between_the_paths_of_a_merge_without_its_brace() -> None:
    codes = [one.split()[0] for one in found_in(in_file("add relu, tanh }"))]
    assert codes == ["CNN121", "CNN103"]
