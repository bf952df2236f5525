"""`cnndsl diff --driver`: what git calls for each spec that it shows the difference of.

Git has more files to show, and ends with an error where the command of a driver fails. So whatever
is no network that holds is shown as text, with the reason.
"""

from __future__ import annotations

import os
import subprocess

from ..diagnostics.base import Failure, SpecError
from ..project.locate import read_file
from ..record import Record
from ..report.difference_text import SAME, as_text
from ..text import Source, escaped
from .compared import compared, networks
from .failure import CLEAN, CommandError, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..ir.network import Network

UNMERGED, CHANGED, RENAMED = 1, 7, 9
"""How many words git gives for each kind of file: for each version its file, hash and mode."""


class Version(Record):
    """One of two versions: its name in the repository, and the file that has its text."""

    name: str
    file: str

    @property
    def is_there(self) -> bool:
        return self.file != os.devnull


def drive(words: Sequence[str]) -> int:
    """Show the difference that git asks for."""
    if len(words) == UNMERGED:
        write(f"{escaped(words[0])}: not merged\n")
        return CLEAN
    if len(words) not in (CHANGED, RENAMED):
        advice = "git config diff.cnndsl.command 'cnndsl diff --driver'"
        raise CommandError("--driver is for git, which says what to compare", advice)
    old = Version(words[0], words[1])
    new = Version(words[CHANGED] if len(words) == RENAMED else words[0], words[4])
    write(f"{heading(old, new)}\n")
    try:
        found = compared(networks_in(old), networks_in(new))
        write(as_text([difference for difference, _, _ in found]) or SAME)
    except SpecError as error:
        first = error.findings[0]
        reason = f"{first.location.source.name}: {first.diagnostic.message}"
        write(f"{escaped(reason)}\n{lines_of(old, new)}")
    except Failure as failure:
        write(f"{failure.lines[0]}\n{lines_of(old, new)}")
    return CLEAN


def heading(old: Version, new: Version) -> str:
    """`net.cnn`, `net.cnn (new)`, `net.cnn -> other.cnn`."""
    name = escaped(new.name)
    if not old.is_there:
        return f"{name} (new)"
    if not new.is_there:
        return f"{name} (deleted)"
    return name if old.name == new.name else f"{escaped(old.name)} -> {name}"


def networks_in(version: Version) -> dict[str, Network]:
    """The networks of a version. It imports what lies beside its name. Raises `SpecError`."""
    text = read_file(version.file, version.name).text if version.is_there else ""
    return networks(Source(version.name, text, version.name), None, {})


def lines_of(old: Version, new: Version) -> str:
    """The difference of the texts, by git."""
    command = ["git", "diff", "--no-index", "--no-ext-diff", "--no-color", old.file, new.file]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        return ""
    lines = done.stdout.decode(errors="replace").splitlines(keepends=True)
    starts = (place for place, line in enumerate(lines) if line.startswith("@@"))
    return "".join(lines[next(starts, len(lines)) :])
