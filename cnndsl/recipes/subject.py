"""The network that a recipe is for, walked once, and its layers by pattern."""

from __future__ import annotations

from fnmatch import fnmatchcase

from ..ir.network import Walk
from ..semantics.evaluate import PARTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..ir.network import LayerView, Network
    from ..semantics.evaluate import Budget
    from ..syntax import tree

UP_TO = ".."


class Branch:
    """What the paths of layers with weights have in common, as far as some dot.

    first, last: the numbers of the first and last layer on it, among those with weights
    """

    def __init__(self, first: int) -> None:
        self.first = self.last = first
        self.branches: dict[str, Branch] = {}


class Subject:
    """A network to be trained. All that takes long is charged to a budget.

    Raises `Exhausted` where the walk alone takes too many steps.
    """

    def __init__(self, network: Network, budget: Budget) -> None:
        self.network, self.budget = network, budget
        budget.spend(PARTS * network.cost.layers, network.template.heading)
        walk = Walk(network)
        self.layers: tuple[LayerView, ...] = tuple(walk.views)
        shapes = network.scope.output_shapes
        self.outputs: dict[str, tuple[tuple[int, ...], LayerView | None]] = {
            name: (shape.dims, self.layers[index] if index >= 0 else None)
            for (name, index), shape in zip(walk.outputs, shapes, strict=True)
        }
        self._read: frozenset[int] | None = None
        self._named: list[str] = []
        self._root: Branch | None = None

    def is_read(self, layer: LayerView) -> bool:
        """Whether another layer takes the output of this one."""
        if self._read is None:
            self._read = frozenset(index for one in self.layers for index in one.inputs)
        return layer.index in self._read

    @property
    def roots(self) -> tuple[str, ...]:
        """The first parts of the paths of layers with weights."""
        return () if self._root is None else tuple(self._root.branches)

    def paths(self, pattern: tree.Literal) -> tuple[str, ...]:
        """The shortest paths that stand for all layers with weights that match a pattern.

        Raises `Exhausted`.
        """
        text = pattern.value
        if not text.startswith(UP_TO):
            return tuple(path for _, path in self._matching(text, pattern))
        matching = self._matching(text.removeprefix(UP_TO), pattern)
        last = max((branch.last for branch, _ in matching), default=-1)
        self.budget.spend(last + 1, pattern)
        return tuple(dict.fromkeys(self._named[: last + 1]))

    def _matching(self, text: str, pattern: tree.Literal) -> list[tuple[Branch, str]]:
        """The shortest paths that match, in the order of the layers."""
        root = self._root = self._root or self._grown(pattern)
        found = []
        pending = [(one, name) for name, one in root.branches.items()]
        while pending:
            branch, path = pending.pop()
            self.budget.spend(1 + len(path) // PARTS, pattern)
            if fnmatchcase(path, text):
                found.append((branch, path))
            else:
                pending += [(one, f"{path}.{name}") for name, one in branch.branches.items()]
        return sorted(found, key=lambda one: one[0].first)

    def _grown(self, pattern: tree.Literal) -> Branch:
        """The tree of the paths of layers with weights."""
        root = Branch(0)
        for layer in self.layers:
            if not layer.weights:
                continue
            number, branch = len(self._named), root
            parts = layer.path.split(".")
            self.budget.spend(len(parts), pattern)
            for part in parts:
                branch = branch.branches.setdefault(part, Branch(number))
                branch.last = number
            self._named.append(layer.path)
        return root
