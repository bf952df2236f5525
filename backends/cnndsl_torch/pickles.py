"""What a PyTorch file pickles, without a single one of its objects: names stay names.

Unpickling calls what a file names. Here a call makes a note, and nothing else: of a tensor what it
says of itself, of anything else its name.
"""

from __future__ import annotations

import pickle
from math import prod

from cnndsl.record import Record
from cnndsl.weights.screen import MOST_AXES, MOST_ENTRIES, WeightFileError, guarded, is_size, told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, BinaryIO, ClassVar

ADVICE = "save `model.state_dict()`, not the model"
ADVICE_ON_OBJECTS = 'save its tensors alone: `torch.save(checkpoint["state_dict"], "plain.pt")`'
WHAT = "a PyTorch state dict"
ITEM_SIZES = {
    "float16": 2, "bfloat16": 2, "float32": 4, "float64": 8, "complex64": 8, "complex128": 16,
    "uint8": 1, "int8": 1, "int16": 2, "int32": 4, "int64": 8, "bool": 1,
}  # fmt: skip
"""The bytes of a number, by type."""
STORAGES = {
    "HalfStorage": "float16", "BFloat16Storage": "bfloat16", "FloatStorage": "float32",
    "DoubleStorage": "float64", "ComplexFloatStorage": "complex64",
    "ComplexDoubleStorage": "complex128", "ByteStorage": "uint8", "UntypedStorage": "uint8",
    "CharStorage": "int8", "ShortStorage": "int16", "IntStorage": "int32", "LongStorage": "int64",
    "BoolStorage": "bool", "QInt8Storage": "int8", "QUInt8Storage": "uint8",
    "QInt32Storage": "int32",
}  # fmt: skip
HARMLESS = {
    "collections.Counter", "collections.defaultdict", "collections.deque", "_codecs.encode",
    "__builtin__.set", "builtins.set", "builtins.dict", "builtins.list", "builtins.int",
    "builtins.float", "argparse.Namespace", "types.SimpleNamespace", "datetime.datetime",
    "pathlib.Path", "pathlib.PosixPath", "pathlib.WindowsPath", "numpy.dtype",
    "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "torch.device",
    "torch.Tensor", "torch.serialization._get_layout", "torch.torch_version.TorchVersion",
}  # fmt: skip
"""What training scripts save beside tensors; none of it is made."""


class Storage(Record):
    """Numbers in a file, as tensors refer to them."""

    key: str
    dtype: str
    count: int

    @property
    def size(self) -> int:
        """Their bytes."""
        return self.count * ITEM_SIZES[self.dtype]


class Tensor(Record):
    """What a tensor says of itself. Offset and strides are in numbers.

    fault: why it is no array of numbers, as `is sparse`
    """

    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...] = ()
    offset: int = 0
    storage: Storage | None = None
    fault: str | None = None

    @property
    def item_size(self) -> int:
        return ITEM_SIZES[self.dtype]

    @property
    def extent(self) -> int:
        """The numbers from its first to its last, both included; none where it is empty."""
        if not prod(self.shape):
            return 0
        steps = zip(self.shape, self.strides, strict=True)
        return 1 + sum((side - 1) * stride for side, stride in steps)


class Thing:
    """An object that no state dict needs, of which the name is known."""

    def __init__(self, name: str) -> None:
        self.name = name

    def ignore(self, *_values: object) -> None:
        """Take in what a pickle puts into an object."""

    __setitem__ = append = add = ignore


class Named(Record):
    """A class or function that a pickle names; a call is noted."""

    name: str

    def __call__(self, *arguments: Any) -> Any:
        make = MAKERS.get(self.name)
        return Thing(self.name) if make is None else make(*arguments)


def tensor(
    storage: Any, offset: Any, shape: Any, strides: Any, *rest: Any, dtype: Any = None
) -> Tensor:
    """Raises `ValueError` for what is no tensor."""
    kind = storage.dtype if dtype is None else dtype.name.removeprefix("torch.")
    if not is_size(offset) or len(sizes(shape)) != len(sizes(strides)):
        raise ValueError
    fault = None if kind in ITEM_SIZES else f"has numbers of an unknown type, {kind}"
    return Tensor(kind, shape, strides, offset, storage, fault)


def typed_tensor(storage: Any, offset: Any, shape: Any, strides: Any, *rest: Any) -> Tensor:
    """A tensor that names its own type, as newer files have them."""
    return tensor(storage, offset, shape, strides, dtype=rest[2])


def sparse(_layout: Any, parts: Sequence[Any]) -> Tensor:
    shape = next(one for one in reversed(parts) if type(one) is tuple)
    return Tensor("", sizes(shape), fault="is sparse")


def meta(dtype: Any, shape: Any, *_rest: Any) -> Tensor:
    fault = "is on no device that has numbers (meta)"
    return Tensor(dtype.name.removeprefix("torch."), sizes(shape), fault=fault)


def sizes(value: Any) -> tuple[int, ...]:
    """The sides or strides that a value is. Raises `ValueError` for any other."""
    if type(value) is not tuple or len(value) > MOST_AXES or not all(map(is_size, value)):
        raise ValueError
    return value


