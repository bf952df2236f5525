"""`cnndsl compile`: where the code goes, and that no file is ever half-written."""

from __future__ import annotations

import io
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from command_line import SMALL, Command

from cnndsl.backend import Artifact, Backend, ReservedNames
from cnndsl.cli import main
from cnndsl.commands import files
from cnndsl.commands.failure import CommandError
from cnndsl.commands.files import write_atomically
from cnndsl.diagnostics.backends import Unsupported
from cnndsl.diagnostics.base import Finding, Rejected, SpecError, nearest
from cnndsl.ir.network import Network
from cnndsl.text import Location


def record(network: Network) -> Artifact:
    """The network's name and outputs."""
    return Artifact(".py", f"# {network.name} {network.scope.output_shape} →\n")


def refuse(network: Network) -> Artifact:
    """Refuse every network."""
    reason = Unsupported("torch", "conv", "it is only a test")
    raise SpecError((Finding(reason, Location(network.template.source, 0, 5)),))


BYTES = b"\x08\x0a\xff\x00"


def in_bytes(_network: Network) -> Artifact:
    """No text."""
    return Artifact(".onnx", BYTES)


@pytest.fixture(autouse=True)
def backend(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Backend("torch", record))


def use(monkeypatch: pytest.MonkeyPatch, backend: Any) -> None:
    from cnndsl.diagnostics.backends import UnknownBackend

    def find(name: str) -> Any:
        if name != "torch":
            raise Rejected(UnknownBackend(name, ("keras", "numpy", "torch")))
        if isinstance(backend, Exception):
            raise backend
        return backend

    monkeypatch.setattr("cnndsl.backend.find_backend", find)


def leftovers(folder: Path) -> list[str]:
    return [one for one in os.listdir(folder) if "partial" in one]


def test_to_standard_output(cnndsl: Command, folder: Path) -> None:
    found = cnndsl("compile", "small.cnn", "--backend", "torch")
    assert found == (0, "# small 10 →\n", "")
    assert cnndsl("compile", "small.cnn", "-b", "torch", "-o", "-") == found


def test_to_a_file(cnndsl: Command, folder: Path) -> None:
    found = cnndsl("compile", "small.cnn", "--backend", "torch", "-o", "small.py")
    assert found == (
        0,
        "wrote small.py: small 8x8x3 -> 10, 1,562 parameters, 5.33 kMACs, for torch\n",
        "",
    )
    assert (folder / "small.py").read_bytes() == "# small 10 →\n".encode()
    quiet = cnndsl("compile", "small.cnn", "--backend", "torch", "-o", "small.py", "--quiet")
    assert quiet == (0, "", "")
    assert not leftovers(folder)


def test_parameters_and_models(cnndsl: Command, folder: Path) -> None:
    found = cnndsl("compile", "small.cnn", "--backend", "torch", "--set", "classes=6")
    assert found.out == "# small 6 →\n"
    found = cnndsl("compile", "two.cnn", "--backend", "torch", "--model", "second")
    assert found.out == "# second 4 →\n"
    assert cnndsl("compile", "two.cnn", "--backend", "torch") == (
        2,
        "",
        "error: CNN411 this file defines 2 models: first, second\n"
        "  = help: choose one, as in `--model first`\n",
    )


def test_from_standard_input_and_the_zoo(cnndsl: Command, folder: Path) -> None:
    found = cnndsl("compile", "-", "--backend", "torch", stdin=SMALL.encode())
    assert found.out == "# small 10 →\n"
    assert cnndsl("compile", "lenet5", "--backend", "torch").out == "# lenet5 10 →\n"


def test_findings_go_to_standard_output_and_nothing_is_written(
    cnndsl: Command, folder: Path
) -> None:
    (folder / "net.py").write_text("before")
    status, out, err = cnndsl("compile", "broken.cnn", "--backend", "torch", "-o", "net.py")
    assert (status, err) == (1, "")
    assert out.startswith("CNN304 conv: a window 9 high")
    assert "CNN201" in out
    assert (folder / "net.py").read_text() == "before"
    assert not leftovers(folder)


def test_findings_are_told_on_standard_error_too_where_code_was_to_go_to_a_pipe(
    cnndsl: Command, folder: Path
) -> None:
    status, out, err = cnndsl("compile", "broken.cnn", "--backend", "torch")
    assert status == 1
    assert out.startswith("CNN304")
    assert err == (
        "error: nothing was compiled: broken.cnn:3:5: CNN304 conv: a window 9 high does not fit "
        "into an image 8 high (and 1 more)\n"
    )


def test_what_a_backend_refuses_is_a_finding(
    cnndsl: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, Backend("torch", refuse))
    status, out, _ = cnndsl("compile", "small.cnn", "--backend", "torch", "-o", "net.py")
    assert status == 1
    assert "CNN701 the torch backend cannot emit conv: it is only a test" in out
    assert not (folder / "net.py").exists()


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def test_a_binary_file(cnndsl: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Backend("torch", in_bytes))
    assert cnndsl("compile", "small.cnn", "-b", "torch", "-o", "small.onnx", "-q") == (0, "", "")
    assert (folder / "small.onnx").read_bytes() == BYTES
    assert not leftovers(folder)


