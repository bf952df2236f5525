"""Keras models and weights in files: `.keras`, `.weights.h5`, and the older `.h5`.

They are read as plain arrays, without building what they describe, and matched to the layers of
the network's own Keras model: by name, or, where a file names its layers otherwise (as those of
keras.applications do), by the order of the layers of each class, which is Keras's own rule.
They are written by Keras.
"""

from __future__ import annotations

import io
import re
import zipfile
from operator import methodcaller

import h5py
import numpy as np

from cnndsl.backend import CheckpointFiles
from cnndsl.diagnostics.base import reason_of
from cnndsl.record import Record
from cnndsl.weights.files import Slot, WeightFileError, extension_of
from cnndsl.weights.fitting import canonical_shapes
from cnndsl_keras import live
from cnndsl_keras.dialect import emit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from cnndsl.ir.network import Network

WEIGHTS_IN_ARCHIVE = "model.weights.h5"
NUMBER = re.compile(r"_(\d+)$")


class Stored(Record):
    """The arrays of one layer in a file.

    kind: the layer's class, in small letters, or None where the file does not say
    number: counts the layers of that class
    """

    place: str
    name: str | None
    kind: str | None
    number: int
    arrays: tuple[Any, ...]


def read(path: str, network: Network) -> tuple[list[Slot], dict[str, Any]]:
    """Return what a file for the network should hold, and what it does.

    Entries are named by the layer's own name in the file, with the number of the array behind.
    """
    stored = read_layers(path)
    layers = model_layers(network)
    pairs = dict(pairing(stored, layers))
    slots: list[Slot] = []
    arrays: dict[str, Any] = {}
    for at, (name, _, variables) in enumerate(layers):
        found = stored[pairs[at]] if at in pairs else None
        label = name if found is None else found.name or found.place
        for number, (key, shape, canonical) in enumerate(variables):
            reshaped = methodcaller("reshape", canonical)  # depthwise kernels: (h, w, in, times)
            slots.append(Slot(key, f"{label}[{number}]", shape, reshaped))
    for one in stored:
        label = one.name or one.place
        arrays |= {f"{label}[{number}]": array for number, array in enumerate(one.arrays)}
    return slots, arrays


def pairing(
    stored: Sequence[Stored], layers: Sequence[tuple[str, str, Any]]
) -> Iterator[tuple[int, int]]:
    """Yield the place of each of the model's layers with that of its layer in the file."""
    by_name = {one.name: at for at, one in enumerate(stored) if one.name is not None}
    if 2 * sum(name in by_name for name, _, _ in layers) >= len(layers):
        yield from ((at, by_name[one[0]]) for at, one in enumerate(layers) if one[0] in by_name)
        return
    if all(one.kind is None for one in stored):
        yield from ((at, at) for at in range(min(len(stored), len(layers))))
        return
    order = sorted(range(len(stored)), key=lambda at: stored[at].number)
    for kind in dict.fromkeys(one[1] for one in layers):
        mine = [at for at, one in enumerate(layers) if one[1] == kind]
        theirs = [at for at in order if stored[at].kind == kind]
        yield from zip(mine, theirs, strict=False)


def model_layers(network: Network) -> list[tuple[str, str, list[Any]]]:
    """Return name, class and variables (key, shape, canonical shape) of the layers with weights."""
    model = live.build(emit(network), network, None)
    keys = {id(variable): key for key, variable in live.variables(model, network).items()}
    shapes = canonical_shapes(network.needed_layers)
    found = []
    for layer in model.layers:
        own = [variable for variable in layer.weights if id(variable) in keys]
        if own:
            described = [(keys[id(one)], tuple(one.shape), shapes[keys[id(one)]]) for one in own]
            found.append((layer.name, small_letters(type(layer).__name__), described))
    return found


def small_letters(name: str) -> str:
    """A class's name as Keras writes it in files: `Conv2D` is `conv2d`, `ReLU` is `re_lu`."""
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def read_layers(path: str) -> list[Stored]:
    """Return the layers of a file that have arrays."""
    try:
        with open(path, "rb"):  # the system's own words, where it cannot be opened
            pass
        if extension_of(path) == ".keras":
            with zipfile.ZipFile(path) as archive:
                data = io.BytesIO(archive.read(WEIGHTS_IN_ARCHIVE))
            with h5py.File(data, "r") as file:
                return list(_layers(file))
        with h5py.File(path, "r") as file:
            return list(_layers(file))
    except KeyError:
        raise WeightFileError(f"{path} is an archive without {WEIGHTS_IN_ARCHIVE}") from None
    except zipfile.BadZipFile as error:
        raise WeightFileError(f"cannot read {path}: {error}") from None
    except OSError as error:
        reason = reason_of(error) if error.strerror else "it is no HDF5 file"
        raise WeightFileError(f"cannot read {path}: {reason}") from None


def _layers(file: Any) -> Iterator[Stored]:
    old = file.get("model_weights", file)
    if "layer_names" in old.attrs:
        yield from _old_layers(old)
        return
    for root in ("layers", "_layer_checkpoint_dependencies"):
        if root in file:
            yield from _layers_within(file[root])


def _layers_within(group: Any) -> Iterator[Stored]:
    """The layers of a group and of the models nested in it; an optimiser's are not among them."""
    for place, inner in group.items():
        if not isinstance(inner, h5py.Group):
            continue
        values = inner.get("vars")
        if isinstance(values, h5py.Group) and len(values):
            number = NUMBER.search(place)
            name = values.attrs.get("name")
            yield Stored(
                place,
                str(name) if name is not None else None,
                NUMBER.sub("", place),
                int(number[1]) if number else 0,
                tuple(_array(values[str(at)]) for at in range(len(values))),
            )
        for child in inner.values():
            if isinstance(child, h5py.Group) and child is not values:
                yield from _layers_within(child)


def _old_layers(group: Any) -> Iterator[Stored]:
    """The layers of the format before Keras 3, which lists names in attributes."""
    for number, raw in enumerate(group.attrs["layer_names"]):
        name = raw.decode() if isinstance(raw, bytes) else str(raw)
        weights = group[name].attrs.get("weight_names", ())
        names = [one.decode() if isinstance(one, bytes) else str(one) for one in weights]
        if names:
            arrays = tuple(_array(group[name][one]) for one in names)
            yield Stored(name, name, None, number, arrays)


def _array(dataset: Any) -> Any:
    import ml_dtypes  # deferred: it comes with Keras

    if dataset.attrs.get("dtype") == "bfloat16":
        return np.array(dataset, dtype=ml_dtypes.bfloat16).astype(np.float32)
    return np.array(dataset)


def write(path: str, network: Network, weights: Mapping[str, Any]) -> None:
    """Write a whole model (`.keras`) or its weights (`.weights.h5`), as Keras does."""
    extension = extension_of(path)
    if extension == ".h5":
        raise WeightFileError("Keras no longer writes .h5", "write .weights.h5 or .keras")
    model = live.build(emit(network), network, None)
    live.load_weights(model, network, weights)
    if extension == ".keras":
        model.save(path)
    else:
        model.save_weights(path)


FILES = CheckpointFiles(read, write)
