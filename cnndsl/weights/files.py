"""Weights in files: one flat mapping from `path/weight` to an array, in canonical layout.

Canonical files are `.npz` (without pickles) and `.safetensors`. The files of a framework are read
and written by its backend, in the same terms. Reading is strict: whatever is missing, too many or
of another shape is an error that lists all of it, unless a pattern allows it by name. Nothing here
unpickles a file that could run code.
"""

import os
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backend import CheckpointFiles, CheckpointFormat, Framework, backend_names, find_backend
from ..diagnostics.base import Failure, reason_of
from ..project.replacement import replacing
from ..record import Record
from .fitting import canonical_shapes, misfit, unexpected
from .random import random_weights

if TYPE_CHECKING:
    from ..ir.network import Network

MOST_PROBLEMS = 20
"""How many misfits an error lists."""


class WeightFileError(Failure, ValueError):
    """A weight file that cannot be read or written, or does not fit."""


class Slot(Record):
    """One entry that a file should hold.

    key: `path/weight`
    name: what the file calls it
    shape: its shape in the file's layout
    to_canonical: from the file's layout to the canonical one
    """

    key: str
    name: str
    shape: tuple[int, ...]
    to_canonical: Callable[[Any], Any] = lambda array: array


@cache
def formats() -> dict[str, CheckpointFormat]:
    """Return the formats by name: the canonical one, then each backend's by the backend's name.

    The first with an extension is its default. A backend that does not load has none.
    """
    found = {"canonical": CANONICAL}
    for name in backend_names():
        with suppress(ImportError):
            form = find_backend(name).checkpoints
            if form is not None:
                found[name] = form
    return found


def extension_of(path: str) -> str:
    """Return the extension that decides the format, or raise WeightFileError for an unknown one."""
    known = {one for form in formats().values() for one in form.extensions}
    fitting = [one for one in known if path.lower().endswith(one)]
    if not fitting:
        raise WeightFileError(
            f"{path} has no extension of a weight file", f"known are {', '.join(sorted(known))}"
        )
    return max(fitting, key=len)


def format_of(path: str, form: str | None = None) -> str:
    """Return the name of a file's format.

    form: the format that is asked for. Without it the extension decides; a `.safetensors` file
        that exists is looked into: canonical keys have a slash.
    """
    extension = extension_of(path)
    known = formats()
    if form is not None:
        if extension not in known[form].extensions:
            raise WeightFileError(
                f"{path} cannot hold {known[form].title}",
                f"it would end in {' or '.join(known[form].extensions)}",
            )
        return form
    fitting = [name for name, one in known.items() if extension in one.extensions]
    if extension == ".safetensors" and os.path.isfile(path):
        is_canonical = any("/" in key for key in safetensors_keys(path))
        return fitting[0 if is_canonical else -1]
    return fitting[0]


def files_of(form: str) -> CheckpointFiles:
    """Return what reads and writes a format, or raise WeightFileError without its framework."""
    found = formats()[form]
    if not found.framework.is_installed:
        raise WeightFileError(
            f"{found.title} needs {found.framework.package}, which is not installed",
            f"pip install 'cnndsl[{found.framework.extra}]'",
        )
    return found.files()


# Reading and writing for a network


def read_weights(
    path: str,
    network: "Network",
    *,
    form: str | None = None,
    allow_missing: Sequence[str] = (),
    allow_extra: Sequence[str] = (),
    seed: int = 0,
) -> dict[str, Any]:
    """Return every weight of the network, by `path/weight` in the order of its layers.

    form: the file's format, where the extension does not decide it
    allow_missing: patterns (regular expressions) of keys that the file may lack, or hold in
        another shape; those weights are drawn anew
    allow_extra: patterns of names in the file that are left aside
    seed: of what is drawn

    Raises WeightFileError for a file that cannot be read, or that does not fit.
    """
    slots, arrays = files_of(format_of(path, form)).read(path, network)
    fresh = random_weights(network, seed) if allow_missing else {}
    return matched(path, slots, arrays, fresh, allow_missing, allow_extra)


def write_weights(
    path: str, network: "Network", weights: Mapping[str, Any], form: str | None = None
) -> None:
    """Write a network's weights, whole or not at all, or raise WeightFileError."""
    extension = extension_of(path)
    if form is None:
        form = next(name for name, one in formats().items() if extension in one.extensions)
    files = files_of(format_of(path, form))
    try:
        with replacing(path) as partial:
            files.write(partial, network, weights)
    except OSError as error:
        raise WeightFileError(f"cannot write {path}: {reason_of(error)}") from None


def matched(
    path: str,
    slots: Iterable[Slot],
    arrays: Mapping[str, Any],
    fresh: Mapping[str, Any],
    allow_missing: Sequence[str],
    allow_extra: Sequence[str],
) -> dict[str, Any]:
    """Return the arrays in canonical layout by key, or raise WeightFileError with all misfits."""
    found: dict[str, Any] = {}
    problems: list[str] = []
    known = set()
    for slot in slots:
        known.add(slot.name)
        array: Any = arrays.get(slot.name)
        shown = slot.key if slot.key == slot.name else f"{slot.key} ({slot.name})"
        problem = misfit(shown, slot.shape, array)
        if problem is None and array.dtype.kind != "f":
            problem = f"{shown}: expected floating-point numbers, found {array.dtype}"
        if problem is None:
            found[slot.key] = np.ascontiguousarray(slot.to_canonical(array))
        elif any(re.fullmatch(one, slot.key) for one in allow_missing):
            found[slot.key] = fresh[slot.key]
        else:
            problems.append(problem)
    for name, array in arrays.items():
        if name not in known and not any(re.fullmatch(one, name) for one in allow_extra):
            problems.append(unexpected(name, array))
    if problems:
        listed = "".join(f"\n  {one}" for one in problems[:MOST_PROBLEMS])
        rest = len(problems) - MOST_PROBLEMS
        more = f"\n  and {rest} more" if rest > 0 else ""
        raise WeightFileError(
            f"{path} does not fit the network:{listed}{more}",
            "for transfer learning, `--allow-missing PATTERN` draws anew what matches",
        )
    return found


