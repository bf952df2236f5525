"""A page in the browser of whoever sits at the screen."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from ..text import escaped
from .failure import CommandError
from .files import write_atomically

SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
"""The variables of which one is set where a browser can be opened, but for macOS and Windows."""


def need_screen(instead: str) -> None:
    """Raise `CommandError` where there is nobody to show a page to; `instead` is what to write."""
    if sys.platform not in ("darwin", "win32") and not any(map(os.environ.get, SCREENS)):
        found = "there is no display to open a browser on"
        raise CommandError(found, f"write the page to a file: `{instead}`")


def show_page(text: str, name: str) -> str:
    """Write a page to a folder of its own, open it in the browser, and tell its path.

    Raises `CommandError`.
    """
    import webbrowser  # deferred: most pages go to files

    path = Path(tempfile.mkdtemp(prefix="cnndsl-")) / f"{name}.html"
    write_atomically(str(path), text)
    try:
        is_open = webbrowser.open(path.as_uri())
    except webbrowser.Error:
        is_open = False
    if not is_open:
        advice = f"open {escaped(str(path))} yourself, where the page is"
        raise CommandError("no browser could be opened", advice)
    return str(path)
