"""`cnndsl completion`: what lets a shell complete commands, options and their values."""

from __future__ import annotations

import re
from contextlib import redirect_stdout, suppress
from importlib import import_module
from io import StringIO

from ..project.zoo import entries
from ..record import Record
from . import COMMANDS
from .argument_parser import Parser, one_of
from .failure import CLEAN, write_data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DESCRIPTION = "Write a script that completes commands, options, their values and zoo networks."
EXAMPLES = """\
cnndsl completion fish > ~/.config/fish/completions/cnndsl.fish
source <(cnndsl completion bash)    # in ~/.bashrc
source <(cnndsl completion zsh)     # in ~/.zshrc, behind compinit"""
OPTION = re.compile(r"^  (-.*?)(?:  |\n|$)", re.MULTILINE)
CHOICES = re.compile(r"\b(?:one|some) of ([\w, -]+)")
ACTIONS = re.compile(r"^usage: cnndsl \w+ (\w+(?:\|\w+)+)", re.MULTILINE)
BASH = """\
_cnndsl() {{
    local current="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}" words=""
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "{commands} --help --version" -- "$current"))
        return
    fi
    case "${{COMP_WORDS[1]}} $before" in
{values}
    esac
    if [ -z "$words" ]; then
        case "${{COMP_WORDS[1]}} $current" in
{options}
            *) words="{networks}" ;;
        esac
        COMPREPLY=($(compgen -f -- "$current"))
    fi
    COMPREPLY+=($(compgen -W "$words" -- "$current"))
}}
complete -o filenames -F _cnndsl cnndsl
"""
ZSH = "autoload -U +X bashcompinit && bashcompinit\n"


class Usage(Record):
    """What can stand behind a command: its actions, and its options with their values."""

    command: str
    actions: tuple[str, ...]
    options: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(name for names, _ in self.options for name in names))


def main(arguments: Sequence[str]) -> int:
    parser = Parser("completion", DESCRIPTION, EXAMPLES)
    known = one_of(SHELLS, "shell")
    parser.add_argument("shell", metavar="SHELL", type=known, help="bash, zsh or fish")
    write_data(SHELLS[parser.parse(arguments).shell](list(map(usage_of, COMMANDS))))
    return CLEAN


def usage_of(command: str) -> Usage:
    """What a command takes, as its parser says in its help."""
    text = help_of(command)
    actions = ACTIONS.search(text)
    names = tuple(actions[1].split("|")) if actions else ()
    if command == "completion":
        return Usage(command, tuple(SHELLS), tuple(options_in(text)))
    pages = [help_of(command, name) for name in names] or [text]
    return Usage(command, names, tuple(one for page in pages for one in options_in(page)))


def help_of(command: str, *actions: str) -> str:
    module = import_module(f"{__package__}.{command}")
    with redirect_stdout(StringIO()) as out, suppress(SystemExit):
        module.main([*actions, "--help"])
    return out.getvalue()


def options_in(page: str) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The names of each option of a help page, and the values that it takes."""
    starts = list(OPTION.finditer(page))
    for match, following in zip(starts, [*starts[1:], None], strict=True):
        text = page[match.start() : following.start() if following else len(page)]
        chosen = CHOICES.search(" ".join(text.split("\n\n")[0].split()))
        values = re.findall(r"[\w-]+", chosen[1]) if chosen else []
        yield tuple(re.findall(r"--?[\w-]+", match[1])), tuple(values)


def bash(usages: Sequence[Usage]) -> str:
    values = [
        _case(f'"{one.command} {name}"', choices)
        for one in usages
        for names, choices in one.options
        if choices
        for name in names
    ]
    actions = [
        _case(f'"{one.command} {one.command}"', one.actions) for one in usages if one.actions
    ]
    options = [_case(f'"{one.command} -"*', one.names) for one in usages]
    return BASH.format(
        commands=" ".join(COMMANDS),
        values="\n".join(dict.fromkeys([*values, *actions])),
        options="\n".join(options),
        networks=" ".join(entry.name for entry in entries()),
    )


def _case(pattern: str, words: Sequence[str]) -> str:
    joined = " ".join(words)
    return f'            {pattern}) words="{joined}" ;;'


def fish(usages: Sequence[Usage]) -> str:
    lines = [
        f"complete -c cnndsl -f -n __fish_use_subcommand -a {name} -d '{line}'"
        for name, line in COMMANDS.items()
    ]
    names = " ".join(entry.name for entry in entries())
    lines.append(f"complete -c cnndsl -n 'not __fish_use_subcommand' -a '{names}'")
    for one in usages:
        within = f"complete -c cnndsl -n '__fish_seen_subcommand_from {one.command}'"
        actions = " ".join(one.actions)
        lines += [f"{within} -a '{actions}'"] if actions else []
        for options, values in one.options:
            flags = " ".join(
                f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in options
            )
            known = " ".join(values)
            lines.append(f"{within} {flags}" + (f" -xa '{known}'" if known else ""))
    return "\n".join(dict.fromkeys(lines)) + "\n"


SHELLS = {"bash": bash, "zsh": lambda usages: ZSH + bash(usages), "fish": fish}
