"""How Keras says what the functional style has."""

from __future__ import annotations

import os
import re

from cnndsl.backend import Artifact
from cnndsl.emit import python
from cnndsl.emit.functions.renderer import Dialect, code
from cnndsl.emit.identifiers import Identifiers
from cnndsl.emit.support import Helpers
from cnndsl.ir.network import Layer
from cnndsl.record import Record
from cnndsl_keras.layers import LOWERINGS, count_of_layers, fused, has_weights_with_dots
from cnndsl_keras.stand_ins import KerasStandIns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnndsl.ir.network import Network
    from cnndsl.ops.base import Op

FOLDER = os.path.join(os.path.dirname(__file__), "support")
AXES = {"height": 1, "width": 2, "channels": -1}
AUTOMATIC_NAME = re.compile(r"input_layer(_\d+)?")
"""What Keras calls an input that has no name."""


def _input(shape: python.Expression, network: Network, name: str) -> python.Expression:
    """An input of the model: with its name, or one where a layer could have that of Keras."""
    keywords: list[tuple[str, python.Value]] = [("shape", shape)]
    paths = {step.name for step in network.scope.steps if isinstance(step, Layer)}
    if not name and any(map(AUTOMATIC_NAME.fullmatch, paths)):
        name = Identifiers(paths).fresh("inputs")
    if name:
        keywords.append(("name", python.string(name)))
    return python.Call("keras.Input", [], keywords)


def _dimension(variable: str, axis: str) -> python.Expression:
    return python.Index(python.Attribute(python.name(variable), "shape"), AXES[axis])


DEEPEST = 800
"""How many layers Keras, which recurses once for each, builds within Python's limit of 1,000."""


def _requirements(network: Network) -> Iterator[python.Statement]:
    """Refuse settings of Keras under which the model would be another or none."""
    if any(shape.is_image for shape in network.input_shapes):
        form = python.call("keras.config.image_data_format")
        yield _refusal(form, "!=", "channels_last", "image_data_format must be channels_last")
    if any(map(has_weights_with_dots, network.scope.steps)):
        engine = python.call("keras.config.backend")
        reason = "KERAS_BACKEND=torch takes no dots in layer names: use tensorflow or jax"
        yield _refusal(engine, "==", "torch", reason)
    most = 2 * network.cost.layers
    if most > DEEPEST and count_of_layers(network) > DEEPEST:
        deeper = python.call("max", python.call("sys.getrecursionlimit"), 1_000 + most)
        yield python.ExpressionStatement(python.call("sys.setrecursionlimit", deeper))


def _refusal(
    setting: python.Expression, operator: str, value: str, reason: str
) -> python.Statement:
    error = python.call("RuntimeError", python.string(reason))
    test = python.Compare(setting, operator, python.string(value))
    return python.If(test, [python.Raise(error)])


class Facts(Record):
    """What emitters have to know of networks as a whole."""

    fused: frozenset[type[Op]]
    """The activations that TensorFlow's graphs must not see as such."""


DIALECT = Dialect(
    tensor="keras.KerasTensor",
    model="keras.Model",
    input=_input,
    dimension=_dimension,
    imports=(python.Import("keras"), python.ImportFrom("keras", ["layers"])),
    names=frozenset("keras layers itertools made partial sys Any Callable".split()),
    support=Helpers(FOLDER),
    lowerings=LOWERINGS,
    stand_ins=KerasStandIns,
    once=("once",),
    in_turn=("InTurn", "After"),
    layer="Any",
    note="It needs keras alone.",
    facts=lambda networks: Facts(fused(networks)),
    requirements=_requirements,
)


def emit(network: Network) -> Artifact:
    """A function for each block, and one that builds the model."""
    return Artifact(".py", code(network, DIALECT))
