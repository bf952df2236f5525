"""Optimizers whose formulas are not those of Keras's own."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from cnndsl_keras.training.recipe import (
    BETA_1,
    BETA_2,
    DECAY,
    DECAYED,
    EPSILON,
    MOMENTUM,
    RATES,
    RHO,
)


def rate_factor(path: str) -> float:
    """What the learning rate of a weight is multiplied by."""
    layer = path.split("/")[0]
    return math.prod(one for start, one in RATES if f"{layer}.".startswith(start))


class Descent(keras.optimizers.Optimizer):
    """Gradient descent; a velocity is a sum of gradients, whatever the rate was."""

    def build(self, variables: list[Any]) -> None:
        super().build(variables)
        self.paths = [one.path for one in variables]  # if decay or rates
        velocities = self.add_optimizer_variables(variables, "velocity")  # if momentum
        self.velocities = velocities  # if momentum

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        index = self._get_variable_index(variable)
        rate = ops.cast(learning_rate, variable.dtype)
        rate *= rate_factor(self.paths[index])  # if rates
        gradient = ops.cast(gradient, variable.dtype)
        if self.paths[index].endswith(DECAYED):  # if decay
            gradient += DECAY * variable
        kept = MOMENTUM * self.velocities[index] + gradient  # if momentum
        self.assign(self.velocities[index], kept)  # if momentum
        kept = gradient + MOMENTUM * kept  # if momentum and nesterov
        self.assign_sub(variable, rate * gradient)  # if not momentum
        self.assign_sub(variable, rate * kept)  # if momentum


class RMSprop(keras.optimizers.Optimizer):
    """RMSprop with epsilon added to the root (Tieleman and Hinton, 2012)."""

    def build(self, variables: list[Any]) -> None:
        super().build(variables)
        self.paths = [one.path for one in variables]  # if decay or rates
        self.squares = self.add_optimizer_variables(variables, "square")
        velocities = self.add_optimizer_variables(variables, "velocity")  # if momentum
        self.velocities = velocities  # if momentum

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        index = self._get_variable_index(variable)
        rate = ops.cast(learning_rate, variable.dtype)
        rate *= rate_factor(self.paths[index])  # if rates
        gradient = ops.cast(gradient, variable.dtype)
        if self.paths[index].endswith(DECAYED):  # if decay
            gradient += DECAY * variable
        square = RHO * self.squares[index] + (1 - RHO) * ops.square(gradient)
        self.assign(self.squares[index], square)
        step = gradient / (ops.sqrt(square) + EPSILON)
        step += MOMENTUM * self.velocities[index]  # if momentum
        self.assign(self.velocities[index], step)  # if momentum
        self.assign_sub(variable, rate * step)


def one_minus_power(base: float, count: Any) -> Any:
    """1 - base^count, without the rounding of a difference."""
    return -ops.expm1(count * math.log(max(base, 1e-37)))


class Adam(keras.optimizers.Optimizer):
    """Adam, whose epsilon is added to the unbiased root (Kingma and Ba, 2015)."""

    def build(self, variables: list[Any]) -> None:
        super().build(variables)
        self.paths = [one.path for one in variables]  # if decay or rates
        self.means = self.add_optimizer_variables(variables, "mean")
        self.squares = self.add_optimizer_variables(variables, "square")
        make = self.add_variable  # if thaws
        self.counts = [make((), "zeros", "int32") for _ in variables]  # if thaws

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        index, kind = self._get_variable_index(variable), variable.dtype
        rate = ops.cast(learning_rate, kind)
        rate *= rate_factor(self.paths[index])  # if rates
        gradient = ops.cast(gradient, kind)
        mean = BETA_1 * self.means[index] + (1 - BETA_1) * gradient
        square = BETA_2 * self.squares[index] + (1 - BETA_2) * ops.square(gradient)
        self.assign(self.means[index], mean)
        self.assign(self.squares[index], square)
        self.assign_add(self.counts[index], 1)  # if thaws
        count = ops.cast(self.counts[index], kind)  # if thaws
        count = ops.cast(self.iterations + 1, kind)  # if not thaws
        unbiased = mean / one_minus_power(BETA_1, count)
        root = ops.sqrt(square / one_minus_power(BETA_2, count))
        step = unbiased / (root + EPSILON)
        if self.paths[index].endswith(DECAYED):  # if decay
            step += DECAY * variable
        self.assign_sub(variable, rate * step)