MAKERS: dict[str, Callable[..., Any]] = {
    "torch._utils._rebuild_tensor": tensor,
    "torch._utils._rebuild_tensor_v2": tensor,
    "torch._utils._rebuild_tensor_v3": typed_tensor,
    "torch._utils._rebuild_parameter": lambda data, *_rest: data,
    "torch._utils._rebuild_parameter_with_state": lambda data, *_rest: data,
    "torch._tensor._rebuild_from_type_v2": lambda make, _kind, arguments, _state: make(*arguments),
    "torch.nn.parameter.Parameter": lambda data, *_rest: data,
    "torch._utils._rebuild_qtensor": lambda _storage, _offset, shape, *_rest: Tensor(
        "", sizes(shape), fault="is quantised"
    ),
    "torch._utils._rebuild_sparse_tensor": sparse,
    "torch._utils._rebuild_meta_tensor_no_storage": meta,
    "torch._utils._rebuild_nested_tensor": lambda *_rest: Tensor("", (), fault="is nested"),
    "torch.Size": sizes,
    "collections.OrderedDict": lambda pairs=(): dict(pairs),
}
"""What is made of the calls that weights consist of."""


class Reader(pickle._Unpickler):
    """Reads pickles one after another, from bytes in memory.

    It is Python's own reader in Python, since that in C cannot be told what opcodes do.

    storages: those that are referred to, by their keys
    foreign: names of classes and functions that no plain file has
    """

    dispatch: ClassVar[dict[int, Any]] = dict(pickle._Unpickler.dispatch)
    stack: list[Any]
    append: Callable[[Any], None]
    pop_mark: Callable[[], list[Any]]

    def __init__(self, path: str, stream: BinaryIO) -> None:
        super().__init__(stream, encoding="utf-8")
        self.path, self.containers = path, 0
        self.storages: dict[str, Storage] = {}
        self.foreign: list[str] = []

    def find_class(self, module: str, name: str) -> Named:
        found = Named(f"{module}.{name}")
        is_number = module in ("torch", "torch.cuda", "torch.storage") and (
            name in STORAGES or name.islower()
        )
        if found.name not in {*HARMLESS, *MAKERS} and not is_number and len(self.foreign) < 1000:
            self.foreign.append(found.name)
        return found

    def get_extension(self, code: int) -> None:
        raise ValueError

    def persistent_load(self, pid: Any) -> Storage:
        """The storage that a pickle refers to. Raises `ValueError` for anything else."""
        word, kind, key, _device, count, *view = pid
        if word != "storage" or type(key) is not str or not is_size(count) or any(view):
            raise ValueError
        dtype = STORAGES[kind.name.rpartition(".")[2]]
        found = Storage(key, dtype, count)
        if self.storages.setdefault(key, found) != found:
            raise WeightFileError(f"{told(self.path)} describes the same numbers in two ways")
        return found

    def pickled(self) -> Any:
        """The next value. Raises `WeightFileError` for one with objects other than weights."""
        self.memo: dict[int, Any] = {}
        with guarded(self.path, WHAT):
            try:
                value = self.load()
            except Exception:
                self.refuse_foreign()
                raise
            self.refuse_foreign()
            return value

    def refuse_foreign(self) -> None:
        if self.foreign:
            is_model = any(name.startswith("torch.nn.modules") for name in self.foreign)
            raise WeightFileError(
                f"{told(self.path)} is no plain state dict: it has objects of "
                f"{told(self.foreign[0])}",
                ADVICE if is_model else ADVICE_ON_OBJECTS,
            )

    # What opcodes do

    def call(self) -> None:
        arguments = self.stack.pop()
        self.stack[-1] = self.stack[-1](*arguments)

    def call_with_keywords(self) -> None:
        self.stack.pop()
        self.call()

    def set_items(self) -> None:
        items = self.pop_mark()
        self.fill(self.stack[-1], items)

    def set_item(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self.fill(self.stack[-1], [key, value])

    def make_dictionary(self) -> None:
        items = self.pop_mark()
        self.append({})
        self.fill(self.stack[-1], items)

    def fill(self, target: Any, items: Sequence[Any]) -> None:
        """Put keys and values, in turn, into a dictionary, no key twice."""
        for key, value in zip(items[::2], items[1::2], strict=True):
            if type(key) in (tuple, frozenset):
                raise ValueError  # no file has one, and hashing a deep one has no end
            if type(target) is dict and key in target:
                raise WeightFileError(f"{told(self.path)} has {told(str(key))} twice")
            target[key] = value

    def make_set(self) -> None:
        self.pop_mark()
        self.append(Thing("set"))

    def drop_items(self) -> None:
        self.pop_mark()

    def drop_state(self) -> None:
        self.stack.pop()

    def refuse(self) -> None:
        raise ValueError


def counted(opcode: int) -> Callable[[Reader], None]:
    """What an opcode does that makes a container, as long as there are not too many."""
    make: Any = pickle._Unpickler.dispatch[opcode]

    def handle(reader: Reader) -> None:
        reader.containers += 1
        if reader.containers > 5 * MOST_ENTRIES:
            raise WeightFileError(f"{told(reader.path)} describes too many objects")
        make(reader)

    return handle


HANDLERS: dict[bytes, Callable[[Reader], None]] = {
    pickle.REDUCE: Reader.call,
    pickle.NEWOBJ: Reader.call,
    pickle.NEWOBJ_EX: Reader.call_with_keywords,
    pickle.BUILD: Reader.drop_state,
    pickle.SETITEM: Reader.set_item,
    pickle.SETITEMS: Reader.set_items,
    pickle.DICT: Reader.make_dictionary,
    pickle.FROZENSET: Reader.make_set,
    pickle.ADDITEMS: Reader.drop_items,
    pickle.BYTEARRAY8: Reader.refuse,
    pickle.NEXT_BUFFER: Reader.refuse,
}
Reader.dispatch |= {code[0]: handle for code, handle in HANDLERS.items()}
Reader.dispatch |= {
    code[0]: counted(code[0])
    for code in (pickle.MARK, pickle.EMPTY_LIST, pickle.EMPTY_DICT, pickle.EMPTY_SET)
}
