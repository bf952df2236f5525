"""Training: the loss of a model and its gradients, and the loop over epochs and batches."""

import sys
import time
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from cnndsl_numpy.computation import Computation, Samples
from cnndsl_numpy.execution import Tape, layer_of, run_backward, run_forward
from cnndsl_numpy.functional.geometry import Array
from cnndsl_numpy.functional.losses import (
    class_probabilities,
    mean_absolute_error,
    mean_squared_error,
    sigmoid_cross_entropy,
    softmax_cross_entropy,
)
from cnndsl_numpy.graph import Layer, Mode, Plan, Tensor, plan
from cnndsl_numpy.layers.activations import Sigmoid, Softmax
from cnndsl_numpy.optimizers import Adam, Optimizer

LossName: TypeAlias = Literal[
    "cross_entropy", "binary_cross_entropy", "mean_squared_error", "mean_absolute_error"
]

Labels: TypeAlias = npt.ArrayLike | Sequence[npt.ArrayLike]
"""One array for all outputs, or a list or tuple of one array for each."""


@dataclass(frozen=True)
class Epoch:
    """What one epoch of training brought.

    The loss includes the penalties; both figures are means over the epoch, in training mode. The
    validation figures are measured after it, in inference.
    """

    number: int
    loss: float
    accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    seconds: float


@dataclass(frozen=True)
class _Loss:
    """A loss of raw scores, the layer that it is fused with, and how right the scores are."""

    with_gradient: Callable[[Array, npt.ArrayLike], tuple[float, Array]]
    fused_layer: type[Layer] | None
    accuracy: Callable[[Array, npt.ArrayLike], float]


def _class_accuracy(Z: Array, y: npt.ArrayLike) -> float:
    """Return the share of samples whose largest score is that of their class."""
    return float(np.mean(Z.argmax(axis=-1) == class_probabilities(y, Z).argmax(axis=-1)))


def _binary_accuracy(Z: Array, y: npt.ArrayLike) -> float:
    """Return the share of values on the right side of probability 1/2."""
    return float(np.mean((Z > 0) == (np.asarray(y).reshape(Z.shape) > 0.5)))


def _no_accuracy(_Z: Array, _y: npt.ArrayLike) -> float:
    """Return that values are not right or wrong."""
    return float("nan")


_LOSSES: dict[str, _Loss] = {
    "cross_entropy": _Loss(softmax_cross_entropy, Softmax, _class_accuracy),
    "binary_cross_entropy": _Loss(sigmoid_cross_entropy, Sigmoid, _binary_accuracy),
    "mean_squared_error": _Loss(mean_squared_error, None, _no_accuracy),
    "mean_absolute_error": _Loss(mean_absolute_error, None, _no_accuracy),
}


