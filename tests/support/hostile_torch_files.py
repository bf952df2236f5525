"""PyTorch files that `torch.save` does not write: what they say of their numbers is not so."""

from __future__ import annotations

import argparse
import io
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

Arrays = dict[str, Any]
Made = tuple[str, Callable[[Path], None], bool]
"""A trick, what makes its file, and whether the weights are to be found in it."""
OWN, OTHER = "conv.weight", "dense.bias"


class Numbers(NamedTuple):
    """How a pickle refers to a storage; `count` and `kind` may lie."""

    key: Any
    count: Any
    kind: Any = torch.FloatStorage
    more: tuple[Any, ...] = ()


class View:
    """Pickles as a tensor whose facts may lie."""

    def __init__(self, numbers: Any, offset: Any, size: Any, stride: Any) -> None:
        self.facts = numbers, offset, size, stride

    def __reduce__(self) -> Any:
        return torch._utils._rebuild_tensor_v2, (*self.facts, False, OrderedDict())


class Pickler(pickle.Pickler):
    def persistent_id(self, item: Any) -> Any:
        if isinstance(item, Numbers):
            return ("storage", item.kind, item.key, "cpu", item.count, *item.more)
        return None


def pickled(value: Any) -> bytes:
    stream = io.BytesIO()
    Pickler(stream, 2).dump(value)
    return stream.getvalue()


