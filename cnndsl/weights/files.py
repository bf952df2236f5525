"""Weights in files: one flat mapping from `path/weight` to an array, in canonical layout.

Canonical files are `.npz` (without pickles) and `.safetensors`. The files of a framework are read
and written by its backend, in the same terms. Reading is strict: whatever is missing, too many or
of another shape or type is an error that lists all of it, unless a pattern allows it by name; the
numbers of a file are read once all of it fits. Nothing here unpickles a file that could run code.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backend import CheckpointFiles, CheckpointFormat, Framework, backend_names, find_backend
from ..diagnostics.base import reason_of
from ..project.replacement import replacing
from ..record import Record
from ..report.formats import counted
from .archives import read_npz
from .fitting import canonical_shapes, misfit, unexpected
from .mapping import NO_MAP, NameMap, mapped
from .naming import Request, hint, prepared
from .random import random_weights
from .screen import FLOATS, Entry, WeightFileError, listed, told
from .tensors import read_safetensors, write_safetensors

if TYPE_CHECKING:
    from ..ir.network import Network

PLAIN = Request()
MOST_TOLD = 10
"""How many weights that are drawn anew are named."""


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
            f"{told(path)} has no extension of a weight file",
            f"known are {', '.join(sorted(known))}",
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
                f"{told(path)} cannot hold {known[form].title}",
                f"it would end in {' or '.join(known[form].extensions)}",
            )
        return form
    fitting = [name for name, one in known.items() if extension in one.extensions]
    if extension == ".safetensors" and os.path.isfile(path):
        is_canonical = any("/" in key for key in read_safetensors(path))
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
    request: Request = PLAIN,
    names: NameMap = NO_MAP,
    found: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Return every weight of the network, by `path/weight` in the order of its layers.

    form: the file's format, where the extension does not decide it
    allow_missing: patterns (regular expressions) of keys that the file may lack, or hold in
        another shape; those weights are drawn anew
    allow_extra: patterns of names in the file that are left aside
    seed: of what is drawn
    request: how the file is to be read, and who is told of it
    names: which entry is which weight, where their names do not say so
    found: receives the name in the file of each weight that is from there

    Raises WeightFileError for a file that cannot be read, or that does not fit.
    """
    pairs = pair(path, network, form, allow_missing, allow_extra, request, names)
    fresh = random_weights(network, seed) if allow_missing else {}
    drawn = [slot.key for slot, entry in pairs if entry is None]
    if drawn:
        more = f" and {len(drawn) - MOST_TOLD} more" if len(drawn) > MOST_TOLD else ""
        request.tell(f"drawn anew: {', '.join(drawn[:MOST_TOLD])}{more}")
    weights: dict[str, Any] = {}
    for slot, entry in pairs:
        if entry is None:
            weights[slot.key] = fresh[slot.key]
            continue
        if found is not None:
            found[slot.key] = slot.name
        array = entry.read()
        strange = array.size - int(np.count_nonzero(np.isfinite(array)))
        if strange:
            which = f"{strange:,} of {counted(array.size, 'number')}"
            request.warn(f"{told(path)}: {slot.key} is infinite or no number in {which}")
        weights[slot.key] = np.asarray(slot.to_canonical(array), order="C")
    return weights


def pair(
    path: str,
    network: "Network",
    form: str | None,
    allow_missing: Sequence[str],
    allow_extra: Sequence[str],
    request: Request,
    names: NameMap,
) -> list[tuple[Slot, Entry | None]]:
    """Return each weight's place with its entry in the file, whose numbers are not yet read.

    The entry is None for a weight that is to be drawn anew. Raises WeightFileError.
    """
    slots, entries = files_of(format_of(path, form)).read(path, network, request)

    def is_spare(name: str) -> bool:
        return any(re.fullmatch(one, name) for one in allow_extra)

    if names.says_something:
        slots = mapped(path, slots, entries, names, is_spare)
    return matched(path, slots, entries, is_spare, allow_missing)


def write_weights(
    path: str,
    network: "Network",
    weights: Mapping[str, Any],
    form: str | None = None,
    warn: Callable[[str], None] = PLAIN.warn,
) -> None:
    """Write a network's weights, whole or not at all, or raise WeightFileError.

    warn: receives, in a line, what the file cannot hold exactly
    """
    extension = extension_of(path)
    if form is None:
        form = next(name for name, one in formats().items() if extension in one.extensions)
    files = files_of(format_of(path, form))
    if files.precision is not None:
        failing = f"cannot write {told(path)}"
        weights = narrowed(weights, files.precision, told(path), failing, warn)
    try:
        with replacing(path) as partial:
            files.write(partial, network, weights)
    except OSError as error:
        raise WeightFileError(f"cannot write {told(path)}: {reason_of(error)}") from None


