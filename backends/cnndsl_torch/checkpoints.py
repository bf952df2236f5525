"""PyTorch state dicts in files: `.pt` and `.pth` (arrays alone, no other objects), `.safetensors`.

Published checkpoints with the network's own keys are read as they are.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from cnndsl.backend import CheckpointFiles
from cnndsl.weights.files import Slot, extension_of
from cnndsl.weights.naming import PREFERRED, Request, prepared
from cnndsl.weights.screen import Entry, WeightFileError, told
from cnndsl.weights.shards import INDEX, read_shards
from cnndsl.weights.tensors import read_safetensors, write_safetensors
from cnndsl_torch.pickles import ADVICE, Tensor, Thing
from cnndsl_torch.saved import array_in, need_within, read_saved
from cnndsl_torch.weights import entries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from cnndsl.ir.network import Network
    from cnndsl_torch.saved import Saved

COUNTER = "num_batches_tracked"
"""How many batches a batch normalisation has seen; the language has no such weight."""
COUNTERS = (COUNTER, "n_averaged")
"""What state dicts count; the latter, models of which an average is taken."""
SAFE = {".safetensors": read_safetensors, INDEX: read_shards}
"""What reads files without pickles, by extension."""
DEEPEST = 8
"""How many dictionaries within dictionaries are looked into."""


def read(path: str, network: Network, request: Request) -> tuple[list[Slot], dict[str, Entry]]:
    """Return what a state dict of the network should hold, and what the file does."""
    slots = []
    for entry in entries(network):
        blank = np.broadcast_to(np.float32(0), entry.weight.shape)
        shape = entry.place.from_canonical(blank).shape
        slots.append(Slot(entry.key, entry.state_key, shape, entry.to_canonical))
    return slots, prepared(path, sets_in(path), {slot.name for slot in slots}, request)


def read_entries(path: str) -> dict[str, Entry]:
    """Return the entries of a state dict by its keys, counters left out."""
    return prepared(path, sets_in(path), (), Request())


def sets_in(path: str) -> dict[str, dict[str, Entry]]:
    """Return each of a file's sets of tensors, without counters, by where it is in the file."""
    extension = extension_of(path)
    if extension in SAFE:
        found = {"": SAFE[extension](path)}
    else:
        saved = read_saved(path)
        found = {
            place: {key: entry_of(path, key, value, saved) for key, value in state.items()}
            for place, state in states_in(saved.value, "", set())
        }
    if not found:
        raise WeightFileError(f"{told(path)} holds no state dict", ADVICE)
    return {
        place: {key: entry for key, entry in state.items() if key.split(".")[-1] not in COUNTERS}
        for place, state in found.items()
    }


def states_in(value: Any, place: str, seen: set[int]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the dictionaries with arrays among dictionaries, each with its keys' path."""
    if place.count(".") >= DEEPEST or not isinstance(value, dict):
        return
    if not all(type(key) is str for key in value):
        return
    is_set = any(isinstance(one, Tensor) and one.shape for one in value.values())
    if is_set or (not value and place in ("", *PREFERRED)):
        yield place, value
    if id(value) in seen:
        return
    seen.add(id(value))
    for key, inner in value.items():
        yield from states_in(inner, f"{place}.{key}".lstrip("."), seen)


def entry_of(path: str, key: str, value: Any, saved: Saved) -> Entry:
    """Return a value of a state dict as an entry, whose numbers are not read."""
    if not isinstance(value, Tensor):
        return Entry(key, (), type(value).__name__, bytes, f"is no tensor but {an(value)}")
    need_within(path, key, value)
    read = partial(array_in, path, key, value, saved)
    return Entry(key, value.shape, value.dtype, read, value.fault)


def an(value: object) -> str:
    """A value's class in words."""
    if isinstance(value, Thing):
        return f"an object of {told(value.name)}"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def write(path: str, network: Network, weights: Mapping[str, Any]) -> None:
    """Write a state dict that the network's module loads strictly."""
    if extension_of(path) == INDEX:
        raise WeightFileError(
            f"{told(path)} would be an index of several files", "write one `.safetensors`"
        )
    arrays: dict[str, Any] = {}
    for entry in entries(network):
        array = np.asarray(weights[entry.key])
        arrays[entry.state_key] = np.asarray(entry.from_canonical(array), order="C")
        layer, _, parameter = entry.state_key.rpartition(".")
        if parameter == "running_var":
            arrays[f"{layer}.{COUNTER}"] = np.zeros((), np.int64)
    (write_safetensors if extension_of(path) == ".safetensors" else _save)(path, arrays)


def _save(path: str, arrays: Mapping[str, Any]) -> None:
    import torch  # deferred: .safetensors files need it not

    torch.save({key: torch.from_numpy(array) for key, array in arrays.items()}, path)


FILES = CheckpointFiles(read, write, read_entries)
