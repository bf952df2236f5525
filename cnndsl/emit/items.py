"""What all kinds of items can be asked, as tables, and the one way through them."""

from __future__ import annotations

from ..semantics.evaluate import SIZE
from ..syntax import tree
from ..syntax.tree import ValueDimension, names_of
from .formulas import known_value
from .outline import (
    BindItem,
    CallItem,
    ForItem,
    GrowItem,
    IfItem,
    LayerItem,
    LetItem,
    MergeItem,
    NamesItem,
    NestedItem,
    NumberItem,
    PickItem,
    ReadItem,
    RepeatItem,
    SequenceItem,
    TurnItem,
    ValuesItem,
    inner_items,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any, TypeAlias

    from .environment import Environment
    from .outline import Formula, Item, Items

    ModuleItem: TypeAlias = "LayerItem | CallItem | NestedItem | TurnItem | SequenceItem"
    """What is one child, if it stands in a sequence."""

ALONE = {"add": "residual", "multiply": "scale"}
"""What a path makes that stands beside the input alone, by the op that merges them."""
VISITS = {
    LayerItem: "layer",
    CallItem: "call",
    MergeItem: "merge",
    NestedItem: "nested",
    SequenceItem: "sequence",
    RepeatItem: "repeat",
    ForItem: "loop",
    IfItem: "branches",
    ReadItem: "read",
    ValuesItem: "side_by_side",
    BindItem: "bind",
    NamesItem: "unpack",
    LetItem: "let",
    NumberItem: "number",
    TurnItem: "turn",
    GrowItem: "grow",
    PickItem: "pick",
}
"""By kind of item, the method of a visitor that takes it."""


class Visitor:
    """Has a method for each kind of item that it can come across."""

    def visit(self, item: Item, *state: Any) -> Any:
        return getattr(self, VISITS[type(item)])(item, *state)


FORMULAS: Mapping[type, Callable[[Any], tuple[Formula, ...]]] = {
    LayerItem: lambda item: tuple(item.attributes.values()),
    CallItem: lambda item: tuple(item.arguments.values()),
    RepeatItem: lambda item: (item.count,),
    ForItem: lambda item: (item.iterable,),
    IfItem: lambda item: (item.condition,),
    NumberItem: lambda item: (item.formula,),
    PickItem: lambda item: () if item.index is None else (item.index,),
}
"""The formulas that an item writes itself."""


def value_sized(formula: Formula | None) -> str | None:
    """The value whose size a formula is, by name, if it is no more than that."""
    node = None if formula is None else formula.node
    if not isinstance(node, ValueDimension) or node.axis != SIZE:
        return None
    return node.value.name.removesuffix(".")


def shapes_read(items: Items) -> set[str]:
    """The values whose shapes the formulas of items read, at whatever depth."""
    nodes = (formula.node for item in walk(items) for formula in _asked(FORMULAS, item))
    found = (part for node in nodes if node is not None for part in tree.parts(node))
    return {one.value.name.removesuffix(".") for one in found if type(one) is ValueDimension}


def _values_sized(item: LayerItem) -> tuple[str, ...]:
    found = map(value_sized, item.attributes.values())
    return tuple(name for name in found if name is not None)


NAMES: Mapping[type, Callable[[Any], tuple[str, ...]]] = {
    LayerItem: _values_sized,
    ReadItem: lambda item: (item.name,),
    ValuesItem: lambda item: item.names,
    MergeItem: lambda item: item.names,
}
"""The values that an item goes on from, or has the size of, by name."""

INSTANCES: Mapping[type, Callable[[Any], tuple[Any, ...]]] = {
    LayerItem: lambda item: item.layers,
    MergeItem: lambda item: item.layers,
    CallItem: lambda item: item.children,
    NestedItem: lambda item: item.children,
    TurnItem: lambda item: item.children,
    SequenceItem: lambda item: item.children,
}
"""What an item has made, wherever its definition is used."""

ASIDE = frozenset({BindItem, NumberItem, LetItem, GrowItem, PickItem})
"""What leaves the line where it was, with as many values."""
MODULES = frozenset({LayerItem, CallItem, NestedItem, TurnItem, SequenceItem})
LOOPS = frozenset({RepeatItem, ForItem})


def _asked(table: Mapping[type, Callable[[Any], tuple[Any, ...]]], item: Item) -> tuple[Any, ...]:
    """What a table says of an item; nothing, where it does not know the kind."""
    rule = table.get(type(item))
    return () if rule is None else rule(item)


def is_shared(item: Item) -> bool:
    """Whether an item is one of several calls of the same layer or block."""
    return getattr(item, "call", 0) > 0


def shared_elements(items: Items) -> list[Any]:
    """What the calls among items are of that are shared, at whatever depth."""
    return [getattr(item, "element", None) for item in walk(items) if is_shared(item)]


def walk(items: Items) -> Iterator[Item]:
    """The items, and those inside them at whatever depth."""
    for item in items:
        yield item
        for inner in inner_items(item):
            yield from walk(inner)


def names_read(items: Items) -> set[str]:
    """The named values that items read; those of a loop's turns are a matter of these."""
    found: set[str] = set()
    for item in items:
        found.update(_asked(NAMES, item))
        if not isinstance(item, TurnItem):
            found = found.union(*map(names_read, inner_items(item)))
    return found


def lists_joined(items: Items) -> set[str]:
    """The lists of values, how many channels of which matter for what comes behind."""
    inside = [*walk(items)]
    asked = {
        name
        for item in inside
        if not isinstance(item, LayerItem)
        if not (isinstance(item, MergeItem) and not item.op_class.sums_channels)
        for name in _asked(NAMES, item)
    }
    picks = [one for one in inside if isinstance(one, PickItem)]
    return {one.list for one in picks if one.joined_by is not None or one.name in asked}


def names_beside(items: Items) -> tuple[str, ...]:
    """Names for the several values that go through items: those of the widest block among them."""
    calls = (one.names_beside for one in walk(items) if isinstance(one, CallItem))
    return max(calls, key=len, default=())


def is_unreached(items: Items) -> bool:
    """Whether no layer of the items has an instance, at whatever depth of loops and branches."""
    makers = (LayerItem, MergeItem, CallItem)
    return not any(
        isinstance(item, ReadItem | ValuesItem)
        or (isinstance(item, makers) and INSTANCES[type(item)](item))
        for item in walk(items)
    )


def is_never_taken(items: Items) -> bool:
    """Whether a layer that the items are sure to make has no instance."""
    return any(map(_is_never_made, items))


def _is_never_made(item: Item) -> bool:
    if type(item) in LOOPS:
        return False
    if isinstance(item, IfItem):
        return is_never_taken(item.then) and is_never_taken(item.otherwise)
    instances = INSTANCES.get(type(item))
    missing = instances is not None and not instances(item)
    return missing or any(map(is_never_taken, inner_items(item)))


def reached(items: Items) -> Items:
    """The items, or but the names that they give where no layer of theirs has an instance."""
    if not is_unreached(items):
        return items
    return tuple(one for one in items if isinstance(one, BindItem | NamesItem))


def path_names(item: MergeItem) -> list[str]:
    """What the values of a merge's paths are called: by their places, or, of one, by what it does.

    A path that does no more than read a value has none of its own.
    """
    made = [path for path in item.paths if any(type(one) is not ReadItem for one in path)]
    if len(made) > 1:
        return [f"path{number}" for number in range(1, 1 + len(item.paths))]
    is_beside_input = () in item.paths
    name = ALONE.get(item.op_class.name, "path") if is_beside_input else "path"
    return [name] * len(item.paths)


def only_branch(item: IfItem, environment: Environment) -> Items | None:
    """The branch that every instance takes, or None where code has to choose.

    Where neither makes a layer, only the names that they give are left.
    """
    known = known_value(item.condition, environment)
    if known is not None:
        return item.then if known[0] else item.otherwise
    never = [is_never_taken(branch) for branch in (item.then, item.otherwise)]
    if never[0] != never[1]:
        return item.otherwise if never[0] else item.then
    both = item.then + item.otherwise
    return reached(both) if is_unreached(both) else None


def modules_in(items: Items) -> list[ModuleItem]:
    """The children of a sequence, at whatever depth of loops and branches."""
    found: list[Any] = []
    for item in items:
        if type(item) in MODULES:
            found.append(item)
        else:
            found += (one for inner in inner_items(item) for one in modules_in(inner))
    return found


def count_of_children(items: Items) -> int | None:
    """How many children of a sequence the items make, or None where that varies."""
    total = 0
    for item in items:
        count = None if type(item) in LOOPS else int(type(item) in MODULES)
        if isinstance(item, IfItem):
            then, otherwise = map(count_of_children, inner_items(item))
            count = then if then == otherwise else None
        if count is None:
            return None
        total += count
    return total


def needs_counter(items: Items) -> bool:
    """Whether some child's number can only be known at run time."""
    return any(
        count_of_children(inner_items(item)[0] if type(item) in LOOPS else (item,)) is None
        for item in items
    )


def reads_entry(items: Items) -> bool:
    """Whether a formula of the items reads the `in` that they have in common."""
    return any(
        any(
            formula.node is not None and "in" in names_of(formula.node)
            for formula in _asked(FORMULAS, item)
        )
        or (_shares_entry(item) and any(map(reads_entry, inner_items(item))))
        for item in items
    )


def _shares_entry(item: Item) -> bool:
    """Whether `in` means within an item what it means around it."""
    is_plain = isinstance(item, SequenceItem) and not item.is_stage
    return is_plain or isinstance(item, RepeatItem | LetItem)
