"""The NumPy library as validation sees it: its layers carry the ops' names and attributes."""

from __future__ import annotations

from cnndsl.emit.headings import camel_case
from cnndsl.emit.validation.functional import FunctionalStandIns, Layers, Model
from cnndsl.emit.validation.parts import Reading, pads
from cnndsl.emit.validation.recorder import Value
from cnndsl.ops import OPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnndsl.ops.base import Op


class NumpyTensor(Value):
    """A tensor that tells its height, width and channels."""

    @property
    def height(self) -> int:
        return self.checked_shape.height

    @property
    def width(self) -> int:
        return self.checked_shape.width

    @property
    def channels(self) -> int:
        return self.checked_shape.channels


def signature(op: type[Op]) -> str:
    """The op's attributes in order, with the defaults of the language."""
    return " ".join(name if one.is_required else f"{name}=" for name, one in op.attributes.items())


READINGS = {
    camel_case(name): Reading(name, signature(op), pads)
    for name, op in OPS.items()
    if not op.merges
}
"""What a layer of the library does, by its class."""

MERGES = {camel_case(name): name for name, op in OPS.items() if op.merges}


class NumpyStandIns(FunctionalStandIns):
    """Stand-ins for the NumPy library."""

    value: type[Value] = NumpyTensor

    def modules(self) -> Mapping[str, object]:
        layers: Layers = Layers(
            "cnndsl_numpy",
            self.session,
            READINGS,
            MERGES,
            Input=lambda shape: layers.input(shape),
            Model=Model,
            Tensor=NumpyTensor,
            Layer=object,
            UnaryLayer=object,
            once=lambda *arguments, **keywords: layers.keep(*arguments, **keywords),
        )
        return {"cnndsl_numpy": layers}
