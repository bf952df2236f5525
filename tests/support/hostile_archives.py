"""More weight files that lie: what archives, headers and HDF5 files may say beside their arrays."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Made = tuple[str, str, Callable[[Path], None], bool, bool]
"""A trick, a file's extension, what makes the file, whether the weights are in it, and whether
nobody wants what is strange."""
UNIX, LINK = 3, 0o120777 << 16
KERNEL, BIAS = "conv/kernel", "dense/bias"
UNKNOWN_FILTER = 32_999


def zipped(path: Path, members: dict[str, bytes], **changes: Any) -> None:
    """An archive, each member with some of `ZipInfo`'s fields changed."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name)
            for field, value in changes.items():
                setattr(entry, field, value)
            archive.writestr(entry, data)


def archive_tricks(members: dict[str, bytes]) -> Iterator[Made]:
    """Archives of arrays whose members have strange names, kinds or places."""
    own = f"{KERNEL}.npy"
    rest = {name: data for name, data in members.items() if name != own}
    names = {
        "absolute": f"/{own}",
        "absolute_elsewhere": "/etc/passwd",
        "up": f"../../{own}",
        "drive": f"C:\\{KERNEL}.npy",
        "backslash": "conv\\kernel.npy",
        "here": f"./{own}",
        "double_slash": "conv//kernel.npy",
        "folder": f"{own}/",
        "no_ending": KERNEL,
        "capitals": own.upper(),
        "two_endings": f"{own}.npy",
        "nameless": ".npy",
        "space": f"{own} ",
        "wide_letter": own.replace("k", "\uff4b"),
        "long": "a" * 60_000 + ".npy",
    }
    for trick, name in names.items():
        found = {**rest, name: members[own]}
        yield f"named-{trick}", ".npz", lambda path, m=found: zipped(path, m), False, False

    def link(path: Path) -> None:
        zipped(path, {**members, own: b"/etc/passwd"}, create_system=UNIX, external_attr=LINK)

    def many(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in members.items():
                archive.writestr(name, data)
            for number in range(70_000):  # more than the first form of archives counts
                archive.writestr(f"x{number}.npy", b"")

    def nested(path: Path) -> None:
        data = bytes(1 << 20)
        for _ in range(6):
            inner = io.BytesIO()
            with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
                for number in range(10):
                    archive.writestr(f"{number}.npz", data)
            data = inner.getvalue()
        path.write_bytes(data)

    def overlapping(path: Path) -> None:
        """One packed member that the list has a thousand times."""
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("x.npy", members[own] + bytes(1 << 24))
        data = stream.getvalue()
        start, end = data.index(b"PK\x01\x02"), data.rindex(b"PK\x05\x06")
        entry, tail = data[start:end], bytearray(data[end:])
        struct.pack_into("<HHI", tail, 8, 1000, 1000, 1000 * len(entry))
        path.write_bytes(data[:start] + entry * 1000 + bytes(tail))

    extra = struct.pack("<HHQQ", 1, 16, 1 << 60, 1 << 60)
    yield "link", ".npz", link, False, False
    yield "many_members", ".npz", many, False, False
    yield "nested_bomb", ".npz", nested, False, False
    yield "overlapping", ".npz", overlapping, False, False
    for trick, field in {
        "endless_size": extra,
        "short_size": struct.pack("<HH", 1, 16) + b"1234",
        "size_twice": extra + extra,
        "other_name_in_unicode": struct.pack("<HHBI", 0x7075, 12, 1, 0) + b"a.b.npy",
        "noise": b"\xff" * 64,
    }.items():
        yield f"field-{trick}", ".npz", lambda path, f=field: wide(path, members, f), False, False


def wide(path: Path, members: dict[str, bytes], extra: bytes) -> None:
    """An archive whose list says that the first member's size stands in another field."""
    zipped(path, members)
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    name = struct.unpack_from("<H", data, at + 28)[0]
    struct.pack_into("<II", data, at + 20, 0xFFFFFFFF, 0xFFFFFFFF)
    struct.pack_into("<H", data, at + 30, len(extra))
    data[at + 46 + name : at + 46 + name] = extra
    end = data.rindex(b"PK\x05\x06")
    struct.pack_into("<I", data, end + 12, struct.unpack_from("<I", data, end + 12)[0] + len(extra))
    path.write_bytes(bytes(data))


def header_tricks(header: dict[str, Any], data: bytes) -> Iterator[Made]:
    """Safetensors whose header is no plain JSON, or says one thing in two ways."""
    text = json.dumps(header, separators=(",", ":"))
    own = json.dumps(header[KERNEL], separators=(",", ":"))
    end = header[KERNEL]["data_offsets"][1]
    texts: dict[str, tuple[bytes, bool]] = {
        "mark": (b"\xef\xbb\xbf" + text.encode(), False),
        "spaces_behind": (text.encode() + b" " * 64, True),
        "nul_behind": (text.encode() + bytes(8), False),
        "two_objects": (text.encode() * 2, False),
        "utf16": (text.encode("utf-16"), False),
        "half_a_letter": (text.replace(KERNEL, "conv/\\ud800kernel").encode(), False),
        "escaped_twice": (f'{text[:-1]},"conv\\u002fkernel":{own}}}'.encode(), False),
        "lower_case": (text.replace("F32", "f32", 1).encode(), False),
        "type_with_nul": (text.replace("F32", "F32\\u0000", 1).encode(), False),
        "offset_with_point": (text.replace(f",{end}]", f",{end}.0]", 1).encode(), False),
        "offset_in_powers": (text.replace(f",{end}]", f",{end}e0]", 1).encode(), False),
        "offset_minus_zero": (text.replace("[0,", "[-0,", 1).encode(), True),
        "offset_of_text": (text.replace("[0,", '["0",', 1).encode(), False),
        "side_with_point": (text.replace("[3,3,", "[3.0,3,", 1).encode(), False),
        "side_of_truth": (text.replace("[3,", "[true,", 1).encode(), False),
        "side_of_list": (text.replace("[3,3,", "[[3],3,", 1).encode(), False),
        "infinite": (text.replace("[0,", "[Infinity,", 1).encode(), False),
        "unknown_field": (text.replace('{"dtype"', '{"x":1,"dtype"', 1).encode(), True),
        "metadata_of_numbers": (f'{{"__metadata__":{{"a":1}},{text[1:]}'.encode(), True),
        "metadata_twice": (f'{{"__metadata__":{{}},"__metadata__":{{}},{text[1:]}'.encode(), False),
        "metadata_as_tensor": (f'{{"__metadata__":{own},{text[1:]}'.encode(), True),
        "comment": (b"/* */" + text.encode(), False),
        "comma": (text[:-1].encode() + b",}", False),
        "huge": (text[:-1].encode() + b" " * (101 << 20) + b"}", False),
    }
    for trick, (content, is_right) in texts.items():

        def make(path: Path, content: bytes = content) -> None:
            path.write_bytes(struct.pack("<Q", len(content)) + content + data)

        yield f"header-{trick}", ".safetensors", make, is_right, False


def hdf5_tricks(whole: bytes, kernel: str) -> Iterator[Made]:
    """Files of Keras whose arrays need unknown filters, or whose groups hold what is no array."""

    def filtered(file: Any, flags: int) -> None:
        array = file[kernel][()]
        del file[kernel]
        wanted = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        wanted.set_chunk(array.shape)
        wanted.set_filter(h5py.h5z.FILTER_DEFLATE, flags, (4,))
        space = h5py.h5s.create_simple(array.shape)
        name = kernel.encode()
        dataset = h5py.h5d.create(file.id, name, h5py.h5t.IEEE_F32LE, space, wanted)
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.ascontiguousarray(array))

    def unknown_filter(data: bytes) -> bytes:
        """The number of the filter that packs an array becomes one that nobody has."""
        before = struct.pack("<HHHH", h5py.h5z.FILTER_DEFLATE, 8, 0, 1) + b"deflate\x00"
        after = struct.pack("<HHHH", UNKNOWN_FILTER, 8, 0, 1) + b"deflate\x00"
        return data.replace(before, after)

    def notes(file: Any) -> None:
        for number in range(3000):
            file.attrs[f"a{number}"] = np.zeros(100)

    def long_note(file: Any) -> None:
        file.attrs["a"] = "x" * 60_000
        file[kernel].attrs.create("b", ["y" * 1000] * 50, dtype=h5py.string_dtype())

    def crowd(file: Any) -> None:
        for number in range(20_000):
            file.create_group(f"layers/x{number}")

    def soft_circle(file: Any) -> None:
        file["layers/a"] = h5py.SoftLink("/layers/b")
        file["layers/b"] = h5py.SoftLink("/layers/a")

    def link_to_own(file: Any) -> None:
        file.move(kernel, "elsewhere")
        file[kernel] = h5py.SoftLink("/elsewhere")

    def twice(file: Any) -> None:
        other = kernel.replace("/0", "/1")
        del file[other]
        file[other] = file[kernel]

    changes: dict[str, tuple[Callable[[Any], None], bool]] = {
        "notes": (notes, True),
        "long_note": (long_note, True),
        "crowd": (crowd, True),
        "soft_circle": (soft_circle, False),
        "link_to_own": (link_to_own, False),
        "one_array_twice": (twice, False),
        "mandatory_filter": (lambda file: filtered(file, 0), True),
    }
    for trick, (change, is_right) in changes.items():
        yield f"hdf5-{trick}", ".weights.h5", after(whole, change), is_right, False

    def strange(path: Path) -> None:
        after(whole, lambda file: filtered(file, 0))(path)
        path.write_bytes(unknown_filter(path.read_bytes()))

    yield "hdf5-unknown_filter", ".weights.h5", strange, False, False
    front = b"\x00" * 512 + whole
    yield "hdf5-behind_others", ".weights.h5", lambda path: wrote(path, front), True, False
    for at in (8, 9, 13, 14, 40):
        data = whole[:at] + b"\xff" + whole[at + 1 :]
        yield f"hdf5-byte_{at}", ".weights.h5", lambda path, d=data: wrote(path, d), False, False


def after(whole: bytes, change: Callable[[Any], None]) -> Callable[[Path], None]:
    """Write the right file, and change it."""

    def make(path: Path) -> None:
        path.write_bytes(whole)
        with h5py.File(path, "r+") as file:
            change(file)

    return make


def wrote(path: Path, data: bytes) -> None:
    path.write_bytes(data)
