"""What writes code for each backend, the stand-ins that it is validated with, and its name."""

from __future__ import annotations

from typing import Any

from cnndsl_keras.dialect import DIALECT as KERAS
from cnndsl_numpy.dialect import DIALECT as NUMPY
from cnndsl_torch.dialect import DIALECT as TORCH

from cnndsl.emit.classes.renderer import ClassRenderer
from cnndsl.emit.functions.renderer import FunctionalRenderer

MAKERS: dict[str, tuple[Any, Any, str]] = {
    "torch": (
        lambda task, groups: ClassRenderer(task, groups, TORCH, TORCH.facts(task.networks)),
        TORCH.stand_ins,
        "torch",
    ),
    "keras": (
        lambda task, groups: FunctionalRenderer(task, groups, KERAS),
        KERAS.stand_ins,
        "keras",
    ),
    "numpy": (
        lambda task, groups: FunctionalRenderer(task, groups, NUMPY),
        NUMPY.stand_ins,
        "numpy",
    ),
}
