"""The backends that `docs/backends.md` writes, built from its text, do what it says."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "backends.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(?:python|toml|cnn) (?:file=)?(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = dict(BLOCK.findall(PAGE))
SESSIONS = [
    block for text in CONSOLE.findall(PAGE) for block in re.split(r"^(?=\$ )", text, flags=re.M)
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder on the path with the packages of the page, installed by their entry points."""
    root = tmp_path_factory.mktemp("site")
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        if path.name == "pyproject.toml":
            (declared,) = re.findall(r"^(\w+ = .*)$", text, re.MULTILINE)
            about = root / f"{path.parent.name}-1.0.dist-info"
            about.mkdir()
            (about / "METADATA").write_text(
                f"Metadata-Version: 2.1\nName: {path.parent.name}\nVersion: 1.0\n"
            )
            group = re.findall(r'\."(.*)"\]', text)[0]
            point = declared.replace('"', "")
            (about / "entry_points.txt").write_text(f"[{group}]\n{point}\n")
    return root


def cnndsl(folder: Path, *arguments: str) -> tuple[int, str, str]:
    path = os.pathsep.join([str(folder), *(one for one in sys.path if one)])
    done = subprocess.run(
        [sys.executable, "-m", "cnndsl", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "session", [one for one in SESSIONS if one], ids=lambda one: one.split("\n")[0]
)
def test_commands_print_what_the_page_shows(folder: Path, session: str) -> None:
    command, _, shown = session.partition("\n")
    status, out, err = cnndsl(folder, *command.removeprefix("$ cnndsl ").split())
    assert out + err == shown
    assert status == (2 if shown.startswith("error") else 0)


def test_a_backend_that_emits_alone(folder: Path) -> None:
    status, out, err = cnndsl(folder, "compile", "small.cnn", "--backend", "outline")
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "# small: 6x5x2",
        "",
        "- `conv`: conv, 4x3x4",
        "- `relu`: relu, 4x3x4",
        "- `last`: conv, 3x2x2",
        "- `flatten`: flatten, 12",
        "- `scores`: dense, 3",
    ]
    status, out, err = cnndsl(folder, "verify", "small.cnn", "--backends", "outline")
    assert (status, out) == (2, "")
    assert "CNN705 the outline backend has no live models, which `cnndsl verify` needs" in err


def test_the_plain_backend_computes_what_the_reference_does(folder: Path) -> None:
    arguments = ("verify", "small.cnn", "--backends", "plain", "--grad", "--format", "json")
    status, out, err = cnndsl(folder, *arguments)
    assert (status, err) == (0, "")
    (row,) = json.loads(out)["comparisons"]
    assert (row["backend"], row["dtype"], row["unseen"]) == ("plain", "float64", [])
    assert row["errors"].keys() == {"activations", "outputs"}
    assert max(row["errors"].values()) < 1e-14


def test_a_wrong_formula_is_found_at_its_line(folder: Path, tmp_path: Path) -> None:
    helpers = folder / "cnndsl_plain" / "helpers.py"
    text = helpers.read_text()
    helpers.write_text(text.replace("max(value, 0.0)", "max(value, 0.01)"))
    try:
        status, out, _ = cnndsl(folder, "verify", "small.cnn", "--backends", "plain")
    finally:
        helpers.write_text(text)
    assert status == 1
    assert "first differs from NumPy in the output of relu `relu`" in out
    assert "--> small.cnn:3:21" in out


def test_what_the_plain_backend_lacks_is_refused_at_its_line(folder: Path) -> None:
    spec = folder / "other.cnn"
    spec.write_text("model other {\n    input 6x6x2\n    conv(4, 3x3)\n    max_pool(2x2)\n}\n")
    status, out, _ = cnndsl(folder, "compile", "other.cnn", "--backend", "plain")
    assert status == 1
    assert "CNN701 the plain backend cannot emit max_pool: it has no lowering of this op" in out
    assert "--> other.cnn:4:5" in out
    spec.write_text("model other {\n    input 6x6x2\n    conv(4, 3x3, stride=2, pad=1)\n}\n")
    status, out, _ = cnndsl(folder, "compile", "other.cnn", "--backend", "plain")
    assert status == 1
    assert "CNN701 the plain backend cannot emit conv: it has no `stride`" in out


def test_what_is_emitted_imports_nothing(folder: Path) -> None:
    status, out, _ = cnndsl(folder, "compile", "small.cnn", "--backend", "plain")
    assert status == 0
    assert not [
        one for one in ast.walk(ast.parse(out)) if isinstance(one, ast.Import | ast.ImportFrom)
    ]
    status, out, _ = cnndsl(folder, "run", "small.cnn", "--backend", "plain")
    assert status == 0
    assert out.startswith("network      small on plain, 147 parameters\n")
