"""Regular files, which are all that is read: a pipe, device or socket may block, or never end.

Specs are read here, too: UTF-8 text of regular files, or of links to such.
"""

from __future__ import annotations

import errno
import os
import stat
from io import TextIOWrapper

from .. import diagnostics
from ..diagnostics.base import Rejected, reason_of
from ..text import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

SUFFIX = ".cnn"
LINKS_ELSEWHERE = f"it is a link, and what it stands for does not end in {SUFFIX}"
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


def read_source(path: str, name: str | None = None) -> Source:
    """The text of a file. Raises `Rejected`."""
    shown = name or path
    try:
        with opened(followed(path)) as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise Rejected(diagnostics.Unreadable(shown, reason_of(error))) from None
    except ValueError as error:  # a NUL in the path
        raise Rejected(diagnostics.Unreadable(shown, str(error))) from None
    return source_of(data, shown, path)


def followed(path: str) -> str:
    """The path, or what a spec that is a link stands for. Raises `Rejected` where that is none.

    Anybody can put a link among specs, and findings show the text that they are about.
    """
    if not path.endswith(SUFFIX) or not os.path.islink(path):
        return path
    real = os.path.realpath(path)
    if not real.endswith(SUFFIX):
        raise Rejected(diagnostics.Unreadable(path, LINKS_ELSEWHERE))
    return real


def source_of(data: bytes, name: str, path: str | None = None) -> Source:
    """A source of bytes, which must be UTF-8. Raises `Rejected`."""
    if len(data) > LARGEST_FILE:
        raise Rejected(
            diagnostics.Unreadable(name, f"it is larger than {LARGEST_FILE // 2**20} MiB")
        )
    try:
        text = data.removeprefix(BYTE_ORDER_MARK).decode()
    except UnicodeDecodeError as error:
        raise Rejected(
            diagnostics.Unreadable(name, f"not UTF-8 text (byte {error.start})")
        ) from None
    return Source(name, text, path)
