"""The script that trains a network by a recipe."""

from __future__ import annotations

import os

from cnndsl.backend import Artifact
from cnndsl.emit import python
from cnndsl.emit.classes.renderer import class_name, code
from cnndsl.emit.headings import place
from cnndsl.emit.scripts import Choice, Script
from cnndsl.project.outcome import output_shapes
from cnndsl.recipes import support
from cnndsl_torch.dialect import DIALECT
from cnndsl_torch.weights import entries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from cnndsl.ir.network import Network
    from cnndsl.recipes.recipe import OutputLoss, Recipe
    from cnndsl.recipes.words import Use
    from cnndsl.values import Shape

SHARED = os.path.dirname(support.__file__)
OWN = os.path.join(os.path.dirname(__file__), "training")

OPTIMIZERS = {
    "sgd": ("SGD", {"momentum": ("momentum", 0.0)}),
    "rmsprop": (
        "RMSprop",
        {"rho": ("alpha", 0.99), "epsilon": ("eps", 1e-8), "momentum": ("momentum", 0.0)},
    ),
    "adam": ("Adam", {"epsilon": ("eps", 1e-8)}),
    "adamw": ("AdamW", {"epsilon": ("eps", 1e-8)}),
}
"""PyTorch's class for each optimizer, and its own names of arguments with their defaults."""

LOSSES = {
    "cross_entropy": ("F.cross_entropy", "class_labels"),
    "binary_cross_entropy": ("F.binary_cross_entropy_with_logits", "numbers"),
    "mean_squared_error": ("F.mse_loss", "numbers"),
    "mean_absolute_error": ("F.l1_loss", "numbers"),
}
"""PyTorch's function for each loss, which takes scores, and what makes its labels."""


def trainer(network: Network, recipe: Recipe) -> Artifact:
    """The script: the recipe's constants, the data, the loop, and the model."""
    plan = Plan(network, recipe)
    script = Script(Choice(plan.features, plan.statements), plan.constants)
    script.add_fragments(SHARED, *plan.shared)
    script.add_fragments(OWN, "data", "loop")
    script.insert(code(network, plan.dialect))
    return Artifact(".py", script.render(documentation(network, recipe)))


