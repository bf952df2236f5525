"""The screen between a weight file and its reader: what no file may do, in one place.

A file is data from anybody. Its entries are known by name, shape and type before their numbers are
read; what they claim is held against what the file stores; their names are escaped before a person
sees them, and what a library says of a broken file is said in our words.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from math import prod

import numpy as np

from ..diagnostics.base import Failure, reason_of
from ..project import regular
from ..record import Record
from ..text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any, BinaryIO

FLOATS = frozenset({"float16", "bfloat16", "float32", "float64"})
"""The types of numbers that weights have."""
MOST_ENTRIES = 100_000
MOST_AXES = 32
LONGEST_HEADER = 16 << 20
"""The bytes of a description of entries, or of a model."""
MODEST = 64 << 20
"""The bytes up to which an entry may be packed as tightly as it likes."""
TIGHTEST = 100
"""How many bytes of larger entries one byte of the file may stand for."""
LONGEST_NAME = 200
MOST_PROBLEMS = 20
"""How many misfits an error lists."""


class WeightFileError(Failure, ValueError):
    """A weight file that cannot be read or written, or does not fit."""


class Entry(Record):
    """One array of a file, whose numbers are read when they are wanted.

    dtype: as NumPy names it, or as the file does
    fault: why it is no array of numbers, as `is sparse`
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    read: Callable[[], Any]
    fault: str | None = None


def told(name: str) -> str:
    """A name from a file as a person may see it."""
    return printable(name, LONGEST_NAME)


def is_size(value: object) -> bool:
    """Whether a value from a file can be a side, or a number of bytes."""
    return type(value) is int and 0 <= value < 1 << 62


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """A regular file to read. Raises `WeightFileError` for any other."""
    try:
        file = regular.opened(path)
    except OSError as error:
        raise WeightFileError(f"cannot read {told(path)}: {reason_of(error)}") from None
    except ValueError:
        raise WeightFileError(f"cannot read {told(path)}: it is no name of a file") from None
    with file:
        yield file


@contextmanager
def guarded(path: str, what: str) -> Iterator[None]:
    """The time of a `with` in which a library reads a file: its errors are ours, in our words."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except WeightFileError:
        raise
    except MemoryError:
        raise WeightFileError(f"cannot read {told(path)}: it does not fit into memory") from None
    except Exception as error:  # whatever a library raises over a damaged file
        raise WeightFileError(
            f"cannot read {told(path)} as {what}: it is damaged, or of another format"
        ) from error


def numbers(
    path: str, name: str, shape: tuple[int, ...], itemsize: int, stored: int
) -> tuple[int, int]:
    """Return how many numbers an entry has, and their bytes, if the file can hold them.

    stored: the bytes that the file has of the entry, packed or not
    """
    count = prod(shape)
    size = count * itemsize
    if min(shape, default=0) < 0:
        raise WeightFileError(f"{told(path)}: {told(name)} has a side below zero")
    plausible(path, name, size, stored)
    return count, size


def plausible(path: str, name: str, size: int, stored: int) -> None:
    """Raise `WeightFileError` for more bytes than what the file stores can have been packed from.

    size, stored: in bytes, unpacked and as they are in the file
    """
    if size > stored and (not stored or size > max(MODEST, TIGHTEST * stored)):
        raise WeightFileError(
            f"{told(path)}: {told(name)} claims {size:,} bytes, and the file stores {stored:,}"
        )


def widened(halves: Any) -> Any:
    """Return bfloat16 numbers, given as their 16 bits, as float32, which has all of them."""
    return (halves.astype(np.uint32) << 16).view(np.float32)


def array_of(data: bytes, shape: tuple[int, ...], dtype: str) -> Any:
    """Return little-endian numbers as an array of a type in `FLOATS`, or of another of NumPy's."""
    if dtype == "bfloat16":
        return widened(np.frombuffer(data, "<u2")).reshape(shape)
    little = np.dtype(dtype).newbyteorder("<")
    return np.frombuffer(data, little).astype(dtype).reshape(shape)


def listed(problems: Sequence[str]) -> tuple[str, ...]:
    """Problems as the details of an error: of many the first ones and how many more there are."""
    shown = list(problems[:MOST_PROBLEMS])
    rest = len(problems) - len(shown)
    return (*shown, f"and {rest} more") if rest else tuple(shown)


def unique(path: str, names: Iterable[str]) -> None:
    """Raise `WeightFileError` where a name comes twice, or there are too many."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise WeightFileError(f"{told(path)} has {told(name)} twice")
        seen.add(name)
        if len(seen) > MOST_ENTRIES:
            raise WeightFileError(f"{told(path)} has more than {MOST_ENTRIES:,} entries")
