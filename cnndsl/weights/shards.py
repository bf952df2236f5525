"""`.safetensors.index.json`: a state dict in several `.safetensors` files, and which has what."""

from __future__ import annotations

import json
import os

from .screen import LONGEST_HEADER, Entry, WeightFileError, guarded, opened, told
from .tensors import once, read_safetensors

INDEX = ".safetensors.index.json"
MOST_SHARDS = 1_000


def read_shards(path: str) -> dict[str, Entry]:
    """Return the arrays of all files that an index names, in the index's order.

    They lie in its folder, and have what it says of them and nothing else. Raises
    `WeightFileError` for whatever is otherwise.
    """
    placed = places(path)
    files = dict.fromkeys(placed.values())
    if len(files) > MOST_SHARDS:
        raise WeightFileError(f"{told(path)} names more than {MOST_SHARDS:,} files")
    shards = {name: read_safetensors(beside(path, name)) for name in files}
    for name, shard in shards.items():
        for key in shard:
            if placed.get(key) != name:
                raise WeightFileError(f"{told(name)} has {told(key)}, which {told(path)} lacks")
    for key, name in placed.items():
        if key not in shards[name]:
            raise WeightFileError(f"{told(name)} lacks {told(key)}, which {told(path)} names")
    return {key: shards[name][key] for key, name in placed.items()}


def places(path: str) -> dict[str, str]:
    """Return the name of the file that has each array."""
    with opened(path) as file, guarded(path, "an index of safetensors"):
        text = file.read(LONGEST_HEADER + 1)
        if len(text) > LONGEST_HEADER:
            raise WeightFileError(f"cannot read {told(path)}: it is larger than an index")
        placed = json.loads(text, object_pairs_hook=lambda pairs: once(path, pairs))["weight_map"]
        if not all(isinstance(name, str) for name in placed.values()):
            raise ValueError
        return dict(placed)


def beside(path: str, name: str) -> str:
    """Return the path of a file in the index's folder; an index leads nowhere else."""
    if os.path.basename(name) != name or "\\" in name or not name.endswith(".safetensors"):
        raise WeightFileError(f"{told(path)} names {told(name)}, which is no file of its folder")
    return os.path.join(os.path.dirname(path), name)
