"""cnndsl from Python: `load`, `loads` and `check`."""

from __future__ import annotations

import os

from .diagnostics.base import Finding, Rejected, SpecError
from .project.loading import Loader, check_module, choose_model, examine, in_order
from .project.locate import UnreadableSpecError, read_spec
from .project.outcome import output_shapes, shown
from .report.formats import counted
from .text import Location, Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .backend import Backend
    from .fitting import Trained
    from .ir.network import LayerView, Network
    from .ir.pixels import Pixels
    from .project.facts import Facts
    from .values import Value

__all__ = ["CheckedNetwork", "SpecError", "UnreadableSpecError", "check", "load", "loads"]


class CheckedNetwork:
    """A model whose every shape is known and whose every budget holds.

    Shapes are tuples without the batch axis: (height, width, channels), or (length,).
    """

    def __init__(self, network: Network, source: Source | None = None) -> None:
        self.network = network
        """The intermediate representation, as backends receive it."""
        self._source = source or network.template.source
        """The file whose recipes are the network's."""

    def __repr__(self) -> str:
        shapes = ", ".join(str(shape) for _, shape in output_shapes(self.network))
        return (
            f"<CheckedNetwork {self.name}: {shown(self.network.inputs)} -> {shapes}, "
            f"{counted(self.params, 'parameter')}>"
        )

    def _repr_html_(self) -> str:
        """The network as a notebook shows it."""
        from .pictures.notebook import fragment  # deferred: for notebooks alone

        return fragment(self.network)

    @property
    def name(self) -> str:
        """The model's name in the spec."""
        return self.network.name

    @property
    def documentation(self) -> str:
        """The comment directly above the model."""
        return self.network.template.definition.documentation

    @property
    def parameters(self) -> dict[str, Value]:
        """The values of the model's parameters."""
        return dict(self.network.parameters)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of the first input."""
        return self.network.input_shape.dims

    @property
    def input_shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each input by name; one that the model gives no name is `input`."""
        return {name: shape.dims for name, shape in self.network.inputs}

    @property
    def pixels(self) -> Pixels | None:
        """What a picture becomes as input (order, range, mean, std), where the spec states it."""
        return self.network.pixels

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The shape of the first output."""
        return output_shapes(self.network)[0][1].dims

    @property
    def output_shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each output by name; a network with one output calls it `main`."""
        return {name: shape.dims for name, shape in output_shapes(self.network)}

    @property
    def training_outputs(self) -> tuple[str, ...]:
        """The names of the outputs that are for training alone, which are the last ones."""
        names = tuple(self.output_shapes)
        return names[len(names) - self.network.training_outputs :]

    @property
    def layers(self) -> tuple[LayerView, ...]:
        """Every layer in the order of the spec, which is an order of computation."""
        return self.network.layers

    @property
    def params(self) -> int:
        """Parameters, trainable or not."""
        return self.network.cost.params

    @property
    def trainable_params(self) -> int:
        return self.network.cost.trainable

    @property
    def macs(self) -> int:
        """Multiply-accumulates for one image, bias excluded."""
        return self.network.cost.macs

    def facts(self, batch: int = 1) -> Facts:
        """Operations, the memory of activations for a batch, receptive field, smallest input."""
        from .project.facts import facts_of  # deferred: a check works them out where asked

        return facts_of(self.network, batch)

    def summary(self) -> str:
        """The table of layers with output shapes, parameters and MACs."""
        from .report.layer_table import plain  # deferred: a check shows no table

        return plain(self.network)

    def emit(self, backend: str = "numpy") -> str | Any:
        """The network as that backend emits it: formatted source, or the bytes of a file.

        Raises `SpecError` for what the backend cannot express exactly, and `ValueError` for a
        backend that is not installed.
        """
        return _backend(backend).emit(self.network).content

    def build(self, backend: str = "numpy", training: bool = False) -> Any:
        """A live model: the emitted source, executed.

        `training` asks for the outputs that are for training alone, of a model that either has
        them or not. One that knows its mode, as PyTorch's do, has them in training.

        Raises `ImportError` if the framework is not installed, `ValueError` for a backend without
        live models, and else as `emit` does.
        """
        try:
            return _backend(backend).build(self.network, training=training)
        except Rejected as rejection:
            raise _as_error(rejection) from None

    def fit(
        self,
        data: Any = None,
        *,
        recipe: str | None = None,
        backend: str = "numpy",
        weights: str | os.PathLike[str] | None = None,
        out: str | os.PathLike[str] | None = None,
        resume: bool = False,
        progress: bool = True,
        **settings: object,
    ) -> Trained:
        """A model trained by a recipe, as `cnndsl train` trains it.

        data: two arrays, images (n, height, width, channels) and labels (n, ...); or a path to a
            folder, `.npz` or `.csv` file; or `digits`. The recipe's where left out. Images are
            pictures of 8 bits (uint8), or other numbers, which are taken as they are. Labels are
            numbers of classes, a probability for each class, or values; of several outputs, a
            dictionary by their names.
        recipe: the name of one in the spec's file; or a `.cnn` file that has one for this model; or
            settings, one a line. The only one of the spec's file where left out, or the usual one.
        weights: a file to start from
        out: the folder for all that training keeps, and `resume` goes on from; none is kept else
        progress: whether each epoch is told on standard output
        settings: of the recipe, in place of its own, as it writes them: `epochs=5`,
            `optimizer="adam(rate=0.01)"`

        Raises `SpecError` for what is wrong with the recipe, `ImportError` if the framework is not
        installed, and `ValueError` for data and weights that do not fit.
        """
        from .fitting import fit  # deferred: NumPy, for training alone

        try:
            return fit(
                self.network,
                self._source,
                _backend(backend),
                data,
                recipe,
                settings,
                weights=weights,
                out=out,
                resume=resume,
                progress=progress,
            )
        except Rejected as rejection:
            raise _as_error(rejection) from None


