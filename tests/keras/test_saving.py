"""Models with helper classes survive a `.keras` file and a file of weights."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import keras
import literal_formulas
import numpy as np
import pytest
from cnndsl_keras import live
from cnndsl_keras.backend import BACKEND
from keras_models import built, network_for
from model_shapes import shapes_in
from zoo_networks import on_small_images

BODY = (
    "conv(4, 3, pad=1, init=he_normal, seed=1, l2=0.1) -> batch_norm -> gelu(approximate=true)\n"
    "max_pool(3, stride=2, pad=1) -> lrn(3) -> depthwise_conv(2, init=lecun_normal)\n"
    "avg_pool(3x2, stride=1, pad=1, rounding=ceil)\n"
    "avg_pool(2, stride=3, pad=1, rounding=ceil, count_padding=true)\n"
    "subsample(2x1) -> separable_conv(3, 1, stride=1x2) -> scale(2) -> adaptive_avg_pool(1x1)"
)


def test_a_saved_model_gives_the_same(tmp_path: Path) -> None:
    network = network_for(BODY, "13x17x2")
    model = built(network)
    images = literal_formulas.random_images(network)
    expected = live.predict(model, images)[0]
    path = tmp_path / "model.keras"
    model.save(path)
    loaded = keras.saving.load_model(path)
    assert np.allclose(live.predict(loaded, images)[0], expected, atol=1e-6)
    assert shapes_in("keras", loaded, network) == shapes_in("keras", model, network)
    copied = keras.Model.from_config(model.get_config())
    assert shapes_in("keras", copied, network) == shapes_in("keras", model, network)


def test_saved_weights_load_into_a_fresh_model(tmp_path: Path) -> None:
    network = network_for(BODY, "13x17x2")
    model, fresh = built(network), BACKEND.build(network)
    path = tmp_path / "model.weights.h5"
    model.save_weights(path)
    fresh.load_weights(path)
    expected = live.read_weights(model, network)
    for key, values in live.read_weights(fresh, network).items():
        assert (values == expected[key]).all(), key


@pytest.mark.parametrize(
    "name",
    [
        "lenet5",
        pytest.param("alexnet", marks=pytest.mark.slow),
        pytest.param("resnet18", marks=pytest.mark.slow),
        pytest.param("inception_v1", marks=pytest.mark.slow),
        pytest.param("resnext50_32x4d", marks=pytest.mark.slow),
        pytest.param("torchvision/googlenet", marks=pytest.mark.slow),
        pytest.param("keras/resnet50v2", marks=pytest.mark.slow),
    ],
)
def test_networks_of_the_zoo_save_and_reload(name: str, tmp_path: Path) -> None:
    network = on_small_images(name)
    model = network.build("keras")
    path = tmp_path / "model.keras"
    model.save(path)
    loaded = keras.saving.load_model(path)
    images = np.random.default_rng(1).random((2, *network.input_shape), dtype=np.float32)
    expected = live.predict(model, images)
    for found, wanted in zip(live.predict(loaded, images), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


LOADING = """
import sys
import numpy, emitted, keras
model = keras.saving.load_model(sys.argv[1])
images = numpy.load(sys.argv[2])
assert numpy.allclose(model(images), numpy.load(sys.argv[3]), atol=1e-6)
"""


@pytest.mark.slow
def test_a_file_with_the_emitted_code_is_all_that_loading_needs(tmp_path: Path) -> None:
    network = network_for(BODY, "13x17x2")
    model = built(network)
    images = literal_formulas.random_images(network)
    (tmp_path / "emitted.py").write_text(BACKEND.emit(network).text)
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "images.npy", images)
    np.save(tmp_path / "outputs.npy", live.predict(model, images)[0])
    files = ("model.keras", "images.npy", "outputs.npy")
    subprocess.run([sys.executable, "-c", LOADING, *files], cwd=tmp_path, check=True, timeout=300)
