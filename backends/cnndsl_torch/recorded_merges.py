"""The functions of `torch` that merges are written with, as validation records them."""

from __future__ import annotations

from cnndsl.emit.validation.recorder import Mismatch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from cnndsl.emit.validation.recorder import Value
    from cnndsl_torch.stand_ins import TorchValue


def cat(values: Iterable[TorchValue], *, dim: int) -> Value:
    listed = list(values)
    if dim != 1:
        raise Mismatch("", f"values are concatenated along dimension {dim}")
    return listed[0].merged("concat", listed)


class Stack:
    """Values on a new axis, which is averaged over, summed or asked for the largest or smallest."""

    def __init__(self, values: Iterable[TorchValue]) -> None:
        self.values = list(values)

    def mean(self, *, dim: int) -> Value:
        return self.joined("average", dim)

    def sum(self, *, dim: int) -> Value:
        return self.joined("add", dim)

    def amax(self, *, dim: int) -> Value:
        return self.joined("maximum", dim)

    def amin(self, *, dim: int) -> Value:
        return self.joined("minimum", dim)

    def joined(self, kind: str, dim: int) -> Value:
        if dim != 0:
            raise Mismatch("", f"stacked values are joined over dimension {dim}")
        return self.values[0].merged(kind, self.values)


def merging(kind: str) -> Callable[[TorchValue, TorchValue], Value]:
    return lambda one, other: one.merged(kind, (one, other))


MERGES: dict[str, Callable[..., Any]] = {
    "cat": cat,
    "stack": Stack,
    "full": lambda size, value: (size, value),
    "maximum": merging("maximum"),
    "minimum": merging("minimum"),
}
"""The functions of `torch` that merges and parameters are written with."""
