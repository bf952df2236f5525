"""File names can hold anything, and reach a terminal, a log and other programs escaped."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree

import pytest
from command_line import BROKEN, SMALL

NAMES = {
    "escape": "a\x1b[31mred\x1b]0;title\x07",
    "line end": "a\nb",
    "command": "a\n::error file=x.cnn::injected",
    "command at once": "::error::injected",
    "old command": "##[error]injected",
    "stop": "a\r\n::stop-commands::x",
    "carriage return": "good.cnn is clean\rbad",
    "properties": "a,line=7:col=8%0A::warning::x",
    "quotes": "a\"b'c<d>&e]]>",
    "backslash": "a\\b\\n",
    "delete": "a\x7fb\x08",
    "control": "a\x85b\x9b31mc\x90",
    "direction": "a\u202egnp\u202c\u2066b\u2069\u200f\u061c",
    "separators": "a\u2028b\u2029c",
    "surrogate": "a\udc80\udcff",
    "markup": "a`b`*c*[d](e)|",
    "tags": "a\U000e0001\U000e0041",
    "spaces": " a\u00a0\u3000b\t",
}
NAMES["all of them"] = "".join(dict.fromkeys("".join(NAMES.values()))).replace("/", "")
FIRST = ("command", "old command", "all of them")
JSON_FORMATS = ("json", "gitlab", "sarif", "rdjson")
FORMATS = ("text", "concise", "github", "junit", *JSON_FORMATS)
STREAMS: dict[str, dict[str, str]] = {
    "utf-8": {"PYTHONIOENCODING": "utf-8"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "C": {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "strict": {"PYTHONIOENCODING": "ascii:strict"},
}
COLOR = re.compile(r"\x1b\[[0-9;]*m")
COMMAND = re.compile(r"::([a-z-]+)(?: ([^:]*))?::(.*)")
UNESCAPES = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}


def clean(text: str) -> bool:
    """Whether a text has no character that is not to be seen, apart from line ends."""
    return text.replace("\n", "").isprintable()


def furnish(folder: Path, name: str) -> str:
    """A folder with a spec of this name that has findings, and one that imports it."""
    (folder / ".git").mkdir()
    file = name + ".cnn"
    path = os.fsencode(folder) + b"/" + os.fsencode(file)
    Path(os.fsdecode(path)).write_text("block act { rleu }\n" + BROKEN)
    return file


def run(folder: Path, *arguments: str, **environment: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "cnndsl", *arguments],
        cwd=folder,
        capture_output=True,
        env={**os.environ, **environment},
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def in_process(
    cnndsl: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """The same in this process, which is much sooner there."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: cnndsl(*arguments, stdin=BROKEN.encode())


# The judges of what the formats say


