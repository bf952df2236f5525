"""Emitted text as a module whose framework is a stand-in."""

from __future__ import annotations

import builtins

from ...project.loading import DeepRecursion
from .parts import Partial
from .recorder import INPUT, PREFIX, Comparisons, Mismatch, Recorder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from typing import Any, Protocol

    from ...ir.network import Network
    from .recorder import Node, Value

    Code = Callable[..., Any]
    """What a block makes of its inputs: a value, or a tuple of several."""

    class StandIns(Protocol):
        """Stand-ins for a framework in one session, as a backend supplies them."""

        value: type[Value]
        """What its tensors are."""

        def modules(self) -> Mapping[str, object]:
            """What each import of emitted code brings, by the module's first name."""

        def replacements(self, entry: str) -> Mapping[str, object]:
            """What stands in for definitions of the text, such as helpers that files carry.

            The one called `entry` makes the model.
            """

        def in_mode(self, entry: Any, training: bool) -> Mapping[str, object]:
            """Have models in a mode; the arguments of the entry for that, where it takes any."""

        def outputs(self, model: Any) -> Sequence[Value]:
            """The outputs of what the emitted class or function gives."""

    Framework = Callable[["Session"], StandIns]


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
    """One emitted text, executed once and run for several networks.

    `before` is that of another text, for networks that are still there.
    """

    def __init__(
        self, text: str, entry: str, framework: Framework, before: Session | None = None
    ) -> None:
        self.network: Network
        """The one that is being compared."""
        self.recorders: list[Recorder] = []
        """The recorder of the scope whose code runs, after those of the scopes around it."""
        self.stand_ins = framework(self)
        value = self.stand_ins.value
        self.comparisons: Comparisons = (
            before.comparisons.of_another_text(value) if before else Comparisons(value)
        )
        standing = {
            "functools": Package("functools", partial=Partial),
            "typing": Package("typing", Any=object),
            **self.stand_ins.modules(),
        }

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
        others = self.stand_ins.replacements(entry)
        self.names |= {name: others[name] for name in others if name in self.names}

    @property
    def recorder(self) -> Recorder:
        if not self.recorders:
            raise Mismatch("", "code applies layers when it is imported")
        return self.recorders[-1]

    def run(self, network: Network, arguments: Mapping[str, object]) -> Exception | None:
        """Build the network for some arguments; what went wrong, if anything did.

        It is run in both modes where outputs tell them apart.
        """
        error = self.run_in_mode(network, arguments, training=True)
        if error is None and network.training_outputs:
            error = self.run_in_mode(network.in_inference, arguments, training=False)
        return error

    def run_in_mode(
        self, network: Network, arguments: Mapping[str, object], training: bool
    ) -> Exception | None:
        self.recorders = [Recorder(network.scope, self.comparisons)]
        self.network = network
        try:
            with DeepRecursion():
                mode = self.stand_ins.in_mode(self.entry, training)
                outputs = self.stand_ins.outputs(self.entry(**arguments, **mode))
                self.recorder.finish(outputs)
                self.recorder.in_order("", outputs)
        except Exception as error:  # whatever emitted code raises is its fault
            return error
        finally:
            self.recorders = []
        return None

    def block(self, path: str, values: Sequence[Value], call: Hashable, code: Code) -> Any:
        """What the block instance at a path gives. `call` tells its code from that of others."""
        node = self.recorder.block(path, values)
        turned, is_kept = self.inside(node, tuple([one.is_turned for one in values]), call, code)
        if node.step.call and not is_kept:
            raise Mismatch(path, "its layers are made anew in each call")
        self.recorder.is_kept &= is_kept
        made = [
            self.comparisons.value(node.number + place, shape, is_turned)
            for place, (shape, is_turned) in enumerate(
                zip(node.inside.output_shapes, turned, strict=True)
            )
        ]
        return made[0] if len(made) == 1 else tuple(made)

    def inside(
        self, node: Node, turned: tuple[bool, ...], call: Hashable, code: Code
    ) -> tuple[tuple[bool, ...], bool]:
        """Run the code of a block instance unless it is known.

        Tells which outputs are turned, as `turned` says of its inputs, and whether all its layers
        are made once.
        """
        known, scope = self.comparisons.blocks, node.inside
        key = (id(scope), call, turned)
        if key not in known:
            self.recorders.append(Recorder(scope, self.comparisons, f"{PREFIX}."))
            try:
                shapes = zip(scope.input_shapes, turned, strict=True)
                outputs = code(
                    *[
                        self.comparisons.value(INPUT - place, *one)
                        for place, one in enumerate(shapes)
                    ]
                )
                outputs = outputs if isinstance(outputs, tuple) else (outputs,)
                self.recorder.finish(outputs)
            except Mismatch as mismatch:
                raise mismatch.within(node.path) from None
            is_kept = self.recorders.pop().is_kept
            known[key] = tuple([output.is_turned for output in outputs]), is_kept
        return known[key]
