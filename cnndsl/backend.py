"""The protocol between the language and its backends, and their discovery.

A backend is a `Backend` in the entry-point group `cnndsl.backends`. It turns a checked network into
an artifact: source text, or a file's bytes. All else is optional: live models that execute the
artifact, access to their weights, probes into what they compute, files of weights. Each is a
capability of its own, and None where a backend lacks it.
"""

from __future__ import annotations

import sys

from .chatter import Hushed
from .declared import named_in, names_in
from .diagnostics.backends import (
    MissingCapability,
    MissingFramework,
    UnknownBackend,
    Unsupported,
)
from .diagnostics.base import Finding, Rejected, SpecError
from .diagnostics.names import ReservedName
from .ir.network import Run, distinct_scopes, steps_of
from .ops.dense import Dropping
from .project.loading import in_order
from .record import Record
from .semantics.reserved import RESERVED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from typing import Any, Protocol, TypeVar

    from .emit.lowering import Lowerings
    from .ir.network import Network
    from .recipes.recipe import Recipe
    from .weights.files import Slot
    from .weights.naming import Request
    from .weights.screen import Entry

    Capability = TypeVar("Capability")

    class LiveModels(Protocol):
        """Models that run, in the framework's own form."""

        def build(self, artifact: Artifact, network: Network, dtype: str | None) -> Any:
            """A live model: what was emitted for the network, executed.

            network: where it has outputs for training alone, the model gives them in inference
                too, unless it knows its mode
            dtype: one of the backend's precisions, or None for the framework's default
            """

        def predict(self, model: Any, images: Any) -> tuple[Any, ...]:
            """The outputs for a batch of images (NHWC) in inference mode, as NHWC arrays.

            A model of several inputs takes a tuple of batches here, and in all that follows.
            """

    class WeightAccess(Protocol):
        """A live model's weights as arrays in canonical layout, by `path/weight`."""

        def read_weights(self, model: Any, network: Network) -> Mapping[str, Any]:
            """All weights of the model, in the order of its layers, as copies."""

        def load_weights(self, model: Any, network: Network, weights: Mapping[str, Any]) -> None:
            """Set all weights, or none and raise `ValueError` with all that misfit."""

    class Probes(Protocol):
        """What a live model computes inside."""

        def activations(
            self, model: Any, network: Network, images: Any, training: bool
        ) -> Mapping[str, Any]:
            """Each layer's output for a batch of images (NHWC), by path, as NHWC arrays.

            A layer whose output cannot be seen is left out. In training, which is asked for only
            where the backend has `Training`, the moving statistics move; dropout is off.
            """

    class Training(Protocol):
        """How a live model learns."""

        @property
        def keeps_unbiased_variance(self) -> bool:
            """Whether the moving variance takes that of the batch with n - 1 below, not n."""

        def gradients(
            self,
            model: Any,
            network: Network,
            images: Any,
            cotangents: Sequence[Any],
            training: bool,
        ) -> Mapping[str, Any]:
            """The gradient of sum(output * cotangent) for every trainable weight, canonical.

            In training the moving statistics move; dropout is off.
            """

        def trained(
            self,
            model: Any,
            network: Network,
            images: Any,
            cotangents: Sequence[Any],
            *,
            rate: float,
            momentum: float,
            steps: int,
        ) -> Sequence[Mapping[str, Any]]:
            """All weights after each step of gradient descent, by the framework's own optimiser.

            The loss is sum(output * cotangent) and the model's own terms; dropout is off.
            """

    class Inventory(Protocol):
        """What a live model is made of, as it was built."""

        def weights(self, model: Any, network: Network) -> Mapping[str, Held]:
            """All weights by `path/weight`; one that the network lacks by the framework's name."""

        def penalty(self, model: Any, network: Network) -> tuple[float, Mapping[str, Any]]:
            """What the L2 terms add to the loss, and its gradient by `path/weight`, canonical.

            A weight that is left out has none.
            """

        def dropped(self, model: Any, path: str, values: Any) -> Any:
            """What a dropout layer makes of a batch in training."""

    class Compiled(Protocol):
        """A compiler that is another path through the model than `LiveModels` and `Probes`."""

        @property
        def compiler(self) -> str:
            """Its name."""

        def predict(self, model: Any, images: Any) -> tuple[Any, ...]:
            """The outputs for a batch of images (NHWC), compiled, as NHWC arrays."""

    class Scripts(Protocol):
        """Training scripts that run in this process."""

        def fit(
            self, script: Artifact, arguments: Sequence[str]
        ) -> tuple[list[dict[str, float]], str]:
            """Train as a script does for a command line: what it measured, epoch by epoch, and
            the file of the best weights. Raises `SystemExit` with what is wrong.
            """

        def taken(self, script: Artifact, lesson: Lesson, out: str) -> Sequence[Step]:
            """What each step of a lesson leaves, by the script's own text, in 64 bits.

            out: a folder for what the script writes

            Dropout is off, but in layers that are frozen: there it is the script that has to see
            to it. Raises what the script does, `SystemExit` too.
            """

    class Reference(Protocol):
        """The language's own formulas, which all other backends are held against."""

        def layers(
            self, model: Any
        ) -> Mapping[str, Callable[[tuple[Any, ...], Mapping[str, Any]], Any]]:
            """By path, what gives a layer's output in inference for its inputs and weights."""

        def observe(
            self,
            model: Any,
            images: Any,
            cotangents: Sequence[Any] | None,
            training: bool,
            *,
            rounded: Collection[tuple[str, str]],
            wrong: Wrong | None,
            progress: Callable[[str], None],
        ) -> Observed:
            """All that one pass computes, and with cotangents one back; dropout is off.

            rounded: attributes and constants of formulas, as (path, name), that the model's layers
                are to have in 32 bits
            wrong: what its numbers are to be wrong by, if anything
            """


