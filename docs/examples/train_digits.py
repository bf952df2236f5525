"""Train the zoo's lenet5_modern on handwritten digits, then hand its weights to the NumPy model.

    python docs/examples/train_digits.py --backend torch
    python docs/examples/train_digits.py --backend keras

The digits are the 1,797 real images of 8x8 pixels that scikit-learn brings with it, scaled to
32x32. One fifth is held out; the held-out accuracy and how often the two models agree are printed.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import cnndsl
from cnndsl.backend import find_backend

EPOCHS = 15
BATCH = 32


def digits(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Images (n, 32, 32, 1) from 0 to 1 and classes (n,): for training and held out."""
    images, classes = load_digits(return_X_y=True)
    scaled = np.kron(images.reshape(-1, 8, 8) / 16, np.ones((4, 4)))[..., None]
    train_x, test_x, train_y, test_y = train_test_split(
        scaled.astype("float32"), classes, test_size=0.2, random_state=seed, stratify=classes
    )
    return train_x, train_y, test_x, test_y


def seed_keras(seed: int) -> None:
    import keras

    keras.utils.set_random_seed(seed)


def seed_torch(seed: int) -> None:
    import torch

    torch.manual_seed(seed)


def train_keras(model: Any, images: np.ndarray, classes: np.ndarray) -> None:
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(images, classes, batch_size=BATCH, epochs=EPOCHS, verbose=0)


def train_torch(model: Any, images: np.ndarray, classes: np.ndarray) -> None:
    import torch
    from torch.nn import functional

    x = torch.from_numpy(images.transpose(0, 3, 1, 2).copy())
    y = torch.from_numpy(classes)
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(x)).split(BATCH):
            optimizer.zero_grad()
            loss = functional.nll_loss(model(x[batch]).clamp_min(1e-7).log(), y[batch])
            loss.backward()
            optimizer.step()


TRAINERS = {"keras": (seed_keras, train_keras), "torch": (seed_torch, train_torch)}


def run(backend_name: str, seed: int = 0) -> tuple[float, float]:
    """Held-out accuracy, and the share of held-out images on which NumPy sees the same class."""
    train_x, train_y, test_x, test_y = digits(seed)
    network = cnndsl.load("lenet5_modern").network
    backend, reference = find_backend(backend_name), find_backend("numpy")
    set_seed, train = TRAINERS[backend_name]
    set_seed(seed)  # before the model is built, for its first weights are drawn then
    model = backend.build(network)
    train(model, train_x, train_y)
    predicted = backend.runtime.models.predict(model, test_x)[0].argmax(-1)

    numpy_model = reference.build(network)
    reference.runtime.weights.load_weights(
        numpy_model, network, backend.runtime.weights.read_weights(model, network)
    )
    agreed = reference.runtime.models.predict(numpy_model, test_x)[0].argmax(-1) == predicted
    return float((predicted == test_y).mean()), float(agreed.mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backend", choices=sorted(TRAINERS), default="torch")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    accuracy, agreement = run(options.backend, options.seed)
    print(f"{options.backend}: {accuracy:.1%} of the held-out digits are right")
    print(f"NumPy with the same weights sees the same class in {agreement:.1%}")


if __name__ == "__main__":
    main()
