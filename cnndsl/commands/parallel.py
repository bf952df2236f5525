"""Work spread over processes, with its results in order."""

from __future__ import annotations

import os
import sys

from ..interruption import PENDING, Deferring, kill

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeVar

    Item = TypeVar("Item")
    Result = TypeVar("Result")

WORTH_A_PROCESS = 4
"""How many specs a process must have to itself to be worth its start and end.

Those take 3 to 4 ms, and a spec of the zoo 4 to 8.
"""


def spread(
    work: Callable[[Item], Result], items: Sequence[Item], processes: int | None = None
) -> list[Result]:
    """`work` done on every item: here, and in copies of this process where there are many.

    The number of processes is that of the cores if it is not given. The copies share what is in
    memory when they start, and hand back their results pickled. What a copy cannot finish is done
    here, so that errors come out as they would without it.
    """
    wanted = min(cores(), len(items) // WORTH_A_PROCESS) if processes is None else processes
    count = min(wanted, len(items))
    if count < 2 or not can_copy():
        return [work(item) for item in items]
    shares = [range(first, len(items), count) for first in range(count)]
    results: dict[int, Result] = {}
    copies = [Copy(work, items, share) for share in shares[1:]]
    try:
        results.update((number, work(items[number])) for number in shares[0])
        for copy, share in zip(copies, shares[1:], strict=True):
            found = copy.results()
            if found is None:
                found = [work(items[number]) for number in share]
            results.update(zip(share, found, strict=True))
    finally:
        for copy in copies:
            copy.end()
    return [results[number] for number in range(len(items))]


def cores() -> int:
    """How many cores this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def can_copy() -> bool:
    """Whether this process can be copied: a system that can, and no threads that would be lost."""
    threading: Any = sys.modules.get("threading")
    return hasattr(os, "fork") and (threading is None or threading.active_count() == 1)


class Copy:
    """A copy of this process that works on some of the items."""

    def __init__(
        self, work: Callable[[Item], Result], items: Sequence[Item], share: Sequence[int]
    ) -> None:
        import pickle  # deferred: few specs are checked without copies

        self.reader, writer = os.pipe()
        self.process: int | None
        with Deferring():
            self.process = os.fork()
            if self.process:
                PENDING.append(self.stop)
            else:
                PENDING.clear()  # which is the original's to undo
        if self.process:
            os.close(writer)
            return
        status = 1
        try:
            os.close(self.reader)
            data = pickle.dumps([work(items[number]) for number in share], protocol=5)
            with open(writer, "wb") as pipe:
                pipe.write(data)
            status = 0
        finally:
            os._exit(status)  # without the output and the exception that are the original's

    def results(self) -> list[Any] | None:
        """What the copy found, or None if it ended before its time."""
        import pickle  # deferred: few specs are checked without copies

        with open(self.reader, "rb", closefd=False) as pipe:
            data = pipe.read()
        if self.wait() != 0:
            return None
        found: list[Any] = pickle.loads(data)
        return found

    def wait(self) -> int:
        if self.process is None:
            return 1
        status = os.waitpid(self.process, 0)[1]
        self.process = None  # not before: a signal meanwhile is to stop it
        return status

    def end(self) -> None:
        """Stop the copy, if it still runs."""
        self.stop()
        PENDING.remove(self.stop)
        os.close(self.reader)

    def stop(self) -> None:
        if self.process is not None:
            kill(self.process)
            self.wait()
