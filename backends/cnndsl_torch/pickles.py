"""What a PyTorch file pickles, seen without unpickling it: which objects, and how much of them."""

from __future__ import annotations

import pickletools

from cnndsl.weights.archives import Archive
from cnndsl.weights.screen import LONGEST_HEADER, WeightFileError, guarded, opened, told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

ADVICE = "save `model.state_dict()`, not the model"
WHAT = "a PyTorch state dict"
ZIP = b"PK\x03\x04"
PICKLES = 5
"""How many pickles an older file has: magic number, version, machine, objects, keys of storages."""
REBUILDERS = (
    "_rebuild_parameter",
    "_rebuild_parameter_with_state",
    "_rebuild_tensor",
    "_rebuild_tensor_v2",
    "_rebuild_tensor_v3",
    "_rebuild_qtensor",
    "_rebuild_sparse_tensor",
    "_rebuild_meta_tensor_no_storage",
    "_rebuild_nested_tensor",
)
KNOWN = {
    "collections OrderedDict",
    "collections Counter",
    "_codecs encode",
    "__builtin__ set",
    "builtins set",
    "torch.storage UntypedStorage",
    "torch Size",
    "torch device",
    "torch Tensor",
    "torch.nn.parameter Parameter",
    "torch.serialization _get_layout",
    *(f"torch._utils {name}" for name in REBUILDERS),
}
"""The objects, apart from types of numbers and storages, that weights are made of."""


def screen(path: str) -> frozenset[int] | None:
    """Return the sizes of an archive's storages, in bytes; None for a file that is no archive.

    Archives can be mapped, so that numbers are read as they are used. Raises
    `WeightFileError` for a file that is no plain state dict.
    """
    with opened(path) as file:
        if file.read(4) != ZIP:
            file.seek(0)
            with guarded(path, WHAT):
                for _ in range(PICKLES):
                    plain(path, file)
            return None
    archive = Archive(path, WHAT)
    pickles = [name for name in archive.members if name.endswith("/data.pkl")]
    if any(name.endswith("/constants.pkl") for name in archive.members):
        raise WeightFileError(f"{told(path)} is a TorchScript archive, no plain state dict", ADVICE)
    if len(pickles) != 1:
        raise WeightFileError(f"{told(path)} is an archive without a state dict")
    if any(one.compress_type for one in archive.members.values()):
        raise WeightFileError(f"{told(path)} is packed, which PyTorch's files are not")
    if archive.members[pickles[0]].file_size > LONGEST_HEADER:
        raise WeightFileError(
            f"{told(path)} describes more than {LONGEST_HEADER:,} bytes of objects"
        )
    with guarded(path, WHAT), archive.open(pickles[0]) as stream:
        plain(path, stream)  # type: ignore[arg-type]  # a member's stream
    return frozenset(
        one.file_size for name, one in archive.members.items() if name.split("/")[1:2] == ["data"]
    )


def plain(path: str, file: BinaryIO) -> None:
    """Read over a pickle. Raises `WeightFileError` for one with objects other than weights."""
    for name in objects_in(file):
        module, _, what = name.partition(" ")
        is_number = module == "torch" and (what.endswith("Storage") or what[0].islower())
        if name not in KNOWN and not is_number:
            raise WeightFileError(
                f"{told(path)} is no plain state dict: it has objects of {told(name)}", ADVICE
            )


def objects_in(file: BinaryIO) -> Iterator[str]:
    """Yield the module and name of every class and function that a pickle mentions."""
    texts = ["", ""]
    for operation, argument, _ in pickletools.genops(file):
        if operation.name in ("GLOBAL", "INST"):
            yield str(argument)
        elif operation.name == "STACK_GLOBAL":
            yield " ".join(texts[-2:])
        elif isinstance(argument, str):
            texts = [texts[-1], argument]
