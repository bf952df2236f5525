"""Which files are read and how they are written: regular ones alone, whole, and one at a time."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import BROKEN, SMALL, Command

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="files of POSIX")

SECRET = "toor:x:0:0:s3cret\nblack dwarf\n"
IMPORTER = 'import act from "PATH"\nmodel m { input 3\n act -> dense(2) }\n'
CNNDSL = [sys.executable, "-m", "cnndsl"]
RUNS = 20


def bind(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(path.name)  # whose full path may be too long for a socket


STRANGE: dict[str, Callable[[Path], object]] = {
    "pipe": os.mkfifo,
    "socket": bind,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "link to a pipe": lambda path: (os.mkfifo("pipe"), path.symlink_to(os.path.abspath("pipe"))),
}
ABSENT: dict[str, Callable[[Path], object]] = {
    "folder": Path.mkdir,
    "link to nothing": lambda path: path.symlink_to("nothing.cnn"),
    "circle of links": lambda path: path.symlink_to(path.name),
}
READERS = {
    "check": ("check", "{}.cnn"),
    "compile": ("compile", "{}.cnn"),
    "summary": ("summary", "{}.cnn"),
    "lock": ("lock", "{}.cnn"),
    "fix": ("check", "--fix", "{}.cnn"),
    "import": ("check", "importer.cnn"),
    "weights": ("weights", "import", "small.cnn", "{}.pt", "out.npz"),
    "keras weights": ("weights", "import", "small.cnn", "{}.weights.h5", "out.npz"),
    "archive": ("weights", "export", "small.cnn", "{}.npz", "out.pt"),
    "tensors": ("weights", "export", "small.cnn", "{}.safetensors", "out.pt"),
    "map": ("weights", "import", "small.cnn", "small.pt", "out.npz", "--map", "{}.toml"),
    "array": ("run", "small.cnn", "--image", "{}.npy"),
    "photo": ("run", "pixels.cnn", "{}.jpg"),
    "labels": ("run", "small.cnn", "--labels", "{}.txt"),
    "settings": ("check", "deeper"),
    "locked": ("check", "--locked", "small.cnn"),
}
PLACES = {
    "settings": "deeper/pyproject.toml",
    "locked": "cnndsl.lock",
    "import": "strange.cnn",
}


@pytest.mark.parametrize("kind", STRANGE | ABSENT)
@pytest.mark.parametrize(
    "reader",
    [pytest.param(one, marks=[pytest.mark.slow] * (one == "keras weights")) for one in READERS],
)
def test_only_regular_files_are_read(cnndsl: Command, folder: Path, reader: str, kind: str) -> None:
    (folder / "deeper").mkdir()
    (folder / "deeper/small.cnn").write_text(SMALL)
    (folder / "importer.cnn").write_text(IMPORTER.replace("PATH", "strange.cnn"))
    (folder / "pixels.cnn").write_text(SMALL.replace("8x8x3", "8x8x3\n pixels rgb(range=(0, 1))"))
    arguments = [one.format("strange") for one in READERS[reader]]
    place = PLACES.get(reader) or next(one for one in arguments if one.startswith("strange"))
    (STRANGE | ABSENT)[kind](Path(place).absolute())
    before = sorted(folder.iterdir())
    outcome = cnndsl(*arguments)
    if (reader, kind) == ("settings", "link to nothing"):
        assert outcome.status == 0  # there is no such file
        return
    assert outcome.status == (1 if reader == "import" else 2)
    said = outcome.out + outcome.err
    assert "internal" not in said
    assert "Traceback" not in said
    assert len(said) < 1000
    if kind in STRANGE and reader != "locked":
        assert "no regular file" in said or "it is a link" in said
    assert sorted(folder.iterdir()) == before


def test_a_folder_is_checked_past_what_is_no_file(cnndsl: Command, folder: Path) -> None:
    (folder / "broken.cnn").unlink()
    for number, make in enumerate(STRANGE.values()):
        make(folder / f"strange{number}.cnn")
    (folder / "folder.cnn").mkdir()
    outcome = cnndsl("check", ".")
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.startswith("2 specs are clean (3 models")
    (folder / "gone.cnn").symlink_to("nothing.cnn")
    outcome = cnndsl("check", ".")
    assert (outcome.status, outcome.err) == (
        2,
        "error: cannot read gone.cnn: no such file or directory\n",
    )


def test_standard_input_may_be_anything(folder: Path) -> None:
    done = subprocess.run([*CNNDSL, "check", "-"], input=SMALL.encode(), capture_output=True)
    assert done.returncode == 0
    with open("/dev/zero", "rb") as zeros:
        done = subprocess.run([*CNNDSL, "check", "-"], stdin=zeros, capture_output=True)
    assert (done.returncode, done.stderr) == (
        2,
        b"error: cannot read <stdin>: it is larger than 32 MiB\n",
    )


FORMATS = ("text", "concise", "json", "github", "gitlab", "sarif", "junit", "rdjson")


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize("path", ["link.cnn", "plain.cnn", "folder/../../secret.cnn", "way.cnn"])
def test_nothing_is_shown_of_a_file_that_is_no_spec(
    cnndsl: Command,
    folder: Path,
    output_format: str,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outside = folder / "outside"
    outside.mkdir()
    folder = folder / "inside"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (outside / "secret").write_text(SECRET)
    (outside / "secret.cnn").write_text(SECRET)
    (folder / "link.cnn").symlink_to(outside / "secret")
    (folder / "way.cnn").symlink_to(folder / "link.cnn")
    (folder / "plain.cnn").write_text(SECRET)
    (folder / "folder").symlink_to(outside / "x", target_is_directory=True)
    (outside / "x").mkdir()
    (folder / "importer.cnn").write_text(IMPORTER.replace("PATH", path))
    outcome = cnndsl("check", "--output-format", output_format, "importer.cnn")
    assert outcome.status == 1
    assert "CNN601" in outcome.out
    for word in SECRET.replace(":", " ").split():
        if len(word) > 2:
            assert word not in outcome.out + outcome.err
    (folder / "plain.cnn").unlink()
    outcome = cnndsl("check", "--output-format", output_format, "link.cnn", ".")
    assert outcome.status == 2
    assert "s3cret" not in outcome.out + outcome.err


def test_a_link_to_a_spec_is_one(cnndsl: Command, folder: Path) -> None:
    (folder / "link.cnn").symlink_to("small.cnn")
    assert cnndsl("check", "link.cnn").status == 0


WRITERS = {
    "compile": (("compile", "small.cnn", "-o", "{}.py"), "{}.py"),
    "lock": (("lock", "small.cnn"), "cnndsl.lock"),
    "fix": (("check", "--fix", "{}.cnn"), "{}.cnn"),
    "convert": (("weights", "convert", "small.cnn", "w.npz", "{}.npz"), "{}.npz"),
    "map": (
        ("weights", "convert", "small.cnn", "w.npz", "x.npz", "--save-map", "{}.toml"),
        "{}.toml",
    ),
    "zoo": (("zoo", "copy", "lenet5", ".", "--force"), "lenet5.cnn"),
}


@pytest.mark.parametrize("mode", [0o600, 0o640, None])
@pytest.mark.parametrize("writer", WRITERS)
def test_files_are_written_whole_with_their_mode(
    cnndsl: Command, folder: Path, writer: str, mode: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    import numpy as np

    import cnndsl as package
    from cnndsl.weights.random import random_weights

    np.savez("w.npz", **random_weights(package.load("small.cnn").network, 0))
    arguments, target = WRITERS[writer]
    written = Path(target.format("out"))
    if writer == "fix":
        written.write_text(SMALL.replace("->", "=>"))
    elif mode is not None:
        written.write_text("version = 1\n" if writer == "lock" else "old")
    if mode is not None:
        written.chmod(mode)
    modes = []
    real_replace = os.replace

    def replace(partial: str, path: str) -> None:
        modes.append(stat.S_IMODE(os.stat(partial).st_mode))
        assert Path(partial).parent == Path(path).parent
        assert Path(path).name not in os.listdir() or Path(partial).read_bytes()
        real_replace(partial, path)

    monkeypatch.setattr(os, "replace", replace)
    names = {one for one in os.listdir() if one.startswith(".")}
    assert cnndsl(*(one.format("out") for one in arguments)).status == 0
    assert modes
    assert stat.S_IMODE(written.stat().st_mode) == (0o644 if mode is None else mode)
    assert {one for one in os.listdir() if one.startswith(".")} == names


def test_a_pipe_without_a_reader_does_not_block(cnndsl: Command, folder: Path) -> None:
    os.mkfifo("pipe")
    outcome = cnndsl("compile", "small.cnn", "-o", "pipe")
    assert outcome.status == 2
    assert outcome.err.startswith("error: cannot write pipe: ")
    with subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE) as reader:
        while (outcome := cnndsl("compile", "small.cnn", "-o", "pipe")).status:
            pass
        assert reader.stdout is not None
        assert reader.stdout.read().decode() == cnndsl("compile", "small.cnn").out


def test_a_full_disk_is_told(cnndsl: Command, folder: Path) -> None:
    reason = "no space left on device"
    outcome = cnndsl("compile", "small.cnn", "-o", "/dev/full")
    assert (outcome.status, outcome.err) == (2, f"error: cannot write /dev/full: {reason}\n")
    with open("/dev/full", "wb") as full:
        done = subprocess.run([*CNNDSL, "check", "small.cnn"], stdout=full, stderr=subprocess.PIPE)
        assert (done.returncode, done.stderr) == (2, f"error: {reason}\n".encode())
        done = subprocess.run([*CNNDSL, "check", "small.cnn"], stdout=full, stderr=full)
        assert done.returncode == 2


# Several at a time


def in_parallel(*commands: tuple[str, ...]) -> None:
    running = [
        subprocess.Popen([*CNNDSL, *one], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for one in commands
    ]
    for one in running:
        said, _ = one.communicate(timeout=120)
        assert (one.returncode, b"Traceback" in said) == (0, False), said


def test_parallel_locks_keep_all_entries(folder: Path) -> None:
    names = [f"net{number}" for number in range(RUNS)]
    for name in names:
        Path(f"{name}.cnn").write_text(SMALL.replace("small", name))
    in_parallel(*(("lock", f"{name}.cnn") for name in names))
    locked = tomllib.loads(Path("cnndsl.lock").read_text())
    assert {name for file in locked if file != "version" for name in locked[file]} == set(names)
    assert not [one for one in os.listdir() if one.startswith(".")]


def test_what_changes_while_it_is_mended_is_kept(
    cnndsl: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cnndsl.commands import fixing

    written = fixing.write_source

    def interfere(mended: fixing.MendedSpec) -> None:
        Path("a.cnn").write_text(SMALL)
        written(mended)

    monkeypatch.setattr(fixing, "write_source", interfere)
    Path("a.cnn").write_text(BROKEN.replace("max_pol", "MaxPool"))
    outcome = cnndsl("check", "--fix", "a.cnn")
    assert outcome.status == 2
    assert "a.cnn has changed meanwhile" in outcome.err
    assert Path("a.cnn").read_text() == SMALL


def test_two_commands_that_write_the_same(
    cnndsl: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cnndsl.commands import fixing

    written = fixing.write_source

    def twice(mended: fixing.MendedSpec) -> None:
        written(mended)
        written(mended)

    monkeypatch.setattr(fixing, "write_source", twice)
    Path("a.cnn").write_text(SMALL.replace("->", "=>"))
    outcome = cnndsl("check", "--fix", "a.cnn")
    assert (outcome.status, outcome.err) == (0, "")
    assert Path("a.cnn").read_text() == SMALL


def test_what_is_being_written_is_no_spec(cnndsl: Command, folder: Path) -> None:
    """Nor is what a command leaves that was killed."""
    from cnndsl.project.replacement import replacing

    for other in ("broken.cnn", "two.cnn"):
        (folder / other).unlink()
    with replacing("small.cnn") as partial:
        Path(partial).write_text("model small {")
        for command in (("check", "."), ("fmt", "--check", "."), ("lock", ".")):
            status, out, err = cnndsl(*command)
            assert (status, err) == (0, ""), command
            assert ".partial" not in out
        Path(partial).write_text(SMALL)
    assert ".partial" not in Path("cnndsl.lock").read_text()


def test_a_lock_that_another_process_holds_is_waited_for(folder: Path) -> None:
    """Not for ever: the system takes the lock from a process that ends."""
    from cnndsl.project.replacement import alone

    with alone("cnndsl.lock"):
        waiting = subprocess.Popen([*CNNDSL, "lock", "small.cnn"], stdout=subprocess.PIPE)
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(timeout=1)
        assert not Path("cnndsl.lock").exists()
    waiting.communicate(timeout=30)
    assert waiting.returncode == 0
    assert Path("cnndsl.lock").exists()
