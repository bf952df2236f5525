"""The formulas of recipes' words, literally, in 64 bits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def factor(recipe: Any, done: int, steps: int) -> float:
    """What a schedule multiplies the rate by after some steps, of which an epoch has so many."""
    schedule = recipe.schedule
    warm_up = schedule["warm_up"] * steps
    factor = 1.0
    if schedule.name == "step":
        factor = schedule["factor"] ** math.floor(done / steps / schedule["every"])
    if schedule.name == "cosine":
        share = max(done - warm_up, 0) / (recipe.epochs * steps - 1 - warm_up)
        end = schedule["end"]
        factor = end + (1 - end) * (1 + math.cos(math.pi * share)) / 2
    return factor * min(1.0, (done + 1) / warm_up) if warm_up else factor


def step_of(recipe: Any, w: Any, g: Any, r: float, memory: dict[str, Any]) -> Any:
    """One step of an optimizer, as its word says it."""
    values, name = recipe.optimizer.values, recipe.optimizer.name
    d = values.get("decay", 0.0) if w.ndim > 1 else 0.0
    memory["t"] = t = memory.get("t", 0) + 1
    zero = np.zeros_like(w)
    if name in ("adam", "adamw"):
        b1, b2 = values["beta_1"], values["beta_2"]
        memory["a"] = b1 * memory.get("a", zero) + (1 - b1) * g
        memory["s"] = b2 * memory.get("s", zero) + (1 - b2) * g**2
        root = np.sqrt(memory["s"] / (1 - b2**t)) + values["epsilon"]
        return w - r * d * w - r * (memory["a"] / (1 - b1**t)) / root
    g, m = g + d * w, values["momentum"]
    if name == "rmsprop":
        memory["s"] = values["rho"] * memory.get("s", zero) + (1 - values["rho"]) * g**2
        g = g / (np.sqrt(memory["s"]) + values["epsilon"])
    memory["v"] = m * memory.get("v", zero) + g
    return w - r * (g + m * memory["v"] if values.get("nesterov") else memory["v"])
