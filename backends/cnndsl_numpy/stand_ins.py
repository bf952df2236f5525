"""The NumPy library as validation sees it: its layers carry the ops' names and attributes."""

from __future__ import annotations

from cnndsl.emit.headings import camel_case
from cnndsl.emit.validation.functional import FunctionalStandIns, Layers, Model, Tensor
from cnndsl.emit.validation.parts import Unreadable, parts_of
from cnndsl.ops import OPS
from cnndsl.ops.base import WrongKind
from cnndsl.values import Size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cnndsl.emit.validation.functional import Reading
    from cnndsl.emit.validation.parts import Part
    from cnndsl.ops.base import Op
    from cnndsl.values import Shape


class NumpyTensor(Tensor):
    """A tensor that tells its height, width and channels."""

    __slots__ = ()

    @property
    def height(self) -> int:
        return self.checked_shape.height

    @property
    def width(self) -> int:
        return self.checked_shape.width

    @property
    def channels(self) -> int:
        return self.checked_shape.channels


def reading(op_class: type[Op]) -> Reading:
    """An op with arguments of the library, which are in the order of the op's attributes."""

    def read(shape: Shape, *given: Any, **keywords: Any) -> list[Part]:
        arguments = {**dict(zip(op_class.attributes, given, strict=False)), **keywords}
        zeros = arguments.get("pad")
        if isinstance(zeros, tuple) and len(zeros) == 2:
            arguments["pad"] = Size(*zeros)  # (vertical, horizontal)
        try:
            values = {
                name: op_class.attributes[name].kind.accept(value)
                for name, value in arguments.items()
            }
        except WrongKind as wrong:
            raise Unreadable(f"it takes {wrong}") from None
        return parts_of(op_class(**values), [shape])

    return read


READINGS = {camel_case(name): reading(op) for name, op in OPS.items() if not op.merges}
"""What a layer of the library does, by its class."""

MERGES = {camel_case(name): name for name, op in OPS.items() if op.merges}


class NumpyStandIns(FunctionalStandIns):
    """Stand-ins for the NumPy library."""

    tensor = NumpyTensor

    def modules(self) -> Mapping[str, object]:
        layers: Layers = Layers(
            "cnndsl_numpy",
            self.session,
            READINGS,
            MERGES,
            NumpyTensor,
            Input=lambda shape: layers.input(shape),
            Model=Model,
            Tensor=NumpyTensor,
        )
        return {"cnndsl_numpy": layers}

    def helpers(self) -> Mapping[str, object]:
        return {}