# Canonical files


def read(path: str, network: "Network") -> tuple[list[Slot], dict[str, Any]]:
    """Return what a canonical file should hold, and what it does."""
    shapes = canonical_shapes(network.layers)
    return [Slot(key, key, shape) for key, shape in shapes.items()], read_entries(path)


def read_entries(path: str) -> dict[str, Any]:
    """Return the arrays of an `.npz` or `.safetensors` file by name."""
    if extension_of(path) == ".safetensors":
        return read_safetensors(path)
    try:
        with np.load(path, allow_pickle=False) as archive:
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise WeightFileError(f"{path} is no archive of arrays")
            return {name: archive[name] for name in archive.files}
    except OSError as error:
        raise WeightFileError(f"cannot read {path}: {reason_of(error)}") from None
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        if isinstance(error, WeightFileError):
            raise
        raise WeightFileError(f"cannot read {path} as plain arrays: {error}") from None


def write(path: str, network: "Network", weights: Mapping[str, Any]) -> None:
    """Write a canonical file, its entries in the order of the layers."""
    arrays = {key: np.ascontiguousarray(weights[key]) for key in canonical_shapes(network.layers)}
    if path.endswith(".safetensors"):
        write_safetensors(path, arrays)
        return
    with open(path, "wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


CANONICAL = CheckpointFormat(
    "canonical arrays",
    (".npz", ".safetensors"),
    Framework("numpy", extra="numpy"),
    lambda: CheckpointFiles(read, write, read_entries),
)


def safetensors_keys(path: str) -> tuple[str, ...]:
    """Return the names in a `.safetensors` file."""
    with safetensors_reading(path) as package, package.safe_open(path, "numpy") as file:
        return tuple(file.keys())


def read_safetensors(path: str) -> dict[str, Any]:
    """Return the arrays of a `.safetensors` file by name."""
    with safetensors_reading(path) as package:
        arrays: dict[str, Any] = package.numpy.load_file(path)
    return {
        key: array if array.dtype.kind in "fiub" else array.astype(np.float32)
        for key, array in arrays.items()
    }


def write_safetensors(path: str, arrays: Mapping[str, Any]) -> None:
    """Write arrays as `.safetensors`, in the order of its names, which is the format's own."""
    safetensors_package().numpy.save_file(dict(arrays), path)


def safetensors_package() -> Any:
    """Return the package `safetensors`, or raise WeightFileError where it is not installed."""
    try:
        import safetensors.numpy  # deferred: it need not be installed
    except ImportError:
        raise WeightFileError(
            ".safetensors files need safetensors, which is not installed",
            "pip install 'cnndsl[safetensors]'",
        ) from None
    return safetensors


@contextmanager
def safetensors_reading(path: str) -> Iterator[Any]:
    """The package for the time of a `with` that reads: its errors become WeightFileErrors."""
    package = safetensors_package()
    try:
        with open(path, "rb"):  # the system's own words, where it cannot be opened
            pass
    except OSError as error:
        raise WeightFileError(f"cannot read {path}: {reason_of(error)}") from None
    try:
        yield package
    except (package.SafetensorError, OSError, KeyError, TypeError, AttributeError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else error
        raise WeightFileError(f"cannot read {path} as safetensors: {reason}") from None


# Comparing


class Change(Record):
    """One entry in two files: its shapes, None where it is missing, and the largest difference.

    The difference is relative to the largest number of the two; it is infinite between shapes.
    """

    name: str
    left: tuple[int, ...] | None
    right: tuple[int, ...] | None
    difference: float


def changes(left: Mapping[str, Any], right: Mapping[str, Any]) -> Iterator[Change]:
    """Yield how the entries of two files differ, in the order of the first file."""
    for name in dict.fromkeys((*left, *right)):
        one, other = left.get(name), right.get(name)
        shapes = [None if array is None else array.shape for array in (one, other)]
        apart = float("inf")
        if one is not None and other is not None and one.shape == other.shape:
            apart = relative_difference(one, other)
        yield Change(name, shapes[0], shapes[1], apart)


def relative_difference(one: Any, other: Any) -> float:
    """Return the largest difference over the largest number of both; not-a-number equals itself."""
    if np.array_equal(one, other, equal_nan=one.dtype.kind == other.dtype.kind == "f"):
        return 0.0
    first, second = np.asarray(one, np.float64), np.asarray(other, np.float64)
    with np.errstate(invalid="ignore"):
        gap = np.max(np.abs(first - second), initial=0.0)
        size = max(np.max(np.abs(first), initial=0.0), np.max(np.abs(second), initial=0.0))
        ratio = float(gap / size)
    return ratio if ratio == ratio else float("inf")
