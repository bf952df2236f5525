"""Commands that are ended at random moments, and what they must leave behind then.

`python tests/support/kills.py COUNT` prints a table of many of them.
"""

from __future__ import annotations

import io
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
from command_line import SMALL

import cnndsl
from cnndsl.weights.random import random_weights

LAUNCHER = """
import os, signal, sys
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)  # the tests themselves may ignore some
from cnndsl.interruption import end_quietly
end_quietly()
os.write(int(sys.argv.pop(1)), b"!")
from cnndsl.__main__ import main
sys.exit(main())
"""
"""Says when the first module of cnndsl is there: whatever comes before is Python's own."""
COMMANDS = {
    "check in copies": ("check", "--jobs", "3", "many"),
    "check of nothing yet": ("check", "-"),
    "fix": ("check", "--fix", "slips.cnn"),
    "format": ("fmt", "untidy.cnn", "many"),
    "compile": ("compile", "many/net1.cnn", "--backend", "torch", "-o", "written.py"),
    "lock": ("lock", "many"),
    "summary": ("summary", "many/net2.cnn"),
    "run": ("run", "many/net3.cnn"),
    "weights": ("weights", "convert", "many/net4.cnn", "before.npz", "written.npz"),
}
HEAVY = {
    "train": ("train", "many/net6.cnn", "pixels.npz", "--backend", "numpy", "--out", "trained"),
    "verify": ("verify", "many/net5.cnn", "--backends", "torch", "--grad"),
    "export": ("weights", "convert", "many/net4.cnn", "before.npz", "written.pt"),
    "keras": ("run", "many/net3.cnn", "--backend", "keras"),
}
NOISE = (b"Traceback", b"KeyboardInterrupt", b"Exception ignored", b"internal error", b"Fatal")
NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AT_ONCE = signal.SIGKILL
"""Leaves no time to tidy up: what is written beside a file may stay, and a script that trains."""
SPECS = 12
LIMIT = 120.0


class Ended(NamedTuple):
    """How one run ended."""

    moment: float
    """Seconds after it began."""
    status: int
    faults: tuple[str, ...]


def furnish(folder: Path) -> None:
    """Make the files that the commands work on."""
    (folder / "many").mkdir()
    for number in range(SPECS):
        (folder / f"many/net{number}.cnn").write_text(SMALL.replace("small", f"net{number}"))
    (folder / "slips.cnn").write_text(SMALL.replace("->", "=>"))
    (folder / "untidy.cnn").write_text(SMALL.replace(" -> ", "->") * 200)
    network = cnndsl.load(folder / "many/net4.cnn").network
    np.savez(folder / "before.npz", **random_weights(network, 0))
    np.savez(folder / "pixels.npz", x=np.ones((40, 8, 8, 3), np.uint8), y=np.arange(40) % 10)


def state(folder: Path) -> dict[str, bytes]:
    return {
        str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()
    }


def start(arguments: tuple[str, ...], folder: Path) -> subprocess.Popen[bytes]:
    """Start a command, and wait until it is under way."""
    ready, told = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, str(told), *arguments],
        cwd=folder,
        pass_fds=(told,),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    os.close(told)
    os.read(ready, 1)
    os.close(ready)
    return process


def kill(
    arguments: tuple[str, ...], moment: float, number: signal.Signals, whole: dict[str, bytes]
) -> Ended:
    """Run a command in a folder of its own, send it a signal, and look at what it leaves.

    whole: the files of the folder when the command is not disturbed
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        furnish(folder)
        before = state(folder)
        process = start(arguments, folder)
        time.sleep(moment)
        process.send_signal(number)
        out, err = process.communicate(timeout=LIMIT)
        faults = [f"{word.decode()} on stderr" for word in NOISE if word in out + err]
        if process.returncode not in (0, 128 + number, -number):
            faults.append(f"exit status {process.returncode}: {err.decode()[-200:]}")
        for path, data in state(folder).items():
            is_beside = number == AT_ONCE and ".partial-" in path
            if data not in (before.get(path), whole.get(path)) and not (
                is_beside or is_whole(path, data)
            ):
                faults.append(f"{path} is left, in part")
        if is_alive(process.pid) and (number != AT_ONCE or arguments[0] != "train"):
            faults.append("a copy goes on")
    return Ended(moment, process.returncode, tuple(faults))


def is_whole(path: str, data: bytes) -> bool:
    """Whether a file is a whole one of those of which no two are the same."""
    if path == "trained/log.csv":
        widths = {line.count(b",") for line in data.splitlines()}
        return data.endswith(b"\n") and len(widths) == 1
    try:
        return path.startswith(("written.pt", "trained/")) and (
            zipfile.ZipFile(io.BytesIO(data)).testzip() is None
        )
    except zipfile.BadZipFile:
        return False


def is_alive(group: int) -> bool:
    """Whether a process group still has members some seconds later.

    Orphans that have ended are members until the system has seen to them.
    """
    for _ in range(400):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.01)
    os.killpg(group, signal.SIGKILL)
    return True


def undisturbed(arguments: tuple[str, ...]) -> tuple[float, dict[str, bytes]]:
    """How long a command takes, and the files that it leaves."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        furnish(folder)
        process = start(arguments, folder)
        began = time.perf_counter()
        process.communicate(timeout=LIMIT)
        return time.perf_counter() - began, state(folder)


def campaign(
    arguments: tuple[str, ...],
    count: int,
    seed: int,
    numbers: tuple[signal.Signals, ...] = NUMBERS,
) -> list[Ended]:
    """Kill a command at random moments of its run."""
    moments = random.Random(seed)
    lasts, whole = undisturbed(arguments)
    return [
        kill(arguments, moments.uniform(0, 1.1 * lasts), moments.choice(numbers), whole)
        for _ in range(count)
    ]


def main(count: int) -> int:
    """Print how runs ended, and how many faults there were."""
    failed = 0
    for name, arguments in (COMMANDS | HEAVY).items():
        share = count if name in COMMANDS else max(count // 10, 1)
        ended = campaign(arguments, share, seed=len(name), numbers=(*NUMBERS, AT_ONCE))
        statuses = Counter(one.status for one in ended)
        faults = [one for one in ended if one.faults]
        failed += len(faults)
        print(f"{name:<22} {len(ended):>5} kills  {dict(statuses)}  {len(faults)} with faults")
        for one in faults[:5]:
            print(f"    at {one.moment:.4f} s: {'; '.join(one.faults)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
