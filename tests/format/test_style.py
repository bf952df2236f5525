"""The one style: the same tokens and comments, laid out the same however they were."""

from __future__ import annotations

from random import Random

import pytest
from intricate_specs import intricate_spec
from listed_specs import listed
from parametric_specs import parametric_spec
from random_specs import random_spec
from shares import mostly_long, mostly_slow
from styles import (
    FENCE,
    PAGES,
    ROOT,
    comments,
    example_styled,
    meaning,
    parsing,
    shaken,
    styled,
    written_specs,
)

from cnndsl.format.document import applied, edits, formatted
from cnndsl.format.layout import RULES
from cnndsl.syntax import tables
from cnndsl.syntax.lexer import SyntaxFailure
from cnndsl.text import Source

GENERATORS = (
    random_spec,
    lambda seed: parametric_spec(seed)[0],
    lambda seed: intricate_spec(Random(seed)),
    lambda seed: listed(Random(seed)),
)
SHARES = (0.02, 0.1, 0.4)
SEEDS = 10_000
OF_A_CASE = 100
"""Random specs in a long case."""


def random_text(seed: int) -> str:
    return GENERATORS[seed % len(GENERATORS)](seed)


def test_each_rule_of_the_grammar_has_its_layout() -> None:
    rules = {tables.RULES[number][2] for number in range(len(tables.RULES.lines))}
    assert rules - {"+", "-", "start"} == set(RULES)


# What is written by hand


FIRST, *OTHERS = [slice(number, None, 4) for number in range(4)]


@pytest.mark.parametrize("some", mostly_slow([FIRST, *OTHERS], [FIRST]), ids=str)
def test_the_zoo_is_in_the_style(some: slice) -> None:
    files = sorted((ROOT / "specs").glob("**/*.cnn"))
    assert len(files) > 100
    for path in files[some]:
        text = path.read_text(encoding="utf-8")
        assert formatted(Source("", text)) == text, path


def test_the_documentation_is_in_the_style() -> None:
    examples = [
        (page.name, match[2])
        for page in PAGES
        for match in FENCE.finditer(page.read_text(encoding="utf-8"))
    ]
    assert len(examples) > 200
    others = [one for one in examples if not is_styled(one[1])]
    assert others == []


def is_styled(text: str) -> bool:
    """Whether an example is in the style, or does not parse."""
    try:
        return example_styled(text) == text
    except SyntaxFailure:
        return True


def test_the_style_shown_is_that_of_what_is_shown_before() -> None:
    page = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    section = page.partition("\n## Style\n")[2].partition("\n## ")[0]
    _, before, _, after, _ = section.split("```")
    assert formatted(Source("", before.removeprefix("text\n"))) == after.removeprefix("cnn\n")


