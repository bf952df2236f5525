"""Hostile input: a clear error each time, without a traceback, and within small bounds.

Each case runs in a process of its own, whose processor time and memory are measured.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

SECONDS = 5
"""Of processor time: on a quiet machine each takes less than one, and a busy one must not fail."""
MEBIBYTES = 200

RUNNER = """
import json, sys, time
from cnndsl.cli import main
status = main(sys.argv[2:])
peak = 0
try:
    with open("/proc/self/status") as lines:
        peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
except OSError:
    pass
with open(sys.argv[1], "w") as file:
    json.dump([time.process_time(), peak / 1024], file)
sys.exit(status)
"""

HEAD = "model m {\n    input 32x32x3\n"


def bomb(levels: int, body: str) -> str:
    """Blocks that each call the next one twice, with other values each time."""
    blocks = "".join(
        f"block b{level}(n) {{ " + body.replace("NEXT", f"b{level + 1}") + " }\n"
        for level in range(levels)
    )
    return f"{blocks}block b{levels}(n) {{ relu }}\n{HEAD}    b0(1)\n}}\n"


CASES: dict[str, tuple[str | bytes, int, str]] = {
    # Files that are no text, or hardly any.
    "empty": ("", 1, "CNN410"),
    "only a comment": ("# nothing\n", 1, "CNN410"),
    "NUL bytes": ("model m { input 3\n \0 }", 1, "unexpected character `U+0000`"),
    "binary": (bytes(range(256)) * 4000, 2, "not UTF-8 text (byte 128)"),
    "UTF-16": ("model m { }".encode("utf-16"), 2, "not UTF-8 text (byte 0)"),
    "byte order mark": ("\ufeffmodel m { input 3\n dense(2) }", 0, "m 3 -> 2"),
    "byte order mark inside": ("model \ufeffm { }", 1, "`U+FEFF`"),
    "Windows line ends": ("model m {\r\n input 3\r\n dense(2)\r\n}\r\n", 0, "m 3 -> 2"),
    "tabs": ("model m {\n\tinput 3x3x1\n\tconv(1,\t9x9)\n}", 1, "\n3 |     conv(1, 9x9)\n"),
    "names beyond ASCII": (f"{HEAD} cönv(3, 1x1)\n}}", 1, "unexpected character `ö`"),
    "wide characters": (f"{HEAD} conv(3, 99x99) # 卷积\n}}", 1, "CNN304"),
    "an invisible character": (f"{HEAD} \u202e relu\n}}", 1, "unexpected character `U+202E`"),
    "other line ends": (f"{HEAD} relu\u2028relu\n}}", 1, "unexpected character `U+2028`"),
    # Nesting.
    "braces": ("{" * 10_000, 1, "CNN106"),
    "merges in merges": (HEAD + "add {" * 10_000, 1, "CNN106"),
    "groups in groups": (f"{HEAD} {'(' * 10_000} relu {')' * 10_000}\n}}", 1, "CNN106"),
    "lists in lists": (f"model m(a = {'[' * 10_000}{']' * 10_000}) {{ }}", 1, "CNN106"),
    "minus signs": (f"model m(a = {'-' * 100_000}1) {{ input 3\n dense(3) }}", 1, "CNN106"),
    "fewer minus signs": (f"model m(a = {'-' * 900}1) {{ input 3\n dense(a + 2) }}", 0, "m 3 -> 3"),
    "functions": (f"model m(a = {'min(' * 9_000}1{')' * 9_000}) {{ }}", 1, "CNN106"),
    "conditions": (f"model m(a = {'1 if true else ' * 9_000}2) {{ }}", 1, "CNN106"),
    "factors": (f"model m(a = {'10 * ' * 100_000}1) {{ }}", 1, "CNN106"),
    "blocks in blocks": (
        "".join(f"block b{n}() {{ b{n + 1}() }}\n" for n in range(999))
        + f"block b999() {{ relu }}\n{HEAD} b0()\n}}",
        1,
        "CNN106",
    ),
    # Numbers.
    "a huge number": (f"model m {{ input 3\n dense({'9' * 1_000_000}) }}", 1, "CNN401"),
    "a huge size": (f"model m {{ input {'9' * 100_000}x3x3\n relu }}", 1, "CNN401"),
    "a huge fraction": ("model m { input 3\n dense(1e999999) }", 1, "CNN401"),
    "a huge product": (
        f"model m(a = {' * '.join(['1000000000'] * 150)}) {{ input 3\n dense(a) }}",
        1,
        "this number is too large",
    ),
    "a huge repeat": (f"{HEAD} relu * 1000000000\n}}", 1, "CNN413"),
    "repeats in repeats": (f"{HEAD} (((relu * 1000) * 1000) * 1000) * 1000\n}}", 1, "CNN413"),
    "a huge loop": (f"{HEAD} for i in range(1000000000) {{ relu }}\n}}", 1, "CNN406"),
    "doubling blocks": (
        "".join(f"block b{n}() {{ b{n + 1}() -> b{n + 1}() }}\n" for n in range(60))
        + f"block b60() {{ relu }}\n{HEAD} b0()\n}}",
        1,
        "CNN413",
    ),
    # Length.
    "a long name": (f"{HEAD} {'a' * 1_000_000}\n}}", 1, "CNN201"),
    "a long line": (f"model m {{ input 8x8x3{' ' * 1_000_000}$ }}", 1, "CNN101"),
    "a long comment": (f"# {'x' * 1_000_000}\n{HEAD} conv(3, 99x99)\n}}", 1, "CNN304"),
    "a long path": (f'import a from "{"x" * 1_000_000}.cnn"\n{HEAD} a()\n}}', 1, "CNN601"),
    "many arguments": (f"{HEAD} conv({'1, ' * 20_000})\n}}", 1, "CNN403"),
    "many mistakes": (HEAD + "    conv(3)\n" * 2_000 + "}", 1, "2,000 errors"),
    # Imports and recursion.
    "a missing import": (f'import a from "none.cnn"\n{HEAD} a()\n}}', 1, "CNN601"),
    "an import of a folder": (f'import a from "."\n{HEAD} a()\n}}', 1, "CNN601"),
    "an import of a NUL": (f'import a from "\0.cnn"\n{HEAD} a()\n}}', 1, "CNN601"),
    "an import of itself": (f'import a from "net.cnn"\n{HEAD} a()\n}}', 1, "CNN602"),
    "a circle of imports": (f'import a from "circle.cnn"\n{HEAD} a()\n}}', 1, "CNN602"),
    "recursion": (f"block b() {{ b() }}\n{HEAD} b()\n}}", 1, "CNN412"),
    "recursion with an end": (
        f"block b(n) {{ if n > 0 {{ b(n - 1) }} }}\n{HEAD} b(100000)\n}}",
        1,
        "CNN419",
    ),
}

SLOW_CASES: dict[str, tuple[str | bytes, int, str]] = {
    "loops in loops": (
        f"{HEAD} for i in range(10000) {{ for j in range(10000) {{ }} }}\n}}", 1, "CNN417"
    ),
    "blocks with ever new values": (bomb(40, "NEXT(2*n) -> NEXT(2*n + 1)"), 1, "CNN417"),
    "merges with ever new values": (
        bomb(40, "add { NEXT(2*n)\n NEXT(2*n + 1) }"), 1, "CNN417"
    ),
}  # fmt: skip


LARGE_CASES: dict[str, tuple[str, int, str]] = {
    "blocks": (
        "".join(f"block b{n}(size = {n}) {{ conv(8, 3x3, pad=same) }}\n" for n in range(30_000))
        + f"{HEAD} b1 -> b2 -> b29999\n}}", 0, "59,997 warnings"
    ),
    "misspelt lines": (HEAD + " rleu\n" * 100_000 + "}", 1, "and 99,980 more of CNN201"),
    "various misspelt lines": (
        HEAD + "".join(f" cnov{n}(3, 3x3)\n" for n in range(100_000)) + "}", 1,
        "and 99,980 more of CNN201"
    ),
    "unknown names beside known": (
        "".join(f"block known_block_{n:04}x {{ relu }}\n" for n in range(1_000))
        + HEAD + "".join(f" knwon_blcok_{n:04}y\n" for n in range(1_000)) + "}", 1, "and 980 more"
    ),
    "unknown values": (
        f"{HEAD}{''.join(f' let v{n} = relu' + chr(10) for n in range(10_000))}"
        f"{''.join(f' add(main, w{n})' + chr(10) for n in range(10_000))}}}", 1, "and 9,980 more"
    ),
    "unknown words": (
        f"{HEAD}{''.join(f' conv(8, kernel=siez{n})' + chr(10) for n in range(20_000))}}}", 1,
        "and 19,980 more"
    ),
    "a chain of ten megabytes": (f"{HEAD} {'relu -> ' * 1_250_000}relu\n}}", 1, "CNN601"),
    "a million comments": ("# nothing new\n" * 1_000_000 + f"{HEAD} relu\n}}", 0, "m 32x32x3"),
}  # fmt: skip
LARGE_MEBIBYTES = 500
LARGE_SECONDS = 60
"""Each takes less than ten on a quiet machine."""


COMMAND_LINES: dict[str, tuple[list[str], int, str]] = {
    "many settings": (
        [word for n in range(30_000) for word in ("--set", f"a{n}=1")], 2, "more than 2,000 options"
    ),
    "as many settings as can be": (
        [word for n in range(2_000) for word in ("--set", f"a{n}=1")], 2, "no parameter `a0`"
    ),
    "long lists": (
        [word for n in range(1_000) for word in ("--set", f"a{n}=range(16384)")], 2, "many steps"
    ),
    "a list of long lists": (
        ["--set", f"a=[{', '.join(['range(16000)'] * 700)}]"], 2, "too many steps"
    ),
    "many paths and an option": ([*["net.cnn"] * 10_000, "--quiet"], 0, ""),
    "many paths to nothing": (
        [f"none{n}.cnn" for n in range(10_000)], 2, "error: and 9,900 more cannot be checked"
    ),
    "a long path": (["x" * 100_000], 2, "no file and no zoo network is named `xxx"),
}  # fmt: skip


def check(
    folder: Path,
    data: str | bytes,
    status: int,
    text: str,
    seconds: float,
    mebibytes: float = MEBIBYTES,
    arguments: Sequence[str] = (),
) -> None:
    (folder / "net.cnn").write_bytes(data if isinstance(data, bytes) else data.encode())
    (folder / "circle.cnn").write_text('import b from "net.cnn"\nblock a() { relu }\n')
    command = [sys.executable, "-c", RUNNER, "cost.json", "check", "net.cnn", *arguments]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "CNNDSL_DEBUG": ""}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=120
    )
    said = done.stdout + done.stderr
    assert "Traceback" not in said, said[:2000]
    assert "internal error" not in said, said[:2000]
    assert done.returncode == status, said[:2000]
    assert text in said, said[:2000]
    assert (done.stderr != "") == (status == 2)
    assert max(map(len, said.splitlines()), default=0) < 1000
    used_seconds, used_mebibytes = json.loads((folder / "cost.json").read_text())
    assert used_seconds < seconds
    assert used_mebibytes < mebibytes


@pytest.mark.parametrize("name", CASES)
def test_misuse(tmp_path: Path, name: str) -> None:
    check(tmp_path, *CASES[name], SECONDS)


@pytest.mark.parametrize("name", COMMAND_LINES)
def test_command_lines(tmp_path: Path, name: str) -> None:
    arguments, status, text = COMMAND_LINES[name]
    check(tmp_path, f"{HEAD}    relu\n}}\n", status, text, SECONDS, arguments=arguments)


@pytest.mark.parametrize("name", SLOW_CASES)
def test_bombs(tmp_path: Path, name: str) -> None:
    check(tmp_path, *SLOW_CASES[name], 2 * SECONDS)


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE_CASES)
def test_large_files(tmp_path: Path, name: str) -> None:
    check(tmp_path, *LARGE_CASES[name], LARGE_SECONDS, LARGE_MEBIBYTES)
