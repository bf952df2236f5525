"""`.safetensors` files: a header in JSON that describes ranges of bytes, and these bytes."""

from __future__ import annotations

import json

from ..record import Record
from .screen import (
    LONGEST_HEADER,
    MOST_AXES,
    Entry,
    WeightFileError,
    array_of,
    guarded,
    is_size,
    numbers,
    opened,
    told,
    unique,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

WHAT = "safetensors"
TYPES = {
    "F64": ("float64", 8),
    "F32": ("float32", 4),
    "F16": ("float16", 2),
    "BF16": ("bfloat16", 2),
    "I64": ("int64", 8),
    "I32": ("int32", 4),
    "I16": ("int16", 2),
    "I8": ("int8", 1),
    "U64": ("uint64", 8),
    "U32": ("uint32", 4),
    "U16": ("uint16", 2),
    "U8": ("uint8", 1),
    "BOOL": ("bool", 1),
}
"""What can be read: NumPy's name, and the bytes of a number."""


class Range(Record):
    """What a header says of a tensor: its type and shape, and where its bytes begin and end."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


def read_safetensors(path: str) -> dict[str, Entry]:
    """Return the arrays of a `.safetensors` file by name, in the header's order."""
    with opened(path) as file, guarded(path, WHAT):
        length = int.from_bytes(file.read(8), "little")
        if length > LONGEST_HEADER:
            raise WeightFileError(f"cannot read {told(path)}: its header has {length:,} bytes")
        header = file.read(length)
        start = 8 + length
        size = file.seek(0, 2) - start
        if size < 0 or not header.startswith(b"{"):
            raise ValueError
        described = json.loads(header, object_pairs_hook=lambda pairs: once(path, pairs))
        described.pop("__metadata__", None)
        ranges = {name: range_of(path, name, one) for name, one in described.items()}
    without_gaps(path, ranges, size)
    return {name: entry_of(path, name, one, start) for name, one in ranges.items()}


def once(path: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique(path, [name for name, _ in pairs])
    return dict(pairs)


def range_of(path: str, name: str, described: Mapping[str, Any]) -> Range:
    """Return what a header says of a tensor. Raises `WeightFileError` for what it cannot mean."""
    dtype, shape, offsets = (described[key] for key in ("dtype", "shape", "data_offsets"))
    sides = [*shape, *offsets]
    if len(offsets) != 2 or len(shape) > MOST_AXES or not all(map(is_size, sides)):
        raise WeightFileError(f"{told(path)}: the header has no shape or place for {told(name)}")
    found = Range(str(dtype), tuple(shape), *offsets)
    if found.dtype in TYPES:
        stored = found.end - found.begin
        _, size = numbers(path, name, found.shape, TYPES[found.dtype][1], max(stored, 0))
        if size != stored:
            raise WeightFileError(
                f"{told(path)}: {told(name)} needs {size:,} bytes, and the header gives it "
                f"{stored:,}"
            )
    return found


def without_gaps(path: str, ranges: Mapping[str, Range], size: int) -> None:
    """Raise `WeightFileError` unless the ranges are all of the file's bytes, each once."""
    at = 0
    for name, one in sorted(ranges.items(), key=lambda pair: (pair[1].begin, pair[1].end)):
        if one.begin != at or one.end < at:
            relation = "overlaps the tensor before it" if one.begin < at else "lies behind a gap"
            raise WeightFileError(f"{told(path)}: {told(name)} {relation}")
        at = one.end
    if at != size:
        raise WeightFileError(
            f"{told(path)}: its header describes {at:,} bytes of tensors, and it has {size:,}"
        )


def entry_of(path: str, name: str, found: Range, start: int) -> Entry:
    dtype, _ = TYPES.get(found.dtype, (told(found.dtype), 0))

    def read() -> Any:
        with opened(path) as file, guarded(path, WHAT):
            file.seek(start + found.begin)
            return array_of(file.read(found.end - found.begin), found.shape, dtype)

    fault = None if found.dtype in TYPES else f"has numbers of an unknown type, {dtype}"
    return Entry(name, found.shape, dtype, read, fault)


def write_safetensors(path: str, arrays: Mapping[str, Any]) -> None:
    """Write arrays as `.safetensors`, in the order of its names, which is the format's own."""
    try:
        import safetensors.numpy  # deferred: it need not be installed
    except ImportError:
        raise WeightFileError(
            "writing .safetensors needs safetensors, which is not installed",
            "pip install 'cnndsl[safetensors]'",
        ) from None
    safetensors.numpy.save_file(dict(arrays), path)
