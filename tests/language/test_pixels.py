"""`pixels`: what a model says of its input's numbers, where it is refused, and who shows it."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnndsl
from cnndsl.ir.pixels import ORDERS, Pixels
from cnndsl.project import zoo
from cnndsl.project.lock_file import changes, locked

NUMBERS = st.one_of(st.integers(-300, 300), st.floats(-300, 300).map(lambda one: round(one, 3)))
POSITIVE = NUMBERS.filter(lambda one: one > 0)


def model(pixels: str, shape: str = "8x8x3", before: str = "") -> str:
    return f"{before}\nmodel net {{\n    input {shape}\n    {pixels}\n    flatten -> dense(2)\n}}\n"


def codes(text: str) -> list[str]:
    return [one.diagnostic.code for one in cnndsl.check(text)]


@given(
    st.sampled_from(sorted(ORDERS)),
    st.tuples(NUMBERS, NUMBERS).filter(lambda pair: pair[0] < pair[1]),
    st.lists(NUMBERS, min_size=3, max_size=3),
    st.lists(POSITIVE, min_size=3, max_size=3),
    st.booleans(),
)
def test_a_statement_means_its_formula_and_is_written_as_it_was_read(
    order: str, ends: tuple[float, float], mean: list[float], std: list[float], is_list: bool
) -> None:
    channels = ORDERS[order].channels
    mean, std = mean[:channels], std[:channels]
    shown = [", ".join(map(str, one)) for one in (mean, std)]
    brackets = "[{}]" if is_list else "({},)"
    statement = (
        f"pixels {order}(({ends[0]}, {ends[1]}), mean={brackets.format(shown[0])}, "
        f"std={brackets.format(shown[1])})"
    )
    found = cnndsl.loads(model(statement, f"8x8x{channels}")).pixels
    assert found == Pixels(order, ends, tuple(mean), tuple(std))
    for value, c in itertools.product((0, 77, 255), range(channels)):
        wanted = (ends[0] + (ends[1] - ends[0]) * value / 255 - mean[c]) / std[c]
        scale, shift = found.factors[c]
        assert scale * value + shift == pytest.approx(wanted, rel=1e-9, abs=1e-9)
    assert cnndsl.loads(model(f"pixels {found}", f"8x8x{channels}")).pixels == found


def test_one_number_stands_for_all_channels() -> None:
    found = cnndsl.loads(model("pixels rgb(mean=0.5, std=2)")).pixels
    assert found == Pixels("rgb", (0, 1), (0.5,) * 3, (2,) * 3)
    assert str(found) == "rgb(mean=0.5, std=2)"
    assert cnndsl.loads(model("relu")).pixels is None


def test_parameters_count_in_a_model() -> None:
    text = "model net(top = 255) {\n input 8x8x1\n pixels gray((0, top))\n relu\n}\n"
    network = cnndsl.loads(text, top=2)
    assert network.pixels is not None
    assert network.pixels.range == (0, 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (model("pixels gbr"), ["CNN211"]),
        (model("pixels imagenet(3)", before="pixels imagenet = rgb"), ["CNN408"]),
        (model("pixels second", before="pixels first = rgb\npixels second = first"), ["CNN211"]),
        (model("pixels rgb\n pixels bgr"), ["CNN408"]),
        ("block b { pixels rgb\n relu }", ["CNN408"]),
        (model("stage s { pixels rgb\n relu }"), ["CNN408"]),
        (model("pixels rgb", "8x8x4"), ["CNN312"]),
        (model("pixels rgb", "8x8x1"), ["CNN312"]),
        (model("pixels gray", "8x8x3"), ["CNN312"]),
        (model("pixels gray", "64"), ["CNN305"]),
        (model("pixels rgb(mean=(1, 2))"), ["CNN313"]),
        (model("pixels rgb(std=(1, 2, 3, 4))"), ["CNN313"]),
        ("pixels p = gray(mean=(1, 2))\n", ["CNN313"]),
        (model("pixels rgb(std=0)"), ["CNN401"]),
        (model("pixels rgb(std=(1, 0, 1))"), ["CNN401"]),
        (model("pixels rgb(std=-1)"), ["CNN401"]),
        (model("pixels rgb(mean=[])"), ["CNN401"]),
        (model("pixels rgb(mean=true)"), ["CNN401"]),
        (model("pixels rgb(mean=1e999)"), ["CNN401"]),
        (model("pixels rgb(range=(1, 0))"), ["CNN401"]),
        (model("pixels rgb(range=(1, 1))"), ["CNN401"]),
        (model("pixels rgb(range=255)"), ["CNN401"]),
        (model("pixels rgb(range=same)"), ["CNN401"]),
        (model("pixels rgb(mena=1)"), ["CNN202"]),
        (model("pixels rgb(mean=in.channels)"), ["CNN406"]),
        (model("pixels rgb(mean=top)"), ["CNN203"]),
        ("pixels one = rgb\npixels one = bgr", ["CNN205"]),
        ("pixels one = rgb\nblock one { relu }", ["CNN205"]),
        (model("pixels rgb\n one", before="pixels one = rgb"), ["CNN201"]),
    ],
)
def test_what_makes_no_sense_is_refused(text: str, expected: list[str]) -> None:
    assert sorted(codes(text)) == sorted(expected)


def test_definitions_are_imported(tmp_path: Path) -> None:
    (tmp_path / "facts.cnn").write_text("# Known.\npixels half = rgb(mean=0.5, std=0.5)\n")
    before = 'import half from "facts.cnn"'
    path = tmp_path / "net.cnn"
    path.write_text(model("pixels half", before=before))
    found = cnndsl.load(path).pixels
    assert str(found) == "rgb(mean=0.5, std=0.5)"
    path.write_text(model("pixels rgb", before=before))
    assert codes(str(path)) == []
    path.write_text(model("pixels hlaf", before='import hlaf from "facts.cnn"'))
    assert next(one.diagnostic.help for one in cnndsl.check(path)) == "did you mean `half`?"


def test_it_is_no_layer_and_costs_nothing() -> None:
    stated, silent = (cnndsl.loads(model(one)) for one in ("pixels bgr", ""))
    assert stated.network.cost == silent.network.cost
    assert [one.path for one in stated.layers] == [one.path for one in silent.layers]


@pytest.mark.parametrize("backend", ["keras", "torch", "numpy"])
def test_emitted_code_says_so_and_is_else_the_same(backend: str) -> None:
    text = "pixels bgr(range=(0, 255), mean=(103.939, 116.779, 123.68))"
    stated = cnndsl.loads(model(text), name="net.cnn").emit(backend)
    silent = cnndsl.loads(model(""), name="net.cnn").emit(backend)
    line = "\nPixels are bgr from 0 to 255, less (103.939, 116.779, 123.68).\n"
    assert line in stated
    assert stated.replace(line, "") == silent


def test_summary_json_and_lock_have_it() -> None:
    from cnndsl.report import layer_table

    network = cnndsl.loads(model("pixels rgb(range=(-1, 1))")).network
    assert "Pixels           rgb(range=(-1, 1))\n" in layer_table.plain(network)
    assert json.loads(layer_table.as_json(network))["pixels"] == {
        "order": "rgb",
        "range": [-1, 1],
        "mean": [0, 0, 0],
        "std": [1, 1, 1],
    }
    silent = cnndsl.loads(model("")).network
    assert json.loads(layer_table.as_json(silent))["pixels"] is None
    assert changes(locked(silent, "f"), locked(network, "f")) == (
        ("pixels", None, "rgb(range=(-1, 1))"),
    )


# What the zoo states, beside what those who published the weights do to a picture.


def numbers(name: str, photo: np.ndarray) -> np.ndarray:
    from cnndsl.recipes.pictures import numbers_of

    pixels = cnndsl.load(name).pixels
    assert pixels is not None
    return np.asarray(numbers_of(photo, pixels))


PHOTO = np.random.default_rng(0).integers(0, 256, (6, 5, 3), dtype=np.uint8)
KERAS = {
    "vgg16": "vgg16",
    "vgg19": "vgg19",
    "resnet50": "resnet",
    "resnet101": "resnet",
    "resnet152": "resnet",
    "resnet50v2": "resnet_v2",
    "resnet101v2": "resnet_v2",
    "resnet152v2": "resnet_v2",
    "inception_v3": "inception_v3",
    "inception_resnet_v2": "inception_resnet_v2",
    "xception": "xception",
    "mobilenet": "mobilenet",
    "mobilenet_v2": "mobilenet_v2",
    "densenet121": "densenet",
    "densenet169": "densenet",
    "densenet201": "densenet",
    "nasnet_mobile": "nasnet",
    "nasnet_large": "nasnet",
    **{f"efficientnet_b{number}": "efficientnet" for number in range(8)},
}
TAKE_PIXELS = ("mobilenet_v3", "efficientnet_v2", "convnext")
"""Networks whose own first layers do it in keras.applications; the tests of the shelf have them."""


def test_the_shelf_of_keras_does_what_keras_applications_does() -> None:
    import keras

    networks = {entry.model for entry in zoo.entries() if entry.shelf == "keras"}
    assert {one for one in networks if not one.startswith(TAKE_PIXELS)} == KERAS.keys()
    for name, module in KERAS.items():
        preprocess = getattr(keras.applications, module).preprocess_input
        wanted = preprocess(PHOTO.astype(np.float32), data_format="channels_last")
        np.testing.assert_allclose(numbers(f"keras/{name}", PHOTO), wanted, rtol=1e-5, atol=1e-4)


def test_the_shelf_of_torchvision_normalises_as_its_transforms_do() -> None:
    """`ToTensor`, then `Normalize` with the constants of `ImageClassification`."""
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    normalised = (PHOTO / 255 - mean) / std
    # GoogLeNet and Inception v3 with published weights: their `transform_input`.
    transformed = normalised * (std / 0.5) + (mean - 0.5) / 0.5
    # EfficientNetV2-L, whose published weights take 0.5 for both.
    others = dict.fromkeys(("googlenet", "inception_v3", "efficientnet_v2_l"), transformed)
    for entry in zoo.entries():
        if entry.shelf == "torchvision":
            found = numbers(entry.name, PHOTO)
            wanted = others.get(entry.model, normalised)
            np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


CAFFE = "bgr(range=(0, 255), mean=(103.939, 116.779, 123.68))"
IMAGENET = "rgb(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))"
PUBLISHED = {
    "lenet5": "gray(range=(-0.1, 1.175))",
    "alexnet": "bgr(range=(0, 255), mean=(104.007, 116.669, 122.679))",
    **dict.fromkeys(("vgg11", "vgg13", "vgg16", "vgg19"), CAFFE),
    **dict.fromkeys(("resnet50", "resnet101", "resnet152"), CAFFE),
    **dict.fromkeys(("resnet50v2", "resnet101v2", "resnet152v2"), "rgb(range=(-1, 1))"),
    **dict.fromkeys(("resnext50_32x4d", "resnext101_32x8d"), IMAGENET),
    **dict.fromkeys(("inception_v3", "inception_v4", "inception_resnet_v2"), "rgb(range=(-1, 1))"),
    **dict.fromkeys(("happy_model", "signs_convnet", "resnet50_signs"), "rgb"),
}
"""What the papers, or the weights of their authors, say of pictures; of others nothing is known."""


def test_networks_of_papers_state_what_is_published() -> None:
    folder = Path(cnndsl.__file__).parents[1] / "specs" / "cnndsl_zoo"
    found = {}
    for path in sorted(folder.glob("*.cnn")):
        if "model " in path.read_text():
            pixels = cnndsl.load(path.stem).pixels
            found |= {} if pixels is None else {path.stem: str(pixels)}
    assert found == PUBLISHED
    grey = np.array([0, 255], np.uint8)[:, None, None]
    np.testing.assert_allclose(numbers("lenet5", grey).ravel(), [-0.1, 1.175], rtol=1e-6)
