"""`cnndsl view` with its interactive page: in the browser, to a file, or to nobody."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from command_line import Command

from cnndsl.commands import browsing

LINE = "small 8x8x3 -> 10, 1,562 parameters, 5.33 kMACs\n"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The addresses that a browser is asked to show."""
    asked: list[str] = []

    def show(address: str) -> bool:
        asked.append(address)
        return True

    monkeypatch.setenv("BROWSER", "none")
    monkeypatch.setattr(webbrowser, "open", show)
    monkeypatch.setattr(browsing.tempfile, "mkdtemp", lambda prefix: str(tmp_path))
    return asked


def test_a_page_opens_in_the_browser(cnndsl: Command, folder: Path, opened: list[str]) -> None:
    status, out, err = cnndsl("view", "small.cnn")
    (address,) = opened
    path = Path(unquote(urlsplit(address).path))
    assert (status, out, err) == (0, f"opened {path}: {LINE}", "")
    assert path.name == "small.html"
    assert path.read_text().startswith("<!doctype html>")


def test_a_page_is_written_to_a_file(cnndsl: Command, folder: Path, opened: list[str]) -> None:
    assert cnndsl("view", "small.cnn", "-o", "net.html") == (0, f"wrote net.html: {LINE}", "")
    written = (folder / "net.html").read_text()
    assert cnndsl("view", "small.cnn", "--format", "html").out == written
    assert cnndsl("view", "small.cnn").status == 0
    assert (folder / "small.html").read_text() == written


def test_without_a_display_it_says_what_to_write(
    cnndsl: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsing.sys, "platform", "linux")
    for name in browsing.SCREENS:
        monkeypatch.delenv(name, raising=False)
    status, out, err = cnndsl("view", "small.cnn")
    assert (status, out) == (2, "")
    assert "no display" in err
    assert "`cnndsl view small.cnn -o network.html`" in err


def test_a_browser_that_does_not_open(
    cnndsl: Command, folder: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda address: False)
    status, _, err = cnndsl("view", "small.cnn")
    assert status == 2
    assert str(folder / "small.html") in err


def test_a_broken_spec_opens_nothing(cnndsl: Command, folder: Path, opened: list[str]) -> None:
    status, out, _ = cnndsl("view", "broken.cnn")
    assert status == 1
    assert "CNN304" in out
    assert opened == []
