"""Specs written in other ways, and what the style of a spec must leave as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from textwrap import dedent

from cnndsl.format.document import formatted
from cnndsl.record import Record
from cnndsl.syntax.lexer import SyntaxFailure, Token, tokenize
from cnndsl.syntax.parser import parse
from cnndsl.text import Source

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```cnn([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FOLDERS = ("specs", "docs", "tests", "cnndsl")
PAGES = [*ROOT.glob("*.md"), *sorted(ROOT.glob("docs/*.md")), *sorted(ROOT.glob("cnndsl/**/*.md"))]
PLACES = ("start", "end", "name_start", "name_end")
OPENING, CLOSING = ("(", "[", "{"), (")", "]", "}")


def meaning(text: str) -> object:
    """The syntax tree of a text, its documentation too, without places."""
    return _without_places(parse(Source("", text)))


def _without_places(value: object) -> object:
    if isinstance(value, Record):
        fields = [one for one in value.__fields__ if one not in PLACES]
        return type(value).__name__, [_without_places(getattr(value, one)) for one in fields]
    if isinstance(value, tuple):
        return [_without_places(one) for one in value]
    return value


def comments(text: str) -> list[str]:
    """The comments of a text in their order, without their marks and blanks."""
    found, end = [], 0
    for token in tokens(text):
        found += re.findall(r"#[^\n]*", text[end : token.start])
        end = token.end
    return [one.lstrip("#").strip() for one in found]


def tokens(text: str) -> list[Token]:
    return [one for one in tokenize(Source("", text)) if one.kind != "_NEWLINE"]


def shaken(text: str, random: Random, share: float = 0.1) -> str:
    """The spec with other blanks, line breaks and comments wherever they may be."""
    made, end, opened = [], 0, [""]
    before = ""
    for number, token in enumerate(tokens(text)):
        gap = text[end : token.start]
        is_free = opened[-1] in ("(", "[") or "->" in (before, token.text) or token.text == "else"
        if random.random() < share and (is_free or "\n" in gap):
            gap = gap.rstrip(" \t")
            gap += random.choice(
                [f"  # behind {number}\n", "\n", f"\n#above {number}\n", "\n\n  \n"]
            )
            gap += random.choice(["", "  ", "\t", f"# two {number}\n\n"])
        elif random.random() < share and gap.strip(" ") == "" and gap:
            gap = "   "
        made += [gap, token.text]
        opened += [token.text] if token.text in OPENING else []
        del opened[len(opened) - (token.text in CLOSING) :]
        before, end = token.text, token.end
    return "".join(made)


def styled(text: str) -> str:
    """The text in the one style, of which everything is held that must hold."""
    once = formatted(Source("spec.cnn", text))
    assert formatted(Source("spec.cnn", once)) == once
    assert meaning(once) == meaning(text)
    assert comments(once) == comments(text)
    assert not re.search(r"[ \t]$|\n\n\n|\A\n|[^\n]\Z", once, re.MULTILINE)
    return once


def written_specs() -> list[str]:
    """Each spec of the zoo, the documentation and the tests' data, of which some do not parse."""
    files = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.cnn"))]
    texts = [path.read_text(encoding="utf-8") for path in files]
    for page in PAGES:
        texts += [match[2] for match in FENCE.finditer(page.read_text(encoding="utf-8"))]
    return list(dict.fromkeys(texts))


def parsing(texts: Sequence[str]) -> Iterator[str]:
    """Those that are specs, or the bodies of models."""
    for text in texts:
        for whole in (text, f"model whole {{\n{text}\n}}\n"):
            try:
                parse(Source("", whole))
            except SyntaxFailure:
                continue
            yield whole
            break


def example_styled(text: str) -> str:
    """An example of the documentation in the one style: a spec, or the body of a model."""
    try:
        return formatted(Source("", text))
    except SyntaxFailure:
        whole = formatted(Source("", f"model whole {{\n{text}}}\n"))
        return dedent("".join(whole.splitlines(keepends=True)[1:-1]))


def rewrite_page(path: Path) -> None:
    """Bring the examples of a page into the one style, all but those that do not parse."""

    def styled_fence(match: re.Match[str]) -> str:
        try:
            return match[0].replace(match[2], example_styled(match[2]))
        except SyntaxFailure:
            return match[0]

    page = path.read_text(encoding="utf-8")
    path.write_text(FENCE.sub(styled_fence, page), encoding="utf-8")


if __name__ == "__main__":
    for page in PAGES:
        rewrite_page(page)
