"""Cells with specs in IPython and Jupyter: `%load_ext cnndsl`, then `%%cnn`.

IPython is none of the dependencies: it hands its shell over.
"""

from __future__ import annotations

import shlex

from .api import CheckedNetwork
from .commands.argument_parser import Parser
from .commands.checker import Checker, Options
from .commands.failure import CommandError, complain, shown, write
from .commands.spec import as_failure, report_findings
from .diagnostics.base import Failure, Rejected, errors_of
from .project.config import Configs
from .project.outcome import CheckedSpec, listed
from .text import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from typing import Protocol

    class Shell(Protocol):
        """What is asked of IPython's shell."""

        user_ns: dict[str, object]

        def register_magic_function(
            self, func: object, magic_kind: str = ..., magic_name: str = ...
        ) -> None: ...


DESCRIPTION = """\
Check the spec in the cell as `cnndsl check` does, and show its network. With a name, the network
is bound to it, as `cnndsl.load` gives it. Imports are relative to the working directory."""
EXAMPLES = """\
%%cnn net
%%cnn net --set classes=6
%%cnn net --model small      of several models"""


def load(shell: Shell) -> None:
    """Give a shell the cell magic `%%cnn`."""

    def cnn(line: str, cell: str) -> CheckedNetwork | None:
        try:
            return run_cell(line, cell, shell.user_ns)
        except (Failure, Rejected) as error:
            complain(shown(as_failure(error)))
        except SystemExit:  # of `--help`
            pass
        return None

    shell.register_magic_function(cnn, "cell", "cnn")


def run_cell(line: str, cell: str, names: dict[str, object]) -> CheckedNetwork | None:
    """Check a cell, print what is found, and bind its network; None where it does not hold.

    Raises `Failure` or `Rejected` for what is wrong with the magic's own line.
    """
    options = parsed(line)
    source = Source("<cell>", cell, "cell.cnn")
    checker = Checker(Options((), tuple(options.settings), options.model), Configs())
    findings, networks, _ = checker.findings(source)
    spec = checker.selected(CheckedSpec(source.name, (), 0, listed(findings)), source)
    write(report_findings(spec.findings))
    if errors_of(findings) or not networks:
        return None
    if len(networks) > 1:
        found = ", ".join(one.name for one in networks)
        raise CommandError(f"the cell has several models: {found}", "choose one with `--model`")
    network = CheckedNetwork(networks[0], source)
    if options.name:
        names[options.name] = network
    return network


def parsed(line: str) -> Namespace:
    """The options of a magic's line. Raises `CommandError`."""
    parser = Parser("cnn", DESCRIPTION, EXAMPLES)
    parser.prog = "%%cnn"
    parser.add_argument("name", metavar="NAME", nargs="?", help="what to call the network")
    parser.add_model()
    try:
        options = parser.parse(shlex.split(line))
    except ValueError as error:
        raise CommandError(f"`{line}` cannot be read: {error}") from None
    if options.name and not options.name.isidentifier():
        raise CommandError(f"`{options.name}` is no name of Python", "write `%%cnn net`")
    return options
