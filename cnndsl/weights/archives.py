"""Zip archives, whose directory is looked through before a member is opened."""

from __future__ import annotations

import os
import zipfile
from functools import partial
from io import BytesIO
from struct import Struct, pack

import numpy as np

from ..project import regular
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
    from collections.abc import Callable, Iterator
    from typing import IO, Any

PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
IS_ENCRYPTED = 0x1
IS_UNICODE = 0x800
MEMBER, REPEATED = b"PK\x03\x04", b"PK\x07\x08"
LOCAL_HEADER = Struct("<4s22xHH")
LONGEST_ARRAY_HEADER = 10_000
KNOWN_VERSIONS = (1, 2, 3)
ARRAY = b"\x93NUMPY"
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
            if not member.compress_type and member.compress_size != member.file_size:
                raise WeightFileError(f"{told(path)}: {told(name)} has two sizes")

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

    def need_no_gaps(self) -> None:
        """Raise `WeightFileError` unless the members alone fill the file, each under its own name.

        Behind a member its checksum and sizes may stand once more.
        """
        at, behind = 0, {b""}
        members = sorted(self.members.values(), key=lambda one: one.header_offset)

        def need_next(place: int) -> None:
            if place < at or file.read(place - at) not in behind:
                raise WeightFileError(f"{told(self.path)} has something between its members")

        with opened(self.path) as file, guarded(self.path, self.what):
            for member in members:
                need_next(member.header_offset)
                start, name, extra = LOCAL_HEADER.unpack(file.read(LOCAL_HEADER.size))
                code = "utf-8" if member.flag_bits & IS_UNICODE else "cp437"
                if start != MEMBER or file.read(name) != member.orig_filename.encode(code):
                    raise ValueError
                at = file.seek(extra + member.compress_size, os.SEEK_CUR)
                behind = {b"", *repetitions(member)}
            need_next(self.file.start_dir)
            if self.file.comment or any(one.volume for one in members):
                raise ValueError

    def stream(self, name: str) -> IO[bytes]:
        """A member to be read in any order. Raises `WeightFileError` for one packed too tightly."""
        plausible(self.path, name, self.members[name].file_size, self.stored(name))
        with guarded(self.path, self.what):
            return self.open(name)


def repetitions(member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield what may stand behind a member: its checksum and sizes, of 64 bits or of 32."""
    facts = member.CRC, member.compress_size, member.file_size
    yield REPEATED + pack("<IQQ", *facts)
    if max(facts) < 1 << 32:
        yield REPEATED + pack("<III", *facts)


def read_npz(path: str) -> dict[str, Entry]:
    """Return the arrays of an `.npz` file by name."""
    what = "an archive of arrays (.npz)"
    with opened(path) as file:
        if file.read(len(ARRAY)) == ARRAY:
            raise WeightFileError(f"{told(path)} is no archive of arrays, but one array")
    archive = Archive(path, what)
    found = {}
    for member in archive.members:
        name = member.removesuffix(".npy")
        if name == member:
            found[name] = Entry(name, (), "bytes", bytes, "is no array")
            continue
        reopened = partial(archive.open, member)
        found[name] = array_in(path, what, name, reopened, archive.stored(member))
    unique(path, [member.removesuffix(".npy") for member in archive.members])
    return found


def read_npy(path: str) -> Entry:
    """Return the array of an `.npy` file, of which the header is read."""
    with opened(path) as file:
        stored = file.seek(0, os.SEEK_END)
    return array_in(path, "an array (.npy)", path, lambda: regular.opened(path), stored)


def array_in(
    path: str, what: str, name: str, reopened: Callable[[], IO[bytes]], stored: int
) -> Entry:
    """Return an array in NumPy's format, of which the header is read.

    what: what the whole file is
    stored: the bytes that the file has of it, packed or not
    """

    def read() -> Any:
        count, size = numbers(path, name, shape, dtype.itemsize, stored)
        with guarded(path, what), reopened() as stream:
            header_of(stream)
            data = stream.read(size)
            if len(data) != size or stream.read(1):
                raise ValueError
            array = np.frombuffer(data, dtype, count).astype(dtype.newbyteorder("="))
            return array.reshape(shape, order="F" if is_fortran else "C")

    with guarded(path, what), reopened() as stream:
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
