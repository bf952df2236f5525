"""What a backend says of an op, in one record: how it is written, and where its weights are.

A backend has one `Lowerings`, and whatever else it needs to know of ops stands in its records.
"""

from __future__ import annotations

from ..diagnostics.backends import Unsupported
from ..diagnostics.base import Finding, SpecError
from ..ir.network import distinct_layers
from ..record import Record
from .applied import Applied, AppliedOrNone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from ..ir.network import Network
    from ..ops.base import Op
    from . import python

NOWHERE: frozenset[str] = frozenset()


class Stored(Record):
    """Where a framework keeps a weight: its name below the layer, and its axes.

    `axes` are the canonical axes in the framework's order, with None for a side of 1 that is the
    framework's alone; None as a whole where the order is the same.
    Sides may be split or joined besides, as long as the elements keep their order.
    """

    name: str
    axes: tuple[int | None, ...] | None = None

    def from_canonical(self, array: Any) -> Any:
        if self.axes is None:
            return array
        turned = array.transpose([axis for axis in self.axes if axis is not None])
        return turned[tuple(None if axis is None else slice(None) for axis in self.axes)]

    def to_canonical(self, array: Any) -> Any:
        if self.axes is None:
            return array
        kept = array[tuple(0 if axis is None else slice(None) for axis in self.axes)]
        axes = [axis for axis in self.axes if axis is not None]
        return kept.transpose([axes.index(axis) for axis in range(len(axes))])


def stored(*names: str) -> dict[str, Stored]:
    """Weights that are kept under their own names, as they are."""
    return {name: Stored(name) for name in names}


def parameters_of(signature: str) -> dict[str, tuple[str, str | None]]:
    """Attribute and default by a constructor's names for them, in order, with `*` among them.

    See `Reading` for how a signature is written.
    """
    found: dict[str, tuple[str, str | None]] = {}
    for word in signature.split():
        parameter, has_default, default = word.partition("=")
        name, _, attribute = parameter.partition(":")
        found[name] = (attribute or name, default if has_default or name == "*" else None)
    return found


def arguments_of(site: Any, signature: str) -> tuple[list[Any], list[tuple[str, Any]]]:
    """What a constructor of that signature is given for an op whose defaults are its own.

    Those without a default by position, the others by keyword where they have another value.
    """
    arguments = []
    keywords = []
    for name, (attribute, default) in parameters_of(signature).items():
        if attribute == "channels":
            arguments.append(site.in_channels)
        elif default is None:
            arguments.append(site.symbol(attribute))
        elif name != "*":
            keywords += site.keywords(**{attribute: name})
    return arguments, keywords


class Lowering(Record):
    """One op in one backend.

    What an op's `emit` receives and gives is the style's affair: in the functional style it calls
    the site's methods, in the class style it gives the module, or a merge's expression.
    """

    op: type[Op]
    emit: Callable[[Any], Any]
    weights: Mapping[str, Stored] = {}
    """Where each of the op's weights is kept; all of them are listed."""
    rounded: frozenset[str] = NOWHERE
    """The attributes, and the constants of the reference's formula, that the framework keeps in
    32 bits, whatever the model's precision."""
    reads: Mapping[str, str] = {}
    """How validation reads constructors that mean this op, by name (`nn.ELU`, or a helper's), where
    a signature says it all; see `Reading`. Others stand with the backend's stand-ins."""
    drawn: str = ""
    """The class that a model's initialisation loop knows the op's kernels by, where it has one."""
    together: Callable[[Any], Any] | None = None
    """In the class style, how all named parts of a split are written, as one expression of the
    site's operand; None from it where they are to be modules."""
    inline: Callable[[Any], Any] | None = None
    """In the class style, how an op is written in a class as a call, which takes the value that
    enters first; None from it where it is to be a module. In sequences it is one."""
    given: python.Expression | None = None
    """What stands for the op where code takes a layer as an argument, if that can be; `Applied` has
    what stands for `identity`."""
    factor: Callable[[Any], Any] | None = None
    """In the class style, how an op that multiplies by its only weight is written in a class: the
    weight is an attribute. In sequences it is a module."""


class Lowerings:
    """A backend's lowerings, by op class."""

    def __init__(
        self,
        backend: str,
        lowerings: Iterable[Lowering],
        layer: str = "",
        constructor: str = "",
        is_by_name: bool = False,
    ) -> None:
        """`layer` is the annotation of a layer that code takes as an argument, `constructor` that
        of what makes one; `is_by_name` says that layers without arguments are given by names."""
        self.backend = backend
        self.layer = layer
        self.constructor = constructor
        self.is_by_name = is_by_name
        self.by_op: dict[type[Op], Lowering] = {}
        for one in lowerings:
            if one.op in self.by_op:
                raise ValueError(f"{backend} lowers {one.op.name} twice")
            self.by_op[one.op] = one
        self.given = {
            "identity" if one.op is Applied else one.op.name: one.given
            for one in self
            if one.given is not None
        }
        """What stands for layers as arguments, by their names in the language."""

    def __getitem__(self, op: type[Op]) -> Lowering:
        return self.by_op[Applied if op is AppliedOrNone else op]

    def __contains__(self, op: type[Op]) -> bool:
        return op in self.by_op

    def __iter__(self) -> Iterator[Lowering]:
        return iter(self.by_op.values())

    def check(self, network: Network) -> None:
        """Raise `SpecError`, at the spec's lines, if the network has an op that is not lowered."""
        if all(type(layer.op) in self.by_op for layer in distinct_layers(network.scope)):
            return
        refused = {
            view.site: Finding(
                Unsupported(self.backend, view.op.name, "it has no lowering of this op"),
                view.template.location(view.site),
                (),
                view.calls,
            )
            for view in reversed(network.layers)
            if type(view.op) not in self.by_op
        }
        raise SpecError(tuple(reversed(refused.values())))
