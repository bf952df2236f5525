"""Zip archives, whose directory is looked through before a member is opened."""

from __future__ import annotations

import zipfile
from io import BytesIO

import numpy as np

from .screen import (
    LONGEST_HEADER,
    Entry,
    WeightFileError,
    guarded,
    numbers,
    opened,
    plausible,
    told,
    unique,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
IS_ENCRYPTED = 0x1
LONGEST_ARRAY_HEADER = 10_000
KNOWN_VERSIONS = (1, 2, 3)
MAGIC = 8
"""The bytes of an array's magic word and version, before the length of its header."""


class Archive:
    """A zip archive's members, none of which is encrypted, there twice, or packed strangely."""

    def __init__(self, path: str, what: str) -> None:
        self.path, self.what = path, what
        with opened(path), guarded(path, what):
            self.file = zipfile.ZipFile(path)
            self.members = {one.filename: one for one in self.file.infolist()}
        unique(path, [one.filename for one in self.file.infolist()])
        for name, member in self.members.items():
            if member.flag_bits & IS_ENCRYPTED:
                raise WeightFileError(f"{told(path)}: {told(name)} is encrypted")
            if member.compress_type not in PLAIN:
                raise WeightFileError(f"{told(path)}: {told(name)} is packed in an unusual way")

    def open(self, name: str) -> IO[bytes]:
        return self.file.open(self.members[name])

    def stored(self, name: str) -> int:
        return self.members[name].compress_size

    def read(self, name: str, longest: int = LONGEST_HEADER) -> bytes:
        """A member's bytes. Raises `WeightFileError` where there are more than `longest`."""
        if self.members[name].file_size > longest:
            raise WeightFileError(
                f"{told(self.path)}: {told(name)} has more than {longest:,} bytes"
            )
        with guarded(self.path, self.what), self.open(name) as stream:
            return stream.read(longest)

    def stream(self, name: str) -> IO[bytes]:
        """A member to be read in any order. Raises `WeightFileError` for one packed too tightly."""
        plausible(self.path, name, self.members[name].file_size, self.stored(name))
        return self.open(name)


def read_npz(path: str) -> dict[str, Entry]:
    """Return the arrays of an `.npz` file by name."""
    what = "an archive of arrays (.npz)"
    with opened(path) as file:
        if file.read(6) == b"\x93NUMPY":
            raise WeightFileError(f"{told(path)} is no archive of arrays, but one array")
    archive = Archive(path, what)
    found = {}
    for member in archive.members:
        name = member.removesuffix(".npy")
        found[name] = array_in(archive, member, name)
    unique(path, [member.removesuffix(".npy") for member in archive.members])
    return found


def array_in(archive: Archive, member: str, name: str) -> Entry:
    """Return a member of an `.npz` file, of which the header is read."""

    def read() -> Any:
        count, size = numbers(archive.path, name, shape, dtype.itemsize, archive.stored(member))
        with guarded(archive.path, archive.what), archive.open(member) as stream:
            header_of(stream)
            data = stream.read(size)
            if len(data) != size or stream.read(1):
                raise ValueError
            array = np.frombuffer(data, dtype, count).astype(dtype.newbyteorder("="))
            return array.reshape(shape, order="F" if is_fortran else "C")

    if not member.endswith(".npy"):
        return Entry(name, (), "bytes", bytes, "is no array")
    with guarded(archive.path, archive.what), archive.open(member) as stream:
        shape, is_fortran, dtype = header_of(stream)
    fault = "holds Python objects, which are never unpickled" if dtype.hasobject else None
    return Entry(name, shape, str(dtype.name), read, fault)


def header_of(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, Any]:
    """Return an array's shape, whether its first axis runs fastest, and its type."""
    start = stream.read(MAGIC)
    major, _ = np.lib.format.read_magic(BytesIO(start))
    if major not in KNOWN_VERSIONS:
        raise ValueError
    width = 2 if major == 1 else 4
    length = stream.read(width)
    size = int.from_bytes(length, "little")
    if size > LONGEST_ARRAY_HEADER:
        raise ValueError
    header = BytesIO(length + stream.read(size))
    if major == 1:
        return np.lib.format.read_array_header_1_0(header)
    return np.lib.format.read_array_header_2_0(header)
