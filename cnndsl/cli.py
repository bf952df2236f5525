"""The command line: `cnndsl COMMAND ...`."""

from __future__ import annotations

import os
import sys

from . import __version__
from .commands import COMMANDS
from .commands.failure import CLEAN, FAILED, FINDINGS, CommandError, complain, shown, write
from .diagnostics.base import Failure, SpecError, nearest, reason_of
from .text import escaped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TextIO

INTERRUPTED, PIPE_CLOSED = 130, 141
"""What a shell reports for a program that a signal has ended: 128 + SIGINT, 128 + SIGPIPE."""

EXAMPLES = """\
examples:
  cnndsl check net.cnn                          is every dimension right?
  cnndsl compile net.cnn --backend torch        the network as PyTorch code
  cnndsl summary resnet50                       its layers, parameters and MACs
  cnndsl run lenet5                             build and run it, on NumPy
  cnndsl explain CNN301                         what a diagnostic means

`cnndsl COMMAND --help` has more on each.
SPEC is a file, - for standard input, or a network of the zoo, such as resnet50.
Exit status: 0 clean, 1 findings, 2 usage mistake, unreadable file or missing backend."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and give its exit status. Failures of the tool go to standard error."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    try:
        status = dispatch(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except Failure as failure:
        return complain_safely(shown(failure))
    except SystemExit as stop:  # argparse, after --help
        return stop.code if isinstance(stop.code, int) else CLEAN
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        abandon(sys.stdout)
        return PIPE_CLOSED
    except Exception as error:
        return unexpected(error)
    return status


def dispatch(arguments: list[str]) -> int:
    """Carry out the command that the first argument names."""
    if not arguments:
        complain(f"error: no command is given\n\n{usage()}".rstrip())
        return FAILED
    command, *rest = arguments
    if command in COMMANDS:
        try:
            status: int = command_module(command).main(rest)
        except SpecError as error:
            return refused(error)
        return status
    if command in ("--help", "-h", "help"):
        write(usage())
        return CLEAN
    if command in ("--version", "-V"):
        write(f"cnndsl {__version__}\n")
        return CLEAN
    raise unknown(command)


def command_module(command: str) -> Any:
    """The module of a command, as `importlib.import_module` gives it, but sooner."""
    return __import__(f"{__package__}.commands.{command}", fromlist=["main"])


def usage() -> str:
    """The text of `cnndsl --help`."""
    width = max(map(len, COMMANDS))
    commands = "\n".join(f"  {name:<{width}}  {line}" for name, line in COMMANDS.items())
    return (
        "usage: cnndsl COMMAND ... | --help | --version\n\n"
        "Convolutional networks as checked text, and as Keras, PyTorch and NumPy code.\n\n"
        f"commands:\n{commands}\n\n{EXAMPLES}\n"
    )


def unknown(command: str) -> CommandError:
    if command.startswith("-"):
        return CommandError(f"unknown option `{command}`", "see `cnndsl --help`")
    if command.endswith(".cnn") or os.path.exists(command):
        return CommandError(f"`{command}` is no command", f"write `cnndsl check {command}`")
    similar = nearest(command, COMMANDS)
    advice = f"did you mean `cnndsl {similar}`?" if similar else f"there are {', '.join(COMMANDS)}"
    return CommandError(f"unknown command `{command}`", advice)


def refused(error: SpecError) -> int:
    """Report what is wrong with a spec."""
    from .commands.spec import report_findings  # deferred: for findings

    write(report_findings(error.findings))
    return FINDINGS


def unexpected(error: Exception) -> int:
    """Say in a line what went wrong inside; with CNNDSL_DEBUG=1, where."""
    import traceback  # deferred: only mistakes of cnndsl need it

    if os.environ.get("CNNDSL_DEBUG") == "1":
        return complain_safely(traceback.format_exc().rstrip())
    if isinstance(error, MemoryError):
        return complain_safely("error: out of memory")
    if isinstance(error, OSError):
        place = f" ({escaped(str(error.filename))})" if error.filename else ""
        return complain_safely(f"error: {reason_of(error)}{place}")
    lines = str(error).splitlines() or [""]
    reason = escaped(f"{type(error).__name__}: {lines[0][:200]}".rstrip(": "))
    return complain_safely(
        f"internal error: {reason}\n"
        "  = help: this is a mistake in cnndsl; CNNDSL_DEBUG=1 shows where it happened"
    )


def complain_safely(text: str) -> int:
    """Write to standard error, whatever has become of standard output."""
    try:
        complain(text)
    except OSError:
        abandon(sys.stdout)
        try:
            write(f"{text}\n", sys.stderr)
        except OSError:
            abandon(sys.stderr)
    return FAILED


def abandon(stream: TextIO) -> None:
    """Point a standard stream at nothing, so that the interpreter's last flush cannot fail."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        pass
