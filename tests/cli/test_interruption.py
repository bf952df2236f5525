"""Ctrl-C and its like end a command at once, without a word, and nothing is left half done."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import kills
import pytest
from command_line import SMALL
from shares import mostly_long

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.mark.parametrize("name", kills.COMMANDS)
@pytest.mark.parametrize("count", [3, pytest.param(100, marks=pytest.mark.slow)])
def test_killed_at_any_moment(name: str, count: int) -> None:
    ended = kills.campaign(kills.COMMANDS[name], count, seed=count)
    assert [one for one in ended if one.faults] == []
    assert len({one.moment for one in ended}) == count


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", mostly_long(kills.HEAVY, [one for one in kills.HEAVY if one != "keras"])
)
def test_killed_while_a_framework_works(name: str) -> None:
    ended = kills.campaign(kills.HEAVY[name], 10, seed=0)
    assert [one for one in ended if one.faults] == []


@pytest.mark.parametrize("number", kills.NUMBERS)
def test_the_status_is_what_a_shell_reports(tmp_path: Path, number: signal.Signals) -> None:
    process = kills.start(("check", "-"), tmp_path)  # which waits for its input
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.5)
    process.send_signal(number)
    assert process.communicate(timeout=30) == (b"", b"")
    assert process.returncode == 128 + number


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    process = subprocess.Popen(
        ["sh", "-c", "trap '' HUP; exec \"$0\" -m cnndsl check -", sys.executable],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.5)
    process.send_signal(signal.SIGHUP)
    process.communicate(SMALL.encode(), timeout=30)
    assert process.returncode == 0
