"""How emitted code writes the layers of this package."""

from __future__ import annotations

from cnndsl.emit import python
from cnndsl.emit.applied import Applied
from cnndsl.emit.functions.renderer import Dialect
from cnndsl.emit.headings import camel_case
from cnndsl.emit.lowering import Lowering, Lowerings
from cnndsl.ops import OPS
from cnndsl.ops.base import InPlace
from cnndsl.ops.dense import Identity
from cnndsl_numpy.stand_ins import NumpyStandIns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cnndsl.emit.functions.site import Site
    from cnndsl.ops.base import Op


def _layer(site: Site) -> None:
    """Write a layer: the library's classes carry the ops' names and attributes."""
    arguments: list[python.Value] = []
    keywords: list[tuple[str, python.Value]] = []
    for name, attribute in site.item.op_class.attributes.items():
        if attribute.is_required and not keywords:
            arguments.append(site.symbol(name))
        elif attribute.is_required or site.given(name):
            keywords.append((name, site.symbol(name)))
    keywords.append(("name", site.name))
    site.apply(python.Call(_written(site.item.op_class), arguments, keywords))


def _applied(site: Site) -> None:
    site.apply(python.Call(site.symbol("layer"), [], [("name", site.name)]))


def _written(op: type[Op]) -> str:
    return f"cn.{camel_case(op.name)}"


def _given(op: type[Op]) -> python.Expression | None:
    is_layer = issubclass(op, InPlace) and op is not Identity  # which makes none
    return python.name(_written(op)) if is_layer else None


def _dimension(variable: str, axis: str) -> python.Expression:
    return python.Attribute(python.name(variable), axis)


LOWERINGS = Lowerings(
    "numpy",
    (
        Lowering(Applied, _applied, given=python.number(None)),
        *(Lowering(op, _layer, given=_given(op)) for op in OPS.values()),
    ),
    layer="type[cn.Layer]",
    constructor="Callable[..., cn.Layer]",
)

DIALECT = Dialect(
    tensor="cn.Tensor",
    model="cn.Model",
    input=lambda shape, network, name: python.call("cn.Input", shape),
    dimension=_dimension,
    imports=(python.Import("cnndsl_numpy", "cn"),),
    names=frozenset({"cn", "itertools", "made", "partial", "Callable"}),
    support={},
    lowerings=LOWERINGS,
    stand_ins=NumpyStandIns,
    once=("cn.once",),
    in_turn=("cn.once",),
    layer="cn.Layer",
    note="It needs numpy and cnndsl_numpy.",
)