def narrowed(
    weights: Mapping[str, Any],
    precision: str,
    holder: str,
    failing: str,
    warn: Callable[[str], None],
) -> dict[str, Any]:
    """Return weights in a precision. Raises WeightFileError where a number becomes infinite.

    holder: what is to hold them, in words
    failing: how the error begins
    warn: receives, in a line, that digits are lost
    """
    found, rounded = {}, 0
    for key, array in weights.items():
        with np.errstate(over="ignore"):
            found[key] = np.asarray(array).astype(precision, copy=False)
        beyond = int(np.count_nonzero(np.isfinite(array) & ~np.isfinite(found[key])))
        if beyond:
            many = counted(beyond, "number")
            raise WeightFileError(f"{failing}: {key} has {many} beyond {precision}")
        rounded += not np.array_equal(found[key], array, equal_nan=True)
    if rounded:
        warn(f"{holder} holds {precision}: {counted(rounded, 'array')} had more digits")
    return found


def matched(
    path: str,
    slots: Iterable[Slot],
    entries: Mapping[str, Entry],
    is_spare: Callable[[str], bool],
    allow_missing: Sequence[str],
) -> list[tuple[Slot, Entry | None]]:
    """Return each slot's entry, or raise WeightFileError with all misfits."""
    found: list[tuple[Slot, Entry | None]] = []
    problems: list[str] = []
    troubled: list[str] = []
    missing = {}
    known = set()
    for slot in slots:
        known.add(slot.name)
        entry = entries.get(slot.name)
        shown = slot.key if slot.key == slot.name else f"{slot.key} ({told(slot.name)})"
        problem = misfit(shown, slot.shape, entry) or unusable(shown, entry)
        if problem is None:
            found.append((slot, entry))
        elif any(re.fullmatch(one, slot.key) for one in allow_missing):
            found.append((slot, None))
        else:
            problems.append(problem)
            troubled.append(slot.key)
            if entry is None:
                missing[slot.name] = slot.shape
    extra = {name: one for name, one in entries.items() if name not in known and not is_spare(name)}
    problems += [unexpected(told(name), entry) for name, entry in extra.items()]
    if problems:
        message = f"{told(path)} does not fit the network:"
        raise WeightFileError(message, hint(troubled, missing, extra), listed(problems))
    return found


def unusable(shown: str, entry: Entry | None) -> str | None:
    """Return in words why an entry holds no weights; None if it does, or is not there."""
    if entry is None or (entry.fault is None and entry.dtype in FLOATS):
        return None
    if entry.fault is not None:
        return f"{shown} {entry.fault}"
    return f"{shown}: expected floating-point numbers, found {entry.dtype}"


# Canonical files


def read(path: str, network: "Network", request: Request) -> tuple[list[Slot], Mapping[str, Entry]]:
    """Return what a canonical file should hold, and what it does."""
    shapes = canonical_shapes(network.layers)
    entries = prepared(path, {"": read_arrays(path)}, shapes, request)
    return [Slot(key, key, shape) for key, shape in shapes.items()], entries


def read_arrays(path: str) -> dict[str, Entry]:
    """Return the arrays of an `.npz` or `.safetensors` file by name."""
    return read_safetensors(path) if extension_of(path) == ".safetensors" else read_npz(path)


def write(path: str, network: "Network", weights: Mapping[str, Any]) -> None:
    """Write a canonical file, its entries in the order of the layers."""
    arrays = {key: np.asarray(weights[key], order="C") for key in canonical_shapes(network.layers)}
    if path.endswith(".safetensors"):
        write_safetensors(path, arrays)
        return
    with open(path, "wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


CANONICAL = CheckpointFormat(
    "canonical arrays",
    (".npz", ".safetensors"),
    Framework("numpy", extra="numpy"),
    lambda: CheckpointFiles(read, write, read_arrays),
)


# Comparing


class Change(Record):
    """One entry in two files: its shapes, None where it is missing, and the largest difference.

    The difference is relative to the largest number of the two; it is infinite between shapes.
    """

    name: str
    left: tuple[int, ...] | None
    right: tuple[int, ...] | None
    difference: float


def changes(
    left: Mapping[str, Entry], right: Mapping[str, Entry], sides: tuple[str, str]
) -> Iterator[Change]:
    """Yield how the entries of two files differ, in the order of the first file.

    sides: the names of the files. Raises WeightFileError for what is no array of numbers.
    """
    for name in dict.fromkeys((*left, *right)):
        one, other = left.get(name), right.get(name)
        for entry, side in zip((one, other), sides, strict=True):
            if entry is not None and entry.fault is not None:
                raise WeightFileError(f"{told(side)}: {told(name)} {entry.fault}")
        shapes = [None if entry is None else entry.shape for entry in (one, other)]
        apart = float("inf")
        if one is not None and other is not None and one.shape == other.shape:
            apart = relative_difference(one.read(), other.read())
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


def as_entries(arrays: Mapping[str, Any]) -> dict[str, Entry]:
    """Return arrays in memory as entries."""
    return {
        name: Entry(name, array.shape, array.dtype.name, array.view)
        for name, array in arrays.items()
    }
