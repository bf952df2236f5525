"""Normalisation by numbers found in data: Keras keeps them as constants of its graphs."""

from __future__ import annotations

from pathlib import Path

import keras
import literal_formulas
import numpy as np
from cnndsl_keras import live
from spec_text import in_model

import cnndsl


def test_weights_that_are_loaded_count(tmp_path: Path) -> None:
    """Also in a model that has predicted before, and in one that is loaded from a file."""
    checked = cnndsl.loads(in_model("rescale(2, -1) -> normalize -> relu", "4x5x3"))
    assert checked.network.cost.frozen == checked.network.cost.params == 7
    model = checked.build("keras")
    images = literal_formulas.random_images(checked.network)
    before = model.predict(images, verbose=0)
    weights = literal_formulas.random_weights(checked.network)
    live.load_weights(model, checked.network, weights)
    (expected,) = literal_formulas.evaluate(checked.network, weights, images)
    assert np.abs(before - expected).max() > 0.1
    np.testing.assert_allclose(model.predict(images, verbose=0), expected, rtol=1e-5, atol=1e-5)
    model.save(tmp_path / "net.keras")
    loaded = keras.models.load_model(tmp_path / "net.keras")
    np.testing.assert_allclose(loaded.predict(images, verbose=0), expected, rtol=1e-5, atol=1e-5)


def test_it_learns_as_keras_does() -> None:
    """What `adapt` finds in data is what the weights hold."""
    checked = cnndsl.loads(in_model("normalize", "4x5x3"))
    model = checked.build("keras")
    images = np.random.default_rng(0).normal(3, 2, (8, 4, 5, 3)).astype(np.float32)
    model.get_layer("normalize").adapt(images)
    weights = live.read_weights(model, checked.network)
    np.testing.assert_allclose(weights["normalize/mean"], images.mean((0, 1, 2)), rtol=1e-5)
    np.testing.assert_allclose(weights["normalize/variance"], images.var((0, 1, 2)), rtol=1e-5)