def load(
    spec: str | os.PathLike[str], /, *, model: str | None = None, **params: object
) -> CheckedNetwork:
    """The network of a spec: a path, or a zoo name such as `resnet50`.

    `model` chooses from a file that defines several, and `params` set its parameters: numbers,
    booleans, None, lists and tuples, or text for any expression of the language (`"3x3"`).

    Raises `SpecError` with all findings for a spec that does not hold, and `UnreadableSpecError`,
    an `OSError`, for one that cannot be read.
    """
    return _checked(read_spec(os.fspath(spec)), model, params)


def loads(
    text: str, /, *, name: str = "<text>", model: str | None = None, **params: object
) -> CheckedNetwork:
    """The network of a spec's text, called `name` in messages. Imports start at `name`'s folder.

    Else as `load`.
    """
    return _checked(_source(text, name), model, params)


def check(spec: str | os.PathLike[str], /) -> tuple[Finding, ...]:
    """All findings of a spec, with every model's parameters at their defaults; none if it holds.

    `spec` is a path, a zoo name, or the text itself: what has a line break or a brace is text.
    Raises `UnreadableSpecError` for a path that cannot be read.
    """
    written = os.fspath(spec)
    is_text = isinstance(spec, str) and any(mark in written for mark in "\n{")
    source = _source(written, "<text>") if is_text else read_spec(written)
    return check_module(Loader().module(source))


def network_of(
    source: Source, model: str | None, values: Mapping[str, Value]
) -> tuple[Network, Loader]:
    """The network of a source, and the loader that has read its files. Raises `SpecError`."""
    loader = Loader()
    module = loader.module(source)
    if module.findings and not module.models:
        raise SpecError(in_order(dict.fromkeys(module.findings)))
    try:
        template = choose_model(module, model)
    except Rejected as rejection:
        raise SpecError((Finding(rejection.diagnostic, Location(source, 0, 0)),)) from None
    findings, networks, partial = examine(module, [template], values)
    if findings:
        raise SpecError(findings, next(iter((*partial, *networks)), None))
    return networks[0], loader


def _checked(source: Source, model: str | None, params: Mapping[str, object]) -> CheckedNetwork:
    from .project.parameters import from_python  # deferred: the command line has its own

    return CheckedNetwork(network_of(source, model, from_python(params))[0], source)


def _source(text: str, name: str) -> Source:
    return Source(name, text.removeprefix("\ufeff"), None if name.startswith("<") else name)


def _backend(name: str) -> Backend:
    from .backend import find_backend  # deferred: a check has no backend

    try:
        return find_backend(name)
    except Rejected as rejection:
        raise ValueError(_with_help(rejection)) from None


def _as_error(rejection: Rejected) -> Exception:
    from .diagnostics.backends import MissingFramework  # deferred: a check has no backend

    is_missing = isinstance(rejection.diagnostic, MissingFramework)
    return (ImportError if is_missing else ValueError)(_with_help(rejection))


def _with_help(rejection: Rejected) -> str:
    diagnostic = rejection.diagnostic
    return f"{diagnostic.message}; {diagnostic.help}" if diagnostic.help else diagnostic.message