@pytest.mark.parametrize("kind", [io.TextIOWrapper, Terminal])
def test_bytes_go_to_a_pipe_but_to_no_terminal(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    kind: type[io.TextIOWrapper],
) -> None:
    use(monkeypatch, Backend("torch", in_bytes))
    shown = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", kind(shown))
    status = main(["compile", "small.cnn", "--backend", "torch"])
    if kind is not Terminal:
        assert (status, shown.getvalue()) == (0, BYTES)
        return
    assert (status, shown.getvalue()) == (2, b"")
    assert capsys.readouterr().err == (
        "error: a .onnx file is binary, and standard output is a terminal\n"
        "  = help: name a file with `-o small.onnx`\n"
    )


def test_a_name_that_the_backend_reserves(
    cnndsl: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What no shipped backend reserves is found when the backend emits, at its place."""
    reserved = ReservedNames("a method of Flax's Module", frozenset({"setup", "tabulate"}))
    use(monkeypatch, Backend("torch", record, reserved=reserved))
    (folder / "net.cnn").write_text(
        "block setup { relu as tabulate }\nmodel m { input 2x2x2\n setup -> setup as a\n"
        " stage s { relu as setup -> relu * 2 } }\n"
    )
    assert cnndsl("check", "net.cnn").status == 0
    status, out, _ = cnndsl("compile", "net.cnn", "--backend", "torch", "-o", "net.py")
    assert status == 1
    assert [line for line in out.splitlines() if "CNN206" in line or "-->" in line] == [
        "CNN206 `tabulate` cannot be a name: it is a method of Flax's Module",
        " --> net.cnn:1:23",
        "CNN206 `setup` cannot be a name: it is a method of Flax's Module",
        " --> net.cnn:3:2",
        "CNN206 `setup` cannot be a name: it is a method of Flax's Module",
        " --> net.cnn:4:20",
    ]
    assert not (folder / "net.py").exists()


def test_unknown_backend(cnndsl: Command, folder: Path) -> None:
    assert nearest("pytorch", ("torch",)) == "torch"
    assert cnndsl("compile", "small.cnn", "--backend", "pytorch") == (
        2,
        "",
        "error: CNN702 no backend is named `pytorch`\n  = help: did you mean `torch`?\n",
    )


def test_a_backend_that_does_not_load(
    cnndsl: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, ModuleNotFoundError("No module named 'cnndsl_torch'"))
    assert cnndsl("compile", "small.cnn", "--backend", "torch") == (
        2,
        "",
        "error: the torch backend does not load: No module named 'cnndsl_torch'\n",
    )


@pytest.mark.parametrize("output", ["small.cnn", "./small.cnn", "link.cnn", "blocks.cnn"])
def test_a_spec_is_not_overwritten(cnndsl: Command, folder: Path, output: str) -> None:
    (folder / "link.cnn").symlink_to("small.cnn")
    (folder / "blocks.cnn").write_text("block b() { relu }\n")
    text = 'import b from "blocks.cnn"\n' + SMALL
    (folder / "small.cnn").write_text(text)
    status, _, err = cnndsl("compile", "small.cnn", "--backend", "torch", "-o", output)
    assert status == 2
    assert err.startswith(f"error: {output} is the spec itself\n")
    assert (folder / "small.cnn").read_text() == text


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("folder", "cannot write folder: it is a folder"),
        (
            "no/such/net.py",
            "cannot write no/such/net.py: no such file or directory\n"
            "  = help: make the folder no/such first",
        ),
        ("small.cnn/net.py", "cannot write small.cnn/net.py: not a directory"),
        ("", "the name of the output file is empty"),
        ("a\0b", "cannot write 'a\\x00b': embedded null byte"),
    ],
)
def test_outputs_that_cannot_be(cnndsl: Command, folder: Path, output: str, reason: str) -> None:
    (folder / "folder").mkdir()
    found = cnndsl("compile", "small.cnn", "--backend", "torch", "-o", output)
    assert (found.status, found.out, found.err) == (2, "", f"error: {reason}\n")
    assert not leftovers(folder)


# Atomic writing


def test_a_failure_while_writing_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "net.py"
    target.write_text("before")

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", fail)
    with pytest.raises(CommandError, match=r"cannot write .*: no space left on device"):
        write_atomically(str(target), "after")
    assert target.read_text() == "before"
    assert os.listdir(tmp_path) == ["net.py"]


def test_an_interruption_while_writing_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(str(tmp_path / "net.py"), "after")
    assert os.listdir(tmp_path) == []


def test_a_file_keeps_its_mode_and_a_new_one_follows_the_umask(tmp_path: Path) -> None:
    old = tmp_path / "old.py"
    old.write_text("before")
    old.chmod(0o751)
    write_atomically(str(old), "after")
    assert (old.read_text(), stat.S_IMODE(old.stat().st_mode)) == ("after", 0o751)
    mask = os.umask(0o027)
    try:
        write_atomically(str(tmp_path / "new.py"), "after")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "new.py").stat().st_mode) == 0o640


def test_a_link_keeps_pointing_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "real.py").write_text("before")
    (tmp_path / "link.py").symlink_to("real.py")
    write_atomically(str(tmp_path / "link.py"), "after")
    assert (tmp_path / "link.py").is_symlink()
    assert (tmp_path / "real.py").read_text() == "after"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no /dev/null")
def test_a_device_is_written_to_as_it_is() -> None:
    write_atomically("/dev/null", "after")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