class Plan:
    """What a script has for a network and a recipe."""

    def __init__(self, network: Network, recipe: Recipe) -> None:
        self.network = network
        self.recipe = recipe
        self.shapes = dict(output_shapes(network))
        """Those of the outputs."""

    @property
    def features(self) -> dict[str, bool]:
        """Which lines of fragments it has."""
        recipe = self.recipe
        schedule, warm_up = recipe.schedule.name, bool(recipe.schedule["warm_up"])
        pixels = self.network.pixels
        order, (low, high) = (pixels.order, pixels.range) if pixels else ("rgb", (0.0, 1.0))
        return {
            "accumulate": recipe.accumulate > 1,
            "amp": recipe.precision != "float32",
            "average": recipe.average is not None,
            "bgr": order == "bgr",
            "clip": recipe.clip is not None,
            "cosine": schedule == "cosine",
            "decay": bool(self.decay),
            "float16": recipe.precision == "float16",
            "frozen": bool(recipe.frozen),
            "fused": bool(self.scores),
            "held_out": recipe.hold_out > 0,
            "mean": pixels is not None and any(pixels.mean),
            "missing": bool(recipe.missing),
            "patience": recipe.patience is not None,
            "penalty": any(getattr(layer.op, "l2", 0.0) for layer in self.network.layers),
            "plateau": schedule == "plateau",
            "range": low != 0.0,
            "rates": bool(recipe.rates),
            "scale": low == 0.0 and high != 1.0,
            "schedule": warm_up or schedule in ("step", "cosine"),
            "several": len(self.shapes) > 1,
            "std": pixels is not None and any(one != 1.0 for one in pixels.std),
            "step": schedule == "step",
            "thaws": any(one.epochs is not None for one in recipe.frozen),
            "undecayed": bool(self.undecayed),
            "unused": self.has_unused,
            "warm_up": warm_up,
            "weights": recipe.weights is not None,
        }

    @property
    def constants(self) -> dict[str, python.Expression]:
        """What it can have at its top, by name."""
        recipe, pixels = self.recipe, self.network.pixels
        schedule = recipe.schedule.values
        found = {
            "NAME": recipe.name,
            "DATA": recipe.data,
            "SHAPE": self.network.input_shape.dims,
            "OUTPUTS": [one.output for one in recipe.losses],
            "HOLD_OUT": recipe.hold_out,
            "SEED": recipe.seed,
            "EPOCHS": recipe.epochs,
            "BATCH": recipe.batch,
            "ACCUMULATE": recipe.accumulate,
            "RATE": recipe.optimizer["rate"],
            "RATES": [(path, one.factor) for one in recipe.rates for path in self.within(one)],
            "DECAY": self.decay,
            "UNDECAYED": self.undecayed,
            "CLIP": recipe.clip,
            "WARM_UP": schedule["warm_up"],
            "EVERY": schedule.get("every"),
            "FACTOR": schedule.get("factor"),
            "END": schedule.get("end"),
            "PLATEAU": schedule.get("patience"),
            "PATIENCE": recipe.patience,
            "AVERAGE": recipe.average,
            "MEASURES": ["loss", *map(title, recipe.metrics)],
            "SCORES": self.scores,
            "FROZEN": [(path, one.epochs) for one in recipe.frozen for path in self.within(one)],
            "MISSING": tuple(self.prefixes(recipe.missing)),
            "LOW": pixels and pixels.range[0],
            "HIGH": pixels and pixels.range[1],
            "MEAN": pixels and pixels.mean,
            "STD": pixels and pixels.std,
        }
        written = {name: expression_of(value) for name, value in found.items()}
        written["PRECISION"] = python.name(f"torch.{recipe.precision}")
        written["WEIGHTS"] = python.call("Path", python.string(recipe.weights or ""))
        return written


    @property
    def shared(self) -> list[str]:
        """The fragments that it has of those of all scripts."""
        found = ["samples", "halves", "batches", "log", "progress", "curves"]
        return [*found, "schedule"] if self.features["schedule"] else found

    @property
    def statements(self) -> dict[str, Sequence[python.Statement]]:
        """What stands in fragments for names."""
        return {
            "labels": [python.Assign("self.labels", python.List(self.labels))],
            "loss": [*self.loss],
            "metrics": [*self.metrics],
            "model": [python.Assign("self.model", python.call(class_name(self.network, DIALECT)))],
            "optimizer": [python.Assign("self.optimizer", self.optimizer)],
        }

    @property
    def labels(self) -> list[python.Expression]:
        """The labels of each output that is trained, as tensors."""
        return [
            python.call(
                LOSSES[one.use.name][1],
                python.Raw(f"samples.labels[{number}]"),
                expression_of(self.shapes[one.output].dims),
            )
            for number, one in enumerate(self.recipe.losses)
        ]

    @property
    def loss(self) -> Iterator[python.Statement]:
        """The sum of the losses of the outputs that there are: in inference not all."""
        terms = [self.term(number, one) for number, one in enumerate(self.recipe.losses)]
        if len(terms) == 1:
            yield python.Return(terms[0])
            return
        always = len(self.shapes) - self.network.training_outputs
        first = [position for position, _ in terms if position < always]

    def term(self, number: int, one: OutputLoss) -> python.Expression:
        """The loss of an output, times its weight."""
        use, scores = one.use, self.scores_of(one)
        labels: python.Expression = python.Raw(f"labels[{number}]")
        keywords: list[tuple[str, python.Value]] = []
        smoothing = use.values.get("smoothing", 0.0)
        if smoothing and use.name == "cross_entropy":
            keywords.append(("label_smoothing", smoothing))
        elif smoothing:
            kept = python.Binary(python.number(1 - smoothing), "*", labels)
            labels = python.Binary(kept, "+", python.number(smoothing / 2))
        call = python.Call(LOSSES[use.name][0], [scores, labels], keywords)
        weight = use["weight"]
        return call if weight == 1.0 else python.Binary(python.number(weight), "*", call)
