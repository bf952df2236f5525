"""The catalogue: every diagnostic by its code, with its examples, for `explain` and the reference.

A diagnostic's class says what it means and why it matters; the page `examples/CODE.md` beside it
holds a spec that it refuses and the spec mended. Both are read only here, when they are asked for.
"""

from __future__ import annotations

import os
import re
from importlib import import_module
from inspect import cleandoc

from ..record import Record
from .base import Diagnostic

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLES = os.path.join(HERE, "examples")
COMMAND = re.compile(r"^\$ cnndsl (.+)$", re.MULTILINE)
FENCE = re.compile(r"^```(\S+) (\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPEC = "net.cnn"

GROUPS = {
    "CNN1": "Syntax",
    "CNN2": "Names",
    "CNN3": "Shapes",
    "CNN4": "Values and calls",
    "CNN5": "Budgets and locks",
    "CNN6": "Files and imports",
    "CNN7": "Backends",
    "CNN8": "Warnings",
    "CNN9": "Recipes",
}


def all_classes() -> list[type[Diagnostic]]:
    """Every class of the package that has a code of its own."""
    found: list[type[Diagnostic]] = []
    for file in sorted(os.listdir(HERE)):
        if file.endswith(".py") and file not in ("__init__.py", os.path.basename(__file__)):
            module = import_module(f"{__package__}.{file.removesuffix('.py')}")
            defined = (one for one in vars(module).values() if isinstance(one, type))
            found += [one for one in defined if issubclass(one, Diagnostic) and one.code]
    return found


def codes() -> dict[str, type[Diagnostic]]:
    """Every diagnostic of the package by its code, in order."""
    return dict(sorted((one.code, one) for one in all_classes()))


def documentation(diagnostic: type[Diagnostic]) -> str:
    """What a diagnostic means and why it matters."""
    return cleandoc(diagnostic.__doc__ or "")


# Examples


class Case(Record):
    """One half of an example: a command, and the files that it reads."""

    command: str
    files: tuple[tuple[str, str], ...]
    output: str | None
    """What it prints, where that cannot be had by running it here."""


class Example(Record):
    """A spec that a diagnostic refuses, and the spec mended."""

    fails: Case
    mended: Case


def example_of(code: str) -> Example:
    """The example of a diagnostic. Raises `KeyError` where there is none."""
    try:
        with open(os.path.join(EXAMPLES, f"{code}.md"), encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        raise KeyError(code) from None
    commands = COMMAND.findall(text) or [f"check {SPEC}"]
    files: dict[str, list[tuple[str, str]]] = {"fails": [], "mended": []}
    output = None
    for match in FENCE.finditer(text):
        _, when, name, content = match.groups()
        if when == "output":
            output = content
            continue
        for one, held in files.items():
            if when in (one, "both"):
                held.append((name, content))
    return Example(
        Case(commands[0], tuple(files["fails"]), output),
        Case(commands[-1], tuple(files["mended"]), None),
    )
