"""Optimisers: how gradients change the weights. Weights are changed in place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from cnndsl_numpy.functional.geometry import Array


class Optimizer(Protocol):
    """Anything with a `step`. One optimiser serves one model: it may remember past gradients."""

    def step(self, parameters: Mapping[str, Array], gradients: Mapping[str, Array]) -> None:
        """Change, in place, every parameter that has a gradient."""


@dataclass
class SGD:
    """Stochastic gradient descent: w -= learning_rate * g."""

    learning_rate: float = 0.01

    def step(self, parameters: Mapping[str, Array], gradients: Mapping[str, Array]) -> None:
        for path, gradient in gradients.items():
            parameters[path][...] -= self.learning_rate * gradient


@dataclass
class Momentum:
    """Gradient descent with a memory: v = momentum * v + g; w -= learning_rate * v.

    (Polyak, 1964; in this form Sutskever et al., 2013.)
    """

    learning_rate: float = 0.01
    momentum: float = 0.9
    velocities: dict[str, Array] = field(default_factory=dict, init=False, repr=False)

    def step(self, parameters: Mapping[str, Array], gradients: Mapping[str, Array]) -> None:
        for path, gradient in gradients.items():
            velocity = self.velocities.setdefault(path, np.zeros_like(gradient))
            velocity *= self.momentum
            velocity += gradient
            parameters[path][...] -= self.learning_rate * velocity


@dataclass
class Adam:
    """Steps scaled by running moments of the gradient (Kingma and Ba, 2015, algorithm 1).

    m = beta_1 m + (1 - beta_1) g;  v = beta_2 v + (1 - beta_2) g^2
    w -= learning_rate * (m / (1 - beta_1^t)) / (sqrt(v / (1 - beta_2^t)) + epsilon)
    """

    learning_rate: float = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    steps: int = field(default=0, init=False, repr=False)
    first: dict[str, Array] = field(default_factory=dict, init=False, repr=False)
    second: dict[str, Array] = field(default_factory=dict, init=False, repr=False)

    def step(self, parameters: Mapping[str, Array], gradients: Mapping[str, Array]) -> None:
        self.steps += 1
        first_share = 1 - self.beta_1**self.steps
        second_share = 1 - self.beta_2**self.steps
        for path, gradient in gradients.items():
            m = self.first.setdefault(path, np.zeros_like(gradient))
            v = self.second.setdefault(path, np.zeros_like(gradient))
            m *= self.beta_1
            m += (1 - self.beta_1) * gradient
            v *= self.beta_2
            v += (1 - self.beta_2) * gradient * gradient
            change = np.sqrt(v / second_share)
            change += self.epsilon
            np.divide(m, change, out=change)
            change *= self.learning_rate / first_share
            parameters[path][...] -= change