CASES = {
    "blanks": ("block  b( f,s=1 ){conv( f ,3x3,stride = s)->relu*2}",
               "block b(f, s = 1) { conv(f, 3x3, stride=s) -> relu * 2 }\n"),
    "operators": ("block b(n){conv(-n**2*(n+ -1)//2,1x1)as  x : (n ,n, not n)}",
                  "block b(n) { conv(-n ** 2 * (n + -1) // 2, 1x1) as x : (n, n, not n) }\n"),
    "arrows at ends": ("block b {\nrelu ->\n  # why\n\n tanh -> # then\n  relu }",
                       "block b {\n    relu\n        # why\n        -> tanh  # then\n"
                       "        -> relu\n}\n"),
    "numbers": ("block b { dense(1_0_0_0_0) -> dense(0100000) -> dense(1_286)\n"
                "scale(1E+04) -> conv(4K, 03x3) }",
                "block b {\n    dense(10_000) -> dense(100_000) -> dense(1_286)\n"
                "    scale(1e4) -> conv(4K, 3x3)\n}\n"),
    "commas": ("block b(a,\n b,) { conv(a,b,) -> crop((1,)) }",
               "block b(a, b) { conv(a, b) -> crop((1,)) }\n"),
    "paths": ("import a,b from 'c.cnn'", 'import a, b from "c.cnn"\n'),
    "blank lines": ("\n\nimport a from \"b.cnn\"\n#c\nblock b {\n\n relu\n\n\n tanh\n\n}\n"
                    "model m = n\nmodel o = n(1)\n\n\n# end\n\n",
                    'import a from "b.cnn"\n\n# c\nblock b {\n    relu\n\n    tanh\n}\n\n'
                    "model m = n\nmodel o = n(1)\n\n# end\n"),
    "columns": ("block b {\nrelu:3x3x3\nstage s { conv(8, 3x3)\n tanh : 3\n}: 8\nrelu # a\n"
                "conv(2, 1) # b\n\nrelu # c\n}",
                "block b {\n    relu        : 3x3x3\n    stage s {\n        conv(8, 3x3)\n"
                "        tanh    : 3\n    }           : 8\n    relu        # a\n"
                "    conv(2, 1)  # b\n\n    relu  # c\n}\n"),
    "a colon of inputs": ("model m { input a : 3x3x1 ,b:(n,1) }",
                          "model m { input a: 3x3x1, b: (n, 1) }\n"),
    "else": ("block b { if a { relu }\n else { tanh } }",
             "block b { if a { relu } else { tanh } }\n"),
    "a comment before else": ("block b { if a { relu }\n# no\n else { tanh } }",
                              "block b {\n    if a { relu }\n    # no\n    else { tanh }\n}\n"),
    "a recipe": ("recipe r for m{epochs 3\noptimizer sgd( rate=1e-1 ),  x for  a,b\n}",
                 "recipe r for m {\n    epochs 3\n    optimizer sgd(rate=1e-1), x for a, b\n}\n"),
    "lists": ("block b { relu as  a[ ]\n (a , b[ -1 ]) -> c as d [i,1] }",
              "block b {\n    relu as a[]\n    (a, b[-1]) -> c as d[i, 1]\n}\n"),
    "a stage with parameters": ("stage s( n=1 ){conv(n,1)}", "stage s(n = 1) { conv(n, 1) }\n"),
    "nothing": ("\n \n", ""),
    "comments alone": ("\n#a\n\n\n# b", "# a\n\n# b\n"),
    "comments in brackets": ("block b { conv(8 # filters\n,3x3,# kernel\n) }",
                             "block b {\n    conv(\n        8,   # filters\n"
                             "        3x3  # kernel\n    )\n}\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_rule_of_the_style(name: str) -> None:
    before, after = CASES[name]
    assert styled(before) == after


LONG = "conv(64, 3x3, pad=same, bias=false)"


def test_long_lines_break_before_arrows_and_then_in_brackets() -> None:
    row = ", ".join(f"({number}, 16, 24, 2)" for number in range(9))
    chain = " -> ".join([LONG, "relu"] * 3)
    text = f"model m(widths = [{row}], total = 12_000) {{ for a in [{row}] {{ {chain} }} }}"
    assert (
        styled(text)
        == """\
model m(
    widths = [
        (0, 16, 24, 2), (1, 16, 24, 2), (2, 16, 24, 2), (3, 16, 24, 2), (4, 16, 24, 2),
        (5, 16, 24, 2), (6, 16, 24, 2), (7, 16, 24, 2), (8, 16, 24, 2)
    ], total = 12_000
) {
    for a in [
        (0, 16, 24, 2), (1, 16, 24, 2), (2, 16, 24, 2), (3, 16, 24, 2), (4, 16, 24, 2),
        (5, 16, 24, 2), (6, 16, 24, 2), (7, 16, 24, 2), (8, 16, 24, 2)
    ] {
        conv(64, 3x3, pad=same, bias=false) -> relu -> conv(64, 3x3, pad=same, bias=false) -> relu
            -> conv(64, 3x3, pad=same, bias=false) -> relu
    }
}
"""
    )


def test_no_line_is_longer_than_it_must_be() -> None:
    chain = " -> ".join(f"{LONG} as layer{number}" for number in range(12))
    for width in range(60, 110, 7):
        text = f"block b {{ {chain} -> {'x' * width}(1)    : (in.height, in.width, 64) }}"
        over = [line for line in styled(text).split("\n") if len(line) > 100]
        assert len(over) <= (width > 48)
        assert all("xxx" in line for line in over)


def test_silenced_lines_get_no_breaks() -> None:
    chain = " -> ".join([LONG] * 4)
    for text in (
        f"block b {{\n    # cnndsl: ignore CNN801\n    {chain}\n}}\n",
        f"block b {{\n    {chain}  # cnndsl: ignore CNN801: so it is\n}}\n",
    ):
        assert styled(text) == text


def test_line_ends_of_windows_stay() -> None:
    assert formatted(Source("", "block b {\r\nrelu # a\r\n}")) == (
        "block b {\r\n    relu  # a\r\n}\r\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        f"block b {{ conv({'(' * 98}1{')' * 98}) }}",
        f"block b {{ {'(' * 98}relu{')' * 98} }}",
        f"block b {{ {'stage s { ' * 98}relu{' }' * 98} }}",
        f"block b {{ conv({' + '.join(['1'] * 199)}) }}",
        f"block b(a = [{', '.join(map(str, range(2_000)))}]) {{ relu }}",
        f"block b {{ {' -> '.join(['relu'] * 1_000)} }}",
    ],
    ids=["brackets", "groups", "braces", "operators", "a list", "a chain"],
)
def test_what_is_deep_or_long(text: str) -> None:
    once = formatted(Source("", text))
    assert formatted(Source("", once)) == once


# All that parses


@pytest.mark.parametrize("seed", range(24))
def test_random_specs(seed: int) -> None:
    styled(shaken(random_text(seed), Random(seed), SHARES[seed % 3]))


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, SEEDS, OF_A_CASE))
def test_more_random_specs(first: int) -> None:
    for seed in range(first, first + OF_A_CASE):
        text = random_text(seed)
        styled(text)
        styled(shaken(text, Random(seed), SHARES[seed % 3]))


