"""The graph of layers: symbolic tensors, the interface of a layer, and the order to run in."""

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from cnndsl.ops.base import Weight
from cnndsl_numpy.functional.geometry import Array

Shape: TypeAlias = tuple[int, ...]
"""(height, width, channels) of an image or (channels,) of a vector: no batch axis."""

Saved: TypeAlias = tuple[Any, ...]
"""What a layer's forward pass keeps for its backward pass."""

Inputs: TypeAlias = tuple[Array, ...]
"""The values of a layer's inputs."""

Arrays: TypeAlias = Mapping[str, Array]
"""The weights of a layer, by name."""

Output: TypeAlias = tuple[Array, Saved]

Gradients: TypeAlias = tuple[tuple[Array | None, ...], dict[str, Array]]
"""The gradients of the inputs, and those of weights by name."""

_positions = itertools.count()


def describe(shape: Sequence[int]) -> str:
    """Write a shape the way the language does: 28x28x6, or 84 for a vector."""
    return "x".join(map(str, shape))


@dataclass(frozen=True, eq=False)
class Tensor:
    """The output of a layer, or the input of a model: a shape, and how it comes about."""

    shape: Shape
    layer: "Layer | None" = None
    inputs: tuple["Tensor", ...] = field(default=(), repr=False)
    weights: tuple[Weight, ...] = field(default=(), repr=False)
    # Counts up as tensors are made. A tensor comes after its inputs, so this order is topological.
    position: int = field(default_factory=lambda: next(_positions), repr=False)

    @property
    def height(self) -> int:
        """The height of the image."""
        return self._image()[0]

    @property
    def width(self) -> int:
        """The width of the image."""
        return self._image()[1]

    @property
    def channels(self) -> int:
        """The channels of the image, or the length of the vector."""
        return self.shape[-1]

    def _image(self) -> Shape:
        if len(self.shape) != 3:
            raise ValueError(f"a vector of {self.channels} has no height and width")
        return self.shape


def Input(shape: Sequence[int] | int) -> Tensor:  # noqa: N802 - a capital like the layers
    """Return the input of a model: an image (height, width, channels) or a vector (channels,)."""
    found = (shape,) if isinstance(shape, int) else tuple(shape)
    if len(found) not in (1, 3) or min(found) < 1:
        raise ValueError(
            f"an input is (height, width, channels) or (channels,), each at least 1, got {shape!r}"
        )
    return Tensor(found)


@dataclass(frozen=True)
class Mode:
    """How a forward pass runs: whether it trains, where dropout draws from, and if it drops."""

    training: bool
    generator: np.random.Generator
    drops: bool = True


@dataclass(frozen=True)
class Layer(ABC):
    """A step of the network: its attributes only. The model owns the arrays."""

    name: str = field(kw_only=True)

    def connect(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Return the output of this layer for symbolic inputs.

        Raises ValueError, naming the layer, when it does not fit their shapes.
        """
        try:
            shapes = [tensor.shape for tensor in inputs]
            shape, weights = self.output_shape(*shapes), self.weights(*shapes)
        except ValueError as error:
            raise ValueError(f"{self}: {error}") from None
        return Tensor(shape, self, inputs, weights)

    def __str__(self) -> str:
        return f"{type(self).__name__} {self.name!r}"

    @abstractmethod
    def output_shape(self, *shapes: Shape) -> Shape:
        """Return the shape of the output, or raise ValueError when the inputs do not fit."""

    def weights(self, *shapes: Shape) -> tuple[Weight, ...]:
        """Return the weights that the layer has for inputs of these shapes."""
        return ()

    @abstractmethod
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        """Return the output, and what `backward` needs."""

    @abstractmethod
    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        """Return the gradients of the inputs and those of weights, by name.

        Those of weights that the layer does not have are passed over.

        dA: the gradient of the output
        input_gradient: False where nobody needs the gradients of the inputs: they may be None
        """


@dataclass(frozen=True)
class Plan:
    """In which order to run the layers, and when to let go of their outputs.

    steps: the tensors to compute, each after its inputs
    releases: with each step, the tensors that no later step needs
    """

    outputs: tuple[Tensor, ...]
    steps: tuple[Tensor, ...]
    releases: tuple[tuple[Tensor, ...], ...]


def plan(inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...]) -> Plan:
    """Order the layers between `inputs` and `outputs`.

    Raises ValueError when an output depends on another input, or none on one of these.
    """
    found: set[Tensor] = set()
    open_ends = list(outputs)
    while open_ends:
        tensor = open_ends.pop()
        if tensor not in found:
            found.add(tensor)
            open_ends.extend(tensor.inputs)
    for tensor in found:
        if tensor.layer is None and tensor not in inputs:
            raise ValueError(f"an output depends on another input ({describe(tensor.shape)})")
    for number, tensor in enumerate(inputs, 1):
        if tensor not in found:
            which = "the input" if len(inputs) == 1 else f"input {number}"
            raise ValueError(f"no output depends on {which}")
    steps = sorted((tensor for tensor in found if tensor.layer), key=lambda each: each.position)
    last_use: dict[Tensor, int] = {}
    for index, step in enumerate(steps):
        last_use |= dict.fromkeys(step.inputs, index)
    releases: list[list[Tensor]] = [[] for _ in steps]
    for tensor, index in last_use.items():
        if tensor not in outputs:
            releases[index].append(tensor)
    return Plan(outputs, tuple(steps), tuple(map(tuple, releases)))


def once(
    made: dict[str, Layer], layer: type[Layer], *arguments: Any, name: str, **keywords: Any
) -> Layer:
    """Return the layer of that name, made in the first call, so that calls share weights."""
    if name not in made:
        made[name] = layer(*arguments, name=name, **keywords)
    return made[name]


def check_unique(layers: Iterable[Layer]) -> None:
    """Raise ValueError unless every layer has a name of its own."""
    seen: set[str] = set()
    for name in {id(layer): layer.name for layer in layers}.values():
        if not name:
            raise ValueError("a layer's name must not be empty")
        if name in seen:
            raise ValueError(f"two layers are named {name!r}; every layer needs a name of its own")
        seen.add(name)
