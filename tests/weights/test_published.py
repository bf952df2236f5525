"""Files of keras.applications and of torchvision load as they are, into all three backends.

Theirs are made here: the model of keras.applications itself, and a state dict with torchvision's
names and shapes, with random numbers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import torch
from torchvision_reference import REFERENCE

import cnndsl
from cnndsl.backend import find_backend
from cnndsl.ir.network import Network
from cnndsl.weights.files import read_weights


def outputs(network: Network, weights: Any, images: Any) -> dict[str, Any]:
    """What each backend gives for the same images, with the same weights."""
    found = {}
    for name in ("numpy", "torch", "keras"):
        backend = find_backend(name)
        model = backend.build(network)
        backend.runtime.weights.load_weights(model, network, weights)
        found[name] = backend.runtime.models.predict(model, images)[0]
    return found


def assert_close(found: Any, expected: Any) -> None:
    """The numbers, and what sets two images apart, which global pooling leaves little of."""
    size = np.abs(expected).max()
    np.testing.assert_allclose(found, expected, rtol=0, atol=3e-5 * size)
    assert np.abs(expected[0] - expected[1]).max() > 1e-3 * size


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "application", "extension"),
    [
        ("resnet50", "ResNet50", ".weights.h5"),
        ("resnet50", "ResNet50", ".keras"),
        ("inception_v3", "InceptionV3", ".weights.h5"),
        ("densenet121", "DenseNet121", ".weights.h5"),
    ],
)
def test_keras_applications(name: str, application: str, extension: str, tmp_path: Path) -> None:
    theirs = getattr(keras.applications, application)(weights=None)
    random = np.random.default_rng(0)
    for weight in theirs.weights:
        if weight.name != "kernel":
            low = 0.5 if weight.name in ("gamma", "moving_variance") else -0.1
            weight.assign(random.uniform(low, low + 0.5, weight.shape))
    path = tmp_path / f"{name}{extension}"
    (theirs.save if extension == ".keras" else theirs.save_weights)(path)
    network = cnndsl.load(f"keras/{name}").network
    weights = read_weights(str(path), network)
    images = random.normal(0, 1, (2, *network.input_shape.dims)).astype(np.float32)
    images[1] *= np.linspace(0, 3, images.shape[2], dtype=np.float32)[:, None]
    expected = np.asarray(theirs(images, training=False))
    for found in outputs(network, weights, images).values():
        assert_close(found, expected)


def state_dict_of(name: str, generator: torch.Generator) -> dict[str, torch.Tensor]:
    """A state dict with torchvision's names and shapes."""
    found = {}
    for key, shape in REFERENCE[name]["state_dict"].items():
        if key.endswith("num_batches_tracked"):
            found[key] = torch.tensor(7)
        elif len(shape) > 1:
            limit = (3.0 / float(np.prod(shape[1:]))) ** 0.5
            found[key] = (torch.rand(shape, generator=generator) * 2 - 1) * limit
        else:
            low = 0.5 if key.endswith(("running_var", "weight")) else -0.1
            found[key] = torch.rand(shape, generator=generator) * 0.5 + low
    return found


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("resnet18", marks=pytest.mark.slow),
        pytest.param("resnet50", marks=pytest.mark.slow),
        pytest.param("vgg11", marks=pytest.mark.slow),
        pytest.param("googlenet", marks=pytest.mark.slow),
    ],
)
def test_torchvision(name: str, tmp_path: Path) -> None:
    state = state_dict_of(name, torch.Generator().manual_seed(0))
    path = tmp_path / f"{name}-0a1b2c3d.pth"
    torch.save(state, path)
    network = cnndsl.load(f"torchvision/{name}").network
    weights = read_weights(str(path), network)
    module = cnndsl.load(f"torchvision/{name}").build("torch")
    module.load_state_dict(state, strict=True)
    random = np.random.default_rng(0)
    images = random.normal(0, 1, (2, *network.input_shape.dims)).astype(np.float32)
    images[1] *= np.linspace(0, 3, images.shape[2], dtype=np.float32)[:, None]
    with torch.no_grad():
        given = module.eval()(torch.from_numpy(images.transpose(0, 3, 1, 2)))
    expected = (given[0] if isinstance(given, tuple) else given).numpy()
    for found in outputs(network, weights, images).values():
        assert_close(found, expected)
