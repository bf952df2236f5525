"""HDF5 files read with suspicion: what is in this very file, once, as plain numbers."""

from __future__ import annotations

from math import prod

import h5py
import numpy as np

from cnndsl.weights.screen import (
    LONGEST_HEADER,
    MODEST,
    MOST_ENTRIES,
    Entry,
    WeightFileError,
    guarded,
    numbers,
    opened,
    told,
    widened,
)

from .hdf5_heaps import has_endless_heap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

Group = h5py.Group
WHAT = "HDF5"
FILTERS = {
    h5py.h5z.FILTER_DEFLATE,
    h5py.h5z.FILTER_SHUFFLE,
    h5py.h5z.FILTER_FLETCHER32,
    h5py.h5z.FILTER_LZF,
}
"""How datasets may be packed: in ways that need no plug-in and lose nothing."""
LINKS = {h5py.h5l.TYPE_SOFT: "is a link", h5py.h5l.TYPE_EXTERNAL: "is a link to another file"}
DEEPEST = 32


class Hdf5:
    """The groups and datasets of a file, through hard links alone."""

    def __init__(self, path: str, source: Any) -> None:
        self.path, self.source = path, source
        with guarded(path, WHAT):
            self.root = h5py.File(source, "r")["/"]
        self.visited: set[tuple[int, Any]] = set()
        self.are_heaps_seen = False

    def refused(self, place: str, reason: str) -> WeightFileError:
        return WeightFileError(f"{told(self.path)}: {told(place) or '/'} {reason}")

    def visit(self, group: Any) -> Iterator[tuple[str, Any]]:
        """Yield names and objects of a group that is visited for the first time."""
        info = h5py.h5o.get_info(group.id)
        if (info.fileno, info.addr) in self.visited:
            raise self.refused(str(group.name), "is a group that is reached twice")
        if len(self.visited) >= MOST_ENTRIES or str(group.name).count("/") > DEEPEST:
            raise self.refused(str(group.name), "is one group too many")
        self.visited.add((info.fileno, info.addr))
        for name in group:
            yield name, self.child(group, name)

    def child(self, group: Any, path: str) -> Any:
        """Return what is at a path below a group, or None; no link is followed."""
        for name in path.strip("/").split("/"):
            raw = name.encode("utf-8", "surrogateescape")
            if not isinstance(group, h5py.Group) or not group.id.links.exists(raw):
                return None
            kind = group.id.links.get_info(raw).type
            if kind != h5py.h5l.TYPE_HARD:
                place = f"{group.name}/{name}".replace("//", "/")
                raise self.refused(place, LINKS.get(kind, "is an unknown kind of link"))
            group = group[raw]
        return group

    def attribute(self, item: Any, name: str) -> str | None:
        """Return a text among the attributes, or None."""
        values = self._values(item, name)
        return values[0] if values else None

    def texts(self, item: Any, name: str) -> list[str] | None:
        """Return a list of texts among the attributes, which a long one is spread over, or None."""
        found = self._values(item, name)
        if found is not None:
            return found
        parts, number = [], 0
        while (part := self._values(item, f"{name}{number}")) is not None:
            parts += part
            number += 1
        return parts if number else None

    def _values(self, item: Any, name: str) -> list[str] | None:
        if name not in item.attrs:
            return None
        place = f"the attribute {name} of {item.name}"
        described = item.attrs.get_id(name)
        if not prod(described.shape):
            return []
        if described.get_storage_size() > LONGEST_HEADER or prod(described.shape) > MOST_ENTRIES:
            raise self.refused(place, "is too long")
        kind = described.get_type()
        if not isinstance(kind, h5py.h5t.TypeStringID):
            raise self.refused(place, "is no text")
        if kind.is_variable_str():
            self.look_at_heaps()
        values = np.atleast_1d(item.attrs[name]).ravel().tolist()
        return [one.decode("utf-8", "replace") if isinstance(one, bytes) else one for one in values]

    def look_at_heaps(self) -> None:
        """Refuse a file whose texts the library would look for without end."""
        if self.are_heaps_seen:
            return
        _, length = self.root.file.id.get_create_plist().get_sizes()
        if isinstance(self.source, str):
            with opened(self.path) as file:
                is_endless = has_endless_heap(file, length)
        else:
            is_endless = has_endless_heap(self.source, length)
        if is_endless:
            raise self.refused("the heap of texts", "is damaged")
        self.are_heaps_seen = True

    def entry(self, name: str, dataset: Any) -> Entry:
        """Return a dataset as an entry. Raises `WeightFileError` for one of another file."""
        if not isinstance(dataset, h5py.Dataset) or dataset.shape is None:
            return Entry(name, (), "nothing", bytes, "is no array")
        place = str(dataset.name)
        described = dataset.id.get_create_plist()
        if described.get_external_count():
            raise self.refused(place, "has its numbers in another file")
        if described.get_layout() == h5py.h5d.VIRTUAL:
            raise self.refused(place, "is made of other datasets")
        if any(
            described.get_filter(at)[0] not in FILTERS for at in range(described.get_nfilters())
        ):
            raise self.refused(place, "is packed in an unusual way")
        shape, dtype = tuple(map(int, dataset.shape)), dataset.dtype
        is_brain = dtype == np.dtype("V2") and self.attribute(dataset, "dtype") == "bfloat16"

        def read() -> Any:
            stored = dataset.id.get_storage_size()
            _, size = numbers(self.path, place, shape, dtype.itemsize, stored)
            if dataset.chunks and prod(dataset.chunks) * dtype.itemsize > max(MODEST, 2 * size):
                raise self.refused(place, "is packed in pieces larger than itself")
            with guarded(self.path, WHAT):
                array = dataset[()]
                if is_brain:
                    return widened(np.asarray(array).view("<u2").reshape(shape))
                return np.asarray(array, dtype.newbyteorder("="))

        return Entry(name, shape, "bfloat16" if is_brain else dtype.name, read)


def read_hdf5(path: str, source: Any = None) -> Hdf5:
    """Return an HDF5 file, or one that is a member of an archive."""
    with opened(path):
        return Hdf5(path, path if source is None else source)
