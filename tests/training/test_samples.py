"""Samples from files: masks beside pictures, pictures of all kinds, and what is refused by name."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import cnndsl
from cnndsl.recipes.support.class_numbers import with_axes_of
from cnndsl.recipes.support.progress import so_far
from cnndsl.recipes.support.samples import Samples

SHAPE = (12, 8, 3)
RANDOM = np.random.default_rng(0)
SEGMENTATION = """
model net {
    input 12x8x3
    conv(8, 3x3, pad=same) -> relu -> conv(3, 1x1) -> softmax
}
"""


def scene(number: int) -> tuple[Image.Image, np.ndarray]:
    """A picture of three bands, twice as large as the input, and the class of each pixel."""
    classes = (np.arange(24) // 8 + number)[:, None] % 3 + np.zeros(16, int)
    colours = np.array([(200, 30, 30), (30, 200, 30), (30, 30, 200)])[classes]
    noise = RANDOM.integers(-20, 20, colours.shape)
    return Image.fromarray((colours + noise).astype(np.uint8)), classes.astype(np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six pictures with their masks, of shades and of a palette."""
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    for number in range(6):
        picture, classes = scene(number)
        picture.save(tmp_path / "images" / f"{number}.jpg", quality=95)
        mask = Image.fromarray(classes)
        if number % 2:
            mask.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0])
        mask.save(tmp_path / "masks" / f"{number}.png")
    return tmp_path


def test_masks_are_cut_as_pictures_are(folder: Path) -> None:
    found = Samples.load(str(folder), SHAPE, ["main"])
    image, (mask,) = found[1]
    assert (len(found), image.shape, mask.shape) == (6, SHAPE, SHAPE[:2])
    colours = np.array([(200, 30, 30), (30, 200, 30), (30, 30, 200)])
    distances = np.abs(image[:, :, None].astype(int) - colours).sum(-1)
    assert (distances.argmin(-1) == mask).mean() > 0.9  # up to the seams


def test_a_column_of_a_table_has_masks(folder: Path) -> None:
    rows = [f"images/{one}.jpg,masks/{one}.png" for one in range(6)]
    (folder / "all.csv").write_text("\n".join(["picture,mask", *rows]))
    found, whole = (Samples.load(str(one), SHAPE, ["main"]) for one in (folder / "all.csv", folder))
    np.testing.assert_array_equal(found.labels[0], whole.labels[0])


def test_black_and_white_is_no_and_yes(folder: Path) -> None:
    for number in range(6):
        _, classes = scene(number)
        Image.fromarray((classes > 0).astype(np.uint8) * 255).save(folder / f"masks/{number}.png")
    found = Samples.load(str(folder), SHAPE, ["main"])
    assert set(np.unique(found.labels[0])) == {0, 1}


@pytest.mark.parametrize(
    "backend",
    [
        "numpy",
        pytest.param("torch", marks=pytest.mark.slow),
        pytest.param("keras", marks=pytest.mark.long),
    ],
)
def test_masks_are_learned(folder: Path, backend: str) -> None:
    recipe = "optimizer adam(rate=0.05)\nbatch 2\nhold_out 0\nepochs 20"
    network = cnndsl.loads(SEGMENTATION)
    trained = network.fit(folder, recipe=recipe, backend=backend, progress=False)
    samples = Samples.load(str(folder), SHAPE, ["main"])
    images = np.stack([samples[number][0] for number in range(6)])
    assert (trained.predict(images).argmax(-1) == samples.labels[0]).mean() > 0.95


def of_two_classes(folder: Path) -> Path:
    """Pictures of other sizes and of all kinds, in two folders."""
    pixels = RANDOM.integers(0, 256, (21, 31, 4), dtype=np.uint8)
    kinds = {
        "colour": Image.fromarray(pixels[..., :3]),
        "grey": Image.fromarray(pixels[..., 0]),
        "palette": Image.fromarray(pixels[..., :3]).convert("P"),
        "clear": Image.fromarray(pixels),
        "sixteen": Image.fromarray(pixels[..., 0].astype(np.uint16) * 200),
        "bits": Image.fromarray(pixels[..., 0]).convert("1"),
    }
    for name in ("cat", "dog", ".hidden"):
        (folder / name).mkdir(parents=True)
        for kind, picture in kinds.items():
            picture.save(folder / name / f"{kind}.png")
    return folder


def test_pictures_of_all_kinds_are_read_and_hidden_folders_are_no_classes(tmp_path: Path) -> None:
    found = Samples.load(str(of_two_classes(tmp_path)), SHAPE, ["main"])
    assert found.classes == (("cat", "dog"),)
    assert [found[number][0].shape for number in range(len(found))] == [SHAPE] * 12
    np.testing.assert_array_equal(found.labels[0], [0] * 6 + [1] * 6)


