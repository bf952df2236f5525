"""How Keras says what the functional style has."""

from __future__ import annotations

import os
import re

from cnndsl.backend import Artifact
from cnndsl.emit import python
from cnndsl.emit.formulas import Identifiers
from cnndsl.emit.functions.renderer import Dialect, code
from cnndsl.emit.support import Helpers
from cnndsl.ir.network import Layer
from cnndsl_keras.layers import LOWERINGS
from cnndsl_keras.stand_ins import KerasStandIns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cnndsl.ir.network import Network

FOLDER = os.path.join(os.path.dirname(__file__), "support")
AXES = {"height": 1, "width": 2, "channels": -1}
AUTOMATIC_NAME = re.compile(r"input_layer(_\d+)?")
"""What Keras calls an input that has no name."""


def _input(shape: python.Expression, network: Network) -> python.Expression:
    """The model's input, named where a layer could have the name that Keras would give it."""
    keywords: list[tuple[str, python.Value]] = [("shape", shape)]
    paths = {step.name for step in network.scope.steps if isinstance(step, Layer)}
    if any(map(AUTOMATIC_NAME.fullmatch, paths)):
        keywords.append(("name", python.string(Identifiers(paths).fresh("input"))))
    return python.Call("keras.Input", [], keywords)


def _dimension(variable: str, axis: str) -> python.Expression:
    return python.Index(python.Attribute(python.name(variable), "shape"), AXES[axis])


DIALECT = Dialect(
    tensor="keras.KerasTensor",
    model="keras.Model",
    input=_input,
    dimension=_dimension,
    imports=(python.Import("keras"), python.ImportFrom("keras", ["layers"])),
    names=frozenset({"keras", "layers", "itertools", "Any"}),
    support=Helpers(FOLDER),
    lowerings=LOWERINGS,
    stand_ins=KerasStandIns,
    note="It needs keras alone.",
)


def emit(network: Network) -> Artifact:
    """A function for each block, and one that builds the model."""
    return Artifact(".py", code(network, DIALECT))
