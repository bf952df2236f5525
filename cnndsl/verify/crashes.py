"""Where a backend fails on a network: the first layer on which it fails alone."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..project.loading import Loader, choose_model, elaborate_model
from ..record import Record
from ..text import Source
from ..values import write

if TYPE_CHECKING:
    from ..ir.network import LayerView, Network
    from ..ops.base import Op
    from ..values import Shape


class Break(Record):
    """A backend that failed, why, and the layer that it fails on alone, if there is one."""

    backend: str
    reason: str
    layer: "LayerView | None"


Action = Callable[["Network"], object]
"""What fails, to be tried on other networks."""


def culprit(network: "Network", action: Action) -> "LayerView | None":
    """Return the first layer that fails in a network of its own, or None.

    Raises MemoryError as the action does.
    """
    tried: dict[tuple[Op, tuple[Shape, ...]], bool] = {}
    for view in network.layers:
        key = view.op, view.input_shapes
        if key not in tried:
            tried[key] = fails(alone(view), action)
        if tried[key]:
            return view
    return None


def fails(network: "Network", action: Action) -> bool:
    try:
        action(network)
    except MemoryError:
        raise
    except Exception:  # of any kind: it is the backend's
        return True
    return False


def alone(view: "LayerView") -> "Network":
    """Return a network of one layer; what a merge joins comes from layers before it."""
    first, *_ = view.input_shapes
    op = view.op
    given = [f"{name}={write(getattr(op, name))}" for name in op.attributes]
    lines = [f"input {first}"]
    if op.merges:
        maker = "conv({}, 1x1)" if first.is_image else "dense({})"
        for number, shape in enumerate(view.input_shapes):
            lines.append(f"let value{number} = {maker.format(shape.channels)}")
        given = [f"value{number}" for number in range(len(view.input_shapes))] + given
    lines.append(f"{op.name}({', '.join(given)})" if given else op.name)
    text = "model alone {\n" + "\n".join(lines) + "\n}\n"
    module = Loader().module(Source("alone.cnn", text))
    return elaborate_model(choose_model(module, None), {})
