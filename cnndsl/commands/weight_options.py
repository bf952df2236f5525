"""The options that say how a weight file is read, for the commands that read one."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError

from ..text import printable
from .failure import CommandError, complain, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from typing import Any

    from ..ir.network import Network
    from .argument_parser import Parser

READING = (
    "entry",
    "rename",
    "map",
    "by_order",
    "allow_missing",
    "allow_extra",
    "any_architecture",
)
"""The options of `add_reading`."""


def add_weights(parser: Parser, without: str) -> None:
    """`--weights`, and all that says how it is read.

    without: what there is instead, in words
    """
    meaning = f"a file that `cnndsl weights` reads (default: {without})"
    parser.add_value("--weights", "FILE", meaning)
    add_reading(parser, "FILE")


def add_reading(parser: Parser, file: str) -> None:
    """The options that say which entry is which weight, and what may be amiss.

    file: what the help calls the file that is read
    """
    meaning = f"the set of weights to read, where {file} has several (`ema`, `model`)"
    parser.add_value("--entry", "NAME", meaning)
    meaning = f"what the beginning of names in {file} becomes: `backbone.=`, `fc=head`"
    parser.add_list("--rename", "OLD=NEW", meaning, type=renaming)
    parser.add_value("--map", "FILE.toml", "says which entry is which weight")
    parser.add_flag("--by-order", help="pair what no name says in the order of file and network")
    meaning = (
        f"draw weights anew whose `path/weight` matches, where {file} lacks them or has them in "
        "another shape"
    )
    parser.add_list("--allow-missing", "REGEX", meaning, type=pattern)
    meaning = f"leave aside what matches among the entries of {file}"
    parser.add_list("--allow-extra", "REGEX", meaning, type=pattern)
    meaning = f"take the weights, although {file} (.keras, .h5) describes other layers than SPEC"
    parser.add_flag("--any-architecture", help=meaning)


def pattern(text: str) -> str:
    """A regular expression, or a mistake of the command line."""
    try:
        re.compile(text)
    except re.error as error:
        raise ArgumentTypeError(f"`{text}` is no regular expression: {error}") from None
    return text


def renaming(text: str) -> tuple[str, str]:
    """OLD and NEW, or a mistake of the command line."""
    old, separator, new = text.partition("=")
    if not separator:
        raise ArgumentTypeError(f"`{text}` is not OLD=NEW")
    return old, new


def weights_in(
    path: str,
    network: Network,
    options: Namespace,
    form: str | None = None,
    found: dict[str, str] | None = None,
) -> dict[str, Any]:
    """The network's weights in a file, read as the options say. Raises `WeightFileError`.

    form, found: as for `read_weights`
    """
    from ..weights.files import read_weights  # deferred: NumPy, once the spec holds
    from ..weights.mapping import NO_MAP, read_map
    from ..weights.naming import Request, silent

    names = NO_MAP if options.map is None else read_map(options.map)
    names = names.replaced(by_order=True) if options.by_order else names
    given = {"quiet": False, "format": "text", **vars(options)}
    tell = silent if given["quiet"] else complain if given["format"] == "json" else say
    decided = (options.entry, tuple(options.rename), tell, warn, options.any_architecture)
    return read_weights(
        path,
        network,
        form=form,
        allow_missing=options.allow_missing,
        allow_extra=options.allow_extra,
        seed=options.seed,
        request=Request(*decided, is_mapped=names.says_something),
        names=names,
        found=found,
    )


def weights_to_run(network: Network, options: Namespace) -> dict[str, Any] | None:
    """The weights of `--weights` in the 32 bits of a live model; None without that option.

    Raises `WeightFileError`, and `CommandError` for how to read no file.
    """
    from ..weights.files import narrowed  # deferred: NumPy, once the spec holds

    if options.weights is None:
        for name in READING:
            if getattr(options, name):
                raise CommandError(
                    f"`--{name.replace('_', '-')}` says how to read `--weights FILE`"
                )
        return None
    weights = weights_in(options.weights, network, options)
    return narrowed(
        weights, "float32", "the model", f"cannot use {printable(options.weights)}", warn
    )


def say(text: str) -> None:
    """Write a line about what was decided."""
    write(f"{text}\n")


def warn(text: str) -> None:
    complain(f"warning: {text}")
