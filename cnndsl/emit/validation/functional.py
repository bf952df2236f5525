"""Stand-ins for a framework whose layers are called on tensors, by name."""

from __future__ import annotations

from types import FunctionType

from ...record import Record
from ...values import Shape
from .execution import NoReading, Package, frozen
from .parts import Unreadable
from .recorder import INPUT, PREFIX, Mismatch, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
    from typing import Any

    from .execution import Session
    from .parts import Part
    from .recorder import Recorder

    Reading = Callable[..., Iterable[Part]]
    """What a layer of these arguments does: called with the shape of its input and with them."""


class Tensor(Value):
    """What emitted functions hand on. A framework's own shows its shape as the framework does."""

    __slots__ = ("calls",)

    def __init__(self, number: int, shape: Shape, calls: tuple[Hashable, ...] = ()) -> None:
        super().__init__(number, shape)
        self.calls = calls
        """The calls that made the pending parts."""


class Call(Record):
    """A call that only describes something, such as an initialiser."""

    name: str
    arguments: tuple[Any, ...]
    keywords: tuple[tuple[str, Any], ...]


def described(name: str) -> Callable[..., Call]:
    """What stands in for a function or class whose results only describe something."""

    def call(*arguments: Any, **keywords: Any) -> Call:
        return Call(name, arguments, tuple(sorted(keywords.items())))

    return call


class Layers(Package):
    """A module of layers: each name is a constructor, if there is a reading for it."""

    def __init__(
        self,
        name: str,
        session: Session,
        readings: Mapping[str, Reading],
        merges: Mapping[str, str],
        tensor: type[Tensor],
        **contents: object,
    ) -> None:
        super().__init__(name, **contents)
        self.session = session
        self.readings = readings
        self.merges = merges
        self.tensor = tensor

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self.merges:
            return lambda **keywords: Merge(self, self.merges[name], **keywords)
        if name not in self.readings:
            raise NoReading(f"there is no reading for {self.__name__}.{name}")
        return lambda *arguments, **keywords: Layer(self, name, arguments, keywords)

    def input(self, dims: Sequence[int]) -> Any:
        """The model's input."""
        shape = Shape(tuple(dims))
        if shape != self.session.recorder.frame.scope.input_shape:
            raise Mismatch("", f"the input is {shape}")
        return self.tensor(INPUT, shape)


class Layer:
    """A layer with its arguments, not yet applied."""

    def __init__(
        self, owner: Layers, kind: str, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> None:
        self.owner = owner
        self.path = str(keywords.pop("name", ""))
        self.arguments, self.keywords = arguments, keywords
        self.reading = owner.readings[kind]
        self.key = (kind, frozen(arguments, sorted(keywords.items())))

    def read(self, shape: Shape) -> list[Part]:
        return list(self.reading(shape, *self.arguments, **self.keywords))

    def __call__(self, tensor: Tensor) -> Any:
        recorder = self.owner.session.recorder
        path = recorder.local(self.path)
        layer_path = path.rpartition(".")[0]
        if path not in recorder.frame.by_path and layer_path in recorder.frame.by_path:
            return self.begin(recorder, path, layer_path, tensor)
        if not tensor.pending:
            value = recorder.apply(path, tensor, self.key, self.read)
            return self.owner.tensor(value.number, value.checked_shape)
        if tensor.owner != path:
            raise Mismatch(path, f"it takes an unfinished {tensor.owner}")

        def read(_shape: Shape) -> list[Part]:
            return [*tensor.pending, *self.read(tensor.checked_shape)]

        before = Value(tensor.number, tensor.checked_shape)
        value = recorder.apply(path, before, (*tensor.calls, self.key), read)
        return self.owner.tensor(value.number, value.checked_shape)

    def begin(self, recorder: Recorder, path: str, layer_path: str, tensor: Tensor) -> Tensor:
        """The first parts of a layer that the framework makes of several."""
        if tensor.pending and tensor.owner != layer_path:
            raise Mismatch(path, f"it takes an unfinished {tensor.owner}")
        recorder.note(path)
        try:
            parts = self.read(tensor.checked_shape)
        except Unreadable as reason:
            raise Mismatch(path, str(reason)) from None
        calls = (*tensor.calls, self.key)
        made: Tensor = self.owner.tensor(tensor.number, parts[-1].shape, calls)
        made.owner, made.pending = layer_path, [*tensor.pending, *parts]
        return made


class Merge:
    """A merge, not yet applied."""

    def __init__(self, owner: Layers, kind: str, *, name: str) -> None:
        self.owner, self.kind, self.path = owner, kind, name

    def __call__(self, tensors: Sequence[Tensor]) -> Any:
        recorder = self.owner.session.recorder
        value = recorder.merge(recorder.local(self.path), self.kind, tensors)
        return self.owner.tensor(value.number, value.checked_shape)


class Model:
    """A finished model."""

    def __init__(self, inputs: Tensor, outputs: Any, *, name: str) -> None:
        if inputs.number != INPUT:
            raise Mismatch("", f"the input of {name} is the value of a layer")
        self.outputs = list(outputs) if isinstance(outputs, list | tuple) else [outputs]


class FunctionalStandIns:
    """What frameworks whose blocks are functions share."""

    tensor: type[Tensor] = Tensor

    def __init__(self, session: Session) -> None:
        self.session = session

    def prepare(self, entry: str) -> None:
        """Have every function of a block compared once for each of its instances."""
        for name, function in self.session.names.items():
            if isinstance(function, FunctionType) and name != entry:
                self.session.names[name] = self.compared(function)

    def compared(self, function: FunctionType) -> Callable[..., Tensor]:
        session, code = self.session, function.__code__
        name_parameter = code.co_varnames[code.co_argcount + code.co_kwonlyargcount - 1]

        def call(tensor: Tensor, *arguments: Any, **keywords: Any) -> Tensor:
            path = session.recorder.local(keywords.pop(name_parameter))
            key = (function, frozen(arguments, sorted(keywords.items())))

            def run(value: Value) -> Value:
                entering = self.tensor(value.number, value.checked_shape)
                names = {**keywords, name_parameter: PREFIX}
                made: Tensor = function(entering, *arguments, **names)
                return made

            value = session.block(path, tensor, key, run)
            return self.tensor(value.number, value.checked_shape)

        return call

    def outputs(self, model: Any) -> Sequence[Tensor]:
        outputs: list[Tensor] = model.outputs
        return outputs
