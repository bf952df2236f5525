"""How a process ends that a person or the system interrupts: at once, quietly, nothing left over.

An exception would do where all goes well, but libraries swallow it or print it, and it can come
before the command line catches it, or while another one tidies up.
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
else:
    try:
        import _signal as signal  # without the enums of `signal`, which take long to make
    except ImportError:  # another Python than CPython
        import signal

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
PATIENCE = 3.0
"""Seconds that a child has to end by itself."""
PENDING: list[Callable[[], object]] = []
"""What undoes the work in progress, the latest last."""


def end_quietly() -> None:
    """From now on, a signal that ends this process undoes what is pending, and prints nothing.

    The exit status is what a shell reports: 128 and the signal's number, so 130 for Ctrl-C. A
    signal that the process was started to ignore, as by `nohup`, stays ignored.
    """
    for name in SIGNALS:
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _end)


def _end(number: int, _frame: object) -> None:
    for undo in reversed(PENDING):
        try:
            undo()
        except OSError:
            continue
    os._exit(128 + number)


def kill(process: int) -> None:
    """End another process at once. It imports nothing, so that it can be pending."""
    os.kill(process, signal.SIGKILL)


def end_with(process: int) -> None:
    """Wait for a child that a Ctrl-C has reached too, and end it where it goes on."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if os.waitpid(process, os.WNOHANG)[0]:
            return
        time.sleep(0.02)
    os.kill(process, signal.SIGTERM)
    os.waitpid(process, 0)


class Deferring:
    """The time of a `with` in which no signal ends this process, but as soon as it is over."""

    def __enter__(self) -> None:
        numbers = [getattr(signal, name) for name in SIGNALS]
        self.before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)

    def __exit__(self, *_error: object) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, self.before)


class Undoing:
    """The time of a `with` at whose end something is undone, also where the process is ended."""

    def __init__(self, undo: Callable[[], object]) -> None:
        self.undo = undo

    def __enter__(self) -> None:
        PENDING.append(self.undo)

    def __exit__(self, *_error: object) -> None:
        self.undo()
        PENDING.remove(self.undo)
