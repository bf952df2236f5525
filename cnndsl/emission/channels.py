"""How many channels leave a definition, in the symbols of the code that calls it.

PyTorch's layers must be told how many channels enter them. Where a block's own parameters say how
many leave it, code can say so too (`4 * filters`), and one class serves every instance.
"""

from __future__ import annotations

from .. import source
from ..evaluate import EvaluationFailed, evaluate
from .formulas import (
    Environment,
    Inexpressible,
    Symbol,
    amount,
    known_value,
    multiply,
)
from .outline import (
    BindItem,
    CallItem,
    ForItem,
    IfItem,
    LayerItem,
    LetItem,
    MergeItem,
    NestedItem,
    ReadItem,
    RepeatItem,
    SequenceItem,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..values import Value
    from .formulas import Amount
    from .outline import Item, Items, Outline
    from .planning import Group, Plan


class Attributes:
    """Stands in for an op whose attributes are expressions."""

    def __init__(self, item: LayerItem, environment: Environment) -> None:
        self._item = item
        self._environment = environment

    def __getattr__(self, name: str) -> Any:
        formula = self._item.attributes.get(name)
        if formula is None:
            return self._item.op_class.attributes[name].default
        return Symbol(amount(formula, self._environment))


class Flow:
    """Follows channels through items. None stands for an amount that symbols cannot say."""

    def __init__(self, plan: Plan, group: Group) -> None:
        self.plan = plan
        self.group = group

    def items(
        self,
        items: Items,
        channels: Amount | None,
        environment: Environment,
        values: dict[str, Amount | None],
    ) -> Amount | None:
        for item in items:
            channels = self.item(item, channels, environment, values)
        return channels

    def item(
        self,
        item: Item,
        channels: Amount | None,
        environment: Environment,
        values: dict[str, Amount | None],
    ) -> Amount | None:
        if isinstance(item, LayerItem):
            return self.layer(item, channels, environment)
        if isinstance(item, CallItem):
            return self.call(item, channels, environment)
        if isinstance(item, MergeItem):
            return self.merge(item, channels, environment, values)
        if isinstance(item, NestedItem | SequenceItem):
            return self.braces(item.items, channels, environment, {})
        if isinstance(item, RepeatItem):
            return self.repeat(item, channels, environment)
        if isinstance(item, ForItem):
            return self.loop(item, channels, environment)
        if isinstance(item, IfItem):
            return self.branches(item, channels, environment, values)
        if isinstance(item, ReadItem):
            return values.get(item.name)
        if isinstance(item, BindItem):
            values[item.name] = channels
        elif isinstance(item, LetItem):
            values[item.name] = self.items(item.items, channels, environment, values)
        return channels

    def braces(
        self,
        items: Items,
        channels: Amount | None,
        environment: Environment,
        values: dict[str, Amount | None],
    ) -> Amount | None:
        return self.items(items, channels, entering(environment, channels), values)

    def layer(
        self, item: LayerItem, channels: Amount | None, environment: Environment
    ) -> Amount | None:
        if item.op_class.folds_space:
            return self.folded(item, channels)
        stand_in: Any = Attributes(item, environment)
        entry = None if channels is None else Symbol(channels)
        try:
            result = item.op_class.channels(stand_in, [entry])
        except (Inexpressible, TypeError):  # symbols fail, or the op works on unknown channels
            return None
        return result.amount if isinstance(result, Symbol) else result

    def folded(self, item: LayerItem, channels: Amount | None) -> Amount | None:
        """A flatten's length: the channels times the area, if that is the same everywhere."""
        areas = {
            layer.input_shapes[0].elements // layer.input_shapes[0].channels
            for layer in item.layers
        }
        if channels is None or len(areas) != 1:
            return None
        return multiply(channels, areas.pop())

    def call(
        self, item: CallItem, channels: Amount | None, environment: Environment
    ) -> Amount | None:
        if not item.children:
            return None
        callee = self.plan.callee(self.group, item.element, item.children)
        symbols: dict[str, source.Expression] = {}
        constants: dict[str, Value] = {}
        for parameter in item.template.parameters:
            formula = item.arguments.get(parameter.name)
            try:
                if formula is None:
                    default = parameter.default
                    constants[parameter.name] = (
                        None if default is None else evaluate(default, constants, None)
                    )
                    continue
                known = known_value(formula, environment)
                if known is not None:
                    constants[parameter.name] = known[0]
                else:
                    value = amount(formula, environment)
                    symbols[parameter.name] = source.expression(value)
            except (Inexpressible, EvaluationFailed):  # or a default over symbols
                continue
        inner = Environment(symbols, constants, {}, environment.entering)
        return Flow(self.plan, callee).outline(callee.outline, channels, inner)

    def outline(
        self, outline: Outline, channels: Amount | None, environment: Environment
    ) -> Amount | None:
        return self.braces(outline.items, channels, environment, {})

    def merge(
        self,
        item: MergeItem,
        channels: Amount | None,
        environment: Environment,
        values: dict[str, Amount | None],
    ) -> Amount | None:
        amounts = [channels if name == "main" else values.get(name) for name in item.names]
        for path in item.paths:
            amounts.append(self.braces(path, channels, environment, values))
        if item.op_class.sums_channels:
            if any(one is None for one in amounts):
                return None
            total = item.op_class.channels(
                Attributes(item, environment),  # type: ignore[arg-type]  # a stand-in for the op
                [Symbol(one) for one in amounts if one is not None],
            )
            return total.amount if isinstance(total, Symbol) else total
        known = [one for one in amounts if one is not None]
        return min(known, key=_simplicity) if known else None

    def repeat(
        self, item: RepeatItem, channels: Amount | None, environment: Environment
    ) -> Amount | None:
        count = known_value(item.count, environment)
        if count is not None and count[0] == 0:
            return channels
        once = self.braces(item.items, channels, environment, {})
        if same(once, channels):
            return channels
        if count is None:
            return None
        if count[0] == 1 or once is None:
            return once
        twice = self.braces(item.items, once, environment, {})
        return once if same(once, twice) else None

    def loop(
        self, item: ForItem, channels: Amount | None, environment: Environment
    ) -> Amount | None:
        known = known_value(item.iterable, environment)
        if known is None:
            return None
        for value in known[0]:
            values = (value,) if len(item.targets) == 1 else value
            turn = dict(zip(item.targets, values, strict=True))
            symbols = {key: one for key, one in environment.symbols.items() if key not in turn}
            inner = Environment(
                symbols,
                {**environment.constants, **turn},
                environment.kinds,
                environment.entering,
            )
            channels = self.braces(item.items, channels, inner, {})
        return channels

    def branches(
        self,
        item: IfItem,
        channels: Amount | None,
        environment: Environment,
        values: dict[str, Amount | None],
    ) -> Amount | None:
        known = known_value(item.condition, environment)
        if known is not None:
            chosen = item.then if known[0] else item.otherwise
            return self.braces(chosen, channels, environment, values)
        then = self.braces(item.then, channels, environment, values)
        otherwise = self.braces(item.otherwise, channels, environment, values)
        return then if same(then, otherwise) else None


def _simplicity(value: Amount) -> tuple[bool, int]:
    """Numbers before expressions, short ones first."""
    return not isinstance(value, int), len(str(value))


def same(left: Amount | None, right: Amount | None) -> bool:
    """Whether two amounts are known and the same."""
    return left is not None and right is not None and str(left) == str(right)


def entering(environment: Environment, channels: Amount | None) -> Environment:
    """The environment within braces that these channels enter."""

    def dimension(axis: str) -> Amount:
        if axis != "channels" or channels is None:
            raise Inexpressible
        return channels

    return environment.entered(dimension)