SHARE, WHOLE = slice(0, None, 60), [slice(number, None, 8) for number in range(8)]


@pytest.mark.parametrize("some", mostly_long([SHARE, *WHOLE], [SHARE]), ids=str)
def test_whatever_parses(some: slice) -> None:
    texts = written_specs()
    assert len(texts) > 600
    for place, text in enumerate(parsing(texts[some])):
        styled(text)
        styled(shaken(text, Random(place), SHARES[place % 3]))


# Some lines


@pytest.mark.parametrize("seed", range(12))
def test_some_lines_alone(seed: int) -> None:
    random = Random(seed)
    text = shaken(random_text(seed), random, 0.2)
    whole = formatted(Source("", text))
    assert applied(text, edits(Source("", text))) == whole
    rows = text.count("\n") + 1
    first = random.randint(1, rows)
    last = random.randint(first, rows)
    changes = edits(Source("", text), first, last)
    after = applied(text, changes)
    assert meaning(after) == meaning(text)
    assert comments(after) == comments(text)
    inside = Source("", text)
    assert all(
        inside.position(one.start)[0] <= last and inside.position(one.end)[0] >= first
        for one in changes
    )


def test_lines_outside_stay() -> None:
    text = "block a {\n  relu\n  tanh->relu\n}\nblock b { relu->tanh }\n"
    after = applied(text, edits(Source("", text), 3, 3))
    assert after == "block a {\n  relu\n    tanh -> relu\n}\nblock b { relu->tanh }\n"
    after = applied(text, edits(Source("", text), 5, 5))
    assert after == "block a {\n  relu\n  tanh->relu\n}\nblock b { relu -> tanh }\n"


@pytest.mark.parametrize("text", ["1 + " * 5_000 + "1", "a" + "[0]" * 5_000])
def test_more_operators_than_check_takes_are_refused(text: str) -> None:
    with pytest.raises(SyntaxFailure):
        formatted(Source("spec.cnn", f"model m {{\n    input 3\n    scale({text})\n}}\n"))