def damaged(folder: Path, how: str) -> Path:
    """Samples that cannot be learned from."""
    of_two_classes(folder)
    zeros = np.zeros((4, *SHAPE), np.uint8)
    if how == "one class":
        shutil.rmtree(folder / "dog")
    elif how in ("no pictures", "a class without pictures"):
        for name in ("cat", "dog") if how == "no pictures" else ("dog",):
            shutil.rmtree(folder / name)
            (folder / name).mkdir()
    elif how == "a cut picture":
        path = folder / "cat" / "bits.png"
        path.write_bytes(path.read_bytes()[:60])
    elif how == "no such picture":
        (folder / "all.csv").write_text("cat/grey.png,0\ncat/gray.png,1\n")
        return folder / "all.csv"
    elif how == "no archive":
        (folder / "all.npz").write_bytes(b"numbers")
        return folder / "all.npz"
    elif how == "one label":
        np.savez(folder / "all.npz", x=zeros, y=3.0)
        return folder / "all.npz"
    elif how == "no mask":
        shutil.move(folder / "cat", folder / "images")
        shutil.move(folder / "dog", folder / "masks")
        shutil.rmtree(folder / ".hidden")
        (folder / "masks" / "grey.png").unlink()
    elif how == "a mask of colours":
        shutil.move(folder / "cat", folder / "images")
        shutil.move(folder / "dog", folder / "masks")
        shutil.rmtree(folder / ".hidden")
    return folder


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("one class", "all pictures are of class cat"),
        ("no pictures", "there are no pictures in folders, one a class"),
        ("a class without pictures", "dog: there are no pictures"),
        ("a cut picture", r"bits.png: no picture can be read"),
        ("no such picture", "there is no such picture: .*gray.png"),
        ("no archive", "it is no .npz file"),
        ("one label", r"y is an array \(\) of float64, and no array of numbers"),
        ("no mask", "grey.png has no mask in masks"),
        ("a mask of colours", "clear.png: no mask can be read: it is RGBA, not grey"),
    ],
)
def test_what_is_wrong_is_said(how: str, said: str, tmp_path: Path) -> None:
    data = str(damaged(tmp_path, how))

    def read() -> None:
        found = Samples.load(data, SHAPE, ["main"])
        for number in range(len(found)):
            assert found[number]

    with pytest.raises(SystemExit, match=said):
        read()


def table(folder: Path, text: str, encoding: str = "utf-8") -> str:
    """A table of four pictures, whose names stand as {0} to {3} in its text."""
    names = [f"{number} a.JPG" for number in range(4)]
    for name in names:
        Image.new("RGB", (9, 9), "red").save(folder / name)
    (folder / "all.csv").write_text(text.format(*names), encoding=encoding)
    return str(folder / "all.csv")


@pytest.mark.parametrize(
    ("text", "outputs", "expected"),
    [
        ("{0},2\n{1},0\n", ["main"], [[2, 0]]),
        ("{0},b\n{1},a\n{2},b\n", ["main"], [[1, 0, 1]]),
        ("path;label\n{0};1\n{1};0\n", ["main"], [[1, 0]]),
        ("{0}\t1\n{1}\t0\n", ["main"], [[1, 0]]),
        ("path,red,blue\n{0},1,0\n{1},1,1\n", ["main"], [[[1, 0], [1, 1]]]),
        ("path,b,a\n{0},0.5,x\n{1},2,y\n", ["a", "b"], [[0, 1], [0.5, 2]]),
        ("{0},x,0.5\n{1},y,2\n", ["a", "b"], [[0, 1], [0.5, 2]]),
        ("path,a\n{0},3\n{1},4\n", ["a", "b", "c"], [[3, 4]] * 3),
        ("path,note,b\n{0},1,5\n{1},0,6\n", ["a", "b"], [[1, 0], [5, 6]]),
        ("path,b,b,a\n{0},1,2,3\n{1},4,5,6\n", ["a", "b"], [[3, 6], [[1, 2], [4, 5]]]),
    ],
)
def test_labels_of_a_table(text: str, outputs: list[str], expected: Any, tmp_path: Path) -> None:
    found = Samples.load(table(tmp_path, text), SHAPE, outputs)
    for labels, wanted in zip(found.labels, expected, strict=True):
        np.testing.assert_array_equal(labels, wanted)


def test_a_table_as_spreadsheets_write_it(tmp_path: Path) -> None:
    path = table(tmp_path, "{0};cat\r\n{1};dog\r\n\r\n", "utf-8-sig")
    assert len(Samples.load(path, SHAPE, ["main"])) == 2


