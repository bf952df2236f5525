"""`cnndsl evaluate`: the losses and metrics of trained weights on data."""

from __future__ import annotations

from ..report.formats import aligned, counted
from ..text import printable
from .argument_parser import Parser, at_least
from .failure import CLEAN, CommandError, write
from .recipe_options import load_training
from .spec import backend_of, live_parts_of
from .weight_options import add_weights, weights_to_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence
    from typing import Any

    from ..backend import Backend
    from ..project.recipes import Training
    from ..recipes.recipe import OutputLoss

DESCRIPTION = """\
Measure weights on data: the losses and metrics of the network's recipe, or of the usual one, in
inference. DATA is what `cnndsl train` takes. --held-out measures on the part of it that the
recipe's `hold_out` and `seed` keep from training.

Exit status: 0 measured, 1 findings, 2 usage mistake, unreadable file or missing backend."""
EXAMPLES = """\
cnndsl evaluate lenet5_modern --weights runs/lenet5_modern/best.npz --held-out
cnndsl evaluate net.cnn photos --weights best.pth --backend torch"""


def main(arguments: Sequence[str]) -> int:
    parser = Parser("evaluate", DESCRIPTION, EXAMPLES)
    parser.add_spec()
    parser.add_argument("data", metavar="DATA", nargs="?", help="what to measure on")
    add_weights(parser, "none: it must be given")
    parser.add_flag("--held-out", help="measure on the held-out part alone")
    parser.add_recipe()
    parser.add_backend()
    meaning = "of what --allow-missing lets be drawn"
    parser.add_value("--seed", "N", meaning, type=at_least(0), default=0)
    parser.add_value("--batch", "N", "how many images at once", type=at_least(1), default=64)
    options = parser.parse(arguments)
    if options.weights is None:
        raise CommandError("no weights are given", "write `--weights FILE`")
    backend = backend_of(options.backend)
    try:
        training, _ = load_training(options)
        write(evaluate(training, backend, options))
    except SystemExit as stop:  # what scripts end with where samples do not fit
        raise CommandError(str(stop.code)) from None
    return CLEAN


def evaluate(training: Training, backend: Backend, options: Namespace) -> str:
    """The figures as text."""
    import numpy as np  # noqa: TID251  # deferred: NumPy, once the spec holds

    from ..recipes.measuring import loss_of, metric_of
    from ..recipes.pictures import as_input
    from ..recipes.support.halves import halves

    recipe, network = training.recipe, training.network.in_inference
    samples = samples_of(options.data or recipe.data, training)
    if options.held_out:
        samples = samples.part(halves(len(samples), recipe.hold_out, recipe.seed)[1])
    if not len(samples):
        raise CommandError("there are no samples to measure on")
    models, weights = live_parts_of(backend, "`cnndsl evaluate`")
    arrays = weights_to_run(network, options)
    model = backend.build(training.network, training=False)
    weights.load_weights(model, network, arrays or {})
    batches = []
    for first in range(0, len(samples), options.batch):
        chosen = range(first, min(first + options.batch, len(samples)))
        images = np.stack([as_input(samples[one][0], network) for one in chosen])
        batches.append(models.predict(model, images))
    outputs = [np.concatenate(parts) for parts in zip(*batches, strict=True)]
    names = [name for name, _ in network.outputs]
    rows = [("samples", counted(len(samples), "sample")), ("weights", printable(options.weights))]
    by_output = {loss.output: loss for loss in recipe.losses}
    losses = [by_output[name] for name in names]
    parts = zip(losses, outputs, samples.labels[: len(losses)], strict=True)
    values = [loss_of(loss, found, labels) for loss, found, labels in parts]
    rows.append(("loss", f"{sum(values):.4f}"))
    if len(losses) > 1:
        rows += map(_part, losses, values)
    for use in recipe.metrics:
        value = metric_of(use, losses[0], outputs[0], samples.labels[0])
        is_share = use.name in ("accuracy", "top")
        rows.append((str(use), f"{value:.2%}" if is_share else f"{value:.4f}"))
    return aligned(rows)


def _part(loss: OutputLoss, value: float) -> tuple[str, str]:
    """The row of an output's loss as it is, and the weight that it has in the sum."""
    weight = loss.use["weight"]
    times = "" if weight == 1 else f" (times {weight:g})"
    return f"loss of {loss.output}", f"{value / weight:.4f}{times}"


def samples_of(data: str, training: Training) -> Any:
    """The samples of some data. Raises `CommandError`."""
    from ..recipes.support.samples import Samples  # deferred: NumPy, once the spec holds

    network = training.network
    try:
        return Samples.load(data, network.input_shape.dims, [name for name, _ in network.outputs])
    except ImportError as error:
        raise CommandError(str(error), "pip install 'cnndsl[train]'") from None
