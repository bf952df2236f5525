"""Emitted PyTorch training scripts, run in this process, and the formulas that they must follow."""

from __future__ import annotations

import copy
import math
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from cnndsl_torch.backend import BACKEND
from training_formulas import factor, step_of

from cnndsl.backend import Artifact, execute
from cnndsl.project.loading import Loader
from cnndsl.project.recipes import Training
from cnndsl.project.training import choose_recipe
from cnndsl.recipes.support.batches import batches
from cnndsl.recipes.support.halves import halves
from cnndsl.recipes.support.samples import Samples
from cnndsl.text import Source

MODEL = """
model net {
    input 8x8x1
    stage trunk {
        conv(4, 3x3, l2=0.001) as first -> relu
        conv(6, 3x3, bias=false) as second -> batch_norm
    }
    global_avg_pool -> dense(10) as head -> softmax
}
"""


def training(lines: str, model: str = MODEL) -> Training:
    """A network and a recipe of some lines."""
    text = f"{model}\nrecipe usual {{\n{lines}\n}}\n"
    return choose_recipe(Loader().module(Source("net.cnn", text)), None, None, {})


def script_of(lines: str, model: str = MODEL) -> str:
    found = training(lines, model)
    return BACKEND.emit_training(found.network, found.recipe).text


class Run:
    """A script's own names, and a trainer of its making."""

    def __init__(self, text: str, out: Path, **options: Any) -> None:
        self.names = execute(Artifact(".py", text), "training")
        defaults = {
            "data": "digits",
            "epochs": self.names["EPOCHS"],
            "batch": self.names["BATCH"],
            "out": out,
            "weights": None,
            "device": "cpu",
            "compile": False,
            "workers": None,
        }
        self.trainer = self.names["Trainer"](Namespace(**defaults | options))

    def in_float64(self) -> Run:
        """The same with all numbers in 64 bits."""
        self.trainer.model.double()
        if hasattr(self.trainer, "average"):
            self.trainer.average.double()
        self.trainer.preparation = lambda images: images.double() / 255
        return self


def literal_weights(found: Training, model: Any, epochs: int) -> dict[str, np.ndarray]:
    """A model's weights after some epochs, by the formulas of the recipe's words."""
    recipe, model = found.recipe, copy.deepcopy(model)
    learned, _ = halves(1797, recipe.hold_out, recipe.seed)
    samples = Samples.load("digits", (8, 8, 1), ["main"]).part(learned)
    weights = dict(model.named_parameters())
    memory: dict[str, Any] = {name: {} for name in weights}
    average: dict[str, Any] = {}
    steps = len(learned) // (recipe.batch * recipe.accumulate)
    done = 0
    for epoch in range(epochs):
        model.train()
        order = batches(len(learned), recipe.batch, recipe.seed, epoch)
        for step in range(steps):
            for one in weights.values():
                one.grad = None
            for part in range(recipe.accumulate):
                loss = _loss(found, model, samples, order[step * recipe.accumulate + part])
                torch.autograd.backward(loss / recipe.accumulate)
            gradients = {name: one.grad.numpy().copy() for name, one in weights.items()}
            if recipe.clip is not None:
                length = math.sqrt(sum(float((one**2).sum()) for one in gradients.values()))
                scale = min(1.0, recipe.clip / length)
                gradients = {name: one * scale for name, one in gradients.items()}
            for name, one in weights.items():
                rate = recipe.optimizer["rate"] * factor(recipe, done, steps)
                for group in recipe.rates:
                    if name.startswith(tuple(f"{path}." for path in group.paths)):
                        rate *= group.factor
                array = one.detach().numpy()
                array[...] = step_of(recipe, array, gradients[name], rate, memory[name])
            done += 1
            for name, one in weights.items():
                kept, array = recipe.average, one.detach().numpy()
                if kept is not None:
                    before = average.get(name, array)
                    average[name] = kept * before + (1 - kept) * array
    return average or {name: one.detach().numpy() for name, one in weights.items()}


def _loss(found: Training, model: Any, samples: Any, indices: np.ndarray) -> Any:
    images = torch.from_numpy(samples.images[indices]).permute(0, 3, 1, 2).double() / 255
    smoothing = found.recipe.losses[0].use["smoothing"]
    targets = F.one_hot(torch.from_numpy(samples.labels[0][indices]), 10)
    targets = (1 - smoothing) * targets + smoothing / 10
    entropy = -(targets * model(images).log_softmax(1)).sum(1).mean()
    return entropy + 0.001 * (model.trunk[0].weight ** 2).sum()
