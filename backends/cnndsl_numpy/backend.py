"""The NumPy backend: source for the layer library of this package."""

from __future__ import annotations

from cnndsl.backend import execute
from cnndsl.emit import python
from cnndsl.emit.functions.renderer import Dialect, emit, model_name
from cnndsl.emit.lowering import Lowering, Lowerings
from cnndsl.ir.network import weight_keys
from cnndsl_numpy.layers import LAYERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cnndsl.emit.functions.writer import Site
    from cnndsl.ir.network import Network
    from cnndsl_numpy import Array, Model


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
    layer = LAYERS[site.item.op_class].__name__
    site.apply(python.Call(f"cn.{layer}", arguments, keywords))


def _dimension(variable: str, axis: str) -> python.Expression:
    return python.Attribute(python.name(variable), axis)


LOWERINGS = Lowerings("numpy", (Lowering(op, _layer) for op in LAYERS))

DIALECT = Dialect(
    tensor="cn.Tensor",
    model="cn.Model",
    input=lambda shape, network: python.call("cn.Input", shape),
    dimension=_dimension,
    imports=(python.Import("cnndsl_numpy", "cn"),),
    names=frozenset({"cn"}),
    support={},
    lowerings=LOWERINGS,
    note="It needs numpy and cnndsl_numpy.",
)


class NumpyBackend:
    """Emits and builds NumPy models."""

    name = "numpy"
    framework = "numpy"
    extra = "numpy"

    def emit(self, network: Network) -> str:
        LOWERINGS.check(network)
        return emit(network, DIALECT)

    def build(self, network: Network) -> Model:
        model: Model = execute(self.emit(network), network.name)[model_name(network, DIALECT)]()
        return model

    def shapes(self, model: Model, network: Network) -> Mapping[str, tuple[int, ...]]:
        return {layer.name: tuple(shape) for layer, shape in model.layer_shapes()}

    def weights(self, model: Model, network: Network) -> Mapping[str, Array]:
        return dict(model.parameters)

    def load_weights(self, model: Model, network: Network, weights: Mapping[str, Any]) -> None:
        """Copy in a value for every weight of the model.

        It is without the layers on which no output depends; their weights are passed over.
        """
        passed = set(weight_keys(network.layers)) - set(weight_keys(network.needed_layers))
        model.set_parameters({key: weights[key] for key in weights if key not in passed})

    def predict(self, model: Model, images: Array) -> tuple[Array, ...]:
        outputs = model.forward(images)
        return outputs if isinstance(outputs, tuple) else (outputs,)


BACKEND = NumpyBackend()
