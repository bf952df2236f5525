"""The README's spec becomes the code, and gives the messages, that the README shows."""

import re
from pathlib import Path

import pytest

import cnndsl
from cnndsl.cli import main
from cnndsl.commands import COMMANDS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


(SPEC,) = blocks("cnn")
TORCH, KERAS, _API = blocks("python")


@pytest.mark.parametrize(("backend", "shown"), [("torch", TORCH), ("keras", KERAS)])
def test_the_code_shown_is_the_code_emitted(backend: str, shown: str) -> None:
    assert shown in cnndsl.loads(SPEC, name="tiny_resnet.cnn").emit(backend)


@pytest.mark.parametrize(("text", "block"), [(SPEC, 0), ("broken", 1)])
def test_the_messages_shown_are_those_given(
    text: str,
    block: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    if text == "broken":
        text = SPEC.replace("conv(filters, 1x1, stride)", "conv(filters, 1x1)")
    Path("tiny_resnet.cnn").write_text(text)
    main(["check", "tiny_resnet.cnn"])
    shown = blocks("console")[block].split("\n", 1)[1].strip()
    assert capsys.readouterr().out.startswith(shown)


def test_the_files_it_names_exist() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
    for target in re.findall(r"`((?:docs|tests)/[^` ]+)`", README):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_a_row(command: str) -> None:
    assert f"\n| `cnndsl {command}" in README