@dataclass(frozen=True)
class Objective:
    """What training makes small: a weighted sum of a loss for each output, plus the L2 penalties.

    The loss is taken of raw scores: a final softmax (or sigmoid) is left out of `plan`, and the
    loss does its work.
    """

    model: Computation
    plan: Plan
    losses: tuple[_Loss, ...]
    loss_weights: tuple[float, ...]

    def of_first(self, count: int) -> "Objective":
        """Return the sum of the first losses alone, and without what leads to other outputs."""
        first = plan(self.model.inputs, self.plan.outputs[:count])
        return Objective(self.model, first, self.losses[:count], self.loss_weights[:count])

    @property
    def is_fused(self) -> bool:
        """Whether the first output's last layer is left out."""
        return self.plan.outputs[0] is not self.model.outputs[0]

    def first_output(self, scores: Sequence[Array]) -> Array:
        """Return the model's first output, with the last layer where that is left out."""
        if not self.is_fused:
            return scores[0]
        layer = layer_of(self.model.outputs[0])
        return layer.forward((scores[0],), {}, self.model.mode(False))[0]

    def of_scores(
        self, scores: Sequence[Array], labels: Sequence[npt.ArrayLike]
    ) -> tuple[float, list[Array]]:
        """Return the loss, without penalties, and its gradient for each output's scores."""
        total, gradients = 0.0, []
        parts = zip(self.losses, scores, labels, self.loss_weights, strict=True)
        for loss, Z, y, weight in parts:
            value, dZ = loss.with_gradient(Z, y)
            total += weight * value
            gradients.append(dZ if weight == 1 else dZ * weight)
        return total, gradients

    def step(
        self,
        x: Samples,
        labels: Sequence[npt.ArrayLike],
        generator: np.random.Generator,
        frozen: Container[str] = (),
    ) -> tuple[float, float, dict[str, Array]]:
        """Return loss, accuracy and the gradients by path for one batch.

        frozen: the names of layers that run as in inference
        """
        model, tape = self.model, Tape()
        weights, mode = model.weights_by_layer(), Mode(True, generator)
        batch = model.as_batches(x)
        scores = run_forward(
            self.plan, model.inputs, batch, weights, mode, tape=tape, frozen=frozen
        )
        value, score_gradients = self.of_scores(scores, labels)
        accuracy = self.losses[0].accuracy(scores[0], labels[0])
        _, gradients = run_backward(
            self.plan, model.inputs, score_gradients, weights, tape, input_gradient=False
        )
        return value + self.penalise(gradients), accuracy, gradients

    def penalise(self, gradients: Mapping[str, Array]) -> float:
        """Return the sum of l2 * sum(W^2), and add its gradient 2 l2 W to those given."""
        penalty = 0.0
        for path, l2 in self.model.penalties.items():
            if l2:
                W = self.model.parameters[path]
                penalty += l2 * float(np.vdot(W, W))
                if path in gradients:
                    gradients[path][...] += 2 * l2 * W
        return penalty


def objective(
    model: Computation,
    loss: LossName | Sequence[LossName],
    loss_weights: Sequence[float] | None = None,
) -> Objective:
    """Return what training `model` makes small.

    Raises ValueError for an unknown loss, or losses or weights that are not one for each output.
    """
    names = (loss,) * len(model.outputs) if isinstance(loss, str) else tuple(loss)
    for name in names:
        if name not in _LOSSES:
            raise ValueError(f"loss must be one of {', '.join(_LOSSES)}, got {name!r}")
    if len(names) != len(model.outputs):
        raise ValueError(f"{len(names)} losses for {len(model.outputs)} outputs")
    chosen = tuple(_LOSSES[name] for name in names)
    weights = (1.0,) * len(model.outputs) if loss_weights is None else tuple(loss_weights)
    if len(weights) != len(model.outputs):
        raise ValueError(f"{len(weights)} loss weights for {len(model.outputs)} outputs")
    ends = zip(model.outputs, chosen, strict=True)
    scores = tuple(_scores(output, one.fused_layer) for output, one in ends)
    return Objective(model, plan(model.inputs, scores), chosen, weights)


def _scores(output: Tensor, fused_layer: type[Layer] | None) -> Tensor:
    is_fused = fused_layer is not None and isinstance(output.layer, fused_layer)
    return output.inputs[0] if is_fused else output


