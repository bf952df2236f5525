"""Optimisers: how gradients change the weights. Weights are changed in place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from cnndsl_numpy.functional.geometry import Array

Rates = Mapping[str, float]
"""What the learning rate is multiplied by, by the weight's path."""

NO_RATES: Rates = {}


class Optimizer(Protocol):
    """Anything with a `step`. One optimiser serves one model: it may remember past gradients."""

    def step(
        self,
        parameters: Mapping[str, Array],
        gradients: Mapping[str, Array],
        rates: Rates = NO_RATES,
    ) -> None:
        """Change, in place, every parameter that has a gradient; a rate left out counts as 1."""


def decayed(W: Array) -> bool:
    """Return whether a weight decays: one with two axes or more, so no bias and no norm's."""
    return W.ndim > 1


def with_decay(gradient: Array, W: Array, decay: float) -> Array:
    """Return a gradient with that of the decay of its weight."""
    return gradient + decay * W if decay and decayed(W) else gradient


@dataclass
class Stepwise:
    """An optimiser that changes each weight by itself."""

    learning_rate: float = 0.001

    def step(
        self,
        parameters: Mapping[str, Array],
        gradients: Mapping[str, Array],
        rates: Rates = NO_RATES,
    ) -> None:
        for path, gradient in gradients.items():
            rate = self.learning_rate * rates.get(path, 1.0)
            self.change(path, parameters[path], gradient, rate)

    def change(self, path: str, W: Array, gradient: Array, rate: float) -> None:
        """Change one weight in place."""
        raise NotImplementedError


@dataclass
class SGD(Stepwise):
    """Stochastic gradient descent, with a memory where there is momentum.

    g += decay * w;  v = momentum * v + g;  w -= learning_rate * v, or with nesterov
    w -= learning_rate * (g + momentum * v)

    (Polyak, 1964; in this form Sutskever et al., 2013.)
    """

    learning_rate: float = 0.01
    momentum: float = 0.0
    nesterov: bool = False
    decay: float = 0.0
    velocities: dict[str, Array] = field(default_factory=dict, init=False, repr=False)

    def change(self, path: str, W: Array, gradient: Array, rate: float) -> None:
        G = with_decay(gradient, W, self.decay)
        if not self.momentum:
            W -= rate * G
            return
        velocity = self.velocities.setdefault(path, np.zeros_like(G))
        velocity *= self.momentum
        velocity += G
        W -= rate * (G + self.momentum * velocity if self.nesterov else velocity)


@dataclass
class Momentum(SGD):
    """Gradient descent with a memory, of 0.9 unless another is given."""

    momentum: float = 0.9


@dataclass
class RMSprop(Stepwise):
    """Steps scaled by the root of the mean of squares (Tieleman and Hinton, 2012).

    g += decay * w;  s = rho s + (1 - rho) g^2;  v = momentum v + g / (sqrt(s) + epsilon)
    w -= learning_rate * v
    """

    rho: float = 0.9
    momentum: float = 0.0
    epsilon: float = 1e-8
    decay: float = 0.0
    squares: dict[str, Array] = field(default_factory=dict, init=False, repr=False)
    velocities: dict[str, Array] = field(default_factory=dict, init=False, repr=False)

    def change(self, path: str, W: Array, gradient: Array, rate: float) -> None:
        G = with_decay(gradient, W, self.decay)
        s = self.squares.setdefault(path, np.zeros_like(G))
        s *= self.rho
        s += (1 - self.rho) * G * G
        change: Array = G / (np.sqrt(s) + self.epsilon)
        if self.momentum:
            velocity = self.velocities.setdefault(path, np.zeros_like(G))
            velocity *= self.momentum
            velocity += change
            change = velocity
        W -= rate * change


@dataclass
class Adam(Stepwise):
    """Steps scaled by running moments of the gradient (Kingma and Ba, 2015, algorithm 1).

    m = beta_1 m + (1 - beta_1) g;  v = beta_2 v + (1 - beta_2) g^2
    w -= learning_rate * (m / (1 - beta_1^t)) / (sqrt(v / (1 - beta_2^t)) + epsilon)

    t counts the steps that the weight has taken: one that was frozen begins with 1.
    """

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    counts: dict[str, Array] = field(default_factory=dict, init=False, repr=False)
    first: dict[str, Array] = field(default_factory=dict, init=False, repr=False)
    second: dict[str, Array] = field(default_factory=dict, init=False, repr=False)

    def change(self, path: str, W: Array, gradient: Array, rate: float) -> None:
        count = self.counts.setdefault(path, np.zeros(()))
        count += 1
        m = self.first.setdefault(path, np.zeros_like(gradient))
        v = self.second.setdefault(path, np.zeros_like(gradient))
        m *= self.beta_1
        m += (1 - self.beta_1) * gradient
        v *= self.beta_2
        v += (1 - self.beta_2) * gradient * gradient
        change = np.sqrt(v / (1 - self.beta_2 ** float(count)))
        change += self.epsilon
        np.divide(m, change, out=change)
        change *= rate / (1 - self.beta_1 ** float(count))
        W -= change


@dataclass
class AdamW(Adam):
    """Adam, before each step of which weights decay: w -= learning_rate * decay * w.

    (Loshchilov and Hutter, 2019.)
    """

    decay: float = 0.01

    def change(self, path: str, W: Array, gradient: Array, rate: float) -> None:
        if decayed(W):
            W -= rate * self.decay * W
        super().change(path, W, gradient, rate)


def memory(optimizer: Optimizer) -> dict[str, dict[str, Array]]:
    """Return all that an optimiser remembers of each weight, by name: the live arrays."""
    return {name: one for name, one in vars(optimizer).items() if isinstance(one, dict)}