# What a backend says of itself.


class Artifact(Record):
    """What a backend emits: the ending of the file's name, and the file's text or bytes."""

    suffix: str
    content: str | bytes

    @property
    def text(self) -> str:
        """The content of an artifact that is text. Raises `TypeError` for bytes."""
        if isinstance(self.content, bytes):
            raise TypeError(f"a {self.suffix} file is no text")
        return self.content


class Framework(Record):
    """The package that live models need, such as `torch`, and the extra that installs it.

    chatter: patterns of how lines begin that it writes when it starts, and that are no news
    """

    package: str
    extra: str
    chatter: tuple[str, ...] = ()

    @property
    def is_installed(self) -> bool:
        from importlib.util import find_spec  # deferred: only live models need it

        return find_spec(self.package) is not None


class ReservedNames(Record):
    """Names that no layer can have, and what they are: `an attribute of PyTorch's Module`."""

    owner: str
    names: frozenset[str]


class Held(Record):
    """A weight that a live model holds. Its shape is canonical where the number of elements is."""

    shape: tuple[int, ...]
    trainable: bool

    def __str__(self) -> str:
        kind = "trainable" if self.trainable else "not trainable"
        return f"{'x'.join(map(str, self.shape))}, {kind}"


class Observed(Record):
    """What a model has computed, in canonical layout: layers and weights by path.

    gradients: of every trainable weight, where they were asked for
    statistics: the moving statistics after a training pass
    steps: all weights after each of a few steps of training
    """

    activations: Mapping[str, Any]
    outputs: tuple[Any, ...]
    gradients: Mapping[str, Any] | None = None
    statistics: Mapping[str, Any] | None = None
    steps: Sequence[Mapping[str, Any]] = ()


class Wrong(Record):
    """What numbers are to be wrong by, up or down.

    disturbed: by path, each number of a layer's output
    rounding: by path, each number that a layer takes, and that comes back to it, relative to itself
    draw: of which are wrong upwards and which downwards
    """

    disturbed: Mapping[str, float]
    rounding: Mapping[str, float]
    draw: int


