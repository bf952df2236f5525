"""One layer or merge of a function, for a dialect to write."""

from __future__ import annotations

from .. import python
from ..items import is_shared
from ..writer import BaseSite
from .cursor import Cursor, NameParts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .. import outline
    from .writer import FunctionWriter


class Site(BaseSite):
    """A layer or merge for a dialect's lowering to write, in an emitted function.

    `entering` is what the next layer is applied to: a variable, or a merge's list of them.
    """

    writer: FunctionWriter

    def __init__(
        self,
        writer: FunctionWriter,
        item: outline.LayerItem | outline.MergeItem,
        name: NameParts,
        cursor: Cursor,
        entering: python.Expression,
    ) -> None:
        super().__init__(writer, item, writer.environment)
        self.facts = writer.renderer.facts
        self.name_parts = name
        self.cursor = cursor
        self.entering = entering

    @property
    def name(self) -> python.Expression:
        """The layer's path, as text of the emitted code."""
        return self.name_parts.text()

    @property
    def moves(self) -> bool:
        """Whether the layer has weights that training moves by other means than gradients."""
        return any(
            not weight.trainable
            for layer in self.item.layers[:1]
            for weight in layer.op.weights(layer.input_shapes)
        )

    def part(self, name: str) -> python.Expression:
        """The path of a helper layer below the layer's own, which no layer of the spec can have."""
        self.name_parts = self.writer.pinned(self.name_parts)
        return self.name_parts.child(name).text()

    def apply(self, layer: python.Call) -> None:
        """Write `x = layer(x)`."""
        writer = self.writer
        if is_shared(self.item) or writer.group in writer.renderer.sharing:
            layer = writer.renderer.once(layer, self.moves)
        self.writer.assign(self.cursor, python.Call(layer, [self.entering]))
        self.entering = python.name(self.cursor.x)
