"""What frameworks say when they start is left out of standard error, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cnndsl_keras.backend import CHATTER

from cnndsl.chatter import Relay

TENSORFLOW = """\
WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795950327.804986   11842 port.cc:153] oneDNN custom operations are on.
2024-05-01 10:00:00.123456: I tensorflow/core/platform/cpu_feature_guard.cc:210] This binary is fast
To enable the following instructions: AVX2 FMA, rebuild TensorFlow.
"""
NEWS = """\
W0000 00:00:1795950327.804986   11842 memory.cc:83] Allocation exceeds 10% of free system memory.
Traceback (most recent call last):
ValueError: I0000 is no number\
"""


def test_all_but_chatter_is_passed_on(tmp_path: Path) -> None:
    source, sink = os.pipe()
    with (tmp_path / "said").open("wb") as said, Relay(source, said.fileno(), CHATTER):
        for part in (TENSORFLOW[:100], TENSORFLOW[100:] + NEWS[:10], NEWS[10:], "\n" + TENSORFLOW):
            os.write(sink, part.encode())
        os.close(sink)
    os.close(source)
    assert (tmp_path / "said").read_text() == f"{NEWS}\n"


PROGRAM = """
import os, sys
from cnndsl.chatter import Hushed

print("before", file=sys.stderr)
try:
    with Hushed(["I am"]):
        os.write(2, b"I am here\\nbut you\\n")
        print("I am too", file=sys.stderr, flush=True)
        raise ValueError("why")
except ValueError as error:
    print(error, file=sys.stderr)
print("I am back", file=sys.stderr)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors of POSIX")
def test_a_process_is_hushed_for_a_time() -> None:
    command = [sys.executable, "-c", PROGRAM.replace("\\\\", "\\")]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stderr == "before\nbut you\nwhy\nI am back\n"
    closed = subprocess.run([*command], stderr=subprocess.DEVNULL, check=True)
    assert closed.returncode == 0


@pytest.mark.slow
def test_verification_says_nothing_of_frameworks(tmp_path: Path) -> None:
    spec = tmp_path / "net.cnn"
    spec.write_text(
        "model net {\n    input 8x8x3\n    conv(4, 3x3) -> relu -> flatten -> dense(2)\n}\n"
    )
    command = [sys.executable, "-m", "cnndsl", "verify", str(spec), "--backends", "keras"]
    here = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    done = subprocess.run(command, env=here, capture_output=True, text=True, check=True)
    assert not done.stderr
