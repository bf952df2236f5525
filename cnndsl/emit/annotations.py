"""The Python types of values, as annotations of parameters have them."""

from __future__ import annotations

from ..values import LayerValue, ListValue, Padding, Size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ..values import Value

    LayerTypes = Callable[[Sequence[LayerValue]], set[str]]


def annotation(values: Iterable[Value], layer_types: LayerTypes) -> str:
    """The Python type of a parameter that takes these values.

    `layer_types` gives the types of layers among them, of which it is a union.
    """
    kinds: set[str] = set()
    elements: list[Value] = []
    layers: list[LayerValue] = []
    tuples: dict[int, list[tuple[Value, ...]]] = {}
    for value in values:
        if isinstance(value, ListValue):
            elements += value
            kinds.add("list")
        elif isinstance(value, LayerValue):
            layers.append(value)
        elif isinstance(value, tuple):
            tuples.setdefault(len(value), []).append(value)
        else:
            kinds |= set(_kinds(value))
    if layers:
        kinds |= layer_types(layers)
    if "float" in kinds:
        kinds.discard("int")
    if "list" in kinds:
        kinds.remove("list")
        kinds.add(f"tuple[{annotation(elements, layer_types) or 'int'}, ...]")
    for alike in tuples.values():
        columns = (annotation(one, layer_types) for one in zip(*alike, strict=True))
        kinds.add(f"tuple[{', '.join(columns)}]")
    return " | ".join(sorted(kinds, key=lambda kind: (kind == "None", kind)))


def _kinds(value: Value) -> tuple[str, ...]:
    if value is None:
        return ("None",)
    if isinstance(value, Size):
        return ("int", "tuple[int, int]") if value.height != value.width else ("int",)
    if isinstance(value, Padding):
        return ("int", "tuple[int, int, int, int]")
    return (type(value).__name__,)
