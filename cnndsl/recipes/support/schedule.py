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
    rise = min((step + 1) / (WARM_UP * steps), 1.0)  # if warm_up
    return rise  # if not step and not cosine
    factor = FACTOR ** math.floor(step / (EVERY * steps))  # if step
    last = steps * epochs - 1  # if cosine
    done = step / max(last, 1)  # if cosine and not warm_up
    first = WARM_UP * steps  # if cosine and warm_up
    done = max(step - first, 0) / max(last - first, 1)  # if cosine and warm_up
    factor = END + (1 - END) * (1 + math.cos(math.pi * done)) / 2  # if cosine
    return factor * rise  # if warm_up and step or warm_up and cosine
    return factor  # if not warm_up
