"""Weight files that lie, by format, trick and place, and what is right for each.

A case is right if the command says in its own words what is wrong, or gives the weights.
"""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import torch
from hostile_archives import Made, archive_tricks, hdf5_tricks, header_tricks
from hostile_torch_files import LONG_PICKLES, lies, torch_tricks
from spec_text import network_of
from weight_networks import drawn

from cnndsl.weights.files import write_weights

SPEC = """\
model net {
    input 4x4x2
    conv(3, 3x3) -> batch_norm -> relu
    flatten -> dense(5)
}
"""
NETWORK = network_of(SPEC)
WEIGHTS = drawn(NETWORK)
SECRET = b"SECRET12" * 500
"""Bytes of a file that no weight file may hand out."""
HUGE = 1 << 40
NAUGHTY = [
    "\x1b[2J\x1b[31mred",
    "line\n::error::injected",
    "\u202egnp.\u202c",
    "\x00nul",
    "a" * 5000,
]
"""Names that must not reach a terminal as they are."""
PLACES = {
    "kernel": ("conv/kernel", "conv.weight", "layers/conv2d/vars/0"),
    "bias": ("dense/bias", "dense.bias", "layers/dense/vars/1"),
    "extra": ("aux/kernel", "aux.weight", "layers/aux/vars/0"),
}
"""The same array in canonical files, state dicts, and files of Keras; nobody wants the last."""


class Case(NamedTuple):
    """A file to make in a folder. `extra` says that nobody wants what is strange in it."""

    name: str
    extension: str
    make: Callable[[Path], None]
    is_right: bool = False
    is_extra: bool = False

    @property
    def is_slow(self) -> bool:
        """Whether others do nearly the same."""
        place = self.name.rpartition("-")[2]
        is_twin = self.extension in (".keras", ".h5") or self.name.startswith("legacy-")
        is_plain = place == "extra" and self.is_right and self.extension == ".weights.h5"
        is_described = self.name.startswith("config_") or self.name in LONG_PICKLES
        return is_plain or is_described or place == "bias" or (place in PLACES and is_twin)


def array_of(place: str) -> Any:
    return WEIGHTS.get(PLACES[place][0], np.ones((3, 3), np.float32))


def fill(path: Path, content: bytes) -> None:
    path.write_bytes(content)


# Archives of arrays


def npy(descr: str, shape: Any, data: bytes, version: int = 1, fortran: bool = False) -> bytes:
    header = f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n".encode()
    width = "<H" if version == 1 else "<I"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack(width, len(header)) + header + data


