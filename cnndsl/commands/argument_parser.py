"""The argument parser that the commands share."""

from __future__ import annotations

import argparse

from ..diagnostics.base import choice, did_you_mean, nearest
from .failure import CLEAN, FAILED, CommandError, complain, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, NoReturn, TypeAlias

    Action: TypeAlias = Callable[[Sequence[str]], int]

MOST_OPTIONS = 2_000
"""`argparse` looks at all options behind each."""


class HelpShown(SystemExit):
    """The end of a command behind `--help`; it has the parser, for whoever describes commands."""

    def __init__(self, parser: Parser) -> None:
        super().__init__(CLEAN)
        self.parser = parser


class Parser(argparse.ArgumentParser):
    """A parser whose mistakes are `CommandError`s that name the nearest known option."""

    def __init__(self, command: str, description: str, examples: str) -> None:
        lines = "\n".join(f"  {line}" for line in examples.strip().splitlines())
        super().__init__(
            prog=f"cnndsl {command}",
            description=description,
            epilog=f"examples:\n{lines}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        raise CommandError(message, f"see `{self.prog} --help`")

    @property
    def takes(self) -> list[argparse.Action]:
        """Its arguments, those by place and then the options, without `--help`."""
        known = [one for one in self._actions if "--help" not in one.option_strings]
        return sorted(known, key=lambda one: bool(one.option_strings))

    def exit(self, status: int = CLEAN, message: str | None = None) -> NoReturn:
        raise HelpShown(self)

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """The values of all options. Raises `CommandError`."""
        if sum(one.startswith("-") and one != "-" for one in arguments) > MOST_OPTIONS:
            self.error(f"more than {MOST_OPTIONS:,} options are given")
        options, unknown = self.parse_known_args(arguments)
        for one in unknown:
            if not one.startswith("-"):
                self.error(f"unexpected argument `{one}`")
            name = one.split("=")[0]
            known = {option.lstrip("-"): option for option in self._option_string_actions}
            meant = nearest(name.lstrip("-"), known)
            advice = f"did you mean `{known[meant]}`?" if meant else f"see `{self.prog} --help`"
            raise CommandError(f"unknown option `{name}`", advice)
        return options

    def add_flag(self, *names: str, help: str) -> None:
        """An option that is given or not."""
        self.add_argument(*names, action="store_true", help=help)

    def add_value(self, names: str, metavar: str, help: str, **more: Any) -> None:
        """An option with a value, and its names, such as `--output -o`."""
        self.add_argument(*names.split(), metavar=metavar, help=help, **more)

    def add_list(self, name: str, metavar: str, help: str, **more: Any) -> None:
        """An option that may be repeated; without it the list is empty."""
        shown = f"{help} (may be repeated)"
        self.add_value(name, metavar, shown, action="append", default=[], **more)

    def add_spec(self) -> None:
        """The arguments that say which network: SPEC, `--model` and `--set`."""
        self.add_argument("spec", metavar="SPEC", help="a file, - for stdin, or a zoo name")
        self.add_model()

    def add_model(self) -> None:
        self.add_value("--model", "NAME", "the model, where a file has several")
        meaning = "a value for a parameter of the model"
        self.add_list("--set", "NAME=VALUE", meaning, dest="settings")

    def add_recipe(self) -> None:
        """`--recipe` and `--with`."""
        self.add_value("--recipe", "NAME", "the recipe, where a file has several")
        meaning = "a setting in place of the recipe's: 'epochs 3', 'optimizer sgd(rate=0.1)'"
        self.add_list("--with", "SETTING", meaning, dest="changes")

    def add_backend(self) -> None:
        meaning = "one of keras, torch, numpy (default: numpy)"
        self.add_value("--backend -b", "NAME", meaning, default="numpy")

    def add_format(self, formats: Sequence[str]) -> None:
        """`--format`; the first of the formats is the default."""
        default = formats[0]
        meaning = f"one of {', '.join(formats)} (default: {default})"
        known = one_of(formats, "format")
        self.add_value("--format", "FORMAT", meaning, default=default, type=known)


def run_action(
    command: str,
    actions: Mapping[str, Action],
    description: str,
    examples: str,
    arguments: Sequence[str],
) -> int:
    """Carry out the action of a command that the first argument names, such as `zoo list`."""
    if not arguments or arguments[0] in ("--help", "-h"):
        text = Parser(f"{command} {'|'.join(actions)}", description, examples).format_help()
        if arguments:
            write(text)
            return CLEAN
        complain(f"error: `cnndsl {command}` takes what it is to do\n\n{text}".rstrip())
        return FAILED
    name, *rest = arguments
    if name not in actions:
        raise CommandError(f"`cnndsl {command}` has no `{name}`", choice(name, actions))
    return actions[name](rest)


def one_of(names: Iterable[str], what: str) -> Callable[[str], str]:
    """A conversion that takes these names alone, and suggests the nearest for any other."""
    known = tuple(names)

    def convert(text: str) -> str:
        if text not in known:
            hint = did_you_mean(text, known) or f"choose from {', '.join(known)}"
            raise argparse.ArgumentTypeError(f"no {what} is named `{text}`; {hint}")
        return text

    return convert


def at_least(minimum: int, kind: type[int | float] = int) -> Callable[[str], float]:
    """A conversion to an integer, or another kind of number, with a lower bound."""
    noun = "an integer" if kind is int else "a number"

    def convert(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = minimum - 1
        if not value >= minimum:  # as of not-a-number, too
            raise argparse.ArgumentTypeError(f"`{text}` is not {noun} of at least {minimum}")
        return value

    return convert
