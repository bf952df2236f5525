"""Emitted Keras training scripts, run in this process."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from cnndsl_keras.backend import BACKEND

from cnndsl.backend import Artifact, execute
from cnndsl.project.loading import Loader
from cnndsl.project.recipes import Training
from cnndsl.project.training import choose_recipe
from cnndsl.text import Source

MODEL = """
model net {
    input 8x8x1
    stage trunk {
        conv(4, 3x3, l2=0.001) as first -> relu
        conv(6, 3x3, bias=false) as second -> batch_norm as norm -> dropout(0.3)
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


def run(text: str, out: Path, **options: Any) -> Any:
    """A script's training, which has not begun."""
    names = execute(Artifact(".py", text), "training")
    defaults = {
        "data": "digits",
        "epochs": names["EPOCHS"],
        "batch": names["BATCH"],
        "out": out,
        "weights": None,
    }
    return names["Training"](Namespace(**defaults | options))


def weights_of(found: Any) -> dict[str, Any]:
    return {one.path: one.numpy().copy() for one in found.network.weights}