def read_github(out: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """The commands that a runner finds in a log, as its source reads them."""
    stopped = None
    for line in re.split(r"\r\n|\r|\n", out):
        match = COMMAND.match(line.lstrip())
        if stopped is not None:
            stopped = None if line.lstrip() == f"::{stopped}::" else stopped
        elif match and match[1] == "stop-commands":
            stopped = match[3]
        elif match:
            listed = (one.partition("=") for one in (match[2] or "").split(",") if one)
            yield match[1], {key: unescaped(value) for key, _, value in listed}, unescaped(match[3])
        elif "##[" in line:
            yield "##[", {}, line


def unescaped(data: str) -> str:
    return re.sub("|".join(UNESCAPES), lambda found: UNESCAPES[found[0]], data)


def visible(name: str) -> str:
    """A name as it stands in text for people."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in name
    )


def judge_text(out: str, file: str, count: int) -> None:
    assert out.replace("\\x23", "#").replace("\\x3a", ":").count(visible(file)) >= count


def judge_github(out: str, file: str, count: int) -> None:
    commands = list(read_github(out))
    assert [name for name, _, _ in commands] == ["error"] * count
    for _, properties, message in commands:
        assert set(properties) <= {"title", "file", "line", "endLine", "col", "endColumn"}
        lines = file.replace("\n", "").replace("\r", "").isprintable()
        assert properties["file"] == (file if lines else kept_lines(file))
        assert "injected" not in message


def kept_lines(name: str) -> str:
    return "".join(one if one in "\r\n" else visible(one) for one in name)


def judge_json(out: str, file: str, count: int) -> None:
    found = json.loads(out)["diagnostics"]
    assert [one["filename"] for one in found] == [file] * count


def judge_gitlab(out: str, file: str, count: int) -> None:
    assert [one["location"]["path"] for one in json.loads(out)] == [file] * count


def judge_rdjson(out: str, file: str, count: int) -> None:
    found = json.loads(out)["diagnostics"]
    assert [one["location"]["path"] for one in found] == [file] * count


def judge_sarif(out: str, file: str, count: int) -> None:
    (run,) = json.loads(out)["runs"]
    places = [one["locations"][0]["physicalLocation"] for one in run["results"]]
    uris = [one["artifactLocation"]["uri"] for one in places]
    assert len(uris) == count
    assert all(re.fullmatch(r"[A-Za-z0-9._~/%-]+", one) for one in uris)
    assert {os.fsdecode(unquote_to_bytes(one)) for one in uris} == {file}


def judge_junit(out: str, file: str, count: int) -> None:
    cases = list(ElementTree.fromstring(out.encode()).iter("testcase"))
    assert len(cases) == count
    allowed = "".join(one if one >= " " or one in "\t\r\n" else "\ufffd" for one in file)
    allowed = re.sub("[\ud800-\udfff]", "\ufffd", allowed)
    assert {one.attrib["file"] for one in cases} == {allowed}


JUDGES = {
    "text": judge_text, "concise": judge_text, "github": judge_github, "junit": judge_junit,
    "json": judge_json, "gitlab": judge_gitlab, "rdjson": judge_rdjson, "sarif": judge_sarif,
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("output_format", FORMATS)
def test_every_format_with_every_name(
    in_process: Callable[..., tuple[int, str, str]],
    tmp_path: Path,
    output_format: str,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    file = furnish(tmp_path, NAMES[name])
    status, out, err = in_process("check", "--output-format", output_format, ".")
    assert (status, err) == (1, "")
    assert clean(out)
    JUDGES[output_format](out, file, 3)
    if output_format != "github":
        assert list(read_github(out)) == []
    else:
        assert clean((tmp_path / "summary").read_text())
    status, out, err = in_process("check", "--output-format", output_format, f"missing {file}")
    assert status == 2
    assert clean(out + err)
    assert visible(file) in err.replace("\\x23", "#")
    assert list(read_github(err)) == []


USES = {
    "option": ("check", "--{}"),
    "format": ("check", "--output-format", "{}", "x.cnn"),
    "number": ("check", "--jobs", "{}", "x.cnn"),
    "setting": ("compile", "small.cnn", "--set", "{}"),
    "value": ("compile", "small.cnn", "--set", "classes={}"),
    "parameter": ("compile", "small.cnn", "--set", "{}=1"),
    "model": ("compile", "small.cnn", "--model", "{}"),
    "backend": ("compile", "small.cnn", "--backend", "{}"),
    "output": ("compile", "small.cnn", "-o", "{}.py"),
    "no output": ("compile", "small.cnn", "-o", "missing/{}.py"),
    "spec": ("summary", "{}"),
    "pattern": ("check", "{}*"),
    "command": ("{}",),
    "topic": ("explain", "{}"),
    "network": ("zoo", "show", "{}"),
    "copy": ("zoo", "copy", "lenet5", "{}"),
    "action": ("zoo", "{}"),
    "argument": ("lock", "small.cnn", "--{}"),
    "labels": ("run", "small.cnn", "--labels", "{}"),
    "image": ("run", "small.cnn", "--image", "{}"),
    "photo": ("run", "small.cnn", "{}"),
    "weights": ("weights", "import", "small.cnn", "{}.pt", "x.npz"),
    "entries": ("weights", "export", "small.cnn", "nasty.npz", "x.pt"),
    "kept entries": (
        "weights", "convert", "small.cnn", "nasty.npz", "{}.npz",
        "--allow-missing", ".*", "--allow-extra", "(?s).*", "--save-map", "{}.toml",
    ),
    "difference": ("weights", "diff", "nasty.npz", "other.npz"),
    "map": ("weights", "import", "small.cnn", "x.pt", "x.npz", "--map", "{}"),
    "regex": ("weights", "import", "small.cnn", "x.pt", "x.npz", "--allow-extra", "({}"),
    "stdin": ("check", "-", "--output-format", "text", "--stdin-filename", "{}"),
    "stdin mended": ("check", "-", "--fix", "--output-format", "text", "--stdin-filename", "{}"),
    "input": ("verify", "small.cnn", "--input", "{}", "--backends", "numpy"),
    "clean": ("check", "clean {}.cnn"),
    "lock": ("lock", "clean {}.cnn"),
    "difference of locks": ("lock", "--diff", "clean {}.cnn"),
    "fixes": ("check", "--diff", "slip {}.cnn"),
    "fixed": ("check", "--fix", "slip {}.cnn"),
    "emitted": ("compile", "clean {}.cnn", "--backend", "torch"),
    "emitted by functions": ("compile", "clean {}.cnn", "--backend", "numpy"),
}  # fmt: skip


CODE = {"emitted", "emitted by functions", "fixes", "difference of locks"}
"""What these print is for a file, and stands as it is; but no name starts a line in it."""


@pytest.mark.parametrize(
    "name",
    [pytest.param(one, marks=[pytest.mark.slow] * (one not in FIRST)) for one in NAMES],
)
@pytest.mark.parametrize("use", USES)
def test_every_argument_with_every_name(
    in_process: Callable[..., tuple[int, str, str]],
    tmp_path: Path,
    use: str,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import numpy as np

    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    text = NAMES[name]
    for prefix, spec in (("clean ", SMALL), ("slip ", SMALL.replace("->", "=>"))):
        Path(f"{prefix}{text}.cnn").write_text(spec)
    Path("small.cnn").write_text(SMALL)
    written = text.encode(errors="replace").decode()
    np.savez("nasty.npz", **{written: np.zeros(2)})
    np.savez("other.npz", **{written + "2": np.ones(2)})
    status, out, err = in_process(*(one.replace("{}", text) for one in USES[use]))
    assert status in (0, 1, 2)
    assert "internal error" not in err
    assert clean(out + err)
    assert list(read_github(err)) == []
    if use not in CODE:
        assert list(read_github(out)) == []


@pytest.mark.parametrize("stream", STREAMS)
def test_no_stream_is_too_narrow(tmp_path: Path, stream: str) -> None:
    """Each run has all names, and a spec whose own text is not ASCII."""
    for name in NAMES.values():
        Path(os.fsdecode(os.fsencode(tmp_path / f"{name}.cnn"))).write_text(BROKEN)
    (tmp_path / "é😀.cnn").write_text("# é😀\nmodel m { input 3 -> €\n}\n")
    for output_format in FORMATS if stream == "ascii" else ("text",):
        status, out, err = run(
            tmp_path, "check", "--output-format", output_format, ".", **STREAMS[stream]
        )
        assert (status, err) == (1, "")
        if output_format in JSON_FORMATS:
            json.loads(out)
        elif output_format == "junit":
            ElementTree.fromstring(out.encode())
        assert clean(out)
    gone = (f"gone {name}" for name in ("é\udcff\n\x1b", *NAMES.values()))
    status, out, err = run(tmp_path, "check", *gone, **STREAMS[stream])
    assert (status, out) == (2, "")
    assert clean(err)
    assert len(re.findall("^error: no file ", err, re.MULTILINE)) == len(NAMES) + 1


def test_a_lock_of_every_name(
    in_process: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    files = [f"{name}.cnn" for name in NAMES.values() if not re.search("[\udc80-\udcff]", name)]
    for file in files:
        Path(file).write_text(SMALL)
    assert in_process("lock", ".")[0] == 0
    text = (tmp_path / "cnndsl.lock").read_text()
    assert clean(text)
    assert tomllib.loads(text).keys() - {"version"} == set(files)
    assert in_process("check", "--locked", ".")[0] == 0
    Path("a\udc80.cnn").write_text(SMALL)
    status, _, err = in_process("lock", ".")
    assert (status, err.splitlines()[0]) == (
        2, "error: cannot lock a\\udc80.cnn: its name is no text",
    )  # fmt: skip


def test_colours_come_through_and_nothing_else(
    in_process: Callable[..., tuple[int, str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from cnndsl.commands import check

    monkeypatch.setattr(check, "wants_color", lambda: True)
    Path("\x1b[31mred.cnn").write_text(BROKEN + "# \x1b[32mgreen\n}\n")
    _, out, _ = in_process("check", ".")
    assert COLOR.search(out)
    assert clean(COLOR.sub("", out))
    assert "\x1b[31mred" not in out
    assert "\x1b[32mgreen" not in out