@pytest.mark.parametrize(
    ("text", "outputs", "said"),
    [
        ("path,a,b\n{0},1,x\n{1},2,y\n", ["main"], "2 columns of labels, not all numbers"),
        ("{0},1,2,3\n{1},1,2,3\n", ["a", "b"], "3 columns of labels: name those .*: a, b"),
        ("{0},1\n{1},2,3\n", ["main"], "the row of 1 a.JPG has 3 columns, and not 2"),
        ("{0},1\n{1},\n", ["main"], "picture 2 has no label"),
        ("{0},1\n{1},nan\n", ["main"], "labels of main are not all finite"),
        ("gone.jpg,1\n{1},2\n", ["main"], "there is no such picture: .*gone.jpg"),
        ("path,label\n", ["main"], "a row is a path and its labels"),
    ],
)
def test_tables_that_do_not_say_what_is_meant(
    text: str, outputs: list[str], said: str, tmp_path: Path
) -> None:
    with pytest.raises(SystemExit, match=said):
        Samples.load(table(tmp_path, text), SHAPE, outputs)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"x": np.int64}, "images are of int64: make pictures uint8"),
        ({"x": np.uint16}, "images are of uint16: make pictures uint8"),
        ({"x": object}, "x is no array of numbers"),
        ({"y": "U3"}, "y is an array .* of <U3"),
        ({"images": np.uint8}, "there is no array x; there are images, y"),
    ],
)
def test_arrays_of_other_kinds_are_refused_by_name(
    arrays: dict[str, Any], said: str, tmp_path: Path
) -> None:
    found = {"x": np.zeros((3, *SHAPE), np.uint8), "y": np.arange(3)}
    if "images" in arrays:
        found["images"] = found.pop("x")
    else:
        found |= {name: found[name].astype(kind) for name, kind in arrays.items()}
    np.savez(tmp_path / "all.npz", **dict(sorted(found.items())))
    with pytest.raises(SystemExit, match=said):
        Samples.load(str(tmp_path / "all.npz"), SHAPE, ["main"])


def test_where_channels_stand_first_is_said(tmp_path: Path) -> None:
    np.savez(tmp_path / "all.npz", x=np.zeros((2, 3, 12, 8), np.uint8), y=[0, 1])
    with pytest.raises(SystemExit, match="put the channels last"):
        Samples.load(str(tmp_path / "all.npz"), SHAPE, ["main"])


def test_what_is_learned_from_is_said() -> None:
    pictures = np.zeros((20, *SHAPE), np.uint8)
    names, numbers = [f"c{one}" for one in range(20)], np.arange(20)
    found = Samples(pictures, [numbers, numbers], SHAPE, [[], names])
    assert found.in_words(5, ["value", "kind"]).split("\n") == [
        "20 pictures: 15 to learn from and 5 held out",
        "classes of kind: 0 c0, 1 c1, 2 c2, ..., 19 c19",
    ]
    values = Samples(np.linspace(0, 255, 288, dtype=np.float32).reshape(1, *SHAPE), [[0]], SHAPE)
    taken = "1 images of numbers from 0 to 255, taken as they are: all to learn from"
    assert values.in_words(0, ["main"]) == taken


@pytest.mark.parametrize("columns", [30, 80, 200])
def test_a_line_of_progress_fits_the_terminal(columns: int, monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    measured = "loss 1.957  accuracy 0.1875  top 2 0.375  mean absolute error 0.5"
    line = so_far("1/300", 1, 3, measured, 48, 2.0)
    assert line.startswith("\r\x1b[Kepoch 1/300  batch 1/3")
    assert len(line.removeprefix("\r\x1b[K")) <= columns - 1
    assert line.endswith(measured) == (columns == 200)


@pytest.mark.parametrize(
    ("labels", "shape", "expected"),
    [
        ((), (3,), ()),
        ((1,), (3,), ()),
        ((1, 3), (3,), (3,)),
        ((), (1, 1, 3), (1, 1)),
        ((4, 5, 1), (4, 5, 3), (4, 5)),
        ((2, 3), (3,), None),
        ((5, 4), (4, 5, 3), None),
    ],
)
def test_axes_of_one_do_not_count(labels: Any, shape: Any, expected: Any) -> None:
    given = np.zeros((2, *labels))
    if expected is None:
        with pytest.raises(SystemExit, match="for an output of"):
            with_axes_of(shape, given)
    else:
        assert with_axes_of(shape, given).shape == (2, *expected)


SIGMOID = "model net { input 12x8x3\n global_avg_pool -> dense(1) -> sigmoid\n}"
VECTOR = "model net { input 12x8x3\n global_avg_pool -> dense(3) -> softmax\n}"


@pytest.mark.parametrize(
    "backend",
    [
        "numpy",
        pytest.param("torch", marks=pytest.mark.slow),
        pytest.param("keras", marks=pytest.mark.long),
    ],
)
@pytest.mark.parametrize(
    ("model", "labels", "said"),
    [
        (VECTOR, np.zeros((20, 2, 1, 3)), r"labels of \(2, 1, 3\) for an output of \(3,\)"),
        (VECTOR, np.arange(20), "labels from .* for 3 classes: give whole numbers from 0 to 2"),
        (SIGMOID, np.arange(20), "labels from .* for a sigmoid: give numbers from 0 to 1"),
        (SIGMOID, np.zeros((20, 2)), r"labels of \(2,\) for an output of \(1,\)"),
    ],
)
def test_labels_that_do_not_fit_are_said(
    model: str, labels: np.ndarray, said: str, backend: str
) -> None:
    pictures = np.zeros((20, *SHAPE), np.uint8)
    with pytest.raises(ValueError, match=said):
        cnndsl.loads(model).fit((pictures, labels), backend=backend, progress=False)
