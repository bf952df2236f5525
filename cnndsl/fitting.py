"""Training from Python: data, a recipe and a backend to a trained model."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import nullcontext, redirect_stdout
from io import StringIO
from tempfile import TemporaryDirectory

import numpy as np

from .backend import live_parts, needed
from .project.loading import Loader
from .project.locate import read_spec
from .project.outcome import output_shapes
from .project.regular import SUFFIX
from .project.training import recipe_for, recipe_of
from .recipes.pictures import as_input
from .weights.files import read_weights, write_weights

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .backend import Backend
    from .ir.network import Network
    from .project.recipes import Training
    from .text import Source

PURPOSE = "`fit`"
ARRAYS = "data.npz"
"""The file of what is given as arrays."""


class Trained:
    """A trained model, with the weights of the epoch that had the lowest held-out loss.

    recipe: what it was trained by, with all that was left at its default
    history: of each epoch its number, the loss and metrics of what was learned from and of what was
        held out (`loss`, `accuracy`, `held_out_loss`, ...), and the seconds that it took
    weights: arrays by `path/weight`, in the layout that the language gives them
    model: the live model, in the framework's own form; without outputs for training alone
    """

    def __init__(
        self,
        training: Training,
        backend: Backend,
        history: list[dict[str, float]],
        weights: Mapping[str, Any],
    ) -> None:
        self.recipe = training.recipe
        self.history = history
        self.weights = dict(weights)
        self._network = training.network
        self._models, access = live_parts(backend, PURPOSE)
        self.model = backend.build(training.network, training=False)
        access.load_weights(self.model, training.network.in_inference, self.weights)

    def __repr__(self) -> str:
        last = {name: round(value, 4) for name, value in self.history[-1].items()}
        return f"<Trained {self._network.name}: {last}>"

    def predict(self, images: Any, batch: int = 64) -> Any:
        """The outputs in inference for images (n, height, width, channels), or vectors.

        images: pictures of 8 bits (uint8), which become what the model's `pixels` say, or other
            numbers, which are taken as they are
        batch: how many go through the model at once

        Gives one array, batch first and channels last, or a tuple of one for each output. Raises
        `ValueError` for images of another shape.
        """
        given = np.asarray(images)
        shape = self._network.input_shape
        if given.shape[1:] != shape.dims or not len(given):
            raise ValueError(f"images of {given.shape}, but the model takes batches of {shape}")
        found = [
            self._models.predict(self.model, as_input(given[first : first + batch], self._network))
            for first in range(0, len(given), batch)
        ]
        outputs = tuple(np.concatenate(parts) for parts in zip(*found, strict=True))
        return outputs if len(outputs) > 1 else outputs[0]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the weights: `.npz`, `.safetensors`, `.pt`, `.keras` and so on, by the ending.

        Raises `ValueError` where that cannot be.
        """
        write_weights(os.fspath(path), self._network, self.weights)


def fit(
    network: Network,
    source: Source,
    backend: Backend,
    data: Any,
    recipe: str | None,
    settings: Mapping[str, object],
    *,
    weights: str | os.PathLike[str] | None,
    out: str | os.PathLike[str] | None,
    resume: bool,
    progress: bool,
) -> Trained:
    """As `CheckedNetwork.fit`, which says what all is.

    source: of the file whose recipes can be meant by name
    """
    lines = [f"{name} {value}" for name, value in settings.items()]
    training = training_of(network, source, recipe, lines)
    script = backend.emit_training(network, training.recipe)
    scripts = needed(backend, backend.runtime.scripts, "training in Python", PURPOSE)
    with TemporaryDirectory() as temporary:
        arguments = ["--out", os.path.join(temporary, "out") if out is None else os.fspath(out)]
        if data is not None:
            arguments += ["--data", data_file(data, training, temporary)]
        arguments += [] if weights is None else ["--weights", os.fspath(weights)]
        arguments += ["--resume"] if resume else []
        with nullcontext() if progress else redirect_stdout(StringIO()):
            try:
                history, path = scripts.fit(script, arguments)
            except SystemExit as stop:
                own = os.path.join(temporary, ARRAYS)
                raise ValueError(str(stop.code).removeprefix(f"{own}: ")) from None
        if not os.path.exists(path):
            raise ValueError("the loss was finite in no epoch: try a lower rate")
        return Trained(training, backend, history, read_weights(path, network))


def training_of(
    network: Network, source: Source, recipe: str | None, lines: Iterable[str]
) -> Training:
    """The recipe that is meant, and the network. Raises `SpecError` and `Rejected`.

    recipe: the name of one in the source, a file that has one for the network, or settings
    lines: settings that come on top
    """
    if recipe is None or recipe.isidentifier():
        return recipe_for(network, Loader().module(source), recipe, lines)
    if recipe.endswith(SUFFIX):
        return recipe_for(network, Loader().module(read_spec(recipe)), None, lines, must=True)
    return recipe_of(network, recipe, lines)


def data_file(data: Any, training: Training, folder: str) -> str:
    """A path, or arrays as a file in a folder. Raises `ValueError` and `TypeError`."""
    if isinstance(data, str | os.PathLike):
        return os.fspath(data)
    if not isinstance(data, list | tuple) or len(data) != 2:
        raise TypeError("data are a path, or two arrays: images and labels")
    names = [name for name, _ in output_shapes(training.network)]
    images, labels = data
    given = labels if isinstance(labels, Mapping) else {names[0]: labels}
    if not set(given) <= set(names) or names[0] not in given:
        raise ValueError(f"labels for {', '.join(given)}: the outputs are {', '.join(names)}")
    arrays = {"x": images, "y": given[names[0]]}
    arrays |= {f"y_{name}": given[name] for name in names[1:] if name in given}
    path = os.path.join(folder, ARRAYS)
    np.savez(path, **{name: numbers(array, name) for name, array in arrays.items()})
    return path


def numbers(given: Any, name: str) -> Any:
    """An array of numbers. Raises `ValueError`."""
    array = np.asarray(given)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} is an array of {array.dtype}, and no array of numbers")
    return array
