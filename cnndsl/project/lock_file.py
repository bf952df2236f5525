"""`cnndsl.lock`: what each model came to when somebody last agreed to it, as text to commit.

The text is TOML, one line for each fact, so that versions merge line by line:

    ["specs/net.cnn".small]
    arguments = "classes=10"
    input = "8x8x3"
    output = "10"
    parameters = 1562
    ...

    ["specs/net.cnn".small.layers]
    "conv" = "conv 6x6x4, 112 parameters, 3888 MACs"

    ["specs/net.cnn".small.weights]
    "conv.kernel" = "3x3x3x4"

Models are sorted by file and name; their layers and weights keep the order of computation.
"""

from __future__ import annotations

import os
import re

from ..record import Record
from ..values import write
from .outcome import checked_model, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TypeAlias

    from ..ir.network import LayerView, Network

    Key: TypeAlias = tuple[str, str]
    Change: TypeAlias = tuple[str, str | None, str | None]

FILE = "cnndsl.lock"
VERSION = "version = 1"
HEADING = f"""\
# The shapes, parameters, MACs and weights of each model, written by `cnndsl lock`.
# `cnndsl check --locked` tells where a model is no longer like this.
{VERSION}
"""
ESCAPE = re.compile(r"\\(?:U([0-9a-fA-F]{8})|(.?))", re.DOTALL)
CONFLICT = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
TABLES = ("", "layers", "weights")
NUMBERS = ("parameters", "trainable", "macs")
NOUNS = {"": "", "layers": "layer ", "weights": "weight "}


class LockError(ValueError):
    """A text that is no lock: its row, and why."""

    def __init__(self, row: int, reason: str) -> None:
        super().__init__(f"line {row}: {reason}")


class LockedModel(Record):
    """One model: facts about it, its layers and its weights, each as (name, text)."""

    file: str
    name: str
    facts: tuple[tuple[str, str], ...]
    layers: tuple[tuple[str, str], ...]
    weights: tuple[tuple[str, str], ...]
    row: int = 0
    """The line of a lock that the model stands on, where it was read from one."""

    @property
    def key(self) -> Key:
        return self.file, self.name

    @property
    def tables(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """The three tables, in the order of `TABLES`."""
        return self.facts, self.layers, self.weights


class Lock(Record):
    """What a lock file says, and where it lies."""

    path: str
    text: str
    models: dict[Key, LockedModel]

    def place_of(self, model: LockedModel) -> str:
        """Where the file of a model lies: the lock names it from its own folder on."""
        return os.path.join(os.path.dirname(os.path.realpath(self.path)), *model.file.split("/"))


def locked(network: Network, file: str) -> LockedModel:
    """What a lock holds of a network that `file` defines."""
    layers = network.layers
    arguments = ", ".join(f"{name}={write(value)}" for name, value in network.parameters)
    cost = network.cost
    facts = [("arguments", arguments)] if arguments else []
    facts += [
        ("input", shown(network.inputs)),
        *([("pixels", str(network.pixels))] if network.pixels else []),
        ("output", checked_model(network).shown_outputs),
        ("parameters", str(cost.params)),
        ("trainable", str(cost.trainable)),
        ("macs", str(cost.macs)),
    ]
    return LockedModel(
        file,
        network.name,
        tuple(facts),
        tuple((layer.label, _layer(layer)) for layer in layers),
        tuple(_weights(layers)),
    )


def _layer(layer: LayerView) -> str:
    cost = layer.cost
    parts = [f"{layer.op.name} {layer.shape}"]
    parts += [f"{cost.params} parameters"] if cost.params else []
    parts += [f"{cost.macs} MACs"] if cost.macs else []
    return ", ".join(parts)


def _weights(layers: Iterable[LayerView]) -> Iterator[tuple[str, str]]:
    for layer in layers:
        for weight in layer.weights:
            yield f"{layer.path}.{weight.name}", "x".join(map(str, weight.shape))


def changes(before: LockedModel, after: LockedModel) -> tuple[Change, ...]:
    """What differs between two states of a model: the facts first, then layers, then weights."""
    found: list[Change] = []
    for table, old, new in zip(TABLES, before.tables, after.tables, strict=True):
        if old == new:
            continue
        then, now = dict(old), dict(new)
        for name in (*now, *(name for name in then if name not in now)):
            if then.get(name) != now.get(name):
                found.append((f"{NOUNS[table]}{name}", then.get(name), now.get(name)))
        if then == now:
            pairs = enumerate(zip(then, now, strict=True), 1)
            found += [(f"{NOUNS[table]}{place}", a, b) for place, (a, b) in pairs if a != b]
    return tuple(found)


# The text


def written(models: Iterable[LockedModel]) -> str:
    """The text of a lock."""
    parts = [HEADING]
    for model in sorted(models, key=lambda one: one.key):
        heading = f"{_quoted(model.file)}.{model.name}"
        for table, items in zip(TABLES, model.tables, strict=True):
            if table and not items:
                continue
            parts.append(f"\n[{heading}{'.' if table else ''}{table}]\n")
            parts += [_line(table, name, text) for name, text in items]
    return "".join(parts)


def _line(table: str, name: str, text: str) -> str:
    if table:
        return f"{_quoted(name)} = {_quoted(text)}\n"
    return f"{name} = {text if name in NUMBERS else _quoted(text)}\n"


def parsed(text: str) -> dict[Key, LockedModel]:
    """The models of a lock by file and name. Raises `LockError`."""
    tables: dict[Key, list[dict[str, str]]] = {}
    rows: dict[Key, int] = {}
    current: dict[str, str] | None = None
    has_version = False
    for row, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        if line.startswith(CONFLICT):
            raise LockError(row, "a merge conflict is not resolved")
        if line.startswith("["):
            key, table = _heading(line, row)
            rows.setdefault(key, row)
            current = tables.setdefault(key, [{}, {}, {}])[TABLES.index(table)]
            continue
        if current is None:
            if line != VERSION:
                raise LockError(row, "it was written by another version of cnndsl")
            has_version = True
            continue
        name, sign, value = line.partition(" = ")
        is_text = len(value) > 1 and value[0] == value[-1] == '"'
        if not sign or not (is_text or value.isdecimal()):
            raise LockError(row, "no line of a lock looks like this")
        current[_plain(name)] = _plain(value)
    if not has_version:
        raise LockError(1, f"it has no line `{VERSION}`")
    models = {}
    for key, three in tables.items():
        facts, layers, weights = (tuple(one.items()) for one in three)
        models[key] = LockedModel(*key, facts, layers, weights, rows[key])
    return models


def _heading(line: str, row: int) -> tuple[Key, str]:
    file, sign, rest = line[1:-1].rpartition('".')
    name, _, table = rest.partition(".")
    if not sign or line[-1] != "]" or line[1] != '"' or not name or table not in TABLES:
        raise LockError(row, "no heading of a lock looks like this")
    return (_plain(f'{file}"'), name), table


def _quoted(text: str) -> str:
    """A text as a basic string of TOML."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    if escaped.isprintable():
        return f'"{escaped}"'
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'


def _plain(text: str) -> str:
    """The text that a string of a lock stands for, or a bare name as it is."""
    inner = text[1:-1] if text[:1] == '"' else text
    return ESCAPE.sub(lambda one: chr(int(one[1], 16)) if one[1] else one[2], inner)
