"""Regular files, which are all that is read: a pipe, device or socket may block, or never end."""

from __future__ import annotations

import errno
import os
import stat
from io import TextIOWrapper

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

LARGEST_FILE = 32 * 2**20
"""The bytes of the largest text that is read."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
WITHOUT_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


def opened(path: str) -> BinaryIO:
    """A regular file, open to read its bytes.

    Raises `OSError` for anything else, without waiting for it, and `ValueError` for what can be no
    name of a file.
    """
    _need_regular(os.stat(path))  # to open a device can have effects
    file = open(path, "rb", opener=at_once)  # noqa: SIM115  # whoever asked for it closes it
    try:
        _need_regular(os.fstat(file.fileno()))  # the name can stand for another thing by now
    except OSError:
        file.close()
        raise
    return file


def at_once(path: str, flags: int) -> int:
    """Open a file as `open` does, but fail where that would wait for another process."""
    return os.open(path, flags | WITHOUT_WAITING, 0o666)


def _need_regular(found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, "is a directory, and no regular file")
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is no regular file")


def text_of(path: str, errors: str = "strict") -> str:
    """The UTF-8 text of a regular file, without a byte order mark. Raises as `opened`."""
    with TextIOWrapper(opened(path), "utf-8", errors) as file:
        text = file.read(LARGEST_FILE + 1)
    if len(text) > LARGEST_FILE:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return text.removeprefix(BYTE_ORDER_MARK.decode())
