"""The script that trains a network by a recipe."""

from __future__ import annotations

import os
from collections import Counter
from functools import cached_property

from cnndsl.backend import Artifact
from cnndsl.emit import python
from cnndsl.emit.augmentation import mixes_labels, module
from cnndsl.emit.classes.renderer import class_name, code
from cnndsl.emit.scripts import Choice, bound_in, fragments, literal, script
from cnndsl.emit.training import (
    constants_of,
    decay_of,
    documentation,
    features_of,
    given_labels,
)
from cnndsl.project.outcome import output_shapes
from cnndsl.recipes import support
from cnndsl.record import Record
from cnndsl_torch.augmentation import TOOLS
from cnndsl_torch.dialect import DIALECT
from cnndsl_torch.modules import KERNEL
from cnndsl_torch.weights import entries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from cnndsl.ir.network import Network
    from cnndsl.recipes.recipe import OutputLoss, Recipe
    from cnndsl.recipes.words import Use
    from cnndsl_torch.weights import Entry

OWN = os.path.join(os.path.dirname(__file__), "training")


class OptimizerClass(Record):
    """A class of `torch.optim`: its name, and its names of arguments with their defaults."""

    name: str
    arguments: dict[str, tuple[str, Any]]


BETAS = ("betas", (0.9, 0.999))
EPSILON = ("eps", 1e-8)
MOMENTUM = ("momentum", 0.0)
OPTIMIZERS = {
    "sgd": OptimizerClass("SGD", {"momentum": MOMENTUM, "nesterov": ("nesterov", False)}),
    "rmsprop": OptimizerClass(
        "RMSprop", {"rho": ("alpha", 0.99), "epsilon": EPSILON, "momentum": MOMENTUM}
    ),
    "adam": OptimizerClass("Adam", {"betas": BETAS, "epsilon": EPSILON}),
    "adamw": OptimizerClass("AdamW", {"betas": BETAS, "epsilon": EPSILON}),
}
LOSSES = {
    "cross_entropy": "F.cross_entropy",
    "binary_cross_entropy": "F.binary_cross_entropy_with_logits",
    "mean_squared_error": "F.mse_loss",
    "mean_absolute_error": "F.l1_loss",
}
"""PyTorch's function for each loss. Those of classes take scores."""
ERRORS = ("mean_squared_error", "mean_absolute_error")
ENDS = {"cross_entropy": ".softmax(1)", "binary_cross_entropy": ".sigmoid()"}
"""What makes probabilities of scores that these losses take."""
UNTYPED = """\
# Calls of modules have no type in PyTorch.
# mypy: disable-error-code="no-any-return\""""
PROCESSES = (
    "Under `torchrun --nproc-per-node N` each process takes its share of every batch: N "
    "processes with batches of B give the weights of one with batches of N x B, but that each "
    "draws its own dropout and normalises by its own share."
)


def trainer(network: Network, recipe: Recipe) -> Artifact:
    """The script: the recipe's constants, the model, its data and the loop."""
    parts = Parts(network, recipe)
    carried = [
        *fragments(support.FOLDER, *support.PARTS),
        *fragments(OWN, "data", "weights", "loop"),
    ]
    values = constants(parts)
    dialect = DIALECT.replaced(names=DIALECT.names | bound_in(carried) | values.keys())
    statements: dict[str, Sequence[python.Statement]] = {
        "labels": [parts.labels],
        "loss": [*parts.loss],
        "metrics": [parts.metrics] if recipe.metrics else [],
        "model": [python.Assign("self.model", python.call(class_name(network, dialect)))],
        "optimizer": [parts.optimizer],
        "parallel": [parts.parallel],
        "probabilities": [parts.probabilities] if mixes_labels(recipe.augment) else [],
    }
    choice = Choice(features(parts), statements)
    texts = [code(network, dialect)]
    if recipe.augment:
        texts.append(module(recipe.augment, network.input_shape, TOOLS))
    texts += carried
    heading = documentation(network, recipe, "torch and numpy", [PROCESSES])
    return Artifact(".py", script(heading, texts, choice, values, UNTYPED))


