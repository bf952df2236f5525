"""Raw HDF5 files of Keras that are damaged, and what a command makes of each.

The HDF5 library is written in C: it may crash, or never end. So each command runs in a process of
its own.
"""

from __future__ import annotations

import io
import os
import re
import resource
import signal
import sys
import traceback
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from hostile_files import GROUP_TRICKS, array_of, changed, dataset_tricks, hdf5, keras_place

from cnndsl.cli import main

EXTENSIONS = (".weights.h5", ".h5")
COMMANDS = {
    "import": lambda spec, path, out: ["weights", "import", spec, path, out],
    "run": lambda spec, path, _out: ["run", spec, "--weights", path],
}
RAW = ("Traceback", "Errno", "h5py", "enforce fail", "Unable to", "Weights only", "PytorchStream")
"""Words of others."""
SECONDS = 10
"""After how many of the processor a command is ended."""
SIGNATURES = re.compile(rb"TREE|HEAP|SNOD|OHDR|GCOL|BTHD|FRHP|\x89HDF")
"""What structures of HDF5 begin with."""
WORD = 8
"""How many bytes sizes and addresses have."""
LONGEST = 20_000


class Fate(NamedTuple):
    """How a command ended, and what is wrong with that, if anything."""

    status: str
    fault: str | None


@cache
def whole(extension: str) -> bytes:
    return hdf5(extension)


def damaged(data: bytes, choice: Random) -> bytes:
    """A file in which bytes are changed, cut out, copied or missing."""
    found = bytearray(data)
    for _ in range(choice.choice((1, 1, 1, 2, 4, 8))):
        at, size, kind = choice.randrange(len(found)), choice.randrange(1, 40), choice.random()
        if kind < 0.6:
            found[at] = choice.randrange(256)
        elif kind < 0.8:
            found[at : at + size] = bytes(size) if kind < 0.7 else b""
        elif kind < 0.95:
            start = choice.randrange(len(found))
            found[at:at] = found[start : start + size]
        else:
            del found[at + 1 :]
    return bytes(found)


def with_broken_structures(data: bytes, choice: Random) -> bytes:
    """A file in which some numbers near the beginnings of structures are others, addresses too."""
    found = bytearray(data)
    places = [one.start() for one in SIGNATURES.finditer(data)]
    for _ in range(choice.choice((1, 1, 2, 3))):
        at = min(choice.choice(places) + choice.randrange(128), len(found) - WORD)
        if choice.random() < 0.5:
            flipped = found[at] ^ (1 << choice.randrange(8))
            found[at] = choice.choice((0, 1, 255, choice.randrange(256), flipped))
        else:
            at -= at % WORD
            address = choice.choice(places).to_bytes(WORD, "little")
            found[at : at + WORD] = choice.choice((address, bytes(WORD), b"\xff" * WORD))
    return bytes(found)


def with_a_trick(extension: str, secret: Path, choice: Random) -> bytes:
    """A file that is whole, and lies: by a link, or by a strange dataset."""
    place = choice.choice(("kernel", "bias", "extra"))
    tricks = dataset_tricks(array_of(place), secret)
    groups = GROUP_TRICKS if extension == ".weights.h5" else {}
    trick = choice.choice([*groups, *tricks])

    def change(file: Any) -> None:
        if trick in groups:
            groups[trick][0](file, secret)
            return
        path = keras_place(extension, place)
        group, _, name = path.rpartition("/")
        file.require_group(group)
        if name in file[group]:
            del file[path]
        tricks[trick][0](file[group], name)

    return changed(whole(extension), change)


def damaged_file(seed: int, secret: Path) -> tuple[str, bytes]:
    """An ending of names, and the bytes of a damaged file."""
    choice = Random(f"hdf5 {seed}")
    extension = choice.choice(EXTENSIONS)
    lies = choice.random() < 0.3
    data = with_a_trick(extension, secret, choice) if lies else whole(extension)
    return extension, choice.choice((damaged, with_broken_structures))(data, choice)


def warm_up(command: str, folder: Path) -> None:
    """Import in this process what all commands need, so that theirs begin with it."""
    path = folder / "whole.h5"
    path.write_bytes(whole(".h5"))
    out = folder / "whole.npz"
    with redirect_stdout(io.StringIO()):
        main(COMMANDS[command](str(folder / "net.cnn"), str(path), str(out)))
    path.unlink()
    out.unlink(missing_ok=True)


def fate(command: str, folder: Path, extension: str, data: bytes) -> Fate:
    """Return how a command ends on a file in a folder that has `net.cnn`, and nothing else."""
    path, log, out = folder / f"net{extension}", folder / "log", folder / "out.npz"
    path.write_bytes(data)
    before = {*folder.iterdir(), log}
    process = os.fork()
    if not process:
        in_child(COMMANDS[command](str(folder / "net.cnn"), str(path), str(out)), log)
    _, ending = os.waitpid(process, 0)
    left, text = {*folder.iterdir()} - before, log.read_text(errors="replace")
    for one in left:
        one.unlink()
    if os.WIFSIGNALED(ending):
        name = signal.Signals(os.WTERMSIG(ending)).name
        return Fate(name, f"ended by {name}")
    return judged(os.WEXITSTATUS(ending), text, left, {out} if command == "import" else set())


def judged(status: int, text: str, left: set[Path], wanted: set[Path]) -> Fate:
    fault = None
    if status not in (0, 2):
        fault = f"status {status}: {text[-500:]}"
    elif any(word in text for word in RAW) or len(text) > LONGEST:
        fault = f"others' words are shown: {text[-500:]}"
    elif left != (set() if status else wanted):
        fault = f"files that are left: {sorted(one.name for one in left)}"
    return Fate(f"status {status}", fault)


def in_child(arguments: list[str], log: Path) -> None:
    """Run a command, with all that it shows in a file, and end the process."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    status = 99
    with log.open("w") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
        sys.stdout = sys.stderr = stream
        try:
            status = main(arguments)
        except BaseException:
            traceback.print_exc()
    os._exit(status)
