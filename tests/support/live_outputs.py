"""What the live models of backends give."""

from __future__ import annotations

from typing import Any

from cnndsl.backend import Backend, live_parts
from cnndsl.ir.network import Network


def outputs_for(backend: Backend, network: Network, weights: Any, images: Any) -> list[Any]:
    """The outputs of the model that is emitted for a network, with some weights."""
    models, access = live_parts(backend, "comparing")
    model = backend.build(network)
    access.load_weights(model, network, weights)
    return list(models.predict(model, images))
