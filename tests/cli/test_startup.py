"""What a cold `cnndsl check` imports, and how long it takes."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import BROKEN, SMALL

HEAVY = {
    "numpy", "torch", "tensorflow", "keras", "rich", "lark", "scipy", "pandas",
    "argparse", "dataclasses", "typing", "inspect", "pathlib", "json", "subprocess",
    "textwrap", "difflib", "importlib", "importlib.metadata", "importlib.resources",
    "unicodedata", "gettext", "logging", "traceback",
}  # fmt: skip
FRAMEWORKS = {"numpy", "torch", "tensorflow", "keras", "rich", "lark"}
LIST_MODULES = """
import sys
from cnndsl.cli import main
main(sys.argv[1:])
print(*sorted(sys.modules), file=sys.stderr)
"""


def modules_of(*arguments: str) -> set[str]:
    """The modules that a command imports, without those that Python starts with."""
    command = [sys.executable, "-S", "-c", LIST_MODULES, *arguments]
    paths = os.pathsep.join(one for one in sys.path if one)
    environment = {**os.environ, "PYTHONPATH": paths}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return set(done.stderr.splitlines()[-1].split())


def test_check_imports_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "net.cnn").write_text(SMALL)
    found = modules_of("check", str(tmp_path / "net.cnn"))
    assert "cnndsl.semantics.elaborate" in found
    assert not found & HEAVY
    assert not any(name.startswith(("cnndsl_", "cnndsl.emit")) for name in found)


def test_check_imports_the_ops_of_a_spec_alone(tmp_path: Path) -> None:
    body = "input 8x8x3\n conv(4 * 2, 3) : (in.height - 2, 6, 8)\n flatten -> dense(2)"
    (tmp_path / "net.cnn").write_text(f"model net {{\n {body}\n}}\n")
    found = modules_of("check", str(tmp_path / "net.cnn"))
    assert {"cnndsl.ops.convolution", "cnndsl.ops.dense"} < found
    others = ("merging", "normalization", "channels", "attention", "resizing")
    assert not found & {f"cnndsl.ops.{one}" for one in (*others, "vocabulary")}


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "broken.cnn"),
        ("check", "--output-format", "json", "broken.cnn"),
        ("summary", "small.cnn"),
        ("summary", "--format", "json", "small.cnn"),
        ("zoo", "list"),
        ("explain",),
        ("compile", "--help"),
        ("compile", "--backend", "keras", "small.cnn"),
        ("compile", "--backend", "torch", "small.cnn"),
        ("compile", "--backend", "numpy", "small.cnn"),
        ("--help",),
    ],
)
def test_no_command_without_need_imports_a_framework(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "small.cnn").write_text(SMALL)
    (tmp_path / "broken.cnn").write_text(BROKEN)
    here = [str(tmp_path / one) if one.endswith(".cnn") else one for one in arguments]
    assert not modules_of(*here) & FRAMEWORKS


def test_a_cold_check_is_quick(tmp_path: Path) -> None:
    """A whole process takes a few times as long as one that does nothing, and not more.

    The first run compiles the modules; the fastest is what counts, by the processor's time, which
    other work beside it does not change.
    """
    (tmp_path / "net.cnn").write_text(SMALL)
    check = [sys.executable, "-m", "cnndsl", "check", str(tmp_path / "net.cnn")]
    nothing = [sys.executable, "-c", "pass"]
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path / "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def used() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return children.ru_utime + children.ru_stime

    def fastest(command: list[str]) -> float:
        times = []
        for _ in range(7):
            before = used()
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=environment)
            times.append(used() - before)
        return min(times)

    assert fastest(check) < max(0.08, 8 * fastest(nothing))
