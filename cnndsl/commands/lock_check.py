"""`check --locked`: models beside what `cnndsl.lock` says of them."""

from __future__ import annotations

import os

from ..diagnostics.base import Finding, Note, reason_of
from ..diagnostics.budgets import LockDiffers, LockedModelGone, NotLocked
from ..project.lock_file import FILE, Lock, LockedModel, LockError, changes, locked, parsed
from ..project.outcome import CheckedSpec
from ..project.regular import text_of
from ..record import Record
from ..text import Location, Source
from .failure import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..ir.network import Network


def lock_path() -> str | None:
    """Where `cnndsl.lock` lies: here, or in the nearest folder above."""
    folder = os.path.realpath(os.getcwd())
    while not os.path.isfile(path := os.path.join(folder, FILE)):
        folder, below = os.path.dirname(folder), folder
        if folder == below:
            return None
    return path


def nearest_lock() -> Lock:
    """The nearest lock. Raises `CommandError`."""
    path = lock_path()
    if path is None:
        raise CommandError(
            f"there is no {FILE} here or above", "write one with `cnndsl lock PATH...`"
        )
    return read_lock(path)


def read_lock(path: str) -> Lock:
    """The lock of a file. Raises `CommandError`."""
    try:
        text = text_of(path)
        return Lock(path, text, parsed(text))
    except OSError as error:
        raise CommandError(f"cannot read {path}: {reason_of(error)}") from None
    except UnicodeDecodeError:
        raise CommandError(f"cannot read {path}: not UTF-8 text") from None
    except LockError as error:
        raise CommandError(
            f"{path}, {error}", "settle that, or delete the file; then run `cnndsl lock PATH...`"
        ) from None


def name_in_lock(source: Source, lock_file: str) -> str:
    """What the lock calls a spec: its path from the lock's folder. Raises `CommandError`."""
    if source.path is None:
        raise CommandError("standard input cannot be locked", "name it with --stdin-filename")
    if not is_text(source.path):
        raise CommandError(f"cannot lock {source.name}: its name is no text", "rename the file")
    folder = os.path.join(os.path.dirname(os.path.realpath(lock_file)), "")
    real = os.path.realpath(source.path)
    if not real.startswith(folder):
        raise CommandError(f"{source.name} does not lie below {folder}, the folder of {FILE}")
    return real[len(folder) :].replace(os.sep, "/")


def is_text(name: str) -> bool:
    """Whether a file's name is Unicode, as a lock is."""
    return not any("\ud800" <= one <= "\udfff" for one in name)


def covered_by(paths: Iterable[str]) -> tuple[str, ...]:
    """How the paths of all files begin that lie below the folders among these paths."""
    return tuple(os.path.join(os.path.realpath(one), "") for one in paths if os.path.isdir(one))


class LockComparison(Record):
    """Holds the models of specs against a lock. `is_whole` says that all of a spec's are looked at.

    What differs is a finding on the model's name, with a note on the first layer that differs.
    """

    lock: Lock
    is_whole: bool

    def differences(self, source: Source, networks: Sequence[Network] | None) -> Iterator[Finding]:
        """The findings about a spec's networks, which are None where the spec does not hold.

        Raises `CommandError`.
        """
        if networks is None:
            return
        file = name_in_lock(source, self.lock.path)
        for network in networks:
            yield from _differences(self.lock.models.get((file, network.name)), network, file)
        names = {network.name for network in networks}
        for model in self.lock.models.values():
            if self.is_whole and model.file == file and model.name not in names:
                gone = LockedModelGone(model.name, file, True)
                yield Finding(gone, Location(source, 0, 0))

    def gone_files(self, paths: Iterable[str]) -> Iterator[CheckedSpec]:
        """A finding in the lock itself for each model whose file is gone from these folders."""
        lock, covered = self.lock, covered_by(paths)
        shown = os.path.relpath(lock.path)
        source = Source(shown, lock.text, lock.path)
        found = []
        for model in lock.models.values():
            path = lock.place_of(model)
            if not os.path.exists(path) and path.startswith(covered):
                gone = LockedModelGone(model.name, model.file, False)
                found.append(Finding(gone, _row(source, model.row)))
        if found:
            yield CheckedSpec(shown, (), 0, tuple(found))


def _differences(before: LockedModel | None, network: Network, file: str) -> Iterator[Finding]:
    heading = network.template.location(network.template.heading)
    if before is None:
        yield Finding(NotLocked(network.name, file), heading)
        return
    now = locked(network, file)
    differing = changes(before, now)
    if differing:
        notes = tuple(_first_layer(before, now, network))
        yield Finding(LockDiffers(network.name, file, differing), heading, notes)


def _first_layer(before: LockedModel, now: LockedModel, network: Network) -> Iterator[Note]:
    """Where the first layer stands that differs: those behind it often do because of it."""
    then = dict(before.layers)
    for number, (path, shown) in enumerate(now.layers):
        if then.get(path) != shown:
            layer = network.layers[number]
            place = layer.template.location(layer.site)
            yield Note(place, f"was {then[path]}" if path in then else "this layer is new")
            return


def _row(source: Source, row: int) -> Location:
    start = sum(len(line) for line in source.text.splitlines(keepends=True)[: row - 1])
    return Location(source, start, start + len(source.line(row)))
