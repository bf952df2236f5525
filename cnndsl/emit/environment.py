"""What the names of formulas stand for in emitted code."""

from __future__ import annotations

from ..record import Record
from ..values import write as write_value
from .kinds import infer, kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ..ops.base import Op
    from ..syntax import tree
    from ..values import Value
    from . import python
    from .amounts import Amount
    from .kinds import Kind
    from .outline import Formula


class Inexpressible(Exception):
    """A formula that has no exact counterpart in Python; its values must be written instead."""


class Layers:
    """What stands for layers that code is given; here for none."""

    def knows(self, _value: Value) -> bool:
        """Whether a value is a layer that has an expression."""
        return False

    def written(self, _value: Value) -> python.Expression:
        """The expression for a layer. Raises `Inexpressible`."""
        raise Inexpressible

    def made(
        self, _op: type[Op], _formulas: Mapping[str, Formula], _environment: Environment
    ) -> python.Expression:
        """The expression for an op with arguments. Raises `Inexpressible`."""
        raise Inexpressible


NO_LAYERS = Layers()


def no_shape(axis: str) -> Amount:
    """Where nothing is known of what enters, nor of named values."""
    raise Inexpressible


class Environment(Record):
    """What the names of a formula stand for in emitted code.

    `symbols` are identifiers, `constants` values; `entering` gives `in.height` for `height`, and
    `early.height` for that. `kinds` are those of the symbols, integers where nothing is said.
    """

    symbols: Mapping[str, python.Expression]
    constants: Mapping[str, Value]
    kinds: Mapping[str, Kind]
    entering: Callable[[str], Amount]
    layers: Layers = NO_LAYERS
    """What stands for the layers that code can be given, by name."""

    @property
    def written(self) -> Iterator[object]:
        """What tells it from others, but for what enters."""
        yield from ((name, str(one)) for name, one in self.symbols.items())
        yield from ((name, write_value(value), value) for name, value in self.constants.items())
        yield from self.kinds.items()

    def kind(self, node: tree.Expression) -> Kind:
        values = {name: kind_of(value) for name, value in self.constants.items()}
        return infer(node, {**values, **self.kinds})

    def extended(
        self, symbols: Mapping[str, python.Expression], kinds: Mapping[str, Kind] | None = None
    ) -> Environment:
        """With loop variables, which hide parameters of the same name."""
        constants = {key: self.constants[key] for key in self.constants if key not in symbols}
        outer = {key: self.kinds[key] for key in self.kinds if key not in symbols}
        inner = {**outer, **(kinds or {})}
        return self.replaced(symbols={**self.symbols, **symbols}, constants=constants, kinds=inner)

    def settled(self, values: Mapping[str, Value]) -> Environment:
        """With values for loop variables."""
        symbols = {key: one for key, one in self.symbols.items() if key not in values}
        return self.replaced(symbols=symbols, constants={**self.constants, **values})


def entering(environment: Environment, axis: str) -> Amount | None:
    """A dimension of `in` or of a named value, if code can say it."""
    try:
        return environment.entering(axis)
    except Inexpressible:
        return None
