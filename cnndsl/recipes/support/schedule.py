"""The learning rate over time."""

from __future__ import annotations

import math

WARM_UP = 1.0
EVERY = 30.0
FACTOR = 0.1
END = 0.0


def schedule(step: int, steps: int, epochs: int) -> float:
    """What a step's learning rate is multiplied by.

    step: counted from 0 over all epochs
    steps: of an epoch
    """
    factor = min((step + 1) / (WARM_UP * steps), 1.0)  # if level
    factor = FACTOR ** math.floor(step / (EVERY * steps))  # if step
    last = steps * epochs - 1  # if cosine
    first = WARM_UP * steps  # if late_cosine
    done = step / max(last, 1)  # if full_cosine
    done = max(step - first, 0) / max(last - first, 1)  # if late_cosine
    factor = END + (1 - END) * (1 + math.cos(math.pi * done)) / 2  # if cosine
    factor *= min((step + 1) / (WARM_UP * steps), 1.0)  # if warm_up
    return factor