def plain(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def npz(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)


def all_plain() -> dict[str, bytes]:
    return {key: plain(array) for key, array in WEIGHTS.items()}


def npy_tricks(array: Any) -> dict[str, tuple[bytes, bool]]:
    """Members for an array: bytes, and whether they are right where the array is wanted."""
    shape, data = array.shape, array.tobytes()
    wide = array.astype(np.float64)
    return {
        "objects": (npy("'|O'", shape, pickle.dumps([1])), False),
        "integers": (plain(array.astype(np.int32)), False),
        "booleans": (plain(array > 0), False),
        "complex": (plain(array.astype(np.complex64)), False),
        "texts": (plain(array.astype("U4")), False),
        "structures": (npy("[('a', '<f4')]", shape, data), False),
        "long_doubles": (plain(array.astype(np.longdouble)), False),
        "dates": (plain(array.astype("M8[s]")), False),
        "big_endian": (plain(array.astype(">f4")), True),
        "doubles": (plain(wide), True),
        "fortran": (npy("'<f4'", shape, array.tobytes("F"), fortran=True), True),
        "version_2": (npy("'<f4'", shape, data, version=2), True),
        "huge": (npy("'<f4'", (HUGE,), data), False),
        "overflow": (npy("'<f4'", (HUGE, HUGE, HUGE), data), False),
        "negative": (npy("'<f4'", (-1, 4), data), False),
        "words_for_sides": (npy("'<f4'", "('a',)", data), False),
        "code": (npy("__import__('os').getpid()", shape, data), False),
        "deep": (npy("'<f4'", "(" * 3000 + ")" * 3000, data), False),
        "short": (npy("'<f4'", shape, data[:-3]), False),
        "long": (npy("'<f4'", shape, data + b"more"), False),
        "no_header": (b"", False),
        "long_header": (b"\x93NUMPY\x02\x00" + struct.pack("<I", 0xFFFFFFF0) + b"x" * 99, False),
        "version_9": (npy("'<f4'", shape, data, version=9), False),
    }


HARMLESS_IF_UNREAD = {"short", "long", "big_endian", "doubles", "fortran", "version_2"} | {
    *("integers", "booleans", "complex", "texts", "structures", "long_doubles", "dates", "objects"),
    *("huge", "overflow", "negative"),
}
"""What nobody notices in an array that nobody reads."""


def npz_cases() -> Iterator[Case]:
    for place, (key, _, _) in PLACES.items():
        for trick, (data, is_right) in npy_tricks(array_of(place)).items():
            is_extra = place == "extra"
            right = trick in HARMLESS_IF_UNREAD if is_extra else is_right

            def make(path: Path, key: str = key, data: bytes = data) -> None:
                npz(path, {**all_plain(), key: data})

            yield Case(f"{trick}-{place}", ".npz", make, right, is_extra)

    def duplicate(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for key, data in [*all_plain().items(), ("conv/kernel", plain(array_of("bias")))]:
                archive.writestr(f"{key}.npy", data)

    def bomb(path: Path) -> None:
        zeros = npy("'<f4'", (1 << 25, 8), b"") + bytes(1 << 27)
        npz(path, {**all_plain(), "aux/kernel": zeros}, zipfile.ZIP_DEFLATED)

    def nested(path: Path) -> None:
        inside = io.BytesIO()
        with zipfile.ZipFile(inside, "w") as archive:
            archive.writestr("conv/kernel.npy", all_plain()["conv/kernel"])
        npz(path, {"inner": inside.getvalue()})

    def encrypted(path: Path) -> None:
        npz(path, all_plain())
        content = bytearray(path.read_bytes())
        content[content.index(b"PK\x01\x02") + 8] |= 1
        path.write_bytes(bytes(content))

    def no_array(path: Path) -> None:
        npz(path, all_plain())
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("readme.txt", "hello")

    for trick, alter in lies(b"conv/kernel.npy", b"dense/bias.npy").items():

        def lie(path: Path, alter: Callable[[bytes], bytes] = alter) -> None:
            npz(path, all_plain())
            path.write_bytes(alter(path.read_bytes()))

        yield Case(f"archive-{trick}", ".npz", lie)
    yield Case("duplicate", ".npz", duplicate)
    yield Case("bomb", ".npz", bomb, is_right=True, is_extra=True)
    yield Case("nested", ".npz", nested)
    yield Case("encrypted", ".npz", encrypted)
    yield Case("member_that_is_no_array", ".npz", no_array)
    yield Case("pickle", ".npz", lambda path: fill(path, pickle.dumps(WEIGHTS)))
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        yield Case(f"method_{method}", ".npz", lambda p, m=method: npz(p, all_plain(), m))
    for at, name in enumerate(NAUGHTY):
        members = {name.replace("\x00", "\x01"): plain(np.zeros(1))}
        yield Case(f"name_{at}", ".npz", lambda p, m=members: npz(p, {**all_plain(), **m}))


# Safetensors

Described = dict[str, dict[str, Any]]


def described() -> tuple[Described, bytes]:
    """A right header, and the bytes that it describes."""
    header: Described = {}
    data = b""
    for key, array in WEIGHTS.items():
        end = len(data) + array.nbytes
        header[key] = {"dtype": "F32", "shape": array.shape, "data_offsets": [len(data), end]}
        data += array.tobytes()
    return header, data


def tensors(path: Path, header: Any, data: bytes, length: int | None = None) -> None:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)


CHANGES: dict[str, dict[str, Any]] = {
    "beyond": {"data_offsets": [10**9, 10**9 + 216]},
    "backwards": {"data_offsets": [216, 0]},
    "negative": {"data_offsets": [-216, 0]},
    "fractions": {"data_offsets": [0.5, 216]},
    "truth": {"data_offsets": [False, 216]},
    "three_offsets": {"data_offsets": [0, 1, 2]},
    "no_offsets": {"data_offsets": None},
    "huge": {"shape": [HUGE, HUGE]},
    "negative_side": {"shape": [-3, -18]},
    "text_shape": {"shape": "3x3"},
    "null_shape": {"shape": None},
    "wrong_shape": {"shape": [54]},
    "float8": {"dtype": "F8_E4M3"},
    "float4": {"dtype": "F4"},
    "integers": {"dtype": "I32"},
    "unknown": {"dtype": "\x1b[31mF32"},
    "many_axes": {"shape": [1] * 100_000},
    "long_side": {"shape": [10**4000]},
    "huge_and_nothing": {"shape": [HUGE, 0], "data_offsets": [0, 0]},
    "one_byte_on": {"data_offsets": [1, 217]},
    "no_dtype": {"dtype": None},
    "list_dtype": {"dtype": ["F32"]},
    "half_the_bytes": {"dtype": "F64"},
}


def tensor_cases() -> Iterator[Case]:
    for place in ("kernel", "bias"):
        for trick, change in CHANGES.items():

            def make(path: Path, key: str = PLACES[place][0], change: Any = change) -> None:
                header, data = described()
                header[key] |= change
                tensors(path, header, data)

            yield Case(f"{trick}-{place}", ".safetensors", make)
    header, data = described()
    text = json.dumps(header)
    twice = text[:-1] + ', "conv/kernel": ' + json.dumps(header["conv/kernel"]) + "}"
    apart = {"dtype": "F32", "shape": [9], "data_offsets": [len(data) + 4, len(data) + 40]}
    inside = {"dtype": "F32", "shape": [0], "data_offsets": [100, 100]}
    twin = {"dtype": "U8", "shape": [216], "data_offsets": header["conv/kernel"]["data_offsets"]}
    whole: dict[str, tuple[Any, bytes, int | None]] = {
        "duplicate_key": (twice.encode(), data, None),
        "duplicate_field": (
            text.replace('"dtype"', '"shape": [1], "dtype"', 1).encode(),
            data,
            None,
        ),
        "trailing_bytes": (header, data + b"more", None),
        "missing_bytes": (header, data[:-4], None),
        "header_beyond": (header, data, 10**9),
        "header_of_exabytes": (header, data, 2**63),
        "header_too_short": (header, data, 40),
        "list": (b"[]", b"", None),
        "number": (b"1" * 6000, b"", None),
        "deep": (b'{"a":' * 100_000, b"", None),
        "long_number": (text.replace("0", "9" * 5000, 1).encode(), data, None),
        "not_utf8": (b'{"\xff": 1}', b"", None),
        "null": (b"null", b"", None),
        "empty": (b"", b"", None),
        "spaces": (b" " * 10_000, b"", None),
        "entry_is_text": ({**header, "aux": "F32"}, data, None),
        "gap": ({**header, "aux/kernel": apart}, data + bytes(40), None),
        "empty_inside": ({**header, "aux/kernel": inside}, data, None),
        "same_range_other_type": ({**header, "aux/kernel": twin}, data, None),
        "metadata_is_list": ({"__metadata__": [1], **header}, data, 10),
        "big_integer": (b'{"a": {"dtype": "F32", "shape": [' + b"9" * 4200 + b"]}}", b"", None),
        "nan": (text.replace("216", "NaN", 1).encode(), data, None),
        "overlap": ({**header, "aux/kernel": header["conv/kernel"]}, data, None),
        "many": ({f"k{at}/x": {} for at in range(120_000)}, b"", None),
    }
    for trick, arguments in whole.items():
        yield Case(trick, ".safetensors", lambda path, a=arguments: tensors(path, *a))
    for at, name in enumerate(NAUGHTY):
        extra = {"dtype": "F32", "shape": [0], "data_offsets": [len(data), len(data)]}
        found = {**header, f"{name}/x": extra}
        yield Case(f"name_{at}", ".safetensors", lambda path, h=found: tensors(path, h, data))


# State dicts


class Bytes:
    """Pickles as a call that allocates what it is told to."""

    def __reduce__(self) -> Any:
        return bytearray, (HUGE >> 6,)


def state() -> dict[str, Any]:
    path = io.BytesIO()
    from cnndsl.backend import find_backend

    module: Any = find_backend("torch").build(NETWORK)
    find_backend("torch").runtime.weights.load_weights(module, NETWORK, WEIGHTS)  # type: ignore[union-attr]
    torch.save(module.state_dict(), path)
    return dict(module.state_dict())


def tensor_tricks(tensor: Any) -> dict[str, tuple[Callable[[], Any], bool]]:
    """Values instead of a tensor, and whether they are right where the tensor is wanted."""
    matrix = tensor.reshape(len(tensor), -1)
    return {
        "meta": (lambda: tensor.to("meta"), False),
        "huge_meta": (lambda: torch.empty(HUGE, HUGE // 2**20, device="meta"), False),
        "sparse": (lambda: tensor.to_sparse(), False),
        "rows": (lambda: matrix.to_sparse_csr(), False),
        "quantised": (lambda: torch.quantize_per_tensor(tensor, 0.1, 0, torch.qint8), False),
        "float8": (lambda: tensor.to(torch.float8_e4m3fn), False),
        "integers": (lambda: tensor.to(torch.int32), False),
        "booleans": (lambda: tensor > 0, False),
        "complex": (lambda: tensor.to(torch.complex64), False),
        "expanded": (lambda: torch.zeros(1).expand(1 << 20, 1 << 20), False),
        "scalar": (lambda: torch.tensor(1.0), False),
        "empty": (lambda: torch.zeros(0), False),
        "number": (lambda: 3, False),
        "none": (lambda: None, False),
        "text": (lambda: "\x1b[31m", False),
        "tuple": (lambda: (1, [2, "\n"]), False),
        "doubles": (lambda: tensor.double(), True),
        "parameter": (lambda: torch.nn.Parameter(tensor), True),
        "strided": (lambda: tensor.mT.contiguous().mT if tensor.ndim > 1 else tensor, True),
        "view": (lambda: torch.cat([tensor, tensor])[: len(tensor)], True),
    }


def torch_cases() -> Iterator[Case]:
    whole = state()
    for legacy in (False, True):
        kind = "legacy" if legacy else "zip"
        for place, (_, key, _) in PLACES.items():
            is_extra = place == "extra"
            for trick, (value, is_right) in tensor_tricks(whole.get(key, torch.ones(3, 3))).items():
                if legacy and trick in ("float8", "expanded"):
                    continue

                def make(
                    path: Path, key: str = key, value: Any = value, old: bool = legacy
                ) -> None:
                    made = {**whole, key: value()}
                    torch.save(made, path, _use_new_zipfile_serialization=not old)

                right = is_right or is_extra
                yield Case(f"{kind}-{trick}-{place}", ".pt", make, right, is_extra)
        objects: dict[str, Any] = {
            "bytes": Bytes(),
            "module": torch.nn.Linear(2, 2),
            "list": [torch.zeros(1)],
            "tensor": torch.zeros(1),
            "number": 1,
            "nothing": {},
            "deep": deep(),
            "function": {"f": print},
        }
        for trick, thing in objects.items():

            def save(path: Path, thing: Any = thing, old: bool = legacy) -> None:
                torch.save(thing, path, _use_new_zipfile_serialization=not old)

            yield Case(f"{kind}-{trick}", ".pt", save)
        for at, name in enumerate(NAUGHTY):

            def named(path: Path, name: str = name, old: bool = legacy) -> None:
                made = {**whole, name: torch.zeros(1)}
                torch.save(made, path, _use_new_zipfile_serialization=not old)

            yield Case(f"{kind}-name_{at}", ".pt", named)
    for trick, change in ARCHIVE_CHANGES.items():

        def repack(path: Path, change: Any = change) -> None:
            torch.save(whole, path)
            change(path)

        yield Case(f"archive-{trick}", ".pt", repack)
    yield Case("script", ".pt", script)
    for trick, make, is_right in torch_tricks(whole):
        yield Case(trick, ".pt", make, is_right)


def deep() -> Any:
    found: Any = {"x": torch.zeros(1)}
    for _ in range(40):
        found = {"a": found, "b": found}
    return found


def script(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/constants.pkl", pickle.dumps(()))
        archive.writestr("net/data.pkl", pickle.dumps({}))


def repacked(method: int, change: Callable[[str, bytes], bytes | None]) -> Callable[[Path], None]:
    """A change of an archive: each member packed by a method, or left out where there is None."""

    def apply(path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w", method) as archive:
            for name, data in members.items():
                changed = change(name, data)
                if changed is not None:
                    archive.writestr(name, changed)

    return apply


def with_pickle(data: bytes) -> Callable[[Path], None]:
    return repacked(
        zipfile.ZIP_STORED, lambda name, old: data if name.endswith("data.pkl") else old
    )


ARCHIVE_CHANGES: dict[str, Callable[[Path], None]] = {
    "deflated": repacked(zipfile.ZIP_DEFLATED, lambda _name, data: data),
    "no_pickle": repacked(0, lambda name, data: None if name.endswith(".pkl") else data),
    "no_data": repacked(0, lambda name, data: None if "/data/" in name else data),
    "short_data": repacked(0, lambda name, data: data[:2] if "/data/" in name else data),
    "no_version": repacked(0, lambda name, data: None if "version" in name else data),
    "broken_pickle": with_pickle(b"\x80\x02}q"),
    "empty_pickle": with_pickle(b""),
    "long_text": with_pickle(b"\x80\x02X\xff\xff\xff\xffabc."),
    "system": with_pickle(b"cos\nsystem\n(S'echo'\ntR."),
    "naughty_class": with_pickle(b"c\x1b[31mos\n\x1b[32msystem\n."),
    "big_memo": with_pickle(b"\x80\x02]r\xff\xff\xff\x7f."),
    "foreign_storage": with_pickle(b"\x80\x02}X\x01\x00\x00\x00aX\x01\x00\x00\x00bQs."),
}


# Files of Keras


def dataset_tricks(array: Any, secret: Path) -> dict[str, tuple[Callable[[Any, str], Any], bool]]:
    """What to put at a place of a group instead of an array."""
    shape, size = array.shape, array.nbytes

    def external(group: Any, name: str) -> None:
        group.create_dataset(name, shape, "<f4", external=[(str(secret), 0, size)])

    def virtual(group: Any, name: str) -> None:
        layout = h5py.VirtualLayout(shape, "<f4")
        layout[...] = h5py.VirtualSource(str(secret.with_suffix(".h5")), "x", shape)
        group.create_virtual_dataset(name, layout)

    def put(value: Any, **options: Any) -> Callable[[Any, str], Any]:
        return lambda group, name: group.create_dataset(name, data=value, **options)

    def make(shape: Any, dtype: Any = "<f4", **options: Any) -> Callable[[Any, str], Any]:
        return lambda group, name: group.create_dataset(name, shape, dtype, **options)

    def link(value: Any) -> Callable[[Any, str], Any]:
        return lambda group, name: group.__setitem__(name, value)

    return {
        "external": (external, False),
        "virtual": (virtual, False),
        "soft_link": (link(h5py.SoftLink("/elsewhere")), False),
        "soft_link_up": (link(h5py.SoftLink("/")), False),
        "external_link": (link(h5py.ExternalLink(f"{secret}.h5", "/x")), False),
        "group": (lambda group, name: group.create_group(name), False),
        "named_type": (link(np.dtype("<f4")), False),
        "null": (put(h5py.Empty("f")), False),
        "never_written": (make(shape), False),
        "fill_value": (make(shape, fillvalue=7.0), False),
        "huge": (make((HUGE, 1 << 16)), False),
        "huge_chunks": (make((HUGE,), chunks=(1 << 20,)), False),
        "integers": (put(array.astype("<i4")), False),
        "booleans": (put(array > 0), False),
        "complex": (put(array.astype(np.complex64)), False),
        "texts": (put(["a", "b"]), False),
        "references": (make(shape, h5py.ref_dtype), False),
        "ragged": (make(shape, h5py.vlen_dtype(np.float32)), False),
        "structures": (put(np.zeros(shape, [("a", "f4")])), False),
        "opaque": (put(np.zeros(shape, "V2")), False),
        "long_doubles": (put(array.astype(np.longdouble)), False),
        "wrong_shape": (put(array.ravel()[:-1]), False),
        "scalar": (put(np.float32(1)), False),
        "scaled": (put(array, chunks=shape, scaleoffset=2), False),
        "big_chunks": (make(shape, chunks=shape, maxshape=(None,) * len(shape)), False),
        "big_endian": (put(array.astype(">f4")), True),
        "doubles": (put(array.astype("<f8")), True),
        "packed": (put(array, chunks=shape, compression="gzip", shuffle=True), True),
        "lzf": (put(array, chunks=shape, compression="lzf", fletcher32=True), True),
    }


REFUSED_ANYWHERE = {"external", "virtual", "external_link", "soft_link", "soft_link_up", "scaled"}
PARTS = {".weights.h5": "layers", ".h5": "model_weights", ".keras": "layers"}


def hdf5(extension: str) -> bytes:
    """The right file, of the format before Keras 3 for `.h5`."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.weights.h5"
        if extension != ".h5":
            write_weights(str(path), NETWORK, WEIGHTS)
            return path.read_bytes()
        with h5py.File(path, "w") as file:
            root = file.create_group("model_weights")
            layers: dict[str, list[str]] = {}
            for key, array in WEIGHTS.items():
                layer, _, name = key.partition("/")
                layers.setdefault(layer, []).append(f"{layer}/{name}:0")
                root.create_dataset(f"{layer}/{layer}/{name}:0", data=array)
            root.attrs["layer_names"] = [layer.encode() for layer in layers]
            for layer, names in layers.items():
                root[layer].attrs["weight_names"] = [name.encode() for name in names]
        return path.read_bytes()


def keras_place(extension: str, place: str) -> str:
    key, _, path = PLACES[place]
    layer, _, name = key.partition("/")
    return f"model_weights/{layer}/{layer}/{name}:0" if extension == ".h5" else path


def changed(whole: bytes, change: Callable[[Any], Any]) -> bytes:
    stream = io.BytesIO(whole)
    with h5py.File(stream, "r+") as file:
        change(file)
    return stream.getvalue()


def packed(path: Path, data: bytes, method: int = 0, **more: bytes) -> None:
    """Write bytes as the file, or as its member."""
    if not path.name.endswith(".keras"):
        path.write_bytes(data)
        return
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in {"model.weights.h5": data, **more}.items():
            archive.writestr(name, content)


def hdf5_cases(secret: Path) -> Iterator[Case]:
    for extension in PARTS:
        whole = hdf5(extension)
        for place in PLACES:
            is_extra = place == "extra"
            for trick, (put, is_right) in dataset_tricks(array_of(place), secret).items():
                path = keras_place(extension, place)
                right = is_right if not is_extra else trick not in REFUSED_ANYWHERE
                if is_extra and extension == ".h5":
                    right = True  # no list names it

                def make(
                    target: Path, put: Any = put, path: str = path, whole: bytes = whole
                ) -> None:
                    def change(file: Any) -> None:
                        group, _, name = path.rpartition("/")
                        file.require_group(group)
                        if name in file[group]:
                            del file[path]
                        put(file[group], name)

                    packed(target, changed(whole, change))

                yield Case(f"{trick}-{place}", extension, make, right, is_extra)
        for trick, (alter, is_right) in GROUP_TRICKS.items():
            if extension == ".h5":
                continue

            def turn(target: Path, alter: Any = alter, whole: bytes = whole) -> None:
                packed(target, changed(whole, partial(alter, secret=secret)))

            yield Case(trick, extension, turn, is_right)
    for trick, attribute in ATTRIBUTE_TRICKS.items():

        def note(target: Path, attribute: Any = attribute) -> None:
            packed(target, changed(hdf5(".h5"), lambda file: attribute(file["model_weights"])))

        yield Case(trick, ".h5", note)
    whole = hdf5(".keras")
    for trick, config in CONFIGS.items():

        def describe(path: Path, config: bytes = config) -> None:
            packed(path, whole, **{"config.json": config})

        yield Case(f"config_{trick}", ".keras", describe, is_right=trick != "no_layers")
    for trick, alter in lies(b"model.weights.h5", b"config.json").items():

        def lie(path: Path, alter: Callable[[bytes], bytes] = alter) -> None:
            packed(path, whole, **{"config.json": model_of()})
            path.write_bytes(alter(path.read_bytes()))

        yield Case(f"archive-{trick}", ".keras", lie)
    yield Case("deflated", ".keras", lambda path: packed(path, whole, zipfile.ZIP_DEFLATED), True)
    yield Case("lzma", ".keras", lambda path: packed(path, whole, zipfile.ZIP_LZMA))
    zeros = bytes(1 << 27)
    yield Case("bomb", ".keras", lambda path: packed(path, zeros, zipfile.ZIP_DEFLATED))
    yield Case("no_hdf5", ".keras", lambda path: packed(path, zlib.compress(b"x")))
    yield Case("empty", ".keras", lambda path: packed(path, b""))


def circle(file: Any, secret: Path) -> None:
    file["layers/conv2d/again"] = file["layers"]


def tree(file: Any, secret: Path) -> None:
    group = file["layers"]
    for at in range(30):
        inner = group.create_group(f"g{at}")
        group[f"h{at}"] = inner
        group = inner


def tall(file: Any, secret: Path) -> None:
    file.create_group("layers/" + "/".join("x" * 100))


GROUP_TRICKS: dict[str, tuple[Callable[[Any, Path], Any], bool]] = {
    "circle": (circle, False),
    "tree": (tree, False),
    "tall": (tall, False),
    "root_link": (
        lambda f, secret: f.__setitem__("layers/a", h5py.ExternalLink(f"{secret}.h5", "/")),
        False,
    ),
    "root_soft": (lambda f, secret: f.__setitem__("layers/a", h5py.SoftLink("/nowhere")), False),
    "layer_link": (
        lambda f, secret: f["layers/conv2d"].__setitem__("y", h5py.ExternalLink(str(secret), "/")),
        False,
    ),
    "gap": (lambda f, secret: f.move("layers/conv2d/vars/1", "layers/conv2d/vars/7"), False),
    "array_for_layer": (lambda f, secret: f.__setitem__("layers/odd", np.zeros(3)), True),
    "array_for_vars": (lambda f, secret: f.__setitem__("layers/odd/vars", np.zeros(3)), True),
    "number_for_name": (
        lambda f, secret: f["layers/conv2d/vars"].attrs.__setitem__("name", 3),
        False,
    ),
    "naughty_name": (
        lambda f, secret: f.create_group("layers/\x1b[31m\u202e\n/vars").create_dataset(
            "0", data=[1.0]
        ),
        False,
    ),
}


ATTRIBUTE_TRICKS: dict[str, Callable[[Any], Any]] = {
    "names_of_numbers": lambda g: g.attrs.__setitem__("layer_names", [1, 2]),
    "name_of_nothing": lambda g: g.attrs.__setitem__("layer_names", [b"nothing"]),
    "names_up": lambda g: g.attrs.__setitem__("layer_names", [b"../conv", b"/"]),
    "empty_names": lambda g: g.attrs.__setitem__("layer_names", h5py.Empty("S1")),
    "weights_up": lambda g: g["conv"].attrs.__setitem__("weight_names", [b"../../x"]),
    "weight_is_group": lambda g: g["conv"].attrs.__setitem__("weight_names", [b"conv"]),
    "weights_twice": lambda g: g["conv"].attrs.__setitem__(
        "weight_names", [b"conv/kernel:0", b"conv/kernel:0"]
    ),
    "naughty_weight": lambda g: g["conv"].attrs.__setitem__("weight_names", [b"\x1b[31m\n"]),
}


def model_of(*layers: Any, **more: Any) -> bytes:
    described = [{"class_name": kind, "config": config} for kind, config in layers]
    return json.dumps(
        {"class_name": "Sequential", "config": {"layers": described}, **more}
    ).encode()


CONFIGS: dict[str, bytes] = {
    "empty": b"",
    "number": b"1",
    "list": b"[]",
    "null": b"null",
    "noise": b"\xff\x00\x1b[31m",
    "deep": b'{"config":' * 50_000,
    "no_layers": model_of(),
    "odd_layers": b'{"class_name": "Sequential", "config": {"layers": [1, null]}}',
    "code": model_of(("Lambda", {"name": "x", "function": "os.system"})),
    "naughty": model_of(("\x1b[31mX", {"name": "\u202e\n::error::"})),
    "huge_kernel": model_of(("Conv2D", {"name": "x", "filters": 1 << 70, "kernel_size": 1 << 70})),
    "negative": model_of(("Conv2D", {"name": "x", "filters": -1, "kernel_size": [0, 0]})),
    "words": model_of(("Conv2D", {"name": "x", "filters": "\x1b[31m", "kernel_size": {}})),
    "many": model_of(*[("ReLU", {"name": "x"})] * 20_000),
    "circle": b"""{"class_name": "Functional", "config": {"layers": [
        {"class_name": "ReLU", "config": {"name": "a"}, "inbound_nodes": [[["a", 0, 0]]]}],
        "input_layers": [["x", 0, 0]], "output_layers": [["a", 0, 0]]}}""",
}
"""Descriptions of layers that say nothing: the arrays have names, and are right."""


# All formats

WHOLE = {
    "empty": b"",
    "zeros": bytes(4096),
    "secret": SECRET,
    "zip_end": b"PK\x05\x06" + bytes(18),
    "zip_start": b"PK\x03\x04" + bytes(40),
    "hdf5_start": b"\x89HDF\r\n\x1a\n" + bytes(300),
    "hdf5_noise": b"\x89HDF\r\n\x1a\n" + np.random.default_rng(0).bytes(3000),
    "json": b'{"a": 1}',
    "pickle": pickle.dumps({"conv.weight": [1]}),
    "old_pickle": pickle.dumps({"conv.weight": [1]}, 0),
}
EXTENSIONS = (".npz", ".safetensors", ".pt", ".keras", ".weights.h5", ".h5")


def more_tricks() -> Iterator[Made]:
    yield from archive_tricks({f"{key}.npy": data for key, data in all_plain().items()})
    yield from header_tricks(*described())
    yield from hdf5_tricks(hdf5(".weights.h5"), PLACES["kernel"][2])


def cases(secret: Path) -> Iterator[Case]:
    """All of them. `secret` is a file that some point at; one with `.h5` behind is an HDF5 file."""
    yield from npz_cases()
    yield from tensor_cases()
    yield from torch_cases()
    yield from hdf5_cases(secret)
    yield from (Case(*made) for made in more_tricks())
    for extension in EXTENSIONS:
        for trick, content in WHOLE.items():
            yield Case(f"whole_{trick}", extension, lambda path, c=content: fill(path, c))
