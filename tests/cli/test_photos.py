"""`cnndsl run NET PHOTO...`: photos of every kind become the numbers that the model states."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from command_line import Command
from PIL import Image

from cnndsl.api import loads
from cnndsl.commands.photos import read_photos
from cnndsl.weights.files import write_weights

GENERATOR = np.random.default_rng(0)
SCENE = GENERATOR.integers(0, 256, (9, 12, 3), dtype=np.uint8).repeat(10, 0).repeat(10, 1)


def network(pixels: str = "rgb", shape: str = "90x120x3") -> str:
    return f"model net {{\n input {shape}\n pixels {pixels}\n global_avg_pool -> dense(3)\n}}\n"


def seen(path: Path, pixels: str = "rgb((0, 255))", shape: str = "90x120x3") -> np.ndarray:
    """What a network takes of a photo that has its size already."""
    made = loads(network(pixels, shape)).network
    return np.asarray(read_photos([str(path)], made, min(made.input_shape.dims[:2])))[0]


def test_colours_and_grey(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    image = Image.fromarray(SCENE)
    image.save(path)
    np.testing.assert_array_equal(seen(path), SCENE)
    np.testing.assert_array_equal(seen(path, "bgr((0, 255))"), SCENE[..., ::-1])
    grey = np.asarray(image.convert("L"))[..., None]
    np.testing.assert_array_equal(seen(path, "gray((0, 255))", "90x120x1"), grey)
    image.convert("L").save(path)
    np.testing.assert_array_equal(seen(path), grey.repeat(3, 2))
    image.convert("P").save(path)
    np.testing.assert_array_equal(seen(path), np.asarray(image.convert("P").convert("RGB")))
    image.convert("1").save(path)
    assert set(np.unique(seen(path))) == {0, 255}


def test_what_is_transparent_lies_on_white(tmp_path: Path) -> None:
    path, alpha = tmp_path / "a.png", np.zeros((90, 120, 1), np.uint8)
    alpha[:45] = 255
    Image.fromarray(np.concatenate([SCENE, alpha], 2)).save(path)
    np.testing.assert_array_equal(seen(path), np.where(alpha == 255, SCENE, 255))
    Image.fromarray(np.concatenate([SCENE[..., :1], alpha], 2), "LA").save(path)
    np.testing.assert_array_equal(
        seen(path), np.where(alpha == 255, SCENE[..., :1], 255).repeat(3, 2)
    )
    Image.fromarray(SCENE[..., 0], "L").save(path, transparency=int(SCENE[0, 0, 0]))
    wanted = np.where(SCENE[..., :1] == SCENE[0, 0, 0], 255, SCENE[..., :1])
    np.testing.assert_array_equal(seen(path), wanted.repeat(3, 2))


def test_sixteen_bits_keep_their_brightness(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(SCENE[..., 0].astype(np.uint16) * 257).save(path)
    np.testing.assert_array_equal(seen(path, "gray((0, 255))", "90x120x1"), SCENE[..., :1])


def test_printing_colours(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    flat = Image.new("RGB", (120, 90), (200, 40, 90))
    flat.convert("CMYK").save(path)
    np.testing.assert_allclose(seen(path), np.asarray(flat), atol=4)


def test_colours_of_printers_in_grey(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    colours = Image.fromarray(SCENE)
    colours.convert("LAB").save(path)
    wanted = np.asarray(Image.open(path).convert("RGB").convert("L"))[..., None]
    np.testing.assert_array_equal(seen(path, "gray((0, 255))", "90x120x1"), wanted)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_camera_that_was_turned(tmp_path: Path, orientation: int) -> None:
    path, exif = tmp_path / "a.png", Image.Exif()
    turns = {  # what undoes each orientation (TIFF 6.0, tag 274), on rows and columns
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, -1),
        7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
        8: lambda a: np.rot90(a),
    }
    exif[274] = orientation
    Image.fromarray(SCENE).save(path, exif=exif)
    wanted = turns[orientation](SCENE)
    height, width, _ = wanted.shape
    np.testing.assert_array_equal(seen(path, shape=f"{height}x{width}x3"), wanted)


@pytest.mark.parametrize(("width", "height"), [(400, 300), (300, 400), (333, 257), (80, 31)])
def test_size_and_crop_are_those_of_torchvision(tmp_path: Path, width: int, height: int) -> None:
    """Its `Resize(256)` and `CenterCrop(224)`, which on a Pillow image are these calls."""
    path = tmp_path / "a.png"
    image = Image.fromarray(GENERATOR.integers(0, 256, (height, width, 3), dtype=np.uint8))
    image.save(path)
    short, long = sorted((width, height))
    resized = 256, int(256 * long / short)
    across, down = resized if width < height else resized[::-1]
    scaled = image.resize((across, down), Image.Resampling.BILINEAR)
    left, top = round((across - 224) / 2.0), round((down - 224) / 2.0)
    wanted = np.asarray(scaled.crop((left, top, left + 224, top + 224)))
    made = loads(network("rgb((0, 255))", "224x224x3")).network
    np.testing.assert_array_equal(read_photos([str(path)], made, None)[0], wanted)


def test_the_top_classes_by_name(cnndsl: Command, folder: Path) -> None:
    (folder / "net.cnn").write_text(network("bgr((0, 255))", "8x8x3"))
    made = loads((folder / "net.cnn").read_text()).network
    weights = {"dense/kernel": np.eye(3, dtype=np.float32), "dense/bias": np.zeros(3, np.float32)}
    write_weights("net.npz", made, weights)
    for name, color in (("red", "#300000"), ("blue", "#000030")):
        Image.new("RGB", (40, 30), color).save(f"{name}.png")
    Path("labels.txt").write_text("a blue thing\na green thing\na red \x1b[31mthing\n")
    status, out, err = cnndsl(
        *("run", "net.cnn", "red.png", "blue.png", "--weights", "net.npz"),
        *("--labels", "labels.txt", "--top", 1),
    )
    assert (status, err) == (0, "")
    assert out.splitlines()[1:6] == [
        "weights      net.npz",
        "input        2 images of 8x8x3, from photos",
        "output main  3",
        r"red.png      class 2  1.0000  a red \x1b[31mthing  (softmax of the outputs)",
        "blue.png     class 0  1.0000  a blue thing  (softmax of the outputs)",
    ]
    index = {str(place): [f"n{place}", name] for place, name in enumerate("xyz")}
    for labels in (index, list("xyz")):
        Path("labels.json").write_text(json.dumps(labels))
        out = cnndsl("run", "net.cnn", "red.png", "--labels", "labels.json").out
        assert all(f"  {name}" in out for name in "xyz")


def refused(cnndsl: Command, *arguments: object) -> str:
    status, out, err = cnndsl("run", "net.cnn", *arguments)
    assert (status, out) == (2, "")
    assert "Traceback" not in err
    return err


def test_what_is_no_photo(cnndsl: Command, folder: Path) -> None:
    (folder / "net.cnn").write_text(network())
    Image.fromarray(SCENE).save("whole.jpg")
    whole = Path("whole.jpg").read_bytes()
    Path("half.jpg").write_bytes(whole[: len(whole) // 2])
    Path("text.jpg").write_text("no photo")
    Path("empty.jpg").write_bytes(b"")
    Path("drawing.eps").write_text(
        "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n"
    )
    Image.fromarray(np.zeros((90, 120), np.float32)).save("float.tiff")
    Path("folder.jpg").mkdir()
    reasons = {
        "half.jpg": "it is damaged, or of an unusual kind",
        "text.jpg": "it is of no known format",
        "empty.jpg": "it is of no known format",
        "drawing.eps": "it is of no known format",
        "float.tiff": "its samples are neither of 8 nor of 16 bits",
        "missing.jpg": "no such file or directory",
    }
    for name, reason in reasons.items():
        assert refused(cnndsl, name) == f"error: cannot read {name} as a photo: {reason}\n"
    assert "no regular file" in refused(cnndsl, "folder.jpg")
    generator = np.random.default_rng(1)
    for number in range(60):  # damaged at random: an error in words, or the photo
        damaged = bytearray(whole)
        for place in generator.integers(0, len(whole), 8):
            damaged[place] = generator.integers(256)
        Path("damaged.jpg").write_bytes(damaged)
        status, _, err = cnndsl("run", "net.cnn", "damaged.jpg")
        assert (status == 0) == (err == ""), number
        assert status == 0 or err.startswith("error: cannot read damaged.jpg")


def test_what_a_library_says_by_itself_is_not_heard(folder: Path) -> None:
    """The one that reads TIFF writes to standard error, past Python."""
    (folder / "net.cnn").write_text(network())
    Image.fromarray(SCENE).save("whole.tif", compression="tiff_lzw")
    whole, names = Path("whole.tif").read_bytes(), []
    for place in range(20, 1020, 50):
        names.append(f"{place}.tif")
        damaged = whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :]
        Path(names[-1]).write_bytes(damaged)
    script = (
        "import sys, cnndsl.cli\nfor one in sys.argv[1:]: cnndsl.cli.main(['run', 'net.cnn', one])"
    )
    command = [sys.executable, "-c", script, *names]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    assert "error: cannot read" in said
    assert {line.partition(" ")[0] for line in said.splitlines()} <= {"error:", "warning:"}


def test_the_first_of_several_pictures(cnndsl: Command, folder: Path) -> None:
    (folder / "net.cnn").write_text(network("rgb((0, 255))"))
    frames = [Image.fromarray(SCENE).quantize(), Image.new("P", (120, 90))]
    frames[0].save("film.gif", save_all=True, append_images=frames[1:])
    status, out, err = cnndsl("run", "net.cnn", "film.gif")
    assert (status, err) == (
        0,
        "warning: film.gif has several pictures, of which the first is taken\n",
    )
    assert "weights      random, seed 0: the classes mean nothing\n" in out
    np.testing.assert_array_equal(seen(folder / "film.gif"), np.asarray(frames[0].convert("RGB")))


def test_small_and_indexed_photos(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (1, 1), (10, 20, 30)).save(path)
    np.testing.assert_array_equal(seen(path), np.full((90, 120, 3), (10, 20, 30)))
    indexed = Image.fromarray(SCENE).quantize(8)
    indexed.save(path, transparency=bytes([0, 255] * 4))
    shown = np.asarray(indexed)[..., None] % 2 == 1
    wanted = np.where(shown, np.asarray(indexed.convert("RGB")), 255)
    np.testing.assert_array_equal(seen(path), wanted)


def test_sixteen_bits_of_a_camera_that_was_turned(tmp_path: Path) -> None:
    path, exif = tmp_path / "a.png", Image.Exif()
    exif[274] = 3
    Image.fromarray(SCENE[..., 0].astype(np.uint16) * 257).save(path, exif=exif)
    wanted = SCENE[::-1, ::-1, :1]
    np.testing.assert_array_equal(seen(path, "gray((0, 255))", "90x120x1"), wanted)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_a_pipe_does_not_block(cnndsl: Command, folder: Path) -> None:
    (folder / "net.cnn").write_text(network())
    os.mkfifo("pipe.jpg")
    assert "no regular file" in refused(cnndsl, "pipe.jpg")
    assert "no regular file" in refused(cnndsl, "--labels", "pipe.jpg")


@pytest.mark.parametrize("sides", [(20_000, 6_000), (60_000, 60_000)])
def test_a_bomb(cnndsl: Command, folder: Path, sides: tuple[int, int]) -> None:
    (folder / "net.cnn").write_text(network())
    Image.new("1", (8, 8)).save("bomb.png")
    data = bytearray(Path("bomb.png").read_bytes())
    data[16:24] = b"".join(side.to_bytes(4, "big") for side in sides)
    import zlib

    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    Path("bomb.png").write_bytes(data)
    wanted = "error: cannot read bomb.png as a photo: it has more than 100,000,000 pixels\n"
    assert refused(cnndsl, "bomb.png") == wanted


def test_misuse(cnndsl: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "net.cnn").write_text(network())
    Image.fromarray(SCENE).save("a.png")
    Path("two.txt").write_text("one\ntwo\n")
    Path("bad.json").write_text('{"1": "one"}')
    Path("spaced.txt").write_text("one\ntwo\nthree\n\n\n")
    assert cnndsl("run", "net.cnn", "a.png", "--labels", "spaced.txt").status == 0
    assert "2 labels for 3 outputs" in refused(cnndsl, "a.png", "--labels", "two.txt")
    assert "bad.json is not a list" in refused(cnndsl, "a.png", "--labels", "bad.json")
    assert "no such file" in refused(cnndsl, "a.png", "--labels", "none.txt")
    assert "not UTF-8" in refused(cnndsl, "a.png", "--labels", "a.png")
    assert "--resize 50 is too small" in refused(cnndsl, "a.png", "--resize", 50)
    assert "without --image and --batch" in refused(cnndsl, "a.png", "--batch", 2)
    assert "cannot read" in refused(cnndsl, "a.png", "--weights", "none.npz")
    (folder / "net.cnn").write_text(network().replace("pixels rgb", ""))
    assert "write `pixels rgb(range=(0, 1))`" in refused(cnndsl, "a.png")
    (folder / "net.cnn").write_text("model net { input 64\n dense(3) }")
    assert "takes 64, which no photo can be" in refused(cnndsl, "a.png")
    (folder / "net.cnn").write_text(network().replace("global_avg_pool -> dense(3)", "relu"))
    assert "no output has classes" in refused(cnndsl, "a.png", "--labels", "spaced.txt")
    (folder / "net.cnn").write_text(network())
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert "pip install 'cnndsl[photos]'" in refused(cnndsl, "a.png")


def test_names_of_files_are_escaped(cnndsl: Command, folder: Path) -> None:
    (folder / "net.cnn").write_text(network())
    for name in ("\x1b[31mred.jpg", "a\n::error::b.jpg"):
        for options in ((name,), ("--image", name), ("--weights", name)):
            err = refused(cnndsl, *options)
            assert "\x1b" not in err
            assert "\n::" not in err
