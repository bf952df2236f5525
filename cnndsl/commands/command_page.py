"""`docs/commands.md`, written from the argument parsers: each command with its options."""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO

from . import COMMANDS
from .argument_parser import HelpShown, Parser
from .completion import usage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

HEADING = """\
# Commands

Each command with its arguments and options, as `cnndsl COMMAND --help` shows them. Written by
`python -m cnndsl.generate`.

SPEC is a file, `-` for standard input, or a name from the [zoo](zoo.md) such as `resnet50`.
The exit status is 0 for a clean run, 1 for findings, and 2 for a usage mistake, an unreadable file
or a missing backend.
"""


def command_page() -> str:
    """The whole page in Markdown."""
    rows = [f"| [`cnndsl {name}`](#cnndsl-{name}) | {line} |" for name, line in COMMANDS.items()]
    lines = [HEADING, "| command | what it does |", "|---|---|", *rows, ""]
    for name in COMMANDS:
        lines += lines_of(name)
    return "\n".join(lines)


def lines_of(command: str) -> Iterator[str]:
    """A command, and each of its actions, such as `zoo list`."""
    actions = usage_of(command).actions
    if not actions:
        yield from section(parser_of(command), 2)
        return
    module = import_module(f"{__package__}.{command}")
    yield from (f"## cnndsl {command}", "", plain(module.DESCRIPTION), "")
    for action in actions:
        yield from section(parser_of(command, action), 3)


def parser_of(command: str, *actions: str) -> Parser:
    """The parser of a command or action."""
    module = import_module(f"{__package__}.{command}")
    try:
        with redirect_stdout(StringIO()):
            module.main([*actions, "--help"])
    except HelpShown as shown:
        return shown.parser
    raise LookupError(f"`{' '.join((command, *actions))}` has no parser")


def section(parser: Parser, level: int) -> Iterator[str]:
    """What one parser takes, in Markdown."""
    usage = "".join(f" {shown(one)}" for one in parser.takes if not one.option_strings)
    options = " [OPTIONS]" if any(one.option_strings for one in parser.takes) else ""
    yield from (f"{'#' * level} {parser.prog}", "", f"`{parser.prog}{options}{usage}`", "")
    yield from (plain(parser.description or ""), "")
    if parser.takes:
        rows = [f"| {called(one)} | {meaning(one)} |" for one in parser.takes]
        yield from ("| argument | meaning |", "|---|---|", *rows, "")
    examples = (parser.epilog or "").removeprefix("examples:\n")
    yield from ("```text", *(line[2:] for line in examples.splitlines()), "```", "")


def shown(one: argparse.Action) -> str:
    """A positional argument in a usage line."""
    name = str(one.metavar or one.dest)
    return {"+": f"{name}...", "*": f"[{name}...]", "?": f"[{name}]"}.get(str(one.nargs), name)


def called(one: argparse.Action) -> str:
    """An argument by its names, and the value that it takes."""
    value = "" if one.nargs == 0 else str(one.metavar or one.dest)
    if not one.option_strings:
        return f"`{value}`"
    first, *others = one.option_strings
    return ", ".join([f"`{first} {value}`" if value else f"`{first}`", *(f"`{o}`" for o in others)])


def meaning(one: argparse.Action) -> str:
    return plain((one.help or "").replace("%%", "%")).replace("|", "\\|")


def plain(text: str) -> str:
    """Text in which Markdown sees no marks but those of code."""
    return re.sub(r"[<>*_\[\]]", lambda match: f"\\{match[0]}", text)
