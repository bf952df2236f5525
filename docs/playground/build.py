"""Assemble the playground: a folder that any web server can hand out, and that asks no other.

    python docs/playground/build.py FOLDER

takes the page from this folder, Pyodide from its npm package, and this checkout's wheel. It needs
npm and pip. What is in the folder already is overwritten.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PYODIDE = "pyodide@314.0.7"
RUNTIME = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
    "pyodide-lock.json",
)
PAGE = ("*.html", "*.css", "*.js", "session.py")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the page goes")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    try:
        copy_page(folder)
        add_runtime(folder / "pyodide")
        add_wheels(folder)
    except FileNotFoundError as error:
        print(f"error: {error.filename} is not installed", file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as error:
        print(f"error: `{' '.join(map(str, error.cmd))}` failed", file=sys.stderr)
        return 2
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {size / 2**20:.1f} MiB")
    return 0


def copy_page(folder: Path) -> None:
    for pattern in PAGE:
        for path in HERE.glob(pattern):
            if path.parent.resolve() != folder.resolve():
                shutil.copy(path, folder)


def add_runtime(folder: Path) -> None:
    """The core of Pyodide: CPython in WebAssembly, and its standard library."""
    folder.mkdir(exist_ok=True)
    with TemporaryDirectory() as scratch:
        command = ["npm", "pack", "--silent", "--pack-destination", scratch, PYODIDE]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (archive,) = Path(scratch).glob("*.tgz")
        with tarfile.open(archive) as packed:
            for name in RUNTIME:
                member = packed.extractfile(f"package/{name}")
                if member is not None:
                    (folder / name).write_bytes(member.read())


def add_wheels(folder: Path) -> None:
    """cnndsl, and the list by which the page finds its wheel."""
    with TemporaryDirectory() as scratch:
        pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", scratch]
        constraints = ["-c", str(ROOT / "constraints.txt")]
        subprocess.run([*pip, *constraints, str(ROOT)], check=True)
        wheels = sorted(Path(scratch).glob("*.whl"))
        for wheel in wheels:
            shutil.copy(wheel, folder)
    names = json.dumps([wheel.name for wheel in wheels])
    (folder / "wheels.json").write_text(names, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
