"""Emitted text as a module whose framework is a stand-in."""

from __future__ import annotations

import builtins

from .recorder import Mismatch, Recorder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from typing import Any, Protocol

    from .recorder import Expected, Value, Comparisons

    class Framework(Protocol):
        """Stand-ins for a framework, as a backend supplies them."""

        def modules(self, session: Session) -> Mapping[str, object]:
            """What each import of emitted code brings, by the module's first name."""

        def helpers(self, session: Session) -> Mapping[str, object]:
            """Stand-ins for the helper definitions that emitted files carry, by name."""

        def outputs(self, session: Session, model: Any) -> Sequence[Value]:
            """The outputs of what the emitted class or function gives."""


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
        self.framework = framework
        self._recorder: Recorder | None = None
        standing = {"typing": Package("typing", Any=object), **framework.modules(self)}

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
        helpers = framework.helpers(self)
        self.names |= {name: helpers[name] for name in helpers if name in self.names}
        self.entry: Callable[..., Any] = self.names[entry]

    @property
    def recorder(self) -> Recorder:
        if self._recorder is None:
            raise Mismatch("emitted code applies layers when it is imported")
        return self._recorder

    def run(
        self, expected: Expected, comparisons: Comparisons, arguments: Mapping[str, object]
    ) -> Exception | None:
        """Build the network for some arguments; what went wrong, if anything did."""
        self._recorder = Recorder(expected, comparisons)
        try:
            model = self.entry(**arguments)
            self._recorder.finish(self.framework.outputs(self, model))
        except Exception as error:  # whatever emitted code raises is its fault
            return error
        finally:
            self._recorder = None
        return None


def frozen(value: object) -> Hashable:
    """An argument as what can be a key: numbers of different types are different."""
    if isinstance(value, tuple | list):
        return tuple(map(frozen, value))
    return type(value), value
