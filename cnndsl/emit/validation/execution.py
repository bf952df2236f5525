"""Emitted text as a module whose framework is a stand-in."""

from __future__ import annotations

import builtins
import marshal

from ...project.loading import DeepRecursion
from .recorder import INPUT, PREFIX, Comparisons, Mismatch, Recorder, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from typing import Any, Protocol

    from ...ir.network import Network
    from .recorder import Node

    Code = Callable[[Value], Value]
    """What a block makes of its input."""

    class StandIns(Protocol):
        """Stand-ins for a framework in one session, as a backend supplies them."""

        def modules(self) -> Mapping[str, object]:
            """What each import of emitted code brings, by the module's first name."""

        def helpers(self) -> Mapping[str, object]:
            """Stand-ins for the helper definitions that emitted files carry, by name."""

        def prepare(self, entry: str) -> None:
            """Change the names of the text, of which `entry` makes the model."""

        def outputs(self, model: Any) -> Sequence[Value]:
            """The outputs of what the emitted class or function gives."""

    Framework = Callable[["Session"], StandIns]


REFERENCES_APART = 2
"""The version of marshalled data in which equal values are equal bytes, whoever refers to them."""
STANDARD = frozenset({"__future__", "collections", "itertools", "math"})
"""The standard modules of emitted code that are imported as they are."""


class NoReading(Exception):
    """A name of the framework, or a helper, that no table of readings knows."""


class Package:
    """A module of a framework: what stands in for its names."""

    def __init__(self, name: str, **contents: object) -> None:
        self.__name__ = name
        self.__dict__.update(contents)

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        raise NoReading(f"there is no reading for {self.__name__}.{name}")


class Session:
    """One emitted text, executed once and run for several networks."""

    def __init__(self, text: str, entry: str, framework: Framework) -> None:
        self.comparisons = Comparisons()
        self.network: Network | None = None
        """The network that is being compared."""
        self.recorders: list[Recorder] = []
        """The recorder of the scope whose code runs, after those of the scopes around it."""
        self.stand_ins = framework(self)
        standing = {"typing": Package("typing", Any=object), **self.stand_ins.modules()}

        def imported(name: str, *rest: Any) -> object:
            first = name.partition(".")[0]
            if first in standing:
                return standing[first]
            if first in STANDARD:
                return __import__(name, *rest)
            raise NoReading(f"there is no stand-in for the module {name}")

        available = {**vars(builtins), "__import__": imported}
        self.names: dict[str, Any] = {"__name__": "emitted", "__builtins__": available}
        code = compile(text, "<emitted>", "exec", dont_inherit=True)
        exec(code, self.names)  # noqa: S102  # our own text
        self.entry: Callable[..., Any] = self.names[entry]
        self.stand_ins.prepare(entry)
        helpers = self.stand_ins.helpers()
        self.names |= {name: helpers[name] for name in helpers if name in self.names}

    @property
    def recorder(self) -> Recorder:
        if not self.recorders:
            raise Mismatch("", "code applies layers when it is imported")
        return self.recorders[-1]

    def run(self, network: Network, arguments: Mapping[str, object]) -> Exception | None:
        """Build the network for some arguments; what went wrong, if anything did."""
        self.recorders = [Recorder(network.scope, self.comparisons)]
        self.network = network
        try:
            with DeepRecursion():
                outputs = self.stand_ins.outputs(self.entry(**arguments))
                self.recorder.finish(outputs)
                self.recorder.in_order("", outputs)
        except Exception as error:  # whatever emitted code raises is its fault
            return error
        finally:
            self.recorders = []
        return None

    def block(self, path: str, value: Value, call: Hashable, code: Code) -> Value:
        """The value of the block instance at a path. `call` tells its code from that of others."""
        node = self.recorder.block(path, value)
        return Value(node.index, node.shape, self.inside(node, value.is_turned, call, code))

    def inside(self, node: Node, is_turned: bool, call: Hashable, code: Code) -> bool:
        """Run the code of a block instance unless it is known. Tells whether its output is turned.

        `is_turned` says so of its input.
        """
        known = self.comparisons.blocks
        key = (id(node.scope), call, is_turned)
        if key not in known:
            self.recorders.append(Recorder(node.inside, self.comparisons, f"{PREFIX}."))
            try:
                output = code(Value(INPUT, node.inside.input_shape, is_turned))
                self.recorder.finish([output])
            except Mismatch as mismatch:
                raise mismatch.within(node.path) from None
            self.recorders.pop()
            known[key] = output.is_turned
        return known[key]


def frozen(*values: Any) -> Hashable:
    """Arguments as what can be a key: numbers of different types are different."""
    try:
        return marshal.dumps(values, REFERENCES_APART)
    except ValueError:  # a description, such as an initialiser's
        return _frozen(values)


def _frozen(value: object) -> Hashable:
    if isinstance(value, tuple | list):
        return tuple(map(_frozen, value))
    return type(value), value
