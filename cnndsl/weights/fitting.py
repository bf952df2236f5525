"""Whether arrays fit a network's weights."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from ..ir.network import LayerView, Network

Array: TypeAlias = npt.NDArray[Any]


class Shaped(Protocol):
    """An array, or what is known of one that is not yet read."""

    @property
    def shape(self) -> tuple[int, ...]: ...


def fitted(
    network: "Network", layers: Iterable["LayerView"], weights: Mapping[str, Any]
) -> dict[str, Array]:
    """Return the weights of some layers as arrays, by `path/weight` in the layers' order.

    layers: those of a live model; the weights of the network's other layers are passed over

    Raises ValueError that names whatever is missing, too many or of another shape.
    """
    shapes = canonical_shapes(layers)
    passed = canonical_shapes(network.layers).keys() - shapes.keys()
    arrays = {key: np.asarray(weights[key]) for key in weights if key not in passed}
    problems = misfits(shapes, arrays)
    if problems:
        listed = "\n  ".join(problems)
        raise ValueError(f"the weights do not fit model {network.name!r}:\n  {listed}")
    return {key: arrays[key] for key in shapes}


def misfits(shapes: Mapping[str, tuple[int, ...]], arrays: Mapping[str, Array]) -> list[str]:
    """Return in words what is missing, of another shape, or unexpected."""
    found = [misfit(name, shape, arrays.get(name)) for name, shape in shapes.items()]
    extra = [unexpected(name, array) for name, array in arrays.items() if name not in shapes]
    return [one for one in found if one is not None] + extra


def misfit(name: str, shape: tuple[int, ...], array: Shaped | None) -> str | None:
    """Return in words why an array, or none, is not one of the shape; None if it is."""
    if array is None:
        return f"{name}: missing, expected shape {shape}"
    if array.shape != shape:
        return f"{name}: expected shape {shape}, found {array.shape}"
    return None


def unexpected(name: str, array: Shaped) -> str:
    """Return in words that nobody wants an array."""
    return f"{name}: unexpected, found shape {array.shape}"


def canonical_shapes(layers: Iterable["LayerView"]) -> dict[str, tuple[int, ...]]:
    """Return the shape of every weight in canonical layout, by `path/weight`."""
    return {
        f"{layer.path}/{weight.name}": weight.shape for layer in layers for weight in layer.weights
    }
