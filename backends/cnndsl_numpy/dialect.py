"""How emitted code writes the layers of this package."""

from __future__ import annotations

from cnndsl.emit import python
from cnndsl.emit.functions.renderer import Dialect
from cnndsl.emit.headings import camel_case
from cnndsl.emit.lowering import Lowering, Lowerings
from cnndsl.ops import OPS
from cnndsl_numpy.stand_ins import NumpyStandIns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cnndsl.emit.functions.site import Site


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
    layer = camel_case(site.item.op_class.name)
    site.apply(python.Call(f"cn.{layer}", arguments, keywords))


def _dimension(variable: str, axis: str) -> python.Expression:
    return python.Attribute(python.name(variable), axis)


LOWERINGS = Lowerings("numpy", (Lowering(op, _layer) for op in OPS.values()))

DIALECT = Dialect(
    tensor="cn.Tensor",
    model="cn.Model",
    input=lambda shape, network, name: python.call("cn.Input", shape),
    dimension=_dimension,
    imports=(python.Import("cnndsl_numpy", "cn"),),
    names=frozenset({"cn", "itertools", "made"}),
    support={},
    lowerings=LOWERINGS,
    stand_ins=NumpyStandIns,
    once=("cn.once",),
    in_turn=("cn.once",),
    layer="cn.Layer",
    note="It needs numpy and cnndsl_numpy.",
)
