"""Files that say which entry of a weight file is which weight: by name, by pattern, by order.

```toml
by_order = true                    # what is left: in the order of the file and of the network

[weights]                          # by name
"conv/kernel" = "features.0.weight"

[patterns]                         # by pattern: a regular expression for a whole name in the file
'stage(\\d+)\\.bn\\.weight' = 'stages.\\1.batch_norm/gamma'
```
"""

from __future__ import annotations

import re
import tomllib

from ..diagnostics.base import choice
from ..record import Record
from .screen import LONGEST_HEADER, WeightFileError, opened, told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from .files import Slot
    from .screen import Entry

KINDS = {"by_order": bool, "weights": dict, "patterns": dict}


class NameMap(Record):
    """Which entry is which weight.

    weights: names in the file, by `path/weight`
    patterns: pairs of a regular expression for names in the file, and the weight that it stands for
    by_order: whether what is left is paired as it comes
    """

    weights: Mapping[str, str] = {}
    patterns: Sequence[tuple[re.Pattern[str], str]] = ()
    by_order: bool = False

    @property
    def says_something(self) -> bool:
        return bool(self.weights or self.patterns or self.by_order)


NO_MAP = NameMap()


def read_map(path: str) -> NameMap:
    """Return what a file says. Raises `WeightFileError`."""
    try:
        with opened(path) as file:
            content: dict[str, Any] = tomllib.loads(file.read(LONGEST_HEADER).decode())
        for name, value in content.items():
            if name not in KINDS:
                raise WeightFileError(
                    f"{told(path)} has an unknown entry {told(name)}", choice(name, KINDS)
                )
            if type(value) is not KINDS[name]:
                raise WeightFileError(f"{told(path)}: {name} is no {KINDS[name].__name__}")
        texts = {name: content.get(name, {}) for name in ("weights", "patterns")}
        if not all(type(one) is str for table in texts.values() for one in table.values()):
            raise WeightFileError(f"{told(path)}: names are texts in quotes")
        patterns = [(re.compile(find), key) for find, key in texts["patterns"].items()]
        return NameMap(texts["weights"], tuple(patterns), content.get("by_order", False))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, re.error) as error:
        raise WeightFileError(f"cannot read {told(path)} as TOML: {told(str(error))}") from None


def written_map(pairs: Mapping[str, str]) -> str:
    """Return a file's text that says each weight's name in the file."""
    lines = [f"{quoted(key)} = {quoted(name)}" for key, name in pairs.items()]
    return "\n".join(["[weights]", *lines, ""])


def quoted(text: str) -> str:
    """Return a text in quotes, as TOML has it."""
    characters = [
        one if one.isprintable() and one not in '"\\' else f"\\U{ord(one):08x}" for one in text
    ]
    return f'"{"".join(characters)}"'


def mapped(
    path: str,
    slots: Sequence[Slot],
    entries: Mapping[str, Entry],
    names: NameMap,
    is_spare: Callable[[str], bool],
) -> list[Slot]:
    """Return the slots with the names under which a map finds them. Raises `WeightFileError`.

    is_spare: whether an entry that no name asks for is left aside
    """
    found: dict[str, str] = {}
    for key, name in (*names.weights.items(), *by_pattern(path, entries, names)):
        if found.setdefault(key, name) != name:
            raise WeightFileError(
                f"the map finds {told(key)} in {told(found[key])} and in {told(name)}"
            )
    keys = {slot.key for slot in slots}
    for key, name in found.items():
        if key not in keys:
            raise WeightFileError(
                f"the map names {told(key)}, which the network has not", choice(key, keys)
            )
        if name not in entries:
            raise WeightFileError(
                f"the map names {told(name)}, which {told(path)} has not",
                choice(name, map(told, list(entries)[:1000])),
            )
    slots = [slot.replaced(name=found.get(slot.key, slot.name)) for slot in slots]
    if not names.by_order:
        return slots
    used = {slot.name for slot in slots}
    rest = [one for name, one in entries.items() if name not in used and not is_spare(name)]
    return in_order(path, slots, [slot for slot in slots if slot.name not in entries], rest)


def by_pattern(
    path: str, entries: Mapping[str, Entry], names: NameMap
) -> Iterator[tuple[str, str]]:
    """Yield the weight and the name of each entry that a pattern of the map describes."""
    for name in entries:
        for pattern, key in names.patterns:
            match = pattern.fullmatch(name)
            if match:
                try:
                    yield match.expand(key), name
                except (re.error, IndexError):
                    raise WeightFileError(
                        f"the map's `{told(key)}` names a group that its pattern has not"
                    ) from None
                break


def in_order(
    path: str, slots: Sequence[Slot], left: Sequence[Slot], rest: Sequence[Entry]
) -> list[Slot]:
    """Return the slots, of which those left have the names of entries in the same order."""
    if len(left) != len(rest):
        raise WeightFileError(
            f"{told(path)} has {len(rest):,} entries for {len(left):,} weights, which have no order"
        )
    for slot, entry in zip(left, rest, strict=True):
        if slot.shape != entry.shape:
            raise WeightFileError(
                f"in order, {slot.key} {slot.shape} meets {told(entry.name)} {entry.shape}",
                "`--map FILE` says which is which",
            )
    names = {slot.key: entry.name for slot, entry in zip(left, rest, strict=True)}
    return [slot.replaced(name=names.get(slot.key, slot.name)) for slot in slots]
