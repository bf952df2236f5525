"""Training scripts read photos as `cnndsl run` does, to the bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnndsl.api import loads
from cnndsl.backend import execute, find_backend
from cnndsl.commands.photos import read_photos
from cnndsl.project.loading import Loader
from cnndsl.project.training import choose_recipe
from cnndsl.recipes.support.samples import Samples
from cnndsl.text import Source

GENERATOR = np.random.default_rng(0)
SCENE = GENERATOR.integers(0, 256, (37, 53, 4), dtype=np.uint8)
SPEC = """
model net {{
    input {shape}
    pixels {order}((0, 255))
    global_avg_pool -> dense(3) -> softmax
}}
"""


def kinds(folder: Path) -> dict[str, Path]:
    """Photos of each kind."""
    turned = Image.Exif()
    turned[274] = 6
    made: dict[str, tuple[Image.Image, dict[str, Any]]] = {
        "transparent.png": (Image.fromarray(SCENE), {}),
        "grey_and_alpha.png": (Image.fromarray(SCENE[..., 2:], "LA"), {}),
        "one_colour_is_clear.png": (Image.fromarray(SCENE[..., 0]), {"transparency": 7}),
        "sixteen.png": (Image.fromarray(SCENE[..., 0].astype(np.uint16) * 250), {}),
        "turned.jpg": (Image.fromarray(SCENE[..., :3]), {"exif": turned}),
        "indexed.gif": (Image.fromarray(SCENE[..., :3]).convert("P"), {}),
        "printed.tif": (Image.fromarray(SCENE[..., :3]).convert("CMYK"), {}),
    }
    for name, (image, options) in made.items():
        image.save(folder / name, **options)
    return {name: folder / name for name in made}


@pytest.mark.parametrize("order", ["rgb", "gray"])
def test_they_are_the_same(order: str, tmp_path: Path) -> None:
    for shape in ((9, 14), (21, 13), (64, 64)):
        size = (*shape, 1 if order == "gray" else 3)
        network = loads(SPEC.format(shape="x".join(map(str, size)), order=order)).network
        for name, path in kinds(tmp_path).items():
            expected = read_photos([str(path)], network, None)[0]
            found, _ = Samples([path], [np.zeros(1)], size)[0]
            np.testing.assert_array_equal(found, expected, err_msg=name)


@pytest.mark.parametrize("backend", ["keras", "torch"])
def test_scripts_have_what_reads_them(backend: str, tmp_path: Path) -> None:
    text = f"{SPEC.format(shape='9x14x3', order='rgb')}\nrecipe usual {{}}"
    found = choose_recipe(Loader().module(Source("net.cnn", text)), None, None, {})
    script = find_backend(backend).emit_training(found.network, found.recipe)
    names = execute(script, "training")
    for name, path in kinds(tmp_path).items():
        expected = read_photos([str(path)], found.network, None)[0]
        np.testing.assert_array_equal(names["read_photo"](path, (9, 14, 3)), expected, name)
    (tmp_path / "no.png").write_bytes(b"no photo")
    with pytest.raises(SystemExit, match=r"no.png: no picture can be read"):
        names["read_photo"](tmp_path / "no.png", (9, 14, 3))
