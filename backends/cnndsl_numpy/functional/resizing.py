"""Interpolation between pixels, forward and backward, an axis at a time."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from cnndsl_numpy.functional.geometry import Array

Taps: TypeAlias = tuple[npt.NDArray[np.intp], Array]
"""The pixels along an axis that each output pixel takes, and their weights: (taps, outputs)."""


def taps(pixels: int, count: int, mode: str, align_corners: bool) -> Taps:
    """Return what each of `count` pixels takes of those that there are along an axis."""
    index = np.arange(count)
    if mode in ("nearest", "nearest_floor"):
        shift = 1 if mode == "nearest" else 0
        return ((2 * index + shift) * pixels // (2 * count))[None], np.ones((1, count))
    at = (index + 0.5) * pixels / count - 0.5
    if align_corners:
        at = index * (pixels - 1) / max(count - 1, 1)
    offsets = np.arange(2) if mode == "bilinear" else np.arange(-1, 3)
    places = np.floor(at).astype(np.intp) + offsets[:, None]
    kernel = hat if mode == "bilinear" else cubic
    return np.clip(places, 0, pixels - 1), kernel(np.abs(at - places))


def hat(distance: Array) -> Array:
    """Return what is left of 1."""
    rest: Array = 1 - distance
    return rest


def cubic(distance: Array) -> Array:
    """Return Keys's kernel (1981) with a slope of -0.75 at 1."""
    near = (1.25 * distance - 2.25) * distance**2 + 1
    far = ((3.75 - 0.75 * distance) * distance - 6) * distance + 3
    kernel: Array = np.where(distance <= 1, near, far)
    return kernel


def interpolate(X: Array, along: Taps, axis: int) -> Array:
    """Return, for each output pixel along an axis, the weighted sum of those that it takes."""
    places, weights = along
    total: Array = np.take(X, places[0], axis) * shaped(weights[0], X, axis)
    for place, weight in zip(places[1:], weights[1:], strict=True):
        total += np.take(X, place, axis) * shaped(weight, X, axis)
    return total


def interpolate_backward(dY: Array, along: Taps, axis: int, pixels: int) -> Array:
    """Return the gradient of the `pixels` that `interpolate` has taken."""
    rows = np.moveaxis(dY, axis, 0)
    dX = np.zeros((pixels, *rows.shape[1:]), dY.dtype)
    for place, weight in zip(*along, strict=True):
        np.add.at(dX, place, rows * shaped(weight, rows, 0))
    return np.moveaxis(dX, 0, axis)


def pad_places(pixels: int, before: int, after: int, mode: str) -> npt.NDArray[np.intp]:
    """Return which pixel along an axis stands at each place of a padded one."""
    at: npt.NDArray[np.intp] = np.arange(-before, pixels + after)
    if mode == "circular":
        return at % pixels
    if mode == "reflect":
        at = pixels - 1 - np.abs(pixels - 1 - np.abs(at))
    return np.clip(at, 0, pixels - 1)


def shaped(weight: Array, X: Array, axis: int) -> Array:
    """Return weights along an axis so that they multiply X, in its precision."""
    shape = [len(weight) if each == axis else 1 for each in range(X.ndim)]
    return weight.astype(X.dtype).reshape(shape)
