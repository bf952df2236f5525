"""`cnndsl compile`: a spec as source code for a framework."""

from __future__ import annotations

import sys
from functools import partial

from ..diagnostics.base import SpecError
from ..project.outcome import checked_model
from ..report.formats import describe
from ..text import escaped
from .argument_parser import Parser
from .failure import CLEAN, FINDINGS, CommandError, complain, write, write_data
from .files import write_atomically
from .outputs import STANDARD_OUTPUT, refuse_inputs
from .spec import backend_of, load, report_findings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence

    from ..backend import Artifact, Backend
    from ..ir.network import Network
    from ..project.loading import Loader

DESCRIPTION = """\
Turn a spec into code for a framework: code that imports the framework alone and nothing of
cnndsl. What a backend cannot express exactly is refused. A file is written whole or not at all.
With --train it is the script that trains the network by its recipe, or by the usual one.

Exit status: 0 written, 1 findings, 2 usage mistake, unreadable file or missing backend."""
EXAMPLES = """\
cnndsl compile net.cnn --backend torch                 to standard output
cnndsl compile net.cnn --backend keras -o net.py       to a file
cnndsl compile resnet50 --backend torch --set classes=6
cnndsl compile nets.cnn --model small                  one of several models
cnndsl compile net.cnn --train --backend torch -o train.py
                                                       the script that trains it"""


def main(arguments: Sequence[str]) -> int:
    parser = Parser("compile", DESCRIPTION, EXAMPLES)
    parser.add_spec()
    parser.add_backend()
    meaning = "the file to write (default: standard output)"
    parser.add_value("--output -o", "FILE", meaning, default=STANDARD_OUTPUT)
    parser.add_flag("--train", help="write the script that trains the network")
    parser.add_recipe()
    parser.add_flag("--quiet", "-q", help="do not say which file was written")
    options = parser.parse(arguments)
    if not options.output:
        raise CommandError("the name of the output file is empty")
    if (options.recipe or options.changes) and not options.train:
        raise CommandError("a recipe is for training", "write `--train` too")
    backend = backend_of(options.backend)
    to_file = options.output != STANDARD_OUTPUT
    try:
        if options.train:
            network, loader, emit = _training(options, backend)
        else:
            network, loader = load(options)
            emit = partial(backend.emit, network)
        if to_file:
            inputs = (network.template.source.path, *loader.modules)
            refuse_inputs(options.output, filter(None, inputs))
        artifact = emit()
    except SpecError as error:
        write(report_findings(error.findings))
        if not to_file:
            complain(f"error: nothing was compiled: {error}")
        return FINDINGS
    if not to_file:
        show(artifact, network.name)
        return CLEAN
    write_atomically(options.output, artifact.content)
    if not options.quiet:
        size = describe(checked_model(network))
        write(f"wrote {escaped(options.output)}: {size}, for {backend.name}\n")
    return CLEAN


def _training(
    options: Namespace, backend: Backend
) -> tuple[Network, Loader, Callable[[], Artifact]]:
    """The network, the loader that has read its files, and what gives the script.

    Raises as `load` does.
    """
    from .recipe_options import load_training, script_of  # deferred: for training alone

    training, loader = load_training(options)
    return training.network, loader, partial(script_of, backend, training)


def show(artifact: Artifact, name: str) -> None:
    """Write an artifact to standard output; bytes not to a terminal, where `CommandError`."""
    if not isinstance(artifact.content, bytes):
        write_data(artifact.content)
    elif sys.stdout is not None and not sys.stdout.isatty():
        sys.stdout.buffer.write(artifact.content)
    else:
        raise CommandError(
            f"a {artifact.suffix} file is binary, and standard output is a terminal",
            f"name a file with `-o {name}{artifact.suffix}`",
        )
