"""The argument parser that the commands share."""

from __future__ import annotations

import argparse

from ..diagnostics.base import nearest
from .failure import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import NoReturn


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

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """The values of all options. Raises `CommandError`."""
        options, unknown = self.parse_known_args(arguments)
        for one in unknown:
            if not one.startswith("-"):
                raise CommandError(f"unexpected argument `{one}`", f"see `{self.prog} --help`")
            name = one.split("=")[0]
            similar = nearest(name, self._option_string_actions)
            advice = f"did you mean `{similar}`?" if similar else f"see `{self.prog} --help`"
            raise CommandError(f"unknown option `{name}`", advice)
        return options

    def add_spec(self) -> None:
        """The arguments that say which network: SPEC, `--model` and `--set`."""
        self.add_argument("spec", metavar="SPEC", help="a file, - for stdin, or a zoo name")
        self.add_model()

    def add_model(self) -> None:
        self.add_argument("--model", metavar="NAME", help="the model, where a file has several")
        self.add_argument(
            "--set",
            dest="settings",
            metavar="NAME=VALUE",
            action="append",
            default=[],
            help="a value for a parameter of the model (may be repeated)",
        )

    def add_format(self, formats: Sequence[str]) -> None:
        """`--format`; the first of the formats is the default."""
        self.add_argument(
            "--format",
            metavar="FORMAT",
            default=formats[0],
            type=one_of(formats, "format"),
            help=f"one of {', '.join(formats)} (default: {formats[0]})",
        )


def one_of(names: Iterable[str], what: str) -> Callable[[str], str]:
    """A conversion that takes these names alone, and suggests the nearest for any other."""
    known = tuple(names)

    def convert(text: str) -> str:
        if text not in known:
            similar = nearest(text, known)
            hint = f"did you mean `{similar}`?" if similar else f"choose from {', '.join(known)}"
            raise argparse.ArgumentTypeError(f"no {what} is named `{text}`; {hint}")
        return text

    return convert


def at_least(minimum: int) -> Callable[[str], int]:
    """A conversion to an integer with a lower bound."""

    def convert(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = minimum - 1
        if value < minimum:
            raise argparse.ArgumentTypeError(f"`{text}` is not an integer of at least {minimum}")
        return value

    return convert