class Lesson(Record):
    """What a training script is to do.

    weights: those to start from, canonical
    data: a `.npz` file of samples
    batch: how many are in a batch
    steps: how many to take; a script may go on to the end of the epoch
    rounded: attributes and constants, as (path, name), that the reference is to have in 32 bits
    """

    network: Network
    recipe: Recipe
    weights: Mapping[str, Any]
    data: str
    batch: int
    steps: int
    rounded: frozenset[tuple[str, str]] = frozenset()

    def undropped(self, epoch: int) -> list[str]:
        """The dropout layers, by path, that are to drop nothing in an epoch: all but the frozen."""
        return [
            view.path
            for view in self.network.layers
            if isinstance(view.op, Dropping) and not self.recipe.is_frozen(view.path, epoch)
        ]


class Step(Record):
    """What a step of training was taken by, and what it leaves.

    images: the batches that entered the model, NHWC
    loss: the mean of the epoch so far, as the script's log has it
    weights: all of them, canonical
    averages: the same with averages in place of what is trained, where the recipe keeps any
    """

    images: tuple[Any, ...]
    loss: float
    weights: Mapping[str, Any]
    averages: Mapping[str, Any] | None = None


class Runtime(Record):
    """What a backend does with live models."""

    models: LiveModels | None = None
    weights: WeightAccess | None = None
    probes: Probes | None = None
    training: Training | None = None
    inventory: Inventory | None = None
    compiled: Compiled | None = None
    reference: Reference | None = None
    scripts: Scripts | None = None


class CheckpointFiles(Record):
    """How weight files of a format are read and written.

    read: from path, network and request, what a file should hold, and the entries it does by name
    write: to a path, a network's canonical weights
    read_entries: a file's entries by name, where it tells without a network what it holds
    precision: of the numbers in files of the format, if there is only one
    """

    read: Callable[[str, Network, Request], tuple[list[Slot], Mapping[str, Entry]]]
    write: Callable[[str, Network, Mapping[str, Any]], None]
    read_entries: Callable[[str], Mapping[str, Entry]] | None = None
    precision: str | None = None


class CheckpointFormat(Record):
    """The weight files of a framework.

    title: in words, for people
    extensions: that stand for it; the first format with an extension is its default
    files: imports what reads and writes them
    """

    title: str
    extensions: tuple[str, ...]
    framework: Framework
    files: Callable[[], CheckpointFiles]


CANONICAL = ".npz"
"""How the files end that every training script starts from."""


