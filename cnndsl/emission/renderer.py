"""What renderers of both styles share: signatures, and which values are read again."""

from __future__ import annotations

from .. import source, syntax
from ..evaluate import evaluate
from ..ops import WORDS
from .formulas import annotation, known_value, literal, names_of, write_iterable
from .outline import MergeItem, ReadItem, inner_items

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .formulas import Environment
    from .outline import ForItem, Items
    from .planning import Group
    from .writer import Writer


class Renderer:
    """Renders the groups of a network. One attempt: a `Split` ends it."""

    def __init__(self) -> None:
        self.reads: dict[int, set[str]] = {}

    def read_names(self, group: Group) -> set[str]:
        """The value names that the group's outline reads."""
        if id(group) not in self.reads:
            names = {name for name in group.outline.outputs if name != "main"}
            pending: list[Items] = [group.outline.items]
            while pending:
                for item in pending.pop():
                    if isinstance(item, ReadItem):
                        names.add(item.name)
                    elif isinstance(item, MergeItem):
                        names |= {name for name in item.names if name != "main"}
                    pending += inner_items(item)
            self.reads[id(group)] = names
        return self.reads[id(group)]

    def signature(
        self, group: Group, writer: Writer
    ) -> tuple[list[source.Parameter], frozenset[str]]:
        """The parameters that the body uses, and those among them with a default.

        In Python defaults come last: before a parameter without one, others lose theirs.
        """
        found: list[tuple[str, source.Raw, source.Expression | None]] = []
        is_model = group.template.kind == "model"
        words = WORDS - {parameter.name for parameter in group.template.parameters}
        for parameter in group.template.parameters:
            if parameter.name not in writer.parameters or parameter.name not in writer.used:
                continue
            values = [dict(scope.arguments)[parameter.name] for scope in group.scopes]
            default: source.Expression | None = None
            if is_model:
                default = literal(values[0])
            elif parameter.default is not None and names_of(parameter.default) <= words:
                default = literal(evaluate(parameter.default, {}, None))
                values.append(evaluate(parameter.default, {}, None))
            found.append((parameter.name, source.Raw(annotation(values)), default))
        last_required = max(
            (place for place, (_, _, default) in enumerate(found) if default is None), default=-1
        )
        parameters: list[source.Parameter] = []
        for place, (name, kind, default) in enumerate(found):
            given = () if default is None or place < last_required else (default,)
            parameters.append(source.Parameter(writer.parameters[name], kind, *given))
        return parameters, frozenset(name for name, _, _ in found[last_required + 1 :])

    def iterable(self, item: ForItem, environment: Environment) -> source.Expression:
        """What a loop runs over; `range` stays `range`."""
        node = item.iterable.node
        known = known_value(item.iterable, environment)
        if known is not None and getattr(node, "name", "") == "range":
            values = list(known[0])
            if values == list(range(values[0], values[-1] + 1)):
                bounds = [len(values)] if values[0] == 0 else [values[0], values[-1] + 1]
                return source.Call("range", [source.number(bound) for bound in bounds])
        return write_iterable(item.iterable, environment)


def baked_parameters(group: Group) -> frozenset[str]:
    """The model parameters that its input's shape is made of: numbers in emitted code."""
    for statement in group.template.definition.body.statements:
        if isinstance(statement, syntax.Input):
            return frozenset(names_of(statement.shape))
    return frozenset()
