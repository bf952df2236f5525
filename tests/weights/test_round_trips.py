"""Weights go from framework to framework through files, and come back bit for bit."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from weight_networks import assert_identical, drawn, network

from cnndsl.backend import find_backend
from cnndsl.weights.files import read_weights, write_weights

NETWORK = network()
WEIGHTS = drawn(NETWORK)
FILES = {
    "canonical.npz": "canonical",
    "canonical.safetensors": "canonical",
    "torch.pt": "torch",
    "torch.pth": "torch",
    "torch.safetensors": "torch",
    "model.keras": "keras",
    "model.weights.h5": "keras",
}


@pytest.mark.parametrize("name", FILES)
def test_what_is_written_is_read(name: str, tmp_path: Path) -> None:
    path = str(tmp_path / name)
    write_weights(path, NETWORK, WEIGHTS, FILES[name])
    assert_identical(read_weights(path, NETWORK), WEIGHTS)
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_through_every_format_and_back(tmp_path: Path) -> None:
    """Keras, canonical, PyTorch, canonical, Keras, and all other neighbours."""
    tour = ["model.keras", "canonical.npz", "torch.pt", "canonical.safetensors", "model.weights.h5"]
    tour += ["torch.safetensors", "model.keras", "torch.pth", "canonical.npz"]
    weights = WEIGHTS
    for at, name in enumerate(tour):
        path = str(tmp_path / f"{at}.{name}")
        write_weights(path, NETWORK, weights, FILES[name])
        weights = read_weights(path, NETWORK)
    assert_identical(weights, WEIGHTS)


def test_models_keep_their_weights_on_the_way_round(tmp_path: Path) -> None:
    """What one live model has, saved by its own framework, the others have after loading."""
    keras_backend, torch_backend, numpy_backend = map(find_backend, ("keras", "torch", "numpy"))
    model = keras_backend.build(NETWORK)
    keras_backend.runtime.weights.load_weights(model, NETWORK, WEIGHTS)
    model.save_weights(tmp_path / "a.weights.h5")
    module = torch_backend.build(NETWORK)
    found = read_weights(str(tmp_path / "a.weights.h5"), NETWORK)
    torch_backend.runtime.weights.load_weights(module, NETWORK, found)
    torch.save(module.state_dict(), tmp_path / "b.pt")
    reference = numpy_backend.build(NETWORK)
    found = read_weights(str(tmp_path / "b.pt"), NETWORK)
    numpy_backend.runtime.weights.load_weights(reference, NETWORK, found)
    assert_identical(dict(numpy_backend.runtime.weights.read_weights(reference, NETWORK)), WEIGHTS)
    fresh = keras_backend.build(NETWORK)
    keras_backend.runtime.weights.load_weights(
        fresh, NETWORK, numpy_backend.runtime.weights.read_weights(reference, NETWORK)
    )
    for one, other in zip(fresh.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    images = np.random.default_rng(1).normal(size=(3, 9, 7, 4)).astype(np.float32)
    outputs = [
        backend.runtime.models.predict(live, images)[0]
        for backend, live in (
            (keras_backend, fresh),
            (torch_backend, module),
            (numpy_backend, reference),
        )
    ]
    for one, other in itertools.pairwise(outputs):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=1e-7)


def test_files_load_strictly_into_the_emitted_models(tmp_path: Path) -> None:
    """PyTorch and Keras themselves take what is written for them."""
    import keras

    for name, form in FILES.items():
        write_weights(str(tmp_path / name), NETWORK, WEIGHTS, form)
    module = find_backend("torch").build(NETWORK)
    module.load_state_dict(torch.load(tmp_path / "torch.pt", weights_only=True), strict=True)
    assert_identical(
        dict(find_backend("torch").runtime.weights.read_weights(module, NETWORK)), WEIGHTS
    )
    model = find_backend("keras").build(NETWORK)
    model.load_weights(tmp_path / "model.weights.h5")
    assert_identical(
        dict(find_backend("keras").runtime.weights.read_weights(model, NETWORK)), WEIGHTS
    )
    whole = keras.saving.load_model(tmp_path / "model.keras")
    assert_identical(
        dict(find_backend("keras").runtime.weights.read_weights(whole, NETWORK)), WEIGHTS
    )


def test_rows_behind_a_flatten_are_permuted(tmp_path: Path) -> None:
    """Row (h * width + w) * channels + c here is column (c * height + h) * width + w in PyTorch."""
    path = tmp_path / "net.pt"
    write_weights(str(path), NETWORK, WEIGHTS)
    state = torch.load(path, weights_only=True)
    mine, theirs = WEIGHTS["head.2/kernel"], state["head.2.weight"].numpy()
    height, width, channels = 4, 2, 3
    for h, w, c in itertools.product(range(height), range(width), range(channels)):
        row, column = (h * width + w) * channels + c, (c * height + h) * width + w
        np.testing.assert_array_equal(mine[row], theirs[:, column])
    np.testing.assert_array_equal(WEIGHTS["head.logits/kernel"], state["head.logits.weight"].T)


def test_statistics_travel(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    write_weights(str(path), NETWORK, WEIGHTS)
    state = torch.load(path, weights_only=True)
    for name in ("batch_norm1", "batch_norm2", "batch_norm3"):
        for mine, theirs in (("moving_mean", "running_mean"), ("moving_variance", "running_var")):
            np.testing.assert_array_equal(WEIGHTS[f"{name}/{mine}"], state[f"{name}.{theirs}"])


def test_kernels_are_transposed(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    write_weights(str(path), NETWORK, WEIGHTS)
    state = torch.load(path, weights_only=True)
    kernel = WEIGHTS["conv/kernel"]
    assert kernel.shape == (3, 3, 2, 6)
    np.testing.assert_array_equal(state["conv.weight"], kernel.transpose(3, 2, 0, 1))


@pytest.mark.parametrize("extension", [".npz", ".safetensors", ".pt"])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_precision_is_kept(extension: str, dtype: str, tmp_path: Path) -> None:
    weights = {key: array.astype(dtype) for key, array in WEIGHTS.items()}
    path = str(tmp_path / f"net{extension}")
    write_weights(path, NETWORK, weights)
    assert_identical(read_weights(path, NETWORK), weights)


def test_bfloat16_becomes_float32(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    write_weights(str(tmp_path / "net.pt"), NETWORK, WEIGHTS)
    state = torch.load(tmp_path / "net.pt", weights_only=True)
    half = {
        key: array.bfloat16() if array.is_floating_point() else array
        for key, array in state.items()
    }
    torch.save(half, tmp_path / "half.pt")
    save_file(half, tmp_path / "half.safetensors")
    expected = {
        key: torch.from_numpy(array).bfloat16().float().numpy() for key, array in WEIGHTS.items()
    }
    for name in ("half.pt", "half.safetensors"):
        assert_identical(read_weights(str(tmp_path / name), NETWORK), expected)


@pytest.mark.parametrize("wrap", ["state_dict", "model", "parallel", "buffers"])
def test_ways_in_which_checkpoints_are_wrapped(wrap: str, tmp_path: Path) -> None:
    write_weights(str(tmp_path / "net.pt"), NETWORK, WEIGHTS)
    state: dict[str, Any] = torch.load(tmp_path / "net.pt", weights_only=True)
    if wrap == "parallel":
        state = {f"module.{key}": tensor for key, tensor in state.items()}
    elif wrap == "buffers":
        state = {
            key: torch.nn.Parameter(one, one.is_floating_point()) for key, one in state.items()
        }
    else:
        state = {wrap: state, "epoch": 3}
    torch.save(state, tmp_path / "wrapped.pt")
    assert_identical(read_weights(str(tmp_path / "wrapped.pt"), NETWORK), WEIGHTS)


@pytest.mark.slow
def test_keras_model_compiled_and_trained(tmp_path: Path) -> None:
    """The optimiser's arrays lie in the file as well, and are not among the weights."""
    backend: Any = find_backend("keras")
    model = backend.build(NETWORK)
    model.compile("adam", "sparse_categorical_crossentropy")
    images = np.random.default_rng(0).normal(size=(4, 9, 7, 4)).astype(np.float32)
    model.fit(images, np.arange(4), verbose=0)
    for name in ("net.keras", "net.weights.h5"):
        (model.save if name.endswith(".keras") else model.save_weights)(tmp_path / name)
        found = read_weights(str(tmp_path / name), NETWORK)
        assert_identical(found, dict(backend.runtime.weights.read_weights(model, NETWORK)))


def test_a_file_keeps_its_mode_and_a_link_its_target(tmp_path: Path) -> None:
    target, link = tmp_path / "net.npz", tmp_path / "link.npz"
    target.write_bytes(b"")
    target.chmod(0o640)
    link.symlink_to(target)
    write_weights(str(link), NETWORK, WEIGHTS)
    assert link.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    assert_identical(read_weights(str(target), NETWORK), WEIGHTS)
