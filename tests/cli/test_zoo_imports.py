"""Imports from the zoo, `zoo:NAME`: found in every folder, with the package."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Command
from spec_text import codes_of, findings_of, in_model

from cnndsl.project.loading import Loader
from cnndsl.text import Source

ONE = 'import squeeze_excite from "zoo:blocks"\n' + in_model("squeeze_excite(2)", "8x8x4")


def test_they_are_found_in_every_folder(
    cnndsl: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "net.cnn").write_text(ONE)
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    assert cnndsl("check", "../net.cnn").status == 0
    assert findings_of(ONE) == []


def test_a_file_of_a_shelf_and_the_files_that_it_imports() -> None:
    text = (
        'import inception_a from "zoo:torchvision/inception_v3_blocks"\n'
        'import fork from "zoo:inception_v3_blocks"\n'
    )
    loader = Loader()
    loader.module(Source("net.cnn", text + in_model("inception_a(4) -> fork(4)", "35x35x8")))
    names = {module.source.name for module in loader.modules.values()}
    assert names == {
        "zoo:torchvision/inception_v3_blocks",
        "zoo:torchvision/inception_blocks.cnn",
        "zoo:inception_v3_blocks",
    }


@pytest.mark.parametrize(
    ("imported", "finding", "advice"),
    [
        ('squeeze_excite from "zoo:block"', "CNN604 the zoo has no file `block`", "`blocks`"),
        ('a from "zoo:../blocks"', "CNN604 the zoo has no file `../blocks`", "`blocks`"),
        ('a from "zoo:"', "CNN604 the zoo has no file ``", "its files of blocks are blocks, incep"),
        ('a from "zoo:blocks.cnn"', "CNN604 the zoo has no file `blocks.cnn`", "`blocks`"),
        ('squeeze from "zoo:blocks"', "CNN603 zoo:blocks defines no block or", "squeeze_excite"),
        ('a from "zoo:blocks"', "CNN603 zoo:blocks defines no block or pixels `a`", "it defines "),
    ],
)
def test_what_is_not_there(
    cnndsl: Command, folder: Path, imported: str, finding: str, advice: str
) -> None:
    (folder / "net.cnn").write_text(f"import {imported}\n{in_model('relu')}")
    status, out, _ = cnndsl("check", "net.cnn")
    assert status == 1
    assert out.startswith(finding)
    assert advice in out.split("= help:")[1]


def test_a_zoo_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnndsl.project.zoo.folder", lambda: None)
    assert codes_of(ONE) == ["CNN601"]


def test_a_finding_inside_shows_the_zoo_and_the_call(cnndsl: Command, folder: Path) -> None:
    (folder / "net.cnn").write_text(ONE.replace("8x8x4", "4"))
    _, out, _ = cnndsl("check", "net.cnn")
    assert "--> zoo:blocks:" in out
    assert "= in squeeze_excite(2), called at net.cnn:" in out


def test_they_are_locked_with_the_spec(cnndsl: Command, folder: Path) -> None:
    (folder / "net.cnn").write_text(ONE)
    assert cnndsl("lock", "net.cnn").status == 0
    assert '"squeeze_excite.conv1"' in (folder / "cnndsl.lock").read_text()
    assert cnndsl("check", "--locked", "net.cnn").status == 0


def test_copies_do_without_them(
    cnndsl: Command, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoo = tmp_path / "zoo"
    zoo.mkdir()
    (zoo / "blocks.cnn").write_text("block squeeze_excite(ratio) { conv(ratio, 1x1) }\n")
    (zoo / "m.cnn").write_text(ONE)
    monkeypatch.setattr("cnndsl.project.zoo.folder", lambda: str(zoo))
    assert cnndsl("zoo", "copy", "m", "here").out == "wrote here/m.cnn\n"
    assert cnndsl("check", "here").status == 0
