"""What a model computes: the graph between an input and its outputs, and the layers' arrays."""

import zlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, Self, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from cnndsl.ops.base import Weight
from cnndsl.weights.fitting import misfits
from cnndsl.weights.random import initial
from cnndsl_numpy.execution import (
    Tape,
    Weights,
    label,
    layer_of,
    run_backward,
    run_forward,
)
from cnndsl_numpy.functional.geometry import Array
from cnndsl_numpy.graph import Layer, Mode, Plan, Shape, Tensor, check_unique, describe, plan

Precision: TypeAlias = Literal["float32", "float64"]

Samples: TypeAlias = npt.ArrayLike | Sequence[npt.ArrayLike]
"""Of several inputs, a list or tuple of one array for each."""


class Computation:
    """A network that runs forward and backward.

    Arrays are batch first, channels last: images (m, height, width, channels), vectors (m, n).

    inputs, outputs: the ends of the graph; with several inputs `forward` takes as many arrays in a
        list or tuple, and a list of outputs makes it return a tuple
    dtype: "float32" or "float64", of the weights and of every calculation
    seed: decides the initial weights and the draws of dropout; a layer's own seed wins

    Raises ValueError when two layers share a name, or an output does not depend on the input.
    """

    def __init__(
        self,
        inputs: Tensor | Sequence[Tensor],
        outputs: Tensor | Sequence[Tensor],
        *,
        name: str = "model",
        dtype: Precision = "float32",
        seed: int | None = None,
    ) -> None:
        if dtype not in ("float32", "float64"):
            raise ValueError(f'dtype must be "float32" or "float64", got {dtype!r}')
        self.name = name
        self.inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
        self.outputs = (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)
        self.dtype = np.dtype(dtype)
        self._plan = plan(self.inputs, self.outputs)
        check_unique(self.layers)
        self._returns_tuple = not isinstance(outputs, Tensor)
        self._entropy = seed if seed is not None else int(np.random.default_rng().integers(2**63))
        self._generator = np.random.default_rng(self._entropy)
        self._specs = {
            f"{layer.name}/{weight.name}": (layer, weight)
            for layer, step in zip(self.layers, self._plan.steps, strict=True)
            for weight in step.weights
        }
        # Drawn when first needed: a model that gets trained weights draws none.
        self._arrays: dict[str, Array] | None = None
        self._gradients: dict[str, Array] = {}
        # What the last training pass kept, and its number of samples.
        self._tape: tuple[Tape, int] | None = None

    # What the model is.

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers in the order in which they run."""
        return tuple(layer for layer, _ in self.layer_shapes())

    def layer_shapes(self) -> tuple[tuple[Layer, Shape], ...]:
        """Return every layer with the shape of its output, in the order in which they run."""
        return tuple((layer_of(step), step.shape) for step in self._plan.steps)

    @property
    def weight_specs(self) -> Mapping[str, Weight]:
        """What every weight is (shape, start, whether it is trained), by path."""
        return {path: weight for path, (_, weight) in self._specs.items()}

    @property
    def penalties(self) -> Mapping[str, float]:
        """The factor `l2` of every kernel's penalty, by path."""
        return {
            path: getattr(layer, "l2", 0.0)
            for path, (layer, weight) in self._specs.items()
            if isinstance(weight.initial, str)
        }

    @property
    def trainable(self) -> tuple[str, ...]:
        """The paths of the weights that training changes by gradients."""
        return tuple(path for path, weight in self.weight_specs.items() if weight.trainable)

    def count_parameters(self, *, trainable: bool | None = None) -> int:
        """Count the numbers in all weights, or in those that are trainable, or that are not."""
        return sum(
            weight.size
            for weight in self.weight_specs.values()
            if trainable is None or weight.trainable == trainable
        )

    def summary(self) -> str:
        """Return a table of the layers, with output shapes and numbers of parameters."""
        counts = dict.fromkeys((layer.name for layer in self.layers), 0)
        for layer, weight in self._specs.values():
            counts[layer.name] += weight.size
        rows = [("layer", "type", "output", "parameters")]
        rows += [("", "Input", describe(one.shape), "") for one in self.inputs]
        for layer, shape in self.layer_shapes():
            own = counts.pop(layer.name, 0)  # a later call has no weights of its own
            count = f"{own:,}" if own else ""
            rows.append((layer.name, type(layer).__name__, describe(shape), count))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            f"{path:<{widths[0]}}  {kind:<{widths[1]}}  {shape:>{widths[2]}}  {count:>{widths[3]}}"
            for path, kind, shape, count in rows
        ]
        total, fixed = self.count_parameters(), self.count_parameters(trainable=False)
        end = f"{total:,} parameters" + (f", {fixed:,} of them not trainable" if fixed else "")
        return "\n".join(line.rstrip() for line in [f"model {self.name}", *lines, end])

    # Its arrays.

    @property
    def parameters(self) -> Mapping[str, Array]:
        """Every weight, moving statistics included, by path ("conv1/kernel"): the live arrays."""
        return MappingProxyType(self._drawn())

    @property
    def gradients(self) -> Mapping[str, Array]:
        """The gradient of every trainable weight by path, from the last `backward`."""
        return MappingProxyType(self._gradients)

    def set_parameters(self, mapping: Mapping[str, npt.ArrayLike]) -> None:
        """Copy in a value for every weight.

        Raises ValueError, and changes nothing, when a path is missing or unexpected or a shape is
        not that expected; the message names each of them.
        """
        arrays = {path: np.asarray(value, self.dtype) for path, value in mapping.items()}
        shapes = {path: weight.shape for path, (_, weight) in self._specs.items()}
        problems = misfits(shapes, arrays)
        if problems:
            rest = [f"and {len(problems) - 10} more"] if len(problems) > 10 else []
            lines = [f"the parameters do not fit model {self.name!r}:", *problems[:10], *rest]
            raise ValueError("\n  ".join(lines))
        if self._arrays is None:
            self._arrays = {path: np.array(arrays[path]) for path in self._specs}
        else:
            for path, array in self._arrays.items():
                array[...] = arrays[path]

    def _drawn(self) -> dict[str, Array]:
        if self._arrays is None:
            self._arrays = {}
            generators: dict[str, np.random.Generator] = {}
            for path, (layer, weight) in self._specs.items():
                if layer.name not in generators:
                    generators[layer.name] = self._layer_generator(layer)
                self._arrays[path] = initial(weight, generators[layer.name], self.dtype.type)
        return self._arrays

    def _layer_generator(self, layer: Layer) -> np.random.Generator:
        """Return what a layer's weights are drawn from: by its own seed, if it has one.

        Otherwise the model's entropy and the layer's path decide, so that a layer starts alike
        whatever layers the model gains or loses.
        """
        seed: int | None = getattr(layer, "seed", None)
        if seed is not None:
            return np.random.default_rng(seed)
        return np.random.default_rng([self._entropy, zlib.crc32(layer.name.encode())])

    def weights_by_layer(self) -> Weights:
        """Return the live arrays by the layer's path, then by the weight's name."""
        found: dict[str, dict[str, Array]] = {}
        for path, array in self._drawn().items():
            layer, weight = self._specs[path]
            found.setdefault(layer.name, {})[weight.name] = array
        return found

    def astype(self, dtype: Precision) -> Self:
        """Return a model of the same graph that computes in another precision."""
        outputs = self.outputs if self._returns_tuple else self.outputs[0]
        other = type(self)(self.inputs, outputs, name=self.name, dtype=dtype, seed=self._entropy)
        other.set_parameters(self._drawn())
        return other

    def seeded(self, seed: int) -> Self:
        """Return a model of the same graph whose weights a seed decides."""
        outputs = self.outputs if self._returns_tuple else self.outputs[0]
        dtype: Precision = "float64" if self.dtype == np.float64 else "float32"
        return type(self)(self.inputs, outputs, name=self.name, dtype=dtype, seed=seed)

    # What it computes.

    def forward(
        self,
        x: Samples,
        training: bool = False,
        *,
        differentiable: bool | None = None,
        seed: int | None = None,
    ) -> Array | tuple[Array, ...]:
        """Return the output for a batch, or a tuple of them if the model has a list of outputs.

        x: (m, height, width, channels) or (m, channels), or one for each of several inputs
        training: normalise by the batch and drop out; the moving statistics move
        differentiable: keep what `backward` needs; as `training` unless given
        seed: of dropout, for this pass only

        Raises ValueError when x has another shape than the model's input.
        """
        tape: Tape | None = {} if (training if differentiable is None else differentiable) else None
        # The tape before goes first: two of them need not fit into memory at once.
        self._tape = None
        batches = self.as_batches(x)
        weights, mode = self.weights_by_layer(), self.mode(training, seed)
        outputs = run_forward(self._plan, self.inputs, batches, weights, mode, tape=tape)
        self._tape = None if tape is None else (tape, len(batches[0]))
        return outputs if self._returns_tuple else outputs[0]

    __call__ = forward

    def backward(self, *output_gradients: npt.ArrayLike) -> Array | tuple[Array, ...]:
        """Return the gradient of the input, and fill `gradients`, after a training `forward`.

        Of several inputs it returns a tuple.

        output_gradients: for each output, the gradient of the loss with respect to it

        Raises ValueError when they do not fit the outputs. Raises RuntimeError without a forward
        pass to go back along: each serves once.
        """
        if self._tape is None:
            raise RuntimeError("each backward needs a forward(x, training=True) before it")
        tape, samples = self._tape
        found = tuple(np.asarray(gradient, self.dtype) for gradient in output_gradients)
        shapes = [each.shape for each in found]
        wanted = [(samples, *output.shape) for output in self.outputs]
        if shapes != wanted:
            raise ValueError(
                f"model {self.name!r} needs gradients of shape {', '.join(map(str, wanted))}, "
                f"found {', '.join(map(str, shapes)) or 'none'}"
            )
        self._tape = None
        into_inputs, self._gradients = run_backward(
            self._plan, self.inputs, found, self.weights_by_layer(), tape
        )
        return into_inputs if len(into_inputs) > 1 else into_inputs[0]

    def activations(self, x: Samples, training: bool = False) -> dict[str, Array]:
        """Return the output of every layer for a batch, by the layer's path."""
        found: dict[str, Array] = {}

        def observe(layer: Layer, value: Array) -> None:
            found[label(layer, found)] = value

        batches, weights, mode = self.as_batches(x), self.weights_by_layer(), self.mode(training)
        run_forward(self._plan, self.inputs, batches, weights, mode, observe=observe)
        return found

    def predict(self, x: Samples, batch_size: int = 32) -> Array | tuple[Array, ...]:
        """Return the outputs for any number of samples, `batch_size` at a time."""
        outputs = self.run_batches(self._plan, x, batch_size)
        return outputs if self._returns_tuple else outputs[0]

    def run_batches(self, plan: Plan, x: Samples, batch_size: int = 32) -> tuple[Array, ...]:
        """Return the outputs of a plan on this model's graph, for any number of samples."""
        samples = self.per_input(x)
        count = len(samples[0])
        outputs = tuple(np.empty((count, *output.shape), self.dtype) for output in plan.outputs)
        weights = self.weights_by_layer()
        for start in range(0, count, batch_size):
            batches = self.in_precision([one[start : start + batch_size] for one in samples])
            found = run_forward(plan, self.inputs, batches, weights, self.mode(False))
            for output, part in zip(outputs, found, strict=True):
                output[start : start + batch_size] = part
        return outputs

    def mode(self, training: bool, seed: int | None = None) -> Mode:
        """Return how a pass runs; without a seed, dropout draws on from the model's own."""
        return Mode(training, self._generator if seed is None else np.random.default_rng(seed))

    def per_input(self, x: Samples) -> tuple[npt.NDArray[Any], ...]:
        """Return the samples of each input, or raise ValueError unless they are as many."""
        several = len(self.inputs) > 1
        if several and not (isinstance(x, list | tuple) and len(x) == len(self.inputs)):
            raise ValueError(f"model {self.name!r} takes a tuple of {len(self.inputs)} arrays")
        given = cast("Sequence[npt.ArrayLike]", x) if several else (cast("npt.ArrayLike", x),)
        samples = tuple(np.asarray(one) for one in given)
        if len({one.shape[:1] for one in samples}) > 1:
            counts = ", ".join(str(len(one)) for one in samples)
            raise ValueError(f"model {self.name!r} takes as many of each input, found {counts}")
        return samples

    def as_batches(self, x: Samples) -> tuple[Array, ...]:
        """Return a batch of each input in the model's precision.

        Raises ValueError if the shape of one is wrong.
        """
        return self.in_precision(self.per_input(x))

    def in_precision(self, batches: Sequence[npt.NDArray[Any]]) -> tuple[Array, ...]:
        for batch, entry in zip(batches, self.inputs, strict=True):
            if batch.shape[1:] != entry.shape or batch.ndim != len(entry.shape) + 1:
                expected = ", ".join(map(str, entry.shape))
                raise ValueError(
                    f"model {self.name!r} takes a batch of shape (m, {expected}), "
                    f"found shape {batch.shape}"
                )
        return tuple(batch.astype(self.dtype, copy=False) for batch in batches)
