"""`cnndsl zoo`, and zoo names."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import SMALL, Command

from cnndsl import zoo
from cnndsl.load import Loader
from cnndsl.locate import read_file

HEAD = "# {}\nmodel {} {{ input 3\n dense(2) }}\n"


@pytest.fixture
def shelves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A zoo of its own: two networks, a shelf, and files of blocks."""
    root = tmp_path / "zoo"
    (root / "shelf").mkdir(parents=True)
    (root / "__pycache__").mkdir()
    (root / "small.cnn").write_text(SMALL)
    (root / "blocks.cnn").write_text("# Shared.\nblock pair() { relu -> relu }\n")
    (root / "uses.cnn").write_text(
        'import pair from "blocks.cnn"\n# Uses blocks.\nmodel uses { input 3\n pair() }\n'
    )
    (root / "shelf" / "deep.cnn").write_text(
        'import pair from "../blocks.cnn"\n' + HEAD.format("Deep (2020).", "deep")
    )
    (root / "shelf" / "notes.txt").write_text("model")
    monkeypatch.setattr(zoo, "folder", lambda: str(root))
    return root


def test_list(cnndsl: Command, shelves: Path) -> None:
    assert cnndsl("zoo", "list") == (
        0,
        "small       Small (nobody, 2020): for tests.\n"
        "uses        Uses blocks.\n"
        "shelf/deep  Deep (2020).\n",
        "",
    )


def test_show(cnndsl: Command, shelves: Path) -> None:
    assert cnndsl("zoo", "show", "small") == (0, SMALL, "")
    assert cnndsl("zoo", "show", "blocks").out.startswith("# Shared.")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("smal", "did you mean `small`?"),
        ("deep", "did you mean `shelf/deep`?"),
        ("torch/deep", "did you mean `shelf/deep`?"),
        ("qqqq", "see `cnndsl zoo list`"),
        ("../zoo/small", "did you mean `small`?"),
        ("/etc/passwd", "see `cnndsl zoo list`"),
        ("shelf/", "did you mean `shelf/deep`?"),
    ],
)
def test_unknown_names(cnndsl: Command, shelves: Path, name: str, advice: str) -> None:
    found = cnndsl("zoo", "show", name)
    assert found == (2, "", f"error: no zoo network is named `{name}`\n  = help: {advice}\n")


def test_zoo_names_are_specs(cnndsl: Command, shelves: Path, folder: Path) -> None:
    assert cnndsl("check", "shelf/deep", "--ignore", "CNN8").out.startswith(
        "shelf/deep.cnn: deep 3 -> 2"
    )
    (folder / "uses").mkdir()
    assert cnndsl("summary", "uses").status == 0


def test_copy(cnndsl: Command, shelves: Path, folder: Path) -> None:
    assert cnndsl("zoo", "copy", "small", "new/place") == (0, "wrote new/place/small.cnn\n", "")
    assert (folder / "new/place/small.cnn").read_text() == SMALL


def test_copy_takes_along_what_is_imported(cnndsl: Command, shelves: Path, folder: Path) -> None:
    found = cnndsl("zoo", "copy", "shelf/deep", "here")
    assert found.out == "wrote here/shelf/deep.cnn\nwrote here/blocks.cnn\n"
    assert cnndsl("check", "here").status == 0
    assert cnndsl("zoo", "copy", "uses", "here").status == 0


def test_copy_overwrites_only_when_forced(cnndsl: Command, shelves: Path, folder: Path) -> None:
    (folder / "blocks.cnn").write_text("mine")
    found = cnndsl("zoo", "copy", "uses")
    assert found == (
        2,
        "",
        "error: blocks.cnn exists already\n  = help: choose another folder, or add `--force`\n",
    )
    assert not (folder / "uses.cnn").exists()
    assert (folder / "blocks.cnn").read_text() == "mine"
    assert cnndsl("zoo", "copy", "uses", "--force").status == 0
    assert cnndsl("check", "uses.cnn").status == 0


def test_copy_into_what_is_no_folder(cnndsl: Command, shelves: Path, folder: Path) -> None:
    status, out, err = cnndsl("zoo", "copy", "uses", "two.cnn")
    assert (status, out) == (2, "")
    assert err.startswith("error: cannot write two.cnn")


def test_a_zoo_that_is_not_installed(
    cnndsl: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zoo, "folder", lambda: None)
    assert cnndsl("zoo", "list").status == 2
    assert cnndsl("check", "resnet50").status == 2


def test_titles() -> None:
    assert zoo.first_sentence("One (A,\n1998).\nMore.") == "One (A, 1998)."
    assert zoo.first_sentence("One\n\nTwo.") == "One"
    assert zoo.first_sentence("") == ""


@pytest.mark.parametrize("name", [entry.name for entry in zoo.entries()])
def test_the_lines_say_what_the_parser_says(name: str) -> None:
    path = zoo.find(name)
    assert path is not None
    source = read_file(path)
    models = Loader().module(source).models
    parsed = [(one.name, one.definition.documentation) for one in models]
    assert list(zoo.documented_models(source.text)) == parsed
