"""The heaps in which HDF5 keeps texts of any length: whether the library comes to an end of them.

HDF5 1.14 goes through the objects of a heap for ever where one takes no room, and nothing stops it:
it is written in C. So heaps are gone through here before (HDF5 File Format Specification 3.0,
section III.E, "Global Heap").
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

SIGNATURE = b"GCOL\x01"
SIZE_AT = 8
"""Where a heap has its size, behind its signature, and where an object has its own."""
PIECE = 1 << 20
LARGEST = 1 << 26
"""How many bytes of a heap are looked at."""


def has_endless_heap(file: BinaryIO, length: int) -> bool:
    """Return whether an object in a heap of a file does not lead to the next one, or to the end.

    length: of how many bytes sizes are, as the file says
    """
    file.seek(0)
    return any(is_endless(heap, length) for heap in heaps(file, length))


def heaps(file: BinaryIO, length: int) -> Iterator[bytes]:
    """Yield all heaps from where a file is, and what only begins as they do."""
    window = b""
    while piece := file.read(PIECE):
        window += piece
        at = window.find(SIGNATURE)
        while at >= 0:
            window += file.read(max(at + SIZE_AT + length - len(window), 0))
            end = at + min(number(window, at + SIZE_AT, length), LARGEST)
            window += file.read(max(end - len(window), 0))
            yield window[at:end]
            at = window.find(SIGNATURE, at + 1)
        window = window[1 - len(SIGNATURE) :]


def is_endless(heap: bytes, length: int) -> bool:
    header = padded(SIZE_AT + length)
    at = header
    while at + header <= len(heap):
        size = number(heap, at + SIZE_AT, length)
        is_free = not number(heap, at, 2)
        needed = size if is_free else header + padded(size)
        if not 0 < needed <= len(heap) - at:
            return True
        at += needed
    return False


def number(data: bytes, at: int, length: int) -> int:
    return int.from_bytes(data[at : at + length], "little")


def padded(size: int) -> int:
    """Return a size as far as the next multiple of 8."""
    return -(-size // 8) * 8
