"""`cnndsl zoo`, and zoo names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import SMALL, Command

from cnndsl.project import zoo
from cnndsl.project.loading import Loader
from cnndsl.project.locate import read_file

NETS = """\
# Slim (2020).
model slim(units = 2) { input 3
    dense(units) }
# Wide (2021).
model wide = slim(units = 7)
"""
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
        """\
Network     Input  Parameters    MACs  Paper

The classics, as published or taught
small       8x8x3       1,562  5.33 k  nobody 2020
uses        3               0       0

shelf
shelf/deep  3               8       6
""",
        "",
    )
    assert cnndsl("zoo", "list", "EE").out.splitlines()[-1].startswith("shelf/deep")
    assert cnndsl("zoo", "list", "smalll") == (
        2,
        "",
        "error: no zoo network has `smalll` in its name\n  = help: did you mean `small`?\n",
    )


def test_list_for_programs(cnndsl: Command, shelves: Path) -> None:
    listed = json.loads(cnndsl("zoo", "list", "--format", "json").out)
    assert listed["networks"][-1] == {
        "name": "shelf/deep",
        "shelf": "shelf",
        "path": str(shelves / "shelf" / "deep.cnn"),
        "input": [3],
        "inputs": {"input": [3]},
        "outputs": {"main": [2]},
        "pixels": None,
        "params": 8,
        "macs": 6,
        "layers": 1,
        "paper": "",
        "title": "Deep (2020).",
    }


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ("--params <8", "uses"),
        ("--params <=8", "uses shelf/deep"),
        ("--params >=0.008K", "small shelf/deep"),
        (f"--params <{'9' * 400}", "small uses shelf/deep"),
        ("--params 8", "shelf/deep"),
        ("--params 8..1.562K --macs >6", "small"),
        ("--macs =6", "shelf/deep"),
        ("--shelf classics", "small uses"),
        ("--shelf shelf --params <1_000", "shelf/deep"),
        ("D?EP", "shelf/deep"),
        ("shelf/*", "shelf/deep"),
        ("*[ls]*", "small uses shelf/deep"),
        ("De-Ep", "shelf/deep"),
    ],
)
def test_what_a_list_can_be_narrowed_to(
    cnndsl: Command, shelves: Path, options: str, names: str
) -> None:
    listed = json.loads(cnndsl("zoo", "list", *options.split(), "--format", "json").out)
    assert [one["name"] for one in listed["networks"]] == names.split()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--params 8..1", "argument --params: nothing is in `8..1`, which begins above its end"),
        ("--macs <5X", "argument --macs: `<5X` is no comparison and no range; write `<5M`, "),
        ("--params <", "argument --params: `<` is no comparison and no range; write `<5M`, "),
        ("--shelf shelve", "argument --shelf: no shelf is named `shelve`; did you mean `shelf`?"),
        ("--params >1M --macs <1G", "none of 3 networks is within the bounds of --params and --m"),
        ("e* --shelf shelf", "no zoo network on the shelf shelf has `e*` in its name"),
    ],
)
def test_what_no_list_can_be_narrowed_to(
    cnndsl: Command, shelves: Path, options: str, message: str
) -> None:
    status, out, err = cnndsl("zoo", "list", *options.split())
    assert (status, out) == (2, "")
    assert err.startswith(f"error: {message}")


def test_every_title_names_its_source() -> None:
    found = {entry.name: zoo.citation(entry.title) for entry in zoo.entries()}
    assert {name for name, paper in found.items() if not paper} == set()
    assert found["lenet5"] == (
        "LeCun et al. 1998, Gradient-based learning applied to document recognition"
    )
    assert found["lenet5_modern"] == "LeCun et al. 1998"
    assert found["resnext50_32x4d"].startswith("Xie et al. 2017, Aggregated residual")
    assert found["torchvision/googlenet"] == "Szegedy et al. 2015, Going deeper with convolutions"
    assert found["torchvision/wide_resnet50_2"].startswith("Zagoruyko and Komodakis 2016, Wide")
    assert found["happy_model"] == "Ng et al. deeplearning.ai, Convolutional neural networks"


def test_show(cnndsl: Command, shelves: Path) -> None:
    assert cnndsl("zoo", "show", "small") == (0, SMALL, "")
    assert cnndsl("zoo", "show", "blocks").out.startswith("# Shared.")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("smal", "did you mean `small`?"),
        ("dep", "did you mean `shelf/deep`?"),
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


def test_a_name_on_two_shelves(cnndsl: Command, shelves: Path) -> None:
    (shelves / "other").mkdir()
    (shelves / "other" / "deep.cnn").write_text(HEAD.format("Deep (2020).", "deep"))
    assert cnndsl("check", "deep").err == (
        "error: no file and no zoo network is named `deep`\n"
        "  = help: did you mean `other/deep` or `shelf/deep`?\n"
    )


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("mobilenet_v3_large", "torchvision/mobilenet_v3_large"),
        ("MobileNetV3Large", "keras/mobilenet_v3_large"),
        ("torchvision/MobileNetV3Large", "torchvision/mobilenet_v3_large"),
        ("ResNet-50", "resnet50"),
        ("efficientnet-b0", "torchvision/efficientnet_b0"),
        ("EfficientNetV2B0", "keras/efficientnet_v2_b0"),
        ("RegNetX-1.6GF", "torchvision/regnet_x_1_6gf"),
        ("regnet_x_16gf", "torchvision/regnet_x_16gf"),
        ("SqueezeNet 1.1", "torchvision/squeezenet1_1"),
    ],
)
def test_published_names_are_found(cnndsl: Command, spelling: str, name: str) -> None:
    found = zoo.find(spelling)
    assert found is not None
    assert found.path == (zoo.find(name) or found).path
    assert (found.model or name) == name.rsplit("/", 1)[-1]
    assert cnndsl("summary", spelling) == cnndsl("summary", name)
    assert cnndsl("zoo", "show", spelling).out == cnndsl("zoo", "show", name).out


def test_every_network_is_found_by_its_name_in_other_spellings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entries = zoo.entries()
    monkeypatch.setattr(zoo, "entries", lambda: entries)
    for entry in entries:
        for spelling in (entry.name.replace("_", "-"), entry.name.replace("_", " ").title()):
            found = zoo.find(spelling)
            assert found is not None, spelling
            assert found.path == entry.path


def test_a_published_name_with_a_slip(cnndsl: Command) -> None:
    assert cnndsl("check", "MobileNetV3Lage").err == (
        "error: no file and no zoo network is named `MobileNetV3Lage`\n"
        "  = help: did you mean `keras/mobilenet_v3_large` or `torchvision/mobilenet_v3_large`?\n"
    )


def test_a_family_in_one_file(cnndsl: Command, shelves: Path) -> None:
    (shelves / "shelf" / "nets.cnn").write_text(NETS)
    assert cnndsl("check", "wide", "--ignore", "CNN8").out.startswith("shelf/nets.cnn: wide 3 -> 7")
    assert cnndsl("check", "shelf/slim", "--ignore", "CNN8").out.startswith(
        "shelf/nets.cnn: slim 3"
    )
    assert cnndsl("summary", "wide").out.startswith("wide(units=7), from ")
    assert cnndsl("check", "deep", "--ignore", "CNN8").out.startswith("shelf/deep.cnn: deep 3 -> 2")
    listed = json.loads(cnndsl("zoo", "list", "wide", "--format", "json").out)["networks"]
    assert [(one["name"], one["params"]) for one in listed] == [("shelf/wide", 28)]
    assert cnndsl("zoo", "show", "wide").out == NETS
    status, _, err = cnndsl("summary", "shelf/nets")
    assert status == 2
    assert "this file defines 2 models: slim, wide" in err


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
    entry = zoo.find(name)
    assert entry is not None
    source = read_file(entry.path)
    models = Loader().module(source).models
    parsed = [(one.name, one.definition.documentation) for one in models]
    assert list(zoo.documented_models(source.text)) == parsed
