"""Keras models and weights in files: `.keras`, `.weights.h5`, and the older `.h5`.

They are read as plain arrays, without building what they describe, and matched to the layers of
the network's own Keras model: by name, or, where a file names its layers otherwise (as those of
keras.applications do), by the order of the layers of each class, which is Keras's own rule.
They are written by Keras.
"""

from __future__ import annotations

import re
from collections import Counter
from operator import methodcaller

from cnndsl.backend import CheckpointFiles
from cnndsl.record import Record
from cnndsl.weights.archives import Archive
from cnndsl.weights.files import Slot, extension_of
from cnndsl.weights.fitting import canonical_shapes
from cnndsl.weights.mapping import written_map
from cnndsl.weights.naming import Request, prepared
from cnndsl.weights.screen import Entry, WeightFileError, guarded, listed, told, unique
from cnndsl_keras import live
from cnndsl_keras.architecture import compared
from cnndsl_keras.dialect import emit
from cnndsl_keras.hdf5 import WHAT, Group, Hdf5, read_hdf5
from cnndsl_keras.layers import LOWERINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from cnndsl.ir.network import Network

WEIGHTS_IN_ARCHIVE = "model.weights.h5"
CONFIG_IN_ARCHIVE = "config.json"
NUMBER = re.compile(r"_(\d{1,9})$")
MOST_WAYS = 1000
"""How many orders of layers are tried."""


class Stored(Record):
    """The arrays of one layer in a file.

    kind: the layer's class, in small letters, or None where the file does not say
    number: counts the layers of that class
    within: the place of the model that it is in, where that is a layer of another
    """

    place: str
    name: str | None
    kind: str | None
    number: int
    arrays: tuple[Entry, ...]
    within: str = ""

    @property
    def label(self) -> str:
        """What its arrays are called after, which no other layer of the file has."""
        own = self.name or self.place
        return f"{self.within}/{own}" if self.within else own

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        return tuple(entry.shape for entry in self.arrays)


def read(path: str, network: Network, request: Request) -> tuple[list[Slot], dict[str, Entry]]:
    """Return what a file for the network should hold, and what it does.

    Entries are named by the layer's own name in the file, with the number of the array behind.
    """
    stored, description = read_layers(path)
    same = same_architecture(path, network, description, request)
    layers = model_layers(network)
    pairs = dict(pairing(path, stored, layers, same, request.is_mapped))
    unique(path, [one.label for one in stored])
    if description is None:
        without_description(path, network, stored, layers, pairs, request)
    slots: list[Slot] = []
    entries: dict[str, Entry] = {}
    for at, (name, _, variables) in enumerate(layers):
        found = stored[pairs[at]] if at in pairs else None
        label = name if found is None else found.label
        for number, (key, shape, canonical) in enumerate(variables):
            reshaped = methodcaller("reshape", canonical)  # depthwise kernels: (h, w, in, times)
            slots.append(Slot(key, f"{label}[{number}]", shape, reshaped))
    for one in stored:
        entries |= {f"{one.label}[{number}]": array for number, array in enumerate(one.arrays)}
    return slots, prepared(path, {"": entries}, (), request)


def without_description(
    path: str,
    network: Network,
    stored: Sequence[Stored],
    layers: Sequence[tuple[str, str, Any]],
    pairs: Mapping[int, int],
    request: Request,
) -> None:
    """Hold the names of weights, which some files have, against the network's.

    Raises `WeightFileError` where a file has another weight; tells where it could have.
    """
    ops = {layer.path: layer.op for layer in network.needed_layers}
    for at, found in pairs.items():
        name, _, variables = layers[at]
        names = [entry.name.rpartition("/")[2].split(":")[0] for entry in stored[found].arrays]
        for (key, _, _), other in zip(variables, names, strict=False):
            kept = LOWERINGS[type(ops[name])].weights if name in ops else {}
            places = {place.name for place in kept.values()}
            own = key.rpartition("/")[2]
            if other in places and own in kept and kept[own].name != other:
                raise WeightFileError(f"{told(path)} has {told(other)} where the spec has {key}")
            if len(variables) > 1 and len(variables) < len(places) and other not in places:
                request.tell(f"{told(path)} does not name the weights of {name}: taken in order")
                break


