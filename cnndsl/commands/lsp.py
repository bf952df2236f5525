"""`cnndsl lsp`: the language server, for editors."""

from __future__ import annotations

import gc
import os
import sys
import threading

from ..project.loading import RECURSION_LIMIT
from .argument_parser import Parser, at_least
from .failure import CLEAN, CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..language_server.session import Server

DESCRIPTION = """\
Serve an editor: findings and shapes as one types, completion, documentation, renaming and more.
The editor starts it and speaks the Language Server Protocol over standard input and output."""
EXAMPLES = """\
cnndsl lsp
cnndsl lsp --port 2087       over TCP, on this machine alone"""
LARGEST_PORT = 65_535
NEW_OBJECTS = 100_000
"""How many make it worth while to look for garbage: a long text makes as many at every key."""
LONGEST_TURN = 0.0005
"""How long the thread that looks at texts keeps another one waiting, in seconds."""
STACK = 64 << 20
"""The bytes of a thread's stack: as deep as the language nests."""


def main(arguments: Sequence[str]) -> int:
    parser = Parser("lsp", DESCRIPTION, EXAMPLES)
    parser.add_value("--port", "N", "listen there on 127.0.0.1", type=at_least(1))
    parser.add_argument(
        "--stdio", action="store_true", help="the default; editors like to say it all the same"
    )
    options = parser.parse(arguments)
    if options.port is not None and options.port > LARGEST_PORT:
        raise CommandError(f"--port is a number from 1 to {LARGEST_PORT:,}")
    server = make_server()
    gc.freeze()  # what has been imported stays, and need not be looked at between two keys
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
    sys.setrecursionlimit(RECURSION_LIMIT)  # of all threads; a text would set it back
    sys.setswitchinterval(LONGEST_TURN)
    threading.stack_size(STACK)
    if options.port is not None:
        server.start_tcp("127.0.0.1", options.port)
    else:
        # The server closes the streams that it is given.
        with open(os.dup(0), "rb") as reading, open(os.dup(1), "wb") as writing:
            server.start_io(reading, writing)
    return CLEAN


def make_server() -> Server:
    """The server. Raises `CommandError` where what it stands on is not installed."""
    try:
        from ..language_server import server  # deferred: no other command needs pygls
    except ModuleNotFoundError as error:
        raise CommandError(
            f"the language server needs {error.name}, which is not installed",
            "pip install 'cnndsl[lsp]'",
        ) from None
    return server.make_server()
