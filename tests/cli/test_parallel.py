"""Work over several processes: the same results in the same order, whatever happens to a copy."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest
from command_line import BROKEN, SMALL, Command

from cnndsl.commands import parallel
from cnndsl.commands.parallel import spread

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system copies no processes")


@pytest.fixture
def many(folder: Path) -> Path:
    for number in range(40):
        text = BROKEN if number % 3 == 0 else SMALL
        (folder / f"net{number:02}.cnn").write_text(text)
    (folder / "bytes.cnn").write_bytes(b"\xff")
    return folder


@needs_fork
@pytest.mark.parametrize("jobs", ["2", "7", pytest.param("100", marks=pytest.mark.slow)])
def test_the_output_is_the_same(cnndsl: Command, many: Path, jobs: str) -> None:
    def run(jobs: str) -> tuple[int, object, str]:
        status, out, err = cnndsl("check", ".", "--output-format", "json", "--jobs", jobs)
        return status, json.loads(out), err

    assert run(jobs) == run("1")
    status, found, err = run(jobs)
    assert status == 2
    assert isinstance(found, dict)
    assert found["error_count"] == 2 * 15
    assert err == "error: cannot read bytes.cnn: not UTF-8 text (byte 0)\n"


def double(number: int) -> tuple[int, int]:
    return 2 * number, os.getpid()


@needs_fork
def test_results_keep_their_order() -> None:
    found = spread(double, range(50), 4)
    assert [one for one, _ in found] == list(range(0, 100, 2))
    assert len({process for _, process in found}) == 4


def test_few_items_stay_here() -> None:
    assert {process for _, process in spread(double, range(5))} == {os.getpid()}
    assert spread(double, []) == []


@needs_fork
def test_what_a_copy_cannot_do_is_done_here() -> None:
    here = os.getpid()

    def only_here(number: int) -> int:
        if os.getpid() != here and number == 3:
            os._exit(9)
        return number

    assert spread(only_here, range(10), 2) == list(range(10))

    def never(number: int) -> int:
        if number == 3:
            raise ValueError("three")
        return number

    with pytest.raises(ValueError, match="three"):
        spread(never, range(10), 2)


@needs_fork
def test_results_that_cannot_be_pickled_are_made_here() -> None:
    found = spread(lambda number: lambda: number, range(4), 2)
    assert [one() for one in found] == [0, 1, 2, 3]


@needs_fork
def test_no_process_is_left_behind() -> None:
    def work(number: int) -> int:
        if number == 0:
            raise KeyboardInterrupt
        return number

    with pytest.raises(KeyboardInterrupt):
        spread(work, range(4), 2)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_threads_are_not_lost() -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert not parallel.can_copy()
    finally:
        done.set()
        thread.join()
