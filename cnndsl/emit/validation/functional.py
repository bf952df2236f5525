"""Stand-ins for a framework whose layers are called on tensors, by name."""

from __future__ import annotations

from itertools import takewhile
from types import FunctionType

from ...record import Record
from ...values import Shape
from .execution import Package
from .parts import Leaf, Unreadable, frozen
from .recorder import INPUT, PREFIX, Mismatch, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from .execution import Session
    from .parts import Part


class Call(Record):
    """A call that only describes something, such as an initialiser."""

    name: str
    arguments: tuple[Any, ...]
    keywords: tuple[tuple[str, Any], ...]


def described(name: str) -> Callable[..., Call]:
    """What stands in for a function or class whose results only describe something."""

    def call(*arguments: Any, **keywords: Any) -> Call:
        return Call(name, arguments, tuple(keywords.items()))

    return call


class Layers(Package):
    """A module of layers: each name is a constructor, if there is a reading for it."""

    def __init__(
        self,
        name: str,
        session: Session,
        readings: Mapping[str, Callable[..., list[Part]]],
        merges: Mapping[str, str],
        **contents: object,
    ) -> None:
        super().__init__(name, **contents)
        self.session = session
        self.readings = readings
        self.merges = merges
        self.kept: dict[int, object] = {}
        """The layers that code makes once, however often it runs."""

    def __getattr__(self, name: str) -> Any:
        if name in self.merges:
            return self.merge(self.merges[name])
        if name not in self.readings:
            return super().__getattr__(name)
        return Constructor(self, name)

    def merge(self, kind: str) -> Callable[..., Callable[[Sequence[Value]], Value]]:
        """What constructs merges, which are applied to several tensors."""

        def construct(*, name: str) -> Callable[[Sequence[Value]], Value]:
            def apply(tensors: Sequence[Value]) -> Value:
                recorder = self.session.recorder
                recorder.is_kept &= id(apply) in self.kept
                return recorder.merge(recorder.local(name), kind, tensors)

            return apply

        return construct

    def keep(self, _made: object, kind: Any, *arguments: Any, **keywords: Any) -> Any:
        """What keeps the first layer of a name."""
        layer = kind(*arguments, **keywords)
        self.kept[id(layer)] = layer
        return layer

    def input(self, dims: Sequence[int]) -> Any:
        """The next input of the model."""
        shape, recorder = Shape(tuple(dims)), self.session.recorder
        wanted = recorder.frame.scope.input_shapes[recorder.inputs :]
        if wanted[:1] != (shape,):
            raise Mismatch("", f"input {recorder.inputs + 1} is {shape}")
        recorder.inputs += 1
        return self.session.comparisons.value(INPUT + 1 - recorder.inputs, shape)

    def named_input(self, dims: Sequence[int], name: str | None) -> Any:
        """The same of a framework whose inputs have the names that the model gives them."""
        network = self.session.network
        stated = network.template.body.inputs
        if stated and name not in stated[self.session.recorder.inputs :][:1]:
            raise Mismatch("", f"an input is called {name}")
        return self.input(dims)


class Constructor:
    """A class of layers, from which helpers can be derived that have stand-ins of their own."""

    def __init__(self, owner: Layers, kind: str) -> None:
        self.owner = owner
        self.kind = kind

    def __call__(self, *arguments: Any, **keywords: Any) -> Layer:
        return Layer(self.owner, self.kind, arguments, keywords)

    def __mro_entries__(self, _bases: tuple[object, ...]) -> tuple[type, ...]:
        return ()


class Layer(Leaf):
    """A layer with its arguments, not yet applied."""

    def __init__(
        self, owner: Layers, kind: str, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> None:
        self.owner = owner
        self.session = owner.session
        self.path = str(keywords.pop("name", ""))
        self.name, self.reading = kind, owner.readings[kind]
        self.arguments, self.keywords = arguments, keywords

    def __call__(self, tensor: Value) -> Value:
        recorder = self.session.recorder
        path, by_path = recorder.local(self.path), recorder.frame.by_path
        owner = path if path in by_path else path.rpartition(".")[0]
        is_kept = id(self) in self.owner.kept
        recorder.is_kept &= is_kept
        if owner in recorder.frame.calls and not is_kept:
            raise Mismatch(path, "it is made anew in each call")
        if not tensor.pending and owner == path:
            return recorder.apply(path, tensor, (self,))
        if tensor.pending and tensor.owner != owner:
            raise Mismatch(path, f"it takes an unfinished {tensor.owner}")
        leaves = (*tensor.pending, self)
        before = tensor.before if tensor.pending else tensor.checked_shape
        if owner == path or owner not in by_path:
            return recorder.apply(path, type(tensor)(tensor.number, before), leaves)
        if owner not in recorder.frame.calls:
            recorder.note(path)
        try:  # the first parts of a layer that the framework makes of several
            shape = self.read(tensor.checked_shape)[-1].shape
        except Unreadable as reason:
            raise Mismatch(path, str(reason)) from None
        made = type(tensor)(tensor.number, shape)
        made.owner, made.pending, made.before = owner, leaves, before
        return made


class Model:
    """A finished model."""

    def __init__(self, inputs: Any, outputs: Any, *, name: str) -> None:
        self.inputs, self.outputs = (
            list(one) if isinstance(one, list | tuple) else [one] for one in (inputs, outputs)
        )


def mode_arguments(entry: Any, training: bool) -> dict[str, object]:
    """What asks an emitted function for the outputs that are for training alone, or not."""
    return dict.fromkeys(entry.__kwdefaults__ or (), training)


class FunctionalStandIns:
    """What frameworks whose blocks are functions share."""

    value: type[Value] = Value

    def __init__(self, session: Session) -> None:
        self.session = session

    def replacements(self, entry: str) -> dict[str, object]:
        """The functions of blocks, each compared once for each of its instances."""
        return {
            name: self.compared(function)
            for name, function in self.session.names.items()
            if isinstance(function, FunctionType)
            and name != entry
            and function.__code__.co_kwonlyargcount  # else it is one of the language's functions
        }

    def compared(self, function: FunctionType) -> Callable[..., Any]:
        session, code = self.session, function.__code__
        name_parameter = code.co_varnames[code.co_argcount + code.co_kwonlyargcount - 1]

        def call(*given: Any, **keywords: Any) -> Any:
            tensors = [*takewhile(lambda one: isinstance(one, Value), given)]
            arguments = given[len(tensors) :]
            path = session.recorder.local(keywords.pop(name_parameter))
            made: dict[str, Any] = {
                name: {} for name, one in keywords.items() if isinstance(one, dict)
            }
            keywords = {name: one for name, one in keywords.items() if name not in made}
            key = (function, frozen(arguments, *keywords.items()))
            keywords[name_parameter] = PREFIX

            def run(*values: Value) -> Any:
                return function(*values, *arguments, **keywords, **made)

            return session.block(path, tensors, key, run)

        return call

    def in_mode(self, entry: Any, training: bool) -> dict[str, object]:
        return mode_arguments(entry, training)

    def outputs(self, model: Any) -> Sequence[Value]:
        frame = self.session.recorder.frame
        if tuple([one.number for one in model.inputs]) != frame.inputs:
            raise Mismatch("", "the model has other inputs")
        outputs: list[Value] = model.outputs
        return outputs
