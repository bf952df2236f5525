"""PyTorch state dicts in files: `.pt` and `.pth` (arrays alone, no other objects), `.safetensors`.

Published checkpoints with the network's own keys are read as they are.
"""

from __future__ import annotations

import numpy as np

from cnndsl.backend import CheckpointFiles
from cnndsl.weights.files import Slot, extension_of
from cnndsl.weights.naming import Request, prepared
from cnndsl.weights.screen import Entry, WeightFileError, guarded, numbers, told
from cnndsl.weights.tensors import read_safetensors, write_safetensors
from cnndsl_torch.pickles import ADVICE, WHAT, screen
from cnndsl_torch.weights import entries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from cnndsl.ir.network import Network

COUNTER = "num_batches_tracked"
"""How many batches a batch normalisation has seen; the language has no such weight."""
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
    if extension_of(path) == ".safetensors":
        found = {"": read_safetensors(path)}
    else:
        sizes = screen(path)
        states = states_in(loaded(path, mmap=sizes is not None), "", set())
        found = {
            place: {key: entry_of(path, key, value, sizes) for key, value in state.items()}
            for place, state in states
        }
    if not found:
        raise WeightFileError(f"{told(path)} holds no state dict", ADVICE)
    return {
        place: {key: entry for key, entry in state.items() if key.split(".")[-1] != COUNTER}
        for place, state in found.items()
    }


def loaded(path: str, mmap: bool) -> Any:
    """Return what a file holds, of which numbers are read as they are used where it is mapped."""
    import torch  # deferred: .safetensors files need it not

    with guarded(path, WHAT):
        return torch.load(path, map_location="cpu", weights_only=True, mmap=mmap)


def states_in(value: Any, place: str, seen: set[int]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the dictionaries with tensors among dictionaries, each with its keys' path."""
    import torch  # deferred: .safetensors files need it not

    is_deep = place.count(".") >= DEEPEST or id(value) in seen
    if is_deep or not isinstance(value, dict) or not all(type(key) is str for key in value):
        return
    seen.add(id(value))
    if not value or any(isinstance(one, torch.Tensor) for one in value.values()):
        yield place, value
    for key, inner in value.items():
        yield from states_in(inner, f"{place}.{key}".lstrip("."), seen)


def entry_of(path: str, key: str, value: Any, sizes: frozenset[int] | None) -> Entry:
    """Return a value of a state dict as an entry, whose numbers are not read.

    sizes: of the storages in the file, in bytes, where they are known
    """
    import torch  # deferred: .safetensors files need it not

    if not isinstance(value, torch.Tensor):
        return Entry(key, (), type(value).__name__, bytes, f"is no tensor but {an(value)}")
    shape, dtype = tuple(value.shape), str(value.dtype).removeprefix("torch.")
    faults = {
        f"is on no device that has numbers ({value.device.type})": value.device.type != "cpu",
        "is quantised": value.is_quantized,
        "is nested": value.is_nested,
        "is sparse": value.layout != torch.strided,
    }
    fault = next((text for text, holds in faults.items() if holds), None)
    if fault is None and sizes is not None and value.untyped_storage().nbytes() not in sizes:
        fault = "has less in the file than it claims"

    def read() -> Any:
        stored = value.untyped_storage().nbytes()
        numbers(path, key, shape, value.element_size(), stored)
        with guarded(path, WHAT):
            plain = value.detach()
            return (plain.float() if plain.dtype == torch.bfloat16 else plain).numpy().copy()

    return Entry(key, shape, dtype, read, fault)


def an(value: object) -> str:
    """A value's class in words."""
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def write(path: str, network: Network, weights: Mapping[str, Any]) -> None:
    """Write a state dict that the network's module loads strictly."""
    arrays: dict[str, Any] = {}
    for entry in entries(network):
        array = np.asarray(weights[entry.key])
        arrays[entry.state_key] = np.ascontiguousarray(entry.from_canonical(array))
        layer, _, parameter = entry.state_key.rpartition(".")
        if parameter == "running_var":
            arrays[f"{layer}.{COUNTER}"] = np.zeros((), np.int64)
    (write_safetensors if extension_of(path) == ".safetensors" else _save)(path, arrays)


def _save(path: str, arrays: Mapping[str, Any]) -> None:
    import torch  # deferred: .safetensors files need it not

    torch.save({key: torch.from_numpy(array) for key, array in arrays.items()}, path)


FILES = CheckpointFiles(read, write, read_entries)
