"""The command line as a whole: help, mistakes, streams, and unexpected errors."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import BROKEN, Command

import cnndsl as package
from cnndsl import cli
from cnndsl.commands import COMMANDS


def test_version(cnndsl: Command) -> None:
    assert cnndsl("--version") == (0, f"cnndsl {package.__version__}\n", "")
    assert cnndsl("-V").out == f"cnndsl {package.__version__}\n"


def test_the_version_is_that_of_the_installed_package() -> None:
    from importlib.metadata import version

    assert version("cnndsl") == package.__version__


@pytest.mark.parametrize("word", ["--help", "-h", "help"])
def test_help_names_every_command(cnndsl: Command, word: str) -> None:
    status, out, err = cnndsl(word)
    assert (status, err) == (0, "")
    assert out.startswith("usage: cnndsl COMMAND")
    width = max(map(len, COMMANDS))
    for name, line in COMMANDS.items():
        assert f"{name:<{width}}  {line}" in out
    assert max(map(len, out.splitlines())) <= 100


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples(
    cnndsl: Command, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    status, out, err = cnndsl(command, "--help")
    assert (status, err) == (0, "")
    assert f"usage: cnndsl {command}" in out
    assert f"examples:\n  cnndsl {command}" in out
    assert max(map(len, out.splitlines())) <= 100


@pytest.mark.parametrize("action", ["list", "show", "copy"])
def test_every_zoo_command_has_help(cnndsl: Command, action: str) -> None:
    status, out, _ = cnndsl("zoo", action, "--help")
    assert status == 0
    assert f"examples:\n  cnndsl zoo {action}" in out


def test_no_command(cnndsl: Command) -> None:
    status, out, err = cnndsl()
    assert (status, out) == (2, "")
    assert err.startswith("error: no command is given\n\nusage: cnndsl COMMAND")


@pytest.mark.parametrize(
    ("arguments", "err"),
    [
        (
            ("chekc",),
            "error: unknown command `chekc`\n  = help: did you mean `cnndsl check`?\n",
        ),
        (
            ("xyz",),
            "error: unknown command `xyz`\n"
            f"  = help: there are {', '.join(COMMANDS)}\n",
        ),
        (("--verson",), "error: unknown option `--verson`\n  = help: see `cnndsl --help`\n"),
        (
            ("net.cnn",),
            "error: `net.cnn` is no command\n  = help: write `cnndsl check net.cnn`\n",
        ),
        (
            ("check", "--output-fromat", "json", "x.cnn"),
            "error: unknown option `--output-fromat`\n"
            "  = help: did you mean `--output-format`?\n",
        ),
        (
            ("train", "lenet5", "--out", __file__),
            f"error: {__file__} is a file, and a folder is written\n",
        ),
        (
            ("compile", "lenet5", "--set", "classes=ten"),
            "error: `--set classes`: unknown name `ten`\n",
        ),
        (
            ("check", "--output-format", "jsn", "x.cnn"),
            "error: argument --output-format: no output format is named `jsn`; "
            "did you mean `json`?\n  = help: see `cnndsl check --help`\n",
        ),
        (
            ("check",),
            "error: the following arguments are required: PATH\n"
            "  = help: see `cnndsl check --help`\n",
        ),
        (
            ("summary", "a.cnn", "b.cnn"),
            "error: unexpected argument `b.cnn`\n  = help: see `cnndsl summary --help`\n",
        ),
        (
            ("zoo", "lst"),
            "error: `cnndsl zoo` has no `lst`\n  = help: did you mean `list`?\n",
        ),
        (
            ("explain", "CNN3010"),
            "error: no diagnostic is named `CNN3010`\n"
            "  = help: did you mean `CNN301` or `CNN310`?\n",
        ),
    ],
)  # fmt: skip
def test_usage_mistakes(cnndsl: Command, arguments: tuple[str, ...], err: str) -> None:
    assert cnndsl(*arguments) == (2, "", err)


# Unexpected errors


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv("CNNDSL_DEBUG", raising=False)
    return monkeypatch


def fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(_arguments: list[str]) -> int:
        raise error

    monkeypatch.setattr(cli, "dispatch", fail)


def test_an_unexpected_error_is_short(cnndsl: Command, failing: pytest.MonkeyPatch) -> None:
    fail_with(failing, KeyError("x\ny"))
    status, out, err = cnndsl("check", "x.cnn")
    assert (status, out) == (2, "")
    assert err == (
        "internal error: KeyError: 'x\\ny'\n"
        "  = help: this is a mistake in cnndsl; CNNDSL_DEBUG=1 shows where it happened\n"
    )


def test_debugging_shows_the_traceback(cnndsl: Command, failing: pytest.MonkeyPatch) -> None:
    failing.setenv("CNNDSL_DEBUG", "1")
    fail_with(failing, KeyError("x"))
    status, _, err = cnndsl("check", "x.cnn")
    assert status == 2
    assert err.startswith("Traceback")
    assert err.endswith("KeyError: 'x'\n")


@pytest.mark.parametrize(
    ("error", "status", "err"),
    [
        (KeyboardInterrupt(), 130, ""),
        (BrokenPipeError(), 141, ""),
        (MemoryError(), 2, "error: out of memory\n"),
        (OSError(28, "No space left on device"), 2, "error: no space left on device\n"),
        (SystemExit(0), 0, ""),
        (SystemExit(None), 0, ""),
    ],
)
def test_what_else_can_happen(
    cnndsl: Command, failing: pytest.MonkeyPatch, error: BaseException, status: int, err: str
) -> None:
    failing.setattr(cli, "abandon", lambda _stream: None)
    fail_with(failing, error)
    assert cnndsl("check", "x.cnn") == (status, "", err)


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "net.cnn").write_text("model m { input 8x8x3\n" + "relu\n" * 3000 + "}")
    command = [sys.executable, "-m", "cnndsl", "summary", str(tmp_path / "net.cnn")]
    buffered = {**os.environ, "PYTHONUNBUFFERED": ""}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=buffered
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 141


def test_a_full_disk_is_a_short_error(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no /dev/full")
    command = [sys.executable, "-m", "cnndsl", "--help"]
    with full.open("wb") as device:
        done = subprocess.run(command, stdout=device, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert done.stderr == b"error: no space left on device\n"


def test_output_that_the_terminal_cannot_encode_is_escaped(tmp_path: Path) -> None:
    (tmp_path / "net.cnn").write_text(BROKEN.replace("max_pol", "卷积"), encoding="utf-8")
    command = [sys.executable, "-m", "cnndsl", "check", str(tmp_path / "net.cnn")]
    environment = {"PYTHONIOENCODING": "ascii", "PATH": ""}
    done = subprocess.run(command, capture_output=True, check=False, env=environment)
    assert done.returncode == 1
    assert rb"\u5377" in done.stdout
    assert done.stderr == b""


@pytest.mark.parametrize("port", ["0", "-1", "x", "65536"])
def test_a_port_that_no_machine_has(cnndsl: Command, port: str) -> None:
    status, out, err = cnndsl("lsp", "--port", port)
    assert (status, out) == (2, "")
    assert "--port" in err
    assert "invalid int value" not in err


@pytest.mark.parametrize("command", ["weights", "zoo"])
def test_a_command_without_its_action_is_a_mistake(cnndsl: Command, command: str) -> None:
    found = cnndsl(command)
    assert (found.status, found.out) == (2, "")
    assert found.err.startswith(f"error: `cnndsl {command}` takes what it is to do\n\nusage: ")
    asked = cnndsl(command, "--help")
    assert (asked.status, asked.err) == (0, "")
    assert asked.out.rstrip() in found.err