def same_architecture(
    path: str, network: Network, description: str | None, request: Request
) -> Mapping[str, str]:
    """Return the file's layer for each of the network's, as far as the file describes them.

    Raises `WeightFileError` where what it describes contradicts the network.
    """
    if description is None or request.any_architecture:
        return {}
    found = compared(network, description)
    if found is None:
        request.tell(f"what {told(path)} says of its layers cannot be held against the spec")
        return {}
    if found.contradictions:
        raise WeightFileError(
            f"{told(path)} is of another network:",
            "mend the spec, or take the weights all the same with `--any-architecture`",
            listed(list(found.contradictions)),
        )
    if found.unread:
        unread = ", ".join(map(told, found.unread))
        request.tell(f"not held against the spec: {unread}, and what is before it")
        return {}
    return found.pairs


def pairing(
    path: str,
    stored: Sequence[Stored],
    layers: Sequence[tuple[str, str, Any]],
    same: Mapping[str, str],
    is_mapped: bool,
) -> Iterator[tuple[int, int]]:
    """Yield the place of each of the model's layers with that of its layer in the file.

    same: names in the file by the model's, where the file tells how its layers are connected
    is_mapped: whether somebody says which is which, where the file does not

    Raises `WeightFileError` where nobody does.
    """
    count = Counter(one.name for one in stored)
    by_name = {one.name: at for at, one in enumerate(stored) if count[one.name] == 1 and one.name}
    if 2 * sum(name in by_name for name, _, _ in layers) >= len(layers):
        for at, (name, _, _) in enumerate(layers):
            if same.get(name, name) != name and {name, same[name]} <= by_name.keys():
                raise WeightFileError(
                    f"{told(path)}: {told(same[name])} is where {name} is in the spec",
                    "paths of the spec are in another order; `--any-architecture` goes by names",
                )
            if name in by_name:
                yield at, by_name[name]
        return
    if len(by_name) == len(stored) and all(same.get(one[0]) in by_name for one in layers):
        yield from ((at, by_name[same[one[0]]]) for at, one in enumerate(layers))
        return
    if all(one.kind is None for one in stored):
        yield from ((at, at) for at in range(min(len(stored), len(layers))))
        return
    pairs, unsure = by_class(stored, layers)
    if unsure and not is_mapped:
        raise WeightFileError(
            f"{told(path)} has models in its model, and does not say in which order; as it seems:",
            "import the `.keras` file, or write these lines into a file, where layers that are "
            "alike may have to change places, and add `--map FILE`",
            tuple(draft(stored, layers, pairs).splitlines()),
        )
    yield from ((at, found) for at, found in pairs.items() if at not in unsure)


def by_class(
    stored: Sequence[Stored], layers: Sequence[tuple[str, str, Any]]
) -> tuple[dict[int, int], set[int]]:
    """Return places in pairs, by the order of each class, and the layers with other choices.

    So it is where several models in the file have layers of a class, and shapes do not tell which
    comes first.
    """
    found: dict[int, int] = {}
    unsure: set[int] = set()
    order = sorted(range(len(stored)), key=lambda at: stored[at].number)
    for kind in dict.fromkeys(one[1] for one in layers):
        mine = [at for at, one in enumerate(layers) if one[1] == kind]
        models: dict[str, list[int]] = {}
        for at in order:
            if stored[at].kind == kind:
                models.setdefault(stored[at].within, []).append(at)
        theirs = [at for places in models.values() for at in places]
        if len(models) > 1:
            wanted = [tuple(shape for _, shape, _ in layers[at][2]) for at in mine]
            sequences = [[stored[at].shapes for at in places] for places in models.values()]
            turns = only_merge(sequences, wanted)
            unsure |= set(mine) if turns is None else set()
            following = [iter(places) for places in models.values()]
            theirs = theirs if turns is None else [next(following[turn]) for turn in turns]
        found |= dict(zip(mine, theirs, strict=False))
    return found, unsure