def fit(
    model: Computation,
    x: Samples,
    y: Labels,
    epochs: int = 1,
    batch_size: int = 32,
    *,
    optimizer: Optimizer | None = None,
    loss: LossName | Sequence[LossName] = "cross_entropy",
    loss_weights: Sequence[float] | None = None,
    validation: tuple[Samples, Labels] | None = None,
    progress: bool | None = None,
    seed: int | None = None,
) -> list[Epoch]:
    """Train on samples x with labels y, in a new random order every epoch.

    x: as `forward` takes them
    y: class numbers or probabilities ("cross_entropy"), or values in [0, 1]
        ("binary_cross_entropy"); one array for all outputs, or a list of one for each
    optimizer: Adam unless given
    loss: one for all outputs, or one for each; cross entropies are taken of the scores before a
        final softmax or sigmoid; an output that ends in another layer is taken for scores itself
    loss_weights: the weight of each output's loss, 1 unless given
    validation: samples and labels to measure after each epoch
    progress: one line per epoch on standard error, which a terminal sees grow batch by batch; None
        prints to a terminal only
    seed: of the order and of dropout; the model's own draws go on without one

    Raises ValueError when samples and labels do not fit the model or each other.
    """
    goal = objective(model, loss, loss_weights)
    rule = Adam() if optimizer is None else optimizer
    samples = model.per_input(x)
    count = len(samples[0])
    labels = _per_output(model, y, count)
    generator = model.mode(True, seed).generator
    shows = sys.stderr.isatty() if progress is None else progress
    history = []
    for number in range(1, epochs + 1):
        start = time.perf_counter()
        order = generator.permutation(count)
        total = np.zeros(2)
        for first in range(0, len(order), batch_size):
            chosen = order[first : first + batch_size]
            batch, *others = (each[chosen] for each in samples)
            value, accuracy, gradients = goal.step(
                [batch, *others] if others else batch, [each[chosen] for each in labels], generator
            )
            rule.step(model.parameters, gradients)
            total += np.array([value, accuracy]) * len(chosen)
            if shows and sys.stderr.isatty():
                done = first + len(chosen)
                head = f"epoch {number}/{epochs}  {done}/{len(order)}"
                sys.stderr.write(f"\r{_figures(head, *(total / done)):<78}")
                sys.stderr.flush()
        mean, right = (float(each) for each in total / max(len(order), 1))
        after: tuple[float | None, float | None] = (None, None)
        if validation is not None:
            after = evaluate(model, *validation, batch_size, loss=loss, loss_weights=loss_weights)
        history.append(Epoch(number, mean, right, *after, time.perf_counter() - start))
        if shows:
            _show_epoch(history[-1], epochs)
    return history


def evaluate(
    model: Computation,
    x: Samples,
    y: Labels,
    batch_size: int = 32,
    *,
    loss: LossName | Sequence[LossName] = "cross_entropy",
    loss_weights: Sequence[float] | None = None,
) -> tuple[float, float]:
    """Return the loss, penalties included, and the accuracy of the first output, in inference."""
    goal = objective(model, loss, loss_weights)
    labels = _per_output(model, y, len(model.per_input(x)[0]))
    scores = model.run_batches(goal.plan, x, batch_size)
    value, _ = goal.of_scores(scores, labels)
    return value + goal.penalise({}), goal.losses[0].accuracy(scores[0], labels[0])


def _per_output(model: Computation, y: Labels, samples: int) -> list[npt.NDArray[Any]]:
    """Return one array of labels for each output."""
    count = len(model.outputs)
    labels = (
        [np.asarray(each) for each in y]
        if count > 1 and isinstance(y, list | tuple)
        else [np.asarray(y)] * count
    )
    if len(labels) != count:
        raise ValueError(f"{len(labels)} arrays of labels for {count} outputs")
    for each in labels:
        if each.shape[:1] != (samples,):
            raise ValueError(f"{samples} samples, but labels of shape {each.shape}")
    return labels


def _figures(head: str, loss: float, accuracy: float) -> str:
    return f"{head}  loss {loss:.4f}  accuracy {accuracy:.2%}"


def _show_epoch(epoch: Epoch, epochs: int) -> None:
    """Write the line of an epoch; on a terminal, over that of its last batch."""
    line = _figures(
        f"epoch {epoch.number}/{epochs}  {epoch.seconds:.1f} s", epoch.loss, epoch.accuracy
    )
    if epoch.validation_loss is not None and epoch.validation_accuracy is not None:
        line = _figures(f"{line}  validation", epoch.validation_loss, epoch.validation_accuracy)
    sys.stderr.write(f"\r{line:<78}\n" if sys.stderr.isatty() else f"{line}\n")


class Model(Computation):
    """A network that runs forward and backward, and trains; built like a `Computation`."""

    fit = fit
    evaluate = evaluate