def features(found: Parts) -> dict[str, bool]:
    """Which lines of fragments a script has."""
    own = {
        "flattened": bool(found.images),
        "named": bool(found.named),
        "turned": bool(found.orders),
        "undecayed": bool(found.undecayed),
    }
    return features_of(found.network, found.recipe) | own


def constants(found: Parts) -> dict[str, python.Expression]:
    """What a script can have at its top, by name."""
    recipe = found.recipe
    values = constants_of(found.network, recipe)
    values["UNDECAYED"] = found.undecayed
    values["SCORES"] = [one.fused for one in recipe.losses if one.fused]
    values |= {
        "NAMES": found.names,
        "NAMED": found.named,
        "ORDERS": found.orders,
        "IMAGES": found.images,
    }
    written = {name: literal(value) for name, value in values.items()}
    written["PRECISION"] = python.name(f"torch.{recipe.precision}")
    written["WEIGHTS"] = python.call("Path", python.string(recipe.weights or ""))
    return written


class Parts:
    """What a script says in its own words for a network and a recipe."""

    def __init__(self, network: Network, recipe: Recipe) -> None:
        self.network = network
        self.recipe = recipe
        self.shapes = dict(output_shapes(network))
        """Those of all outputs, by name."""
        order = [*self.shapes]
        self.losses = sorted(recipe.losses, key=lambda one: order.index(one.output))

    @property
    def undecayed(self) -> tuple[str, ...]:
        """How the names end of weights that do not decay though they have several axes here."""
        kept: list[str] = []
        exempt: list[str] = []
        for entry in entries(self.network):
            axes = entry.place.axes or entry.weight.shape
            if len(axes) > 1:
                (kept if len(entry.weight.shape) > 1 else exempt).append(entry.state_key)
        for count in (1, 2):
            ends = tuple(dict.fromkeys(".".join(one.split(".")[-count:]) for one in exempt))
            if not any(one.endswith(ends) for one in kept):
                return ends
        return tuple(exempt)

    @cached_property
    def names(self) -> dict[str, str]:
        """What most weights of a name in the one format are called here, where it is another."""
        pairs = ((one.weight.name, one.place.name) for one in entries(self.network))
        counted = Counter(pair for pair in pairs if all(pair))
        usual: dict[str, str] = {}
        for name, own in sorted(counted, key=lambda pair: (-counted[pair], pair)):
            usual.setdefault(name, own)
        return {name: own for name, own in usual.items() if name != own}

    @cached_property
    def named(self) -> dict[str, tuple[str, tuple[int, ...]]]:
        """The keys, and the shapes, of weights that have other names than most."""
        return {
            one.key: (one.state_key, _shape_of(one))
            for one in entries(self.network)
            if one.place.name != self.names.get(one.weight.name, one.weight.name)
        }

    @cached_property
    def orders(self) -> dict[str, tuple[int, ...]]:
        """The orders of axes, where those of kernels are not meant."""
        found = {}
        for one in entries(self.network):
            count = len(one.weight.shape)
            usual = KERNEL if count == len(KERNEL) else tuple(range(count))[::-1]
            axes = tuple(axis for axis in one.place.axes or range(count) if axis is not None)
            if axes != usual:
                found[one.key] = axes
        return found

    @cached_property
    def images(self) -> dict[str, tuple[int, ...]]:
        """What was flattened before weights that are kept in PyTorch's order."""
        return {one.key: one.image.dims for one in entries(self.network) if one.image}

    @property
    def labels(self) -> python.Statement:
        """The labels of each output, as tensors."""
        found = []
        for number, one in enumerate(self.losses):
            function = "class_labels" if one.use.name == "cross_entropy" else "values_of"
            shape = literal(self.shapes[one.output].dims)
            found.append(python.call(function, given_labels(number, one), shape))
        return python.Assign("self.labels", python.List(found))

    @property
    def probabilities(self) -> python.Statement:
        """The labels of each output, as mixed images need them."""
        found: list[python.Expression] = []
        for number, one in enumerate(self.losses):
            labels = python.Raw(f"labels[{number}]")
            if one.use.name == "cross_entropy":
                classes = self.shapes[one.output].channels
                labels = python.Raw(f"as_probabilities(labels[{number}], {classes})")
            found.append(labels)
        return python.Assign("labels", python.List(found))

    @property
    def loss(self) -> Iterator[python.Statement]:
        """The losses of the outputs, and in training those of the outputs for training alone."""
        terms = [self.term(number, one) for number, one in enumerate(self.losses)]
        if len(terms) == 1:
            yield python.Return(terms[0])
            return
        always = len(terms) - self.network.training_outputs
        yield python.Assign("loss", terms[0])
        others = [python.AugmentedAssign("loss", "+", one) for one in terms[1:]]
        yield from others[: always - 1]
        if others[always - 1 :]:
            condition = python.Compare(python.call("len", "outputs"), ">", always)
            yield python.If(condition, others[always - 1 :])
        yield python.Return("loss")

    def term(self, number: int, one: OutputLoss) -> python.Expression:
        """The loss of an output, times its weight."""
        smoothing = one.use.values.get("smoothing", 0.0)
        labels = f"labels[{number}]"
        keywords: dict[str, python.Value] = {}
        if smoothing and one.use.name == "cross_entropy":
            keywords["label_smoothing"] = smoothing
        elif smoothing:
            labels = f"{round(1 - smoothing, 15)} * {labels} + {smoothing / 2}"
        scores = python.Raw(self.scores(number))
        call = python.Call(LOSSES[one.use.name], [scores, python.Raw(labels)], keywords)
        weight = one.use["weight"]
        return call if weight == 1.0 else python.Binary(weight, "*", call)

    def scores(self, number: int) -> str:
        return f"outputs[{number}]" if len(self.shapes) > 1 else "outputs"

    @property
    def metrics(self) -> python.Statement:
        """The metrics of the first output, added to what is measured."""
        found = [python.Raw(self.metric(one)) for one in self.recipe.metrics]
        return python.AugmentedAssign("measured", "+", python.List(found))

    def metric(self, use: Use) -> str:
        first, scores = self.losses[0], self.scores(0)
        kind = first.use.name
        if use.name in ERRORS:
            values = f"{scores}{ENDS[kind]}" if first.fused else scores
            labels = "labels[0]"
            if kind == "cross_entropy":
                labels = f"as_probabilities({labels}, {self.shapes[first.output].channels})"
            return f"{LOSSES[use.name]}({values}, {labels})"
        if kind == "binary_cross_entropy":
            return f"(({scores} > 0) == (labels[0] > 0.5)).float().mean()"
        if use.name == "accuracy":
            return f"({scores}.argmax(1) == classes_of(labels[0])).float().mean()"
        return f"among({scores}, classes_of(labels[0]), {use['k']}).mean()"

    @property
    def optimizer(self) -> python.Statement:
        """The optimizer; arguments that are PyTorch's defaults are left out."""
        use = self.recipe.optimizer
        given: dict[str, Any] = dict(use.values)
        if "beta_1" in given:
            given["betas"] = (given["beta_1"], given["beta_2"])
        if not given.get("momentum"):
            given["nesterov"] = False  # which needs a velocity, and changes nothing without
        one = OPTIMIZERS[use.name]
        keywords: dict[str, python.Value] = {"lr": python.name("RATE")}
        keywords |= {
            keyword: literal(given[name])
            for name, (keyword, usual) in one.arguments.items()
            if given[name] != usual
        }
        if decay_of(self.recipe) or use.name == "adamw":
            keywords["weight_decay"] = python.name("DECAY")
        groups = "decay_groups" if decay_of(self.recipe) else "self.model.parameters"
        groups = "rate_groups" if self.recipe.rates else groups
        arguments = [] if groups.startswith("self") else [python.name("self.model")]
        parameters = python.Call(groups, arguments)
        call = python.Call(f"torch.optim.{one.name}", [parameters], keywords)
        return python.Assign("self.optimizer", call)

    @property
    def parallel(self) -> python.Statement:
        """The model among processes; weights that nothing needs have to be said to be there."""
        network, keywords = self.network, {}
        if len(network.needed_layers) < len(network.layers):
            keywords["find_unused_parameters"] = python.number(True)
        learner = python.name("learner")
        return python.Assign(learner, python.Call("DistributedDataParallel", [learner], keywords))


def _shape_of(entry: Entry) -> tuple[int, ...]:
    """The shape that a vector has in the state dict, whatever its length."""
    return (-1, *[1] * (len(entry.place.axes or (0,)) - 1))
