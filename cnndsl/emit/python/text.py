"""Python literals for arbitrary text: strings and docstrings, safely escaped."""

from __future__ import annotations

from keyword import iskeyword

from .layout import INDENT_WIDTH, LINE_WIDTH, text_width


def escape_character(character: str) -> str:
    """The character as it may stand in a string literal, apart from quotes."""
    return repr(character)[1:-1]


def escaped(text: str) -> str:
    """`text` as it may stand in a string literal, apart from quotes."""
    if text.isprintable() and "\\" not in text:
        return text
    return "".join([escape_character(character) for character in text])


def escape_text(text: str, quote: str) -> str:
    """`text` as the inside of a string literal delimited by `quote`."""
    return escaped(text).replace(quote, "\\" + quote)


def preferred_quote(text: str) -> str:
    """The quote character that `ruff format` settles on for a literal of `text`."""
    return "'" if text.count('"') > text.count("'") else '"'


def string_literal(text: str, quote: str = "") -> str:
    """A one-line literal that evaluates to `text`."""
    quote = quote or preferred_quote(text)
    return f"{quote}{escape_text(text, quote)}{quote}"


def is_name(text: str) -> bool:
    """Whether `text` is an identifier that is no keyword."""
    return text.isidentifier() and not iskeyword(text)


def identifiers(text: str) -> frozenset[str]:
    """The names in source text that are no keywords and stand behind no dot."""
    # Imported only where it is needed: the module itself is to load quickly.
    import re  # deferred: few texts have characters to escape

    found = re.findall(r"(?<![\w.])[^\W\d]\w*", text)
    return frozenset([each for each in found if not iskeyword(each)])


def wrap_line(line: str, width: int) -> list[str]:
    """`line` cut at spaces into lines of at most `width` columns, where it has such spaces.

    Continuation lines get the indentation of the line. A word that is too long stays whole.
    """
    if text_width(line) <= width:
        return [line]
    words = line.split(" ")
    margin = ""
    while len(words) > 1 and not words[0]:
        words.pop(0)
        margin += " "
    lines: list[str] = []
    current = margin + words[0]
    for word in words[1:]:
        if word and text_width(current) + 1 + text_width(word) > width and current.strip():
            lines.append(current.rstrip())
            current = margin + word
        else:
            current += " " + word
    lines.append(current.rstrip())
    return lines


def docstring_text(text: str) -> list[str]:
    """The lines of `text` as a docstring can hold them: dedented, without trailing space."""
    lines = [line.rstrip(" ") for line in text.expandtabs(INDENT_WIDTH).split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    margin = min([_margin(line) for line in lines[1:] if line], default=0)
    return [line.lstrip(" ") for line in lines[:1]] + [line[margin:] for line in lines[1:]]


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def docstring_literal(text: str, indentation: int) -> str:
    """A docstring literal at `indentation` columns, with lines wrapped at the line width.

    What it evaluates to is, once dedented, `text` dedented and wrapped: no other change.
    Every character that could end the literal, or that does not print, is escaped.
    """
    lines = docstring_text(text)
    last = len(lines) - 1
    escaped = [_docstring_line(line, index == 0, index == last) for index, line in enumerate(lines)]
    # Text of one line that has no room for the quotes on both sides becomes two lines.
    quotes = 3 if last else 6
    wrapped: list[str] = []
    for line in escaped:
        wrapped.extend(wrap_line(line, LINE_WIDTH - indentation - (0 if wrapped else quotes)))
    if len(wrapped) < 2:
        return f'"""{"".join(wrapped)}"""'
    margin = " " * indentation
    body = "\n".join([margin + line if line else "" for line in wrapped])
    return f'"""{body[indentation:]}\n{margin}"""'


def _docstring_line(line: str, is_first: bool, is_last: bool) -> str:
    """A line of a docstring, with the quotes escaped that could end the docstring."""
    if '"' not in line:
        return escaped(line)
    characters = [escape_character(character) for character in line]
    for index, character in enumerate(characters):
        if character == '"':
            opens = is_first and index == 0
            closes = is_last and index == len(characters) - 1
            if opens or closes or line[index + 1 : index + 2] == '"':
                characters[index] = '\\"'
    return "".join(characters)
