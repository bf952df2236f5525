"""Stages, loops and repeats as `nn.Sequential`."""

from __future__ import annotations

from cnndsl import source
from cnndsl.emission.channels import entering, same
from cnndsl.emission.formulas import Inexpressible, known_value, write
from cnndsl.emission.outline import (
    CallItem,
    ForItem,
    IfItem,
    LayerItem,
    NestedItem,
    RepeatItem,
    SequenceItem,
)
from cnndsl.emission.planning import Split
from cnndsl.emission.writer import is_dead

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable

    from cnndsl.emission.formulas import Amount, Environment
    from cnndsl.emission.outline import Item, Items
    from cnndsl_torch.class_writer import ClassWriter


class Modules:
    """The modules of a sequence in the making, as expressions or in a list that code fills."""

    def __init__(self) -> None:
        self.expressions: list[tuple[str | None, source.Expression]] = []
        self.variable: str | None = None
        self.channels: str | None = None
        """The variable that follows the channels from turn to turn."""
        self.batch: list[source.Expression] = []
        self.last: source.Statement | None = None


class SequenceWriter:
    """Writes the sequences of one class."""

    def __init__(self, owner: ClassWriter) -> None:
        self.owner = owner

    def write(self, item: SequenceItem, channels: Amount | None) -> source.Expression:
        """The sequence as an expression; statements that fill a list come before it."""
        modules = Modules()
        owner = self.owner
        named = any(one.name is not None for one in _children(item.items))
        if any(map(self.is_loop, item.items)):
            modules.variable = owner.identifiers.fresh("layers")
            kind = "dict[str, nn.Module]" if named else "list[nn.Module]"
            empty = source.Dict() if named else source.List([])
            owner.emit(source.Assign(modules.variable, empty, source.Raw(kind)))
        self.named = named
        environment = owner.environment
        owner.environment = entering(environment, channels)
        self.items(item.items, channels, modules, item.name or "")
        owner.environment = environment
        owner.identifiers.taken.discard(modules.channels or "")
        if modules.variable is not None:
            return self.filled(modules, named)
        if not named:
            values = [value for _, value in modules.expressions]
            return source.Call("nn.Sequential", values)
        parts = {
            name or str(position): value
            for position, (name, value) in enumerate(modules.expressions)
        }
        return owner.renderer.named_sequence(parts)

    def filled(self, modules: Modules, named: bool) -> source.Expression:
        variable = source.name(modules.variable or "")
        if not named:
            return source.Call("nn.Sequential", [source.Starred(variable)])
        self.owner.renderer.needs_ordered = True
        return source.call("nn.Sequential", source.Call("OrderedDict", [variable]))

    def after(
        self, item: SequenceItem, channels: Amount | None, environment: Environment
    ) -> Amount | None:
        """The channels behind a sequence: as symbols say, or as all instances have them."""
        result = self.owner.flow.item(item, channels, environment, {})
        if result is not None or not item.children:
            return result

        def measure(child: object) -> Hashable:
            return child.scope.output_shape.channels  # type: ignore[attr-defined]  # a sequence's

        return int(str(self.owner.group.constant(item.element, item.children, measure)))

    def is_loop(self, item: Item) -> bool:
        """Whether an item needs statements that fill a list."""
        if not isinstance(item, RepeatItem):
            return isinstance(item, ForItem | IfItem)
        known = known_value(item.count, self.owner.environment)
        if known is None or len(item.items) != 1:
            return known is None or known[0] != 0
        return self.is_loop(item.items[0]) or isinstance(item.items[0], RepeatItem)

    # Items

    def items(
        self, items: Items, channels: Amount | None, modules: Modules, hint: str
    ) -> Amount | None:
        for item in items:
            channels = self.item(item, channels, modules, hint)
        return channels

    def item(
        self, item: Item, channels: Amount | None, modules: Modules, hint: str
    ) -> Amount | None:
        if isinstance(item, RepeatItem):
            return self.repeat(item, channels, modules, hint)
        if isinstance(item, ForItem):
            return self.loop(item, channels, modules, hint)
        if isinstance(item, IfItem):
            return self.branches(item, channels, modules, hint)
        if isinstance(item, LayerItem | CallItem | NestedItem | SequenceItem):
            self.add(modules, item.name, self.child(item, channels, hint))
            return self.behind(item, channels)
        raise TypeError(f"{type(item).__name__} cannot stand in a sequence")

    def child(self, item: Item, channels: Amount | None, hint: str) -> source.Expression:
        owner = self.owner
        if isinstance(item, LayerItem):
            return owner.layer(item, channels)
        if isinstance(item, CallItem):
            return owner.call(item, channels)
        if isinstance(item, SequenceItem):
            return SequenceWriter(owner).write(item, channels)
        if isinstance(item, NestedItem):
            return owner.nested_class(item, channels, owner.environment, hint)
        raise TypeError(f"{type(item).__name__} is no child of a sequence")

    def behind(self, item: Item, channels: Amount | None) -> Amount | None:
        if isinstance(item, SequenceItem):
            return self.after(item, channels, self.owner.environment)
        return self.owner.flow.item(item, channels, self.owner.environment, {})

    def add(self, modules: Modules, name: str | None, module: source.Expression) -> None:
        if modules.variable is None:
            modules.expressions.append((name, module))
            return
        if self.named:
            variable = source.name(modules.variable)
            key: source.Expression = source.call("str", source.call("len", variable))
            if name is not None:
                key = source.string(name)
            self.owner.emit(source.Assign(source.Index(variable, key), module))
            return
        self.append(modules, module)

    def append(self, modules: Modules, module: source.Expression) -> None:
        """Append to the list; what follows another module directly goes into one statement."""
        body = self.owner.bodies[-1]
        variable = source.name(modules.variable or "")
        if body and body[-1] is modules.last:
            body.pop()
        else:
            modules.batch = []
        modules.batch.append(module)
        if len(modules.batch) == 1:
            append = source.Call(source.Attribute(variable, "append"), modules.batch)
            modules.last = source.ExpressionStatement(append)
        else:
            modules.last = source.AugmentedAssign(variable, "+", source.List(modules.batch))
        self.owner.emit(modules.last)

    # Loops

    def repeat(
        self, item: RepeatItem, channels: Amount | None, modules: Modules, hint: str
    ) -> Amount | None:
        owner = self.owner
        known = known_value(item.count, owner.environment)
        if known is not None and known[0] == 0:
            return channels
        if modules.variable is None and known is not None and len(item.items) == 1:
            return self.generated(item.items[0], int(known[0]), channels, modules, hint)
        owner.note_uses([item.count])
        count = write(item.count, owner.environment)
        times = source.call("range", count)
        return self.turns(item.items, source.name("_"), times, known, channels, modules, hint)

    def generated(
        self, item: Item, count: int, channels: Amount | None, modules: Modules, hint: str
    ) -> Amount | None:
        """One child, `count` times, as expressions: the first apart if other channels enter it."""
        first = self.braced(item, channels, hint)
        behind = self.behind(item, channels)
        if count == 1:
            self.add(modules, None, first)
            return behind
        if not same(behind, channels):
            self.add(modules, None, first)
            count -= 1
            first = self.braced(item, behind, hint)
            behind = self.behind(item, behind)
        if count == 1:
            self.add(modules, None, first)
        else:
            clause = source.Clause("_", source.call("range", count))
            self.add(modules, None, source.Starred(source.Generator(first, clause)))
        return behind

    def braced(self, item: Item, channels: Amount | None, hint: str) -> source.Expression:
        owner = self.owner
        environment = owner.environment
        owner.environment = entering(environment, channels)
        module = self.child(item, channels, hint)
        owner.environment = environment
        return module

    def loop(
        self, item: ForItem, channels: Amount | None, modules: Modules, hint: str
    ) -> Amount | None:
        owner = self.owner
        known = known_value(item.iterable, owner.environment)
        if known is not None and not known[0]:
            return channels
        owner.note_uses([item.iterable])
        iterable = owner.renderer.iterable(item, owner.environment)
        names = [owner.identifiers.fresh(name) if name != "_" else "_" for name in item.targets]
        symbols = {
            name: source.name(python) for name, python in zip(item.targets, names, strict=True)
        }
        environment = owner.environment
        owner.environment = environment.extended(symbols)
        target: source.Expression | list[source.Expression] = [source.name(one) for one in names]
        if len(names) == 1:
            target = source.name(names[0])
        behind = self.turns(item.items, target, iterable, None, channels, modules, hint)
        owner.environment = environment
        owner.identifiers.taken -= set(names)
        return behind

    def turns(
        self,
        items: Items,
        target: source.Expression | list[source.Expression],
        iterable: source.Expression,
        count: tuple[object] | None,
        channels: Amount | None,
        modules: Modules,
        hint: str,
    ) -> Amount | None:
        """A loop that fills the list; a variable follows the channels if they change."""
        owner = self.owner
        environment = owner.environment
        owner.environment = entering(environment, channels)
        behind = owner.flow.items(items, channels, owner.environment, {})
        owner.environment = environment
        if same(behind, channels) and str(channels) != modules.channels:
            body = owner.nested(lambda: self.body(items, channels, modules, hint))
            owner.emit(source.For(target, iterable, body))
            return channels
        if channels is None:
            raise Split(owner.group, id)
        if modules.channels is None:
            modules.channels = owner.identifiers.fresh("channels")
        variable = source.name(modules.channels)
        if str(channels) != modules.channels:
            owner.emit(source.Assign(variable, source.expression(channels)))

        def write_body() -> None:
            final = self.body(items, variable, modules, hint)
            if final is None:
                raise Split(owner.group, id)
            if not same(final, variable):
                owner.emit(source.Assign(variable, source.expression(final)))

        owner.emit(source.For(target, iterable, owner.nested(write_body)))
        return variable

    def body(
        self, items: Items, channels: Amount | None, modules: Modules, hint: str
    ) -> Amount | None:
        owner = self.owner
        environment = owner.environment
        owner.environment = entering(environment, channels)
        behind = self.items(items, channels, modules, hint)
        owner.environment = environment
        return behind

    def branches(
        self, item: IfItem, channels: Amount | None, modules: Modules, hint: str
    ) -> Amount | None:
        owner = self.owner
        known = known_value(item.condition, owner.environment)
        live = [not is_dead(branch) for branch in (item.then, item.otherwise)]
        if known is not None or not all(live):
            first = bool(known[0]) if known is not None else live[0]
            return self.body(item.then if first else item.otherwise, channels, modules, hint)
        try:
            condition = write(item.condition, owner.environment)
        except Inexpressible:
            raise Split(owner.group, id) from None
        owner.note_uses([item.condition])
        ends: list[Amount | None] = []

        def branch(items: Items) -> list[source.Statement]:
            return owner.nested(lambda: ends.append(self.body(items, channels, modules, hint)))

        then, otherwise = branch(item.then), branch(item.otherwise)
        if not same(*ends):
            if modules.channels is None or None in ends:
                raise Split(owner.group, id)
            variable = source.name(modules.channels)
            for body, end in zip((then, otherwise), ends, strict=True):
                if end is not None and not same(end, variable):
                    body.append(source.Assign(variable, source.expression(end)))
            ends = [variable]
        if then:
            owner.emit(source.If(condition, then, otherwise))
        elif otherwise:
            owner.emit(source.If(source.Unary("not", condition), otherwise))
        return ends[0]


def _children(items: Items) -> list[LayerItem | CallItem | NestedItem | SequenceItem]:
    """The children of a sequence, at whatever depth of loops and branches."""
    children: list[LayerItem | CallItem | NestedItem | SequenceItem] = []
    for item in items:
        if isinstance(item, LayerItem | CallItem | NestedItem | SequenceItem):
            children.append(item)
        elif isinstance(item, RepeatItem | ForItem):
            children += _children(item.items)
        elif isinstance(item, IfItem):
            children += _children(item.then) + _children(item.otherwise)
    return children
