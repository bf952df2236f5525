"""Blocks and models: the text, what it can call, and its bound tree."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Finding, Frame
from ..syntax import tree
from ..text import Location
from ..values import write
from .bound import Body, Named, nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..ir.network import Child, Layer
    from ..ops.base import Op
    from ..text import Source
    from ..values import Value
    from .bound import Arguments, BlockCall, Node

SEQUENCE = "layers"
"""The name of a loop or a repeated group that has none."""

TRANSPARENT = "identity"
"""The op that passes its input on and so makes no layer."""


class Template:
    """A definition with its file and the definitions it can call. The binder fills in the rest."""

    def __init__(self, definition: tree.Definition, source: Source) -> None:
        self.definition = definition
        self.source = source
        self.visible: dict[str, Template] = {}
        """Blocks and models that the file defines or imports, by the name it calls them."""
        self.blocks: dict[str, Template] = {}
        """The blocks among them."""
        self.inner_models: list[Template] = []
        """The models that are called here."""
        self.pixels: dict[str, Template] = {}
        """Likewise its definitions of pixels."""
        self.parameters: tuple[tree.Parameter, ...] = definition.parameters
        """With their defaults bound."""
        self.body = Body(definition.body, ())
        self.file_defaults: tuple[tree.Defaults, ...] = ()
        """Those of the file, as they are written."""
        self.defaults: dict[str, Arguments] = {}
        """The attributes of ops that their calls here need not give."""
        self.merges: list[tree.Merge] = []
        """Those of paths in braces, at whatever depth."""
        self.measured: set[str] = set()
        """The named values whose shapes expressions read."""
        self.circular: frozenset[BlockCall] = frozenset()
        """The calls that are sure to close a circle of blocks."""
        self.findings: list[Finding] = []
        """What is wrong with the text, whatever the values are."""

    def __repr__(self) -> str:
        return f"Template({self.kind} {self.name})"

    @property
    def attributes(self) -> dict[str, tree.Parameter]:
        """The parameters by name, as an op has its attributes."""
        return {one.name: one for one in self.parameters}

    @property
    def kind(self) -> str:
        return self.definition.kind

    @property
    def name(self) -> str:
        return self.definition.name

    @property
    def heading(self) -> tree.Node:
        """Where the definition's name stands."""
        start = self.definition.name_start
        return tree.Node(start, start + len(self.name))

    def with_defaults(self, op_class: type[Op], arguments: Arguments) -> Arguments:
        """The arguments of an op's call, with those that it leaves to the defaults."""
        if op_class.name not in self.defaults:
            return arguments
        found = {one.name: one for one in (*self.defaults[op_class.name], *arguments)}
        return tuple(found[name] for name in op_class.attributes if name in found)

    def location(self, node: tree.Node | Node) -> Location:
        return Location(self.source, node.start, node.end)

    def layer_location(self, layer: Layer) -> Location:
        """Where a layer stands: its call, or its merge with all that belongs to it."""
        primary = layer.site.syntax.primary
        end = primary.end if isinstance(primary, tree.Call) else layer.site.end
        return Location(self.source, primary.start, end)

    def frame(self, child: Child) -> Frame:
        """The call that made a block instance, with its values."""
        return Frame(call_text(child.site, child.scope.arguments), self.location(child.site))

    @property
    def layer_names(self) -> set[str]:
        """The fixed names of its layers, at whatever depth."""
        named = (node.name for node in nodes(self.body.steps) if isinstance(node, Named))
        return {name for name in named if name}


def call_text(call: BlockCall, arguments: tuple[tuple[str, Value], ...]) -> str:
    """A block call with the values that it gives, in the form in which it gives them."""
    values = dict(arguments)
    given = sorted(call.arguments, key=lambda one: one.start)
    shown = [
        f"{one.name}={write(values[one.name])}" if one.syntax.name else write(values[one.name])
        for one in given
    ]
    return f"{call.template.name}({', '.join(shown)})" if shown else call.template.name


def find_circles(calls: dict[Template, list[BlockCall]]) -> None:
    """Report blocks that are sure to call themselves; imports have no cycles: it is in one file."""
    finished: set[Template] = set()
    for root in calls:
        path = {root: iter(calls[root])}
        while path and root not in finished:
            caller = next(reversed(path))
            for call in path[caller]:
                callee = call.template
                if callee in path:
                    names = [one.name for one in path]
                    circle = (*names[names.index(callee.name) :], callee.name)
                    location = caller.location(call.syntax.primary)
                    caller.findings.append(Finding(diagnostics.Recursion(circle), location))
                    caller.circular |= {call}
                elif callee in calls and callee not in finished:
                    path[callee] = iter(calls[callee])
                    break
            else:
                finished.add(caller)
                del path[caller]