class Backend(Record):
    """A target of compilation.

    emitter: gives the artifact, or raises `SpecError` for what cannot be lowered exactly
    lowerings: how each op is written; an op that is not among them is refused before emission
    several_inputs: whether networks can have more than one input
    reserved: what emitted layers cannot be called
    framework: what `runtime` imports, where that is to be installed
    precisions: the types that live models compute in
    load: imports the framework and gives the capabilities that need it
    trainer: gives the script that trains a network by a recipe
    starts_from: how the files of weights end that such a script reads
    """

    name: str
    emitter: Callable[[Network], Artifact]
    lowerings: Lowerings | None = None
    several_inputs: bool = False
    reserved: ReservedNames | None = None
    framework: Framework | None = None
    precisions: tuple[str, ...] = ("float32",)
    checkpoints: CheckpointFormat | None = None
    load: Callable[[], Runtime] = Runtime
    trainer: Callable[[Network, Recipe], Artifact] | None = None
    starts_from: tuple[str, ...] = (CANONICAL,)

    @property
    def runtime(self) -> Runtime:
        """The capabilities that need the framework. Raises `Rejected` where that is missing."""
        framework = self.framework
        if framework is not None and not framework.is_installed:
            raise Rejected(MissingFramework(self.name, framework.package, framework.extra))
        if framework is None or framework.package in sys.modules:
            return self.load()
        with Hushed(framework.chatter):
            return self.load()

    def emit(self, network: Network) -> Artifact:
        """The network's artifact. Raises `SpecError` with what the backend cannot express."""
        misnamed = dict.fromkeys(self._misnamed(network))
        if misnamed:
            raise SpecError(in_order(misnamed))
        if len(network.inputs) > 1 and not self.several_inputs:
            refused = Unsupported(self.name, f"model `{network.name}`", "it takes one input")
            place = network.template.location(network.template.heading)
            raise SpecError((Finding(refused, place),))
        if self.lowerings is not None:
            self.lowerings.check(network)
        return self.emitter(network)

    def emit_training(self, network: Network, recipe: Recipe) -> Artifact:
        """The script that trains the network. Raises as `emit` does."""
        self.emit(network)
        if recipe.weights is not None and not recipe.weights.endswith(self.starts_from):
            lack = f"training scripts that read {recipe.weights}"
            raise Rejected(MissingCapability(self.name, lack, f"recipe {recipe.name}"))
        return needed(self, self.trainer, "training scripts", "one")(network, recipe)

    def build(self, network: Network, dtype: str | None = None, training: bool = True) -> Any:
        """A live model: what is emitted, executed, in a precision or the framework's default.

        `training` is for models that do not know their mode: whether outputs that are for training
        alone are theirs.

        Raises `SpecError` as `emit` does, and `Rejected` where there are no live models.
        """
        models = needed(self, self.runtime.models, "live models", "building one")
        return models.build(
            self.emit(network), network if training else network.in_inference, dtype
        )

    def _misnamed(self, network: Network) -> Iterator[Finding]:
        """The names that this backend reserves and the checker does not, each at its place."""
        if self.reserved is None or self.reserved.names <= RESERVED.keys():
            return
        for scope in distinct_scopes(network.scope):
            for step in steps_of(scope):
                if isinstance(step, Run):
                    continue
                if step.name in self.reserved.names:
                    location = scope.template.location(step.site.syntax.name or step.site)
                    yield Finding(ReservedName(step.name, self.reserved.owner), location)


def needed(backend: Backend, capability: Capability | None, what: str, purpose: str) -> Capability:
    """The capability, where there is one. Raises `Rejected` else."""
    if capability is None:
        raise Rejected(MissingCapability(backend.name, what, purpose))
    return capability


def live_parts(backend: Backend, purpose: str) -> tuple[LiveModels, WeightAccess]:
    """A backend's live models, and the access to their weights. Raises `Rejected`."""
    runtime = backend.runtime
    models = needed(backend, runtime.models, "live models", purpose)
    return models, needed(backend, runtime.weights, "access to weights", purpose)


def per_input(images: Any) -> tuple[Any, ...]:
    """A batch for each input: of several inputs, `images` are a tuple of batches."""
    return images if isinstance(images, tuple) else (images,)


def together(batches: Sequence[Any]) -> Any:
    """Batches as models take them: a tuple, or the one itself."""
    return tuple(batches) if len(batches) > 1 else batches[0]


# Which backends there are.

GROUP = "cnndsl.backends"
REFERENCE = "numpy"
"""The backend that computes by the language's own formulas."""


def backend_names() -> tuple[str, ...]:
    """The installed backends, in alphabetical order."""
    return names_in(GROUP)


def find_backend(name: str) -> Backend:
    """The installed backend of that name. Raises `Rejected`."""
    point = named_in(GROUP, name)
    if point is None:
        raise Rejected(UnknownBackend(name, backend_names()))
    backend: Backend = point.load()
    return backend


def execute(artifact: Artifact, name: str) -> dict[str, Any]:
    """Run emitted Python source as a module and give its names.

    The text is registered with `linecache`, so that tracebacks and `inspect` show it.
    """
    import linecache  # deferred: only live models need them
    import types

    filename, source = f"<cnndsl {name}>", artifact.text
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    module = types.ModuleType(f"cnndsl_emitted_{name}")
    module.__file__ = filename
    sys.modules[module.__name__] = module
    exec(compile(source, filename, "exec", dont_inherit=True), module.__dict__)  # noqa: S102  # our own text
    return module.__dict__
