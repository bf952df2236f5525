"""What `torch.save` has written, in an archive or as before: a pickle, and numbers behind it."""

from __future__ import annotations

import struct
from io import BytesIO

import numpy as np

from cnndsl.record import Record
from cnndsl.weights.archives import Archive
from cnndsl.weights.screen import (
    LONGEST_HEADER,
    WeightFileError,
    array_of,
    guarded,
    numbers,
    opened,
    told,
)
from cnndsl_torch.pickles import ADVICE, WHAT, Reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from cnndsl_torch.pickles import Storage, Tensor

ZIP = b"PK\x03\x04"
MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
VERSION = 1001
"""What a file that is no archive begins with."""


class Saved(Record):
    """What a file holds.

    value: of dictionaries and lists, and of `Tensor`s
    read: gives some bytes of a storage: its key, where they begin, how many
    """

    value: Any
    read: Callable[[str, int, int], bytes]


def read_saved(path: str) -> Saved:
    """Return what is in a file. Raises `WeightFileError` for what `torch.save` does not write."""
    with opened(path) as file:
        is_archive = file.read(4) == ZIP
    return in_archive(path) if is_archive else in_sequence(path)


def in_archive(path: str) -> Saved:
    archive = Archive(path, WHAT)
    if any(name.endswith("/constants.pkl") for name in archive.members):
        raise WeightFileError(f"{told(path)} is a TorchScript archive, no plain state dict", ADVICE)
    names = [name for name in archive.members if name.endswith("/data.pkl")]
    folder = names[0].removesuffix("data.pkl") if len(names) == 1 else ""
    if not folder or f"{folder}version" not in archive.members:
        raise WeightFileError(f"{told(path)} is an archive without a state dict")
    if any(one.compress_type for one in archive.members.values()):
        raise WeightFileError(f"{told(path)} is packed, which PyTorch's files are not")
    archive.need_no_gaps()
    order = f"{folder}byteorder"
    if order in archive.members and archive.read(order) != b"little":
        raise WeightFileError(f"{told(path)} has the highest byte of each number first")
    reader = Reader(path, BytesIO(archive.read(names[0])))
    value = reader.pickled()
    members = archive.members
    stored = {key: members.get(f"{folder}data/{key}") for key in reader.storages}
    need_all(path, reader.storages, {k: one.file_size for k, one in stored.items() if one})

    def read(key: str, begin: int, size: int) -> bytes:
        with archive.open(f"{folder}data/{key}") as stream:
            if begin:
                stream.seek(begin)
            return stream.read(size)

    return Saved(value, read)


def in_sequence(path: str) -> Saved:
    """What is in a file of the time before archives: five pickles, then each storage."""
    with opened(path) as file, guarded(path, WHAT):
        stream = BytesIO(file.read(LONGEST_HEADER))
        reader = Reader(path, stream)
        magic, version, machine, value, keys = (reader.pickled() for _ in range(5))
        if (magic, version, machine["little_endian"]) != (MAGIC_NUMBER, VERSION, True):
            raise ValueError
        at, end = stream.tell(), file.seek(0, 2)
        begins: dict[str, int] = {}
        for key in keys:
            begins[key] = at + 8
            at += 8 + reader.storages[key].size
        if at != end or begins.keys() != reader.storages.keys() or len(keys) != len(begins):
            raise ValueError
        for key, begin in begins.items():
            file.seek(begin - 8)
            (count,) = struct.unpack("<q", file.read(8))
            if count != reader.storages[key].count:
                raise ValueError

    def read(key: str, begin: int, size: int) -> bytes:
        with opened(path) as file:
            file.seek(begins[key] + begin)
            return file.read(size)

    return Saved(value, read)


def need_all(path: str, wanted: Mapping[str, Storage], found: Mapping[str, int]) -> None:
    """Raise `WeightFileError` unless each storage is there, and as large as tensors take it for."""
    for key, storage in wanted.items():
        if found.get(key) != storage.size:
            raise WeightFileError(
                f"{told(path)} claims {storage.size:,} bytes of numbers where it stores "
                f"{found.get(key, 0):,}"
            )


def need_within(path: str, name: str, tensor: Tensor) -> None:
    """Raise `WeightFileError` for a tensor that reaches beyond its storage."""
    if tensor.storage is None or tensor.fault is not None or not tensor.extent:
        return
    if (tensor.offset + tensor.extent) * tensor.item_size > tensor.storage.size:
        raise WeightFileError(f"{told(path)}: {told(name)} reaches beyond its own numbers")


def array_in(path: str, name: str, tensor: Tensor, saved: Saved) -> Any:
    """Return the numbers of a tensor. Raises `WeightFileError`."""
    storage = tensor.storage
    if storage is None:
        raise WeightFileError(f"{told(path)}: {told(name)} has no numbers")
    size, extent = tensor.item_size, tensor.extent
    numbers(path, name, tensor.shape, size, storage.size)
    with guarded(path, WHAT):
        data = saved.read(storage.key, tensor.offset * size, extent * size)
        flat = array_of(data, (extent,), tensor.dtype)
        steps = [stride * flat.itemsize for stride in tensor.strides]
        return np.lib.stride_tricks.as_strided(flat, tensor.shape, steps).copy()