def only_merge(sequences: Sequence[Sequence[Any]], wanted: Sequence[Any]) -> list[int] | None:
    """Return from which sequence each wanted item comes, where there is one way to merge them."""
    ways: dict[tuple[int, ...], list[int] | None] = {(0,) * len(sequences): []}
    for item in wanted:
        longer: dict[tuple[int, ...], list[int] | None] = {}
        for state, turns in ways.items():
            for turn, at in enumerate(state):
                if sequences[turn][at : at + 1] == [item]:
                    after = (*state[:turn], at + 1, *state[turn + 1 :])
                    is_new = after not in longer and turns is not None
                    longer[after] = [*turns, turn] if is_new and turns is not None else None
        ways = longer if len(longer) <= MOST_WAYS else {}
    return ways.get(tuple(map(len, sequences)))


def draft(
    stored: Sequence[Stored], layers: Sequence[tuple[str, str, Any]], pairs: Mapping[int, int]
) -> str:
    """Return a map of the names, in which like layers may be in another order."""
    names = {
        key: f"{stored[found].label}[{number}]"
        for at, found in pairs.items()
        for number, (key, _, _) in enumerate(layers[at][2])
    }
    return written_map(names)


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


def read_layers(path: str) -> tuple[list[Stored], str | None]:
    """Return the layers of a file that have arrays, and what it says of all of them, in JSON."""
    source, description = None, None
    if extension_of(path) == ".keras":
        archive = Archive(path, "a Keras archive")
        if WEIGHTS_IN_ARCHIVE not in archive.members:
            raise WeightFileError(f"{told(path)} is an archive without {WEIGHTS_IN_ARCHIVE}")
        source = archive.stream(WEIGHTS_IN_ARCHIVE)
        if CONFIG_IN_ARCHIVE in archive.members:
            description = archive.read(CONFIG_IN_ARCHIVE).decode(errors="replace")
    file = read_hdf5(path, source)
    with guarded(path, WHAT):
        return list(_layers(file)), description or file.attribute(file.root, "model_config")


def _layers(file: Hdf5) -> Iterator[Stored]:
    old = file.child(file.root, "model_weights") or file.root
    names = file.texts(old, "layer_names")
    if names is not None:
        yield from _old_layers(file, old, names)
        return
    for root in ("layers", "_layer_checkpoint_dependencies"):
        group = file.child(file.root, root)
        if group is not None:
            yield from _layers_within(file, group)


def _layers_within(file: Hdf5, group: Any, within: str = "") -> Iterator[Stored]:
    """The layers of a group and of the models nested in it; an optimiser's are not among them."""
    for place, inner in sorted(file.visit(group), key=lambda one: numbered(one[0])):
        if not isinstance(inner, Group):
            continue
        for name, child in file.visit(inner):
            if name == "vars" and isinstance(child, Group):
                yield from _layer(file, place, child, within)
            elif isinstance(child, Group):
                nested = f"{within}/{place}".lstrip("/") if name == "layers" else within
                yield from _layers_within(file, child, nested)


def numbered(place: str) -> tuple[str, int]:
    """A layer's class and its number, as `conv2d_10` has them."""
    number = NUMBER.search(place)
    return NUMBER.sub("", place), int(number[1]) if number else 0


def _layer(file: Hdf5, place: str, values: Any, within: str) -> Iterator[Stored]:
    """The layer at a place, if it has arrays. Numbers name them."""
    arrays = dict(file.visit(values))
    for at in map(str, range(len(arrays))):
        if at not in arrays:
            raise file.refused(str(values.name), f"has no array {at}")
    if arrays:
        yield Stored(
            place,
            file.attribute(values, "name"),
            *numbered(place),
            tuple(file.entry(at, arrays[at]) for at in map(str, range(len(arrays)))),
            within,
        )


def _old_layers(file: Hdf5, group: Any, names: Sequence[str]) -> Iterator[Stored]:
    """The layers of the format before Keras 3, which lists names in attributes."""
    for number, name in enumerate(names):
        layer = file.child(group, name)
        if layer is None:
            raise file.refused(name, "is in the list of layers, and is not there")
        parts: dict[str, list[str]] = {}
        for weight in file.texts(layer, "weight_names") or []:
            parts.setdefault(weight.rpartition("/")[0], []).append(weight)
        for part, weights in parts.items():
            own = part.rpartition("/")[2] if len(parts) > 1 else name
            arrays = tuple(file.entry(one, file.child(layer, one)) for one in weights)
            yield Stored(own, own, None, number, arrays, name if len(parts) > 1 else "")


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


FILES = CheckpointFiles(read, write, precision="float32")