def plain(arrays: Arrays, more: tuple[Any, ...] = ()) -> dict[str, View]:
    """What is right, each array in a storage of its own."""
    found = {}
    for number, (key, array) in enumerate(arrays.items()):
        strides = [one // array.itemsize for one in array.strides]
        kind = torch.LongStorage if array.dtype == np.int64 else torch.FloatStorage
        numbers = Numbers(str(number), array.size, kind, more)
        found[key] = View(numbers, 0, array.shape, tuple(strides))
    return found


def members(arrays: Arrays, value: Any) -> dict[str, bytes]:
    data = {f"net/data/{at}": one.tobytes() for at, one in enumerate(arrays.values())}
    text = value if isinstance(value, bytes) else pickled(value)
    return {"net/data.pkl": text, "net/byteorder": b"little", **data, "net/version": b"3\n"}


def archive(path: Path, contents: dict[str, bytes], method: int = 0) -> None:
    with zipfile.ZipFile(path, "w", method) as file:
        for name, data in contents.items():
            file.writestr(name, data)


def own_numbers(arrays: Arrays) -> Numbers:
    return Numbers(str(list(arrays).index(OWN)), arrays[OWN].size)


def views(arrays: Arrays) -> dict[str, tuple[Callable[[], Any], bool]]:
    """Values at the place of a tensor of four axes, and whether they are the right numbers."""
    right, array = own_numbers(arrays), arrays[OWN]
    key, count, shape = right.key, right.count, array.shape
    strides = tuple(one // 4 for one in array.strides)
    other = Numbers(str(list(arrays).index(OTHER)), arrays[OTHER].size)
    facts: dict[str, tuple[Any, ...]] = {
        "offset": (right, 1, shape, strides),
        "far_offset": (right, 1 << 61, shape, strides),
        "negative_offset": (right, -8, shape, strides),
        "true_offset": (right, True, shape, strides),
        "fraction": (right, 0.5, shape, strides),
        "no_offset": (right, None, shape, strides),
        "wide_stride": (right, 0, shape, (strides[0] + 1, *strides[1:])),
        "huge_stride": (right, 0, shape, (1 << 61, *strides[1:])),
        "overflowing_stride": (right, 0, shape, (1 << 70, *strides[1:])),
        "negative_stride": (right, 0, shape, (-strides[0], *strides[1:])),
        "few_strides": (right, 0, shape, strides[1:]),
        "list_of_sides": (right, 0, list(shape), strides),
        "huge_side": (right, 0, (1 << 61, *shape[1:]), (0, *strides[1:])),
        "negative_side": (right, 0, (-3, *shape[1:]), strides),
        "many_axes": (right, 0, (1,) * 100_000, (1,) * 100_000),
        "no_storage": (None, 0, shape, strides),
        "text_for_storage": ("0", 0, shape, strides),
        "other_storage": (other, 0, shape, strides),
        "larger_storage": (Numbers(key, count + 60), 0, shape, strides),
        "smaller_storage": (Numbers(key, count - 1), 0, shape, strides),
        "endless_storage": (Numbers(key, 1 << 60), 0, shape, strides),
        "negative_storage": (Numbers(key, -1), 0, shape, strides),
        "fraction_of_storage": (Numbers(key, 54.0), 0, shape, strides),
        "other_type": (Numbers(key, count // 2, torch.DoubleStorage), 0, shape, strides),
        "same_bytes": (Numbers(key, 4 * count, torch.ByteStorage), 0, shape, strides),
        "missing_storage": (Numbers("99", count), 0, shape, strides),
        "storage_up": (Numbers("../data.pkl", count), 0, shape, strides),
        "number_for_key": (Numbers(0, count), 0, shape, strides),
        "viewed_storage": (Numbers(key, count, more=(("1", 0, 9),)), 0, shape, strides),
    }
    return {trick: (lambda one=one: View(*one), False) for trick, one in facts.items()}


def archive_tricks(arrays: Arrays) -> Iterator[Made]:
    """Archives whose pickle or whose members lie."""
    for trick, (value, is_right) in views(arrays).items():
        contents = members(arrays, {**plain(arrays), OWN: value()})
        yield trick, lambda path, c=contents: archive(path, c), is_right
        if trick in ("larger_storage", "other_type", "same_bytes"):
            contents = members(arrays, {**plain(arrays), "twin": value()})
            yield f"{trick}-twin", lambda path, c=contents: archive(path, c), False
    right = members(arrays, plain(arrays))
    scripts = {
        **plain(arrays),
        "args": argparse.Namespace(lr=0.1, path=Path("/x")),
        "best": np.float64(3),
    }
    yield "right", lambda path: archive(path, right), True
    whole = members(arrays, {"state_dict": plain(arrays), **scripts_of(scripts)})
    yield "training_script", lambda path: archive(path, whole), True
    swapped = {**right, "net/byteorder": b"big"}
    yield "big_endian", lambda path: archive(path, swapped), False
    changes: dict[str, Callable[[dict[str, bytes]], dict[str, bytes]]] = {
        "two_pickles": lambda c: {**c, "other/data.pkl": c["net/data.pkl"]},
        "no_folder": lambda c: {name.removeprefix("net/"): one for name, one in c.items()},
        "elsewhere": lambda c: {name.replace("/data/", "/Data/"): one for name, one in c.items()},
        "short_record": lambda c: {**c, "net/data/0": c["net/data/0"][:-4]},
        "long_record": lambda c: {**c, "net/data/0": c["net/data/0"] + bytes(4)},
    }
    for trick, change in changes.items():
        contents = change(right)
        yield trick, lambda path, c=contents: archive(path, c), False
    for trick, alter in BYTE_TRICKS.items():

        def make(path: Path, alter: Callable[[bytes], bytes] = alter) -> None:
            archive(path, right)
            path.write_bytes(alter(path.read_bytes()))

        yield trick, make, False


def scripts_of(values: Arrays) -> Arrays:
    return {name: values[name] for name in ("args", "best")}


def directory(data: bytes, name: bytes) -> int:
    """Where the archive's list of members has an entry."""
    at = data.index(b"PK\x01\x02")
    while data[at + 46 : at + 46 + len(name)] != name:
        at = data.index(b"PK\x01\x02", at + 4)
    return at


def listed(name: bytes, place: int, form: str, *values: int) -> Callable[[bytes], bytes]:
    """Change what the list of members says of one."""

    def alter(data: bytes) -> bytes:
        changed = bytearray(data)
        struct.pack_into(form, changed, directory(data, name) + place, *values)
        return bytes(changed)

    return alter


def swapped(first: bytes, second: bytes) -> Callable[[bytes], bytes]:
    """Two members, each listed where the other is."""

    def alter(data: bytes) -> bytes:
        changed = bytearray(data)
        one, other = (directory(data, name) + 42 for name in (first, second))
        changed[one : one + 4], changed[other : other + 4] = (
            data[other : other + 4],
            data[one : one + 4],
        )
        return bytes(changed)

    return alter


def inserted(data: bytes) -> bytes:
    """Bytes between the members and their list, which is then found where it is."""
    at = data.index(b"PK\x01\x02")
    end = data.rindex(b"PK\x05\x06")
    tail = bytearray(data[at:])
    struct.pack_into("<I", tail, end - at + 16, at + 100)
    return data[:at] + bytes(100) + bytes(tail)


def lies(name: bytes, other: bytes) -> dict[str, Callable[[bytes], bytes]]:
    """What an archive's list may say of a member that is not so, and of another one."""
    return {
        "swapped_places": swapped(name, other),
        "same_place": listed(other, 42, "<I", 0),
        "place_beyond": listed(name, 42, "<I", 1 << 30),
        "larger_in_list": listed(name, 20, "<II", 4000, 4000),
        "huge_in_list": listed(name, 20, "<II", 1 << 31, 1 << 31),
        "smaller_in_list": listed(name, 20, "<II", 8, 8),
        "unpacked_larger": listed(name, 24, "<I", 1 << 31),
        "wrong_checksum": listed(name, 16, "<I", 7),
        "flags": listed(name, 8, "<H", 1),
        "packed_in_list": listed(name, 10, "<H", 8),
        "extra_in_list": listed(name, 30, "<H", 40),
        "other_name": lambda data: data.replace(name, name[::-1], 1),
        "cut_list": lambda data: data[:-30],
    }


BYTE_TRICKS: dict[str, Callable[[bytes], bytes]] = {
    **lies(b"net/data/2", b"net/data/3"),
    "bytes_in_front": lambda data: b"PK\x03\x04" + bytes(60) + data,
    "bytes_between": inserted,
    "other_disk": listed(b"net/data/0", 34, "<H", 3),
    "comment": lambda data: data[:-2] + b"\x05\x00hello",
}


def legacy(arrays: Arrays, value: Any, **more: Any) -> bytes:
    """A file of the time before archives."""
    names = [str(number) for number in range(len(arrays))]
    machine = {"protocol_version": 1001, "little_endian": more.get("is_little", True)}
    heads = (more.get("magic", 0x1950A86A20F9469CFC6C), more.get("version", 1001), machine)
    parts = [pickle.dumps(one, 2) for one in heads]
    parts += [pickled(value), pickle.dumps(more.get("names", names), 2)]
    for number, array in enumerate(arrays.values()):
        count = array.size if number else more.get("count", array.size)
        parts += [struct.pack("<q", count), array.tobytes()]
    return b"".join(parts) + more.get("tail", b"")


def legacy_tricks(arrays: Arrays) -> Iterator[Made]:
    """Older files whose parts lie."""
    none = (None,)
    right = plain(arrays, none)
    names = [str(number) for number in range(len(arrays))]
    turned = [*names[1:], names[0]]
    changes: dict[str, dict[str, Any]] = {
        "right": {},
        "magic": {"magic": 7},
        "version": {"version": 7},
        "big_endian": {"is_little": False},
        "few_names": {"names": names[:-1]},
        "many_names": {"names": [*names, "99"]},
        "names_twice": {"names": [*names, names[0]]},
        "turned_names": {"names": turned},
        "no_names": {"names": None},
        "count": {"count": 1 << 40},
        "negative_count": {"count": -1},
        "tail": {"tail": b"more"},
    }
    for trick, more in changes.items():
        data = legacy(arrays, right, **more)
        yield trick, lambda path, d=data: wrote(path, d), trick == "right"
    for trick, (value, is_right) in views(arrays).items():
        made = value()
        if isinstance(made.facts[0], Numbers) and not made.facts[0].more:
            numbers, *rest = made.facts
            made = View(numbers._replace(more=none), *rest)
        data = legacy(arrays, {**right, OWN: made})
        yield trick, lambda path, d=data: wrote(path, d), is_right


def wrote(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def text(word: str) -> bytes:
    return b"X" + struct.pack("<I", len(word)) + word.encode()


PICKLES: dict[str, bytes] = {
    "marks": b"\x80\x02" + b"(" * (8 << 20),
    "lists": b"\x80\x02" + b"]" * (8 << 20),
    "deep_key": b"\x80\x02})" + b"\x85" * 500_000 + b"K\x01s.",
    "deep_list": b"\x80\x02]" + b"]a" * 100_000 + b".",
    "own_part": b"\x80\x02}q\x00" + text("a") + b"h\x00s.",
    "endless_bytes": b"\x80\x05\x96" + struct.pack("<Q", 1 << 40) + b"x.",
    "endless_text": b"\x80\x05\x8d" + struct.pack("<Q", 1 << 40) + b"x.",
    "endless_frame": b"\x80\x05\x95" + struct.pack("<Q", 1 << 40) + b"N.",
    "long_number": b"\x80\x02\x8b" + struct.pack("<I", 4 << 20) + b"\x01" * (4 << 20) + b".",
    "decimal": b"L" + b"9" * 1_000_000 + b"L\n.",
    "far_memo": b"\x80\x02}r\xff\xff\xff\x7f.",
    "extension": b"\x80\x02\x82\x01.",
    "text_for_storage": b"\x80\x02P0\n.",
    "state_of_class": b"\x80\x02ctorch\nSize\n}" + text("__init__") + b"Nsb.",
    "call_of_number": b"\x80\x02K\x01)R.",
    "call_of_call": b"\x80\x02ctorch\nSize\n))R)R.",
    "nested_call": b"\x80\x02c__builtin__\neval\n" + text("1") + b"\x85R.",
    "by_name": b"\x80\x04" + text("os") + text("system") + b"\x93" + text("echo") + b"\x85R.",
    "instance": b"(" + text("echo") + b"ios\nsystem\n.",
    "new_object": b"\x80\x02csubprocess\nPopen\n" + text("ls") + b"\x85\x81.",
    "dotted_name": b"\x80\x04" + text("torch") + text("serialization.os.system") + b"\x93.",
    "twice": b"\x80\x02}(" + text("a") + b"N" + text("a") + b"Nu.",
    "no_value": b"\x80\x02}(" + text("a") + b"u.",
    "buffer": b"\x80\x05\x97.",
    "version_9": b"\x80\x09N.",
}


LONG_PICKLES = ("pickled-marks", "pickled-lists", "pickled-deep_key")


def pickle_tricks(arrays: Arrays) -> Iterator[Made]:
    """Archives with pickles that no pickler writes."""
    for trick, data in PICKLES.items():
        yield trick, lambda path, d=data: archive(path, members(arrays, d)), False


def torch_tricks(state: dict[str, Any]) -> Iterator[Made]:
    """All of them, around a state dict."""
    arrays = {key: one.numpy() for key, one in state.items()}
    for kind, tricks in (
        ("made", archive_tricks),
        ("pickled", pickle_tricks),
        ("old", legacy_tricks),
    ):
        for trick, make, is_right in tricks(arrays):
            yield f"{kind}-{trick}", make, is_right
