"""Two versions of a text as a unified diff, as `patch` and `git apply` read it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def unified(before: str, after: str, name: str) -> str:
    """The diff, or no text where there is no difference."""
    return "".join(_hunks(before, after, name))


def _hunks(before: str, after: str, name: str) -> Iterator[str]:
    from difflib import unified_diff  # deferred: equal texts need no diff

    for line in unified_diff(_lines(before), _lines(after), f"a/{name}", f"b/{name}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """The lines with their ends; Python's own splitting knows more ends than a newline."""
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines
