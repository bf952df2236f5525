"""The script that trains a network by a recipe."""

from __future__ import annotations

import os
import re

from cnndsl.backend import Artifact
from cnndsl.diagnostics.backends import MissingCapability
from cnndsl.diagnostics.base import Rejected
from cnndsl.emit import python
from cnndsl.emit.augmentation import module
from cnndsl.emit.functions.renderer import code, model_name
from cnndsl.emit.scripts import Choice, bound_in, fragments, literal, script
from cnndsl.emit.training import (
    constants_of,
    decay_of,
    documentation,
    features_of,
    given_labels,
    made,
    title,
)
from cnndsl.ops import activation, convolution, dense
from cnndsl.project.outcome import output_shapes
from cnndsl.recipes import support
from cnndsl_keras.augmentation import TOOLS
from cnndsl_keras.dialect import DIALECT
from cnndsl_keras.places import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cnndsl.ir.network import Network
    from cnndsl.recipes.recipe import OutputLoss, Recipe
    from cnndsl.recipes.words import Use

OWN = os.path.join(os.path.dirname(__file__), "training")
OWN_PARTS = ("data", "weights", "optimizers", "devices", "loop")
RESHAPED = (convolution.DepthwiseConv, convolution.SeparableConv, activation.Prelu)
"""Ops of which Keras cuts a weight's axes otherwise."""
RANDOM = (dense.Dropout, dense.SpatialDropout, dense.DropPath)
LOSSES = {
    "cross_entropy": "CategoricalCrossentropy",
    "binary_cross_entropy": "BinaryCrossentropy",
    "mean_squared_error": "MeanSquaredError",
    "mean_absolute_error": "MeanAbsoluteError",
}
"""Keras's class for each loss, and for the metric that is the same."""
OF_SCORES = ("cross_entropy", "binary_cross_entropy")
OWN_OPTIMIZERS = {"sgd": "Descent", "rmsprop": "RMSprop", "adam": "Adam", "adamw": "Adam"}
"""The fragments' classes, which follow the recipe's formulas."""


def trainer(network: Network, recipe: Recipe) -> Artifact:
    """The script: the recipe's constants, the model, its data, and its `fit`."""
    for lack in lacks(recipe):
        raise Rejected(MissingCapability("keras", f"{lack} in training scripts", "the recipe"))
    carried = [*fragments(support.FOLDER, *support.PARTS), *fragments(OWN, *OWN_PARTS)]
    values = constants(network, recipe)
    names = DIALECT.names | bound_in(carried) | values.keys() | {"NAMED", "DECAYED"}
    dialect = DIALECT.replaced(names=names)
    text, losses = code(network, dialect), in_order(network, recipe)
    kept = places(network, lambda name: f'"{name}"' in text)
    paths = {key: "/".join(place) for key, place in kept.items()}
    named = {path: key for key, path in paths.items() if path != key}
    values["NAMED"] = literal(named)
    if decay_of(recipe):
        values["DECAYED"] = literal(decayed(network, paths))
    chosen = features(network, recipe) | {"named": bool(named)}
    statements: dict[str, Sequence[python.Statement]] = {
        "compile": [compilation(recipe, losses, chosen)],
        "labels": [assigned("self.labels", [*labels(network, losses)])],
        "loss": [assigned("loss", [loss_class("losses", one) for one in losses])],
        "model": [python.Assign("self.network", made(text, model_name(network, dialect)))],
        "optimizer": [python.Assign("optimizer", optimizer(recipe))],
        "scores": [assigned("scores", [*scores(losses)])],
    }
    choice = Choice(chosen, statements)
    texts = [text]
    if recipe.augment:
        texts.append(module(recipe.augment, network.input_shape, TOOLS, chosen["several"]))
    texts += carried
    heading = documentation(network, recipe, "keras and numpy")
    return Artifact(".py", script(heading, texts, choice, values))


def lacks(recipe: Recipe) -> Iterator[str]:
    """What a recipe has that these scripts cannot do exactly."""
    if len(recipe.losses) == 1 and recipe.losses[0].use["weight"] != 1.0:
        yield "a weight of the only loss"
    if recipe.average is not None and recipe.frozen and recipe.accumulate == 1:
        yield "`average` with `freeze`"


def features(network: Network, recipe: Recipe) -> dict[str, bool]:
    """Which lines of fragments a script has."""
    found = features_of(network, recipe)
    use = recipe.optimizer
    return found | {
        "averages": found["average"] and found["accumulate"],
        "binary": in_order(network, recipe)[0].use.name == "binary_cross_entropy",
        "helpers": network.training_outputs > 0,
        "momentum": bool(use.values.get("momentum")),
        "moves": found["schedule"] or found["plateau"],
        "nesterov": bool(use.values.get("nesterov")),
        "random": any(isinstance(layer.op, RANDOM) for layer in network.layers),
        "whole": recipe.clip is not None or recipe.accumulate > 1 or recipe.precision == "float16",
        "reshaped": any(isinstance(layer.op, RESHAPED) for layer in network.needed_layers),
    }


def constants(network: Network, recipe: Recipe) -> dict[str, python.Expression]:
    """What a script can have at its top, by name."""
    use = recipe.optimizer
    names = ("momentum", "rho", "beta_1", "beta_2", "epsilon")
    values = constants_of(network, recipe)
    values |= {name.upper(): use.values.get(name) for name in names}
    values["WEIGHTS_OF_LOSSES"] = [one.use["weight"] for one in in_order(network, recipe)]
    values["LASTING"] = len(recipe.losses) - network.training_outputs
    values["ROOM"] = 2**30
    values["POLICY"] = f"mixed_{recipe.precision}"
    written = {name: literal(value) for name, value in values.items() if value is not None}
    written["WEIGHTS"] = python.call("Path", python.string(recipe.weights or ""))
    return written


def decayed(network: Network, paths: Mapping[str, str]) -> tuple[str, ...]:
    """How the paths end of weights that decay: those with two axes or more.

    paths: those of Keras's variables, by `path/weight`
    """
    kept: list[str] = []
    exempt: list[str] = []
    for layer in network.needed_layers:
        for weight in layer.weights:
            found = kept if len(weight.shape) > 1 else exempt
            if weight.trainable:
                found.append(paths[f"{layer.path}/{weight.name}"])
    for left_out in (".*(?=/)", "$"):  # the layer, or nothing
        ends = tuple(dict.fromkeys(re.sub(left_out, "", path) for path in kept))
        if not any(path.endswith(ends) for path in exempt):
            return ends
    raise Rejected(MissingCapability("keras", "decay of some weights of a name", "the recipe"))


def in_order(network: Network, recipe: Recipe) -> list[OutputLoss]:
    """The losses, in the order of the outputs."""
    order = [name for name, _ in output_shapes(network)]
    return sorted(recipe.losses, key=lambda one: order.index(one.output))


def assigned(name: str, values: Sequence[python.Expression]) -> python.Statement:
    """An assignment of something for each output."""
    return python.Assign(name, values[0] if len(values) == 1 else python.List(values))


def labels(network: Network, losses: Sequence[OutputLoss]) -> Iterator[python.Expression]:
    """The labels of each output, as arrays."""
    shapes = dict(output_shapes(network))
    for number, one in enumerate(losses):
        given, shape = given_labels(number, one), literal(shapes[one.output].dims)
        if one.use.name == "cross_entropy":
            yield python.call("class_targets", given, shape, 0.0)
        else:
            yield python.call("values_of", given, shape)


def scores(losses: Sequence[OutputLoss]) -> Iterator[python.Expression]:
    """What each loss takes: an output, or what its softmax or sigmoid is of."""
    for number, one in enumerate(losses):
        place = f"get_layer({python.string(one.fused)}).input" if one.fused else None
        yield python.Raw(f"self.network.{place or f'outputs[{number}]'}")


def loss_class(module: str, loss: OutputLoss, **more: python.Value) -> python.Expression:
    """A loss of Keras, or the metric that is the same."""
    keywords: dict[str, python.Value] = {}
    if loss.use.name in OF_SCORES:
        keywords["from_logits"] = python.number(True)
    if loss.use.values.get("smoothing"):
        keywords["label_smoothing"] = python.number(loss.use["smoothing"])
    return python.Call(f"keras.{module}.{LOSSES[loss.use.name]}", [], keywords | more)


def compilation(
    recipe: Recipe, losses: Sequence[OutputLoss], chosen: Mapping[str, bool]
) -> python.Statement:
    """The call of `compile`; where the loss is a sum, its parts are measured as well."""
    found = [[metric(use, losses[0]) for use in recipe.metrics], *([] for _ in losses[1:])]
    if chosen["penalty"] or chosen["several"]:
        for own, one in zip(found, losses, strict=True):
            own.append(loss_class("metrics", one, name=python.string("data_loss")))
    keywords: dict[str, python.Value] = {}
    if chosen["several"]:
        keywords["loss_weights"] = python.name("WEIGHTS_OF_LOSSES")
    if any(found):
        keywords["metrics"] = python.List([python.List(one) for one in found])
        if not chosen["several"]:
            keywords["metrics"] = python.List(found[0])
    arguments = [python.name("optimizer"), python.name("loss")]
    return python.ExpressionStatement(python.Call("learner.compile", arguments, keywords))


def metric(use: Use, loss: OutputLoss) -> python.Expression:
    """A metric, as `compile` takes it."""
    named = {"name": python.string(title(use))}
    if use.name == "top":
        return python.Call("keras.metrics.TopKCategoricalAccuracy", [use["k"]], named)
    if use.name == "accuracy":
        if loss.use.name == "binary_cross_entropy":
            return python.name("accuracy")
        return python.Call("keras.metrics.CategoricalAccuracy", [], named)
    if loss.fused:
        return python.name(use.name)
    return python.Call(f"keras.metrics.{LOSSES[use.name]}", [], named)


def optimizer(recipe: Recipe) -> python.Expression:
    """The optimizer: Keras's own where its formula is the recipe's."""
    use = recipe.optimizer
    keywords: dict[str, python.Value] = {}
    if recipe.clip is not None:
        keywords["global_clipnorm"] = python.name("CLIP")
    if recipe.accumulate > 1:
        keywords["gradient_accumulation_steps"] = python.name("ACCUMULATE")
    if recipe.average is not None and recipe.accumulate == 1:
        keywords |= {"use_ema": python.number(True), "ema_momentum": python.name("AVERAGE")}
    kind = OWN_OPTIMIZERS[use.name]
    if use.name == "sgd" and not (use["momentum"] or decay_of(recipe) or recipe.rates):
        kind = "keras.optimizers.SGD"
    return python.Call(kind, [python.name("RATE")], keywords)
