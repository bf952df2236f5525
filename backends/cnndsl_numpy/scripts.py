"""The script that trains a network by a recipe, with this package's `Trainer`."""

from __future__ import annotations

from cnndsl.backend import Artifact
from cnndsl.diagnostics.backends import MissingCapability
from cnndsl.diagnostics.base import Rejected
from cnndsl.emit import python
from cnndsl.emit.augmentation import module
from cnndsl.emit.functions.renderer import code, model_name
from cnndsl.emit.scripts import Choice, bound_in, fragments, literal, script
from cnndsl.emit.training import constants_of, documentation, features_of, made, title
from cnndsl.project.outcome import output_shapes
from cnndsl.recipes import support
from cnndsl.recipes.recipe import Recipe
from cnndsl_numpy.augmentation import TOOLS
from cnndsl_numpy.dialect import DIALECT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from cnndsl.ir.network import Network
    from cnndsl.recipes.recipe import OutputLoss
    from cnndsl.recipes.words import Use

OPTIMIZERS = {"sgd": "SGD", "rmsprop": "RMSprop", "adam": "Adam", "adamw": "AdamW"}
PLAIN = (
    "data",
    "hold_out",
    "epochs",
    "batch",
    "accumulate",
    "seed",
    "patience",
    "clip",
    "average",
    "weights",
    "missing",
)
"""The settings that `Trainer` takes as they are."""
OF_SCHEDULES = ("WARM_UP", "EVERY", "FACTOR", "END")
"""The constants that a script reads itself."""
MAIN = """
import cnndsl_numpy as cn

def trainer() -> cn.Trainer:
    \"\"\"The network, and how it is trained.\"\"\"
    return cn.Trainer()  # = trainer


if __name__ == "__main__":
    trainer().main()
"""


def trainer(network: Network, recipe: Recipe) -> Artifact:
    """The script: the model, what is drawn and scheduled, and a `Trainer`."""
    if recipe.precision != "float32":
        raise Rejected(MissingCapability("numpy", f"products in {recipe.precision}", recipe.name))
    if recipe.log == "tensorboard":
        raise Rejected(MissingCapability("numpy", "logs for TensorBoard", f"recipe {recipe.name}"))
    carried = [*fragments(support.FOLDER, "schedule"), MAIN]
    if recipe.augment:
        carried.insert(0, module(recipe.augment, network.input_shape, TOOLS))
    values = {
        name: literal(value)
        for name, value in constants_of(network, recipe).items()
        if name in OF_SCHEDULES
    }
    dialect = DIALECT.replaced(names=DIALECT.names | bound_in(carried) | values.keys())
    features = features_of(network, recipe)
    text = code(network, dialect)
    model = made(text, model_name(network, dialect))
    keywords = dict(_keywords(network, recipe, features["schedule"]))
    call = python.Call("cn.Trainer", [model, python.string(recipe.name)], keywords)
    choice = Choice(features, {"trainer": [python.Return(call)]})
    texts = [text, *carried]
    heading = documentation(network, recipe, "cnndsl_numpy")
    return Artifact(".py", script(heading, texts, choice, values))


def _keywords(
    network: Network, recipe: Recipe, has_schedule: bool
) -> Iterator[tuple[str, python.Value]]:
    """What `Trainer` is told, its defaults left out."""
    outputs = [name for name, _ in output_shapes(network)]
    losses = sorted(recipe.losses, key=lambda one: outputs.index(one.output))
    yield "losses", python.List([_loss(one) for one in losses])
    optimizer = OPTIMIZERS[recipe.optimizer.name]
    yield "optimizer", python.Call(f"cn.{optimizer}", [], _renamed(recipe.optimizer))
    if outputs != ["main"]:
        yield "outputs", literal(outputs)
    if network.training_outputs:
        yield "training_outputs", literal(network.training_outputs)
    if network.pixels is not None:
        order, factors = network.pixels.order, network.pixels.factors
        yield "pixels", python.Call("cn.Pixels", [literal(order), literal(factors)], {})
    for name in PLAIN:
        value = getattr(recipe, name)
        if value != Recipe.__defaults_by_field__[name]:
            yield name, literal(value)
    if recipe.metrics:
        yield "metrics", literal([*map(title, recipe.metrics)])
    if has_schedule:
        yield "schedule", python.name("schedule")
    if recipe.schedule.name == "plateau":
        values = recipe.schedule.values
        yield "plateau", literal((values["factor"], values["patience"]))
    if recipe.frozen:
        pairs = [(path, one.epochs) for one in recipe.frozen for path in one.paths]
        yield "frozen", literal(pairs)
    if recipe.rates:
        yield "rates", literal([(path, one.factor) for one in recipe.rates for path in one.paths])
    if recipe.augment:
        yield "augment", python.name("augment_randomly")


def _loss(one: OutputLoss) -> python.Expression:
    usual = {"smoothing": 0.0, "weight": 1.0}
    given = {name: value for name, value in one.use.values.items() if value != usual[name]}
    return python.Call("cn.Loss", [python.string(one.use.name)], _literals(given))


def _renamed(use: Use) -> dict[str, python.Value]:
    """An optimizer's arguments by the names of this package."""
    values = dict(use.values)
    return _literals({"learning_rate": values.pop("rate"), **values})


def _literals(values: Mapping[str, Any]) -> dict[str, python.Value]:
    return {name: literal(value) for name, value in values.items()}
