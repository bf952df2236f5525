"""The Python types of values, as annotations of parameters have them."""

from __future__ import annotations

from ..values import ListValue, Padding, Size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..values import Value


def annotation(values: Iterable[Value]) -> str:
    """The Python type of a parameter that takes these values."""
    kinds: set[str] = set()
    elements: list[Value] = []
    tuples: dict[int, list[tuple[Value, ...]]] = {}
    for value in values:
        if isinstance(value, ListValue):
            elements += value
            kinds.add("list")
        elif isinstance(value, tuple):
            tuples.setdefault(len(value), []).append(value)
        else:
            kinds |= set(_kinds(value))
    if "float" in kinds:
        kinds.discard("int")
    if "list" in kinds:
        kinds.remove("list")
        kinds.add(f"tuple[{annotation(elements) or 'int'}, ...]")
    for alike in tuples.values():
        kinds.add(f"tuple[{', '.join(map(annotation, zip(*alike, strict=True)))}]")
    return " | ".join(sorted(kinds, key=lambda kind: (kind == "None", kind)))


def _kinds(value: Value) -> tuple[str, ...]:
    if value is None:
        return ("None",)
    if isinstance(value, Size):
        return ("int", "tuple[int, int]") if value.height != value.width else ("int",)
    if isinstance(value, Padding):
        return ("int", "tuple[int, int, int, int]")
    return (type(value).__name__,)
