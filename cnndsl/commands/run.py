"""`cnndsl run`: build a network with random weights and let it look at one batch of images."""

from __future__ import annotations

import math
import time

from ..project.loading import SpecError
from ..report.formats import aligned, counted
from .argument_parser import Parser, at_least
from .failure import CLEAN, FINDINGS, CommandError, write
from .spec import backend_of, cannot_build, live_parts_of, load, report_findings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence
    from typing import Any

    from ..backend import Backend
    from ..ir.network import LayerView, Network
    from ..values import Shape

DESCRIPTION = """\
Build the live model, give it random weights, and run it once on a random image, or on --image.
Weights and image depend on the seed alone: every backend receives the same ones.

Exit status: 0 done, 1 findings, 2 usage mistake, unreadable file or missing backend."""
EXAMPLES = """\
cnndsl run lenet5
cnndsl run resnet50 --backend torch --batch 8
cnndsl run net.cnn --image cat.npy --seed 7"""
TOP = 5


def main(arguments: Sequence[str]) -> int:
    parser = Parser("run", DESCRIPTION, EXAMPLES)
    parser.add_spec()
    parser.add_backend()
    parser.add_value("--batch", "N", "how many images (default: 1)", type=at_least(1), default=1)
    parser.add_value("--seed", "N", "of the weights and the image", type=at_least(0), default=0)
    meaning = "an array (height, width, channels), or a batch of them in front"
    parser.add_value("--image", "FILE.npy", meaning)
    options = parser.parse(arguments)
    backend = backend_of(options.backend)
    try:
        network, _ = load(options)
        images, origin = images_of(options, network.input_shape)
        write(run(network, backend, images, origin, options.seed))
    except SpecError as error:
        write(report_findings(error.findings))
        return FINDINGS
    except ImportError as error:
        raise cannot_build(backend, error) from None
    except MemoryError:
        size = counted(network.cost.params, "parameter")
        raise CommandError(f"{network.name} with {size} does not fit into memory") from None
    return CLEAN


def run(network: Network, backend: Backend, images: Any, origin: str, seed: int) -> str:
    """Build, fill and run the network; the text says what came out."""
    from ..weights.random import random_weights  # deferred: NumPy, once the spec holds

    started = time.perf_counter()
    models, weights = live_parts_of(backend, "`cnndsl run`")
    model = backend.build(network)
    weights.load_weights(model, network, random_weights(network, seed))
    built = time.perf_counter()
    outputs = models.predict(model, images)
    done = time.perf_counter()
    layers, cost, count = network.layers, network.cost, len(images)
    facts = [
        ("network", f"{network.name} on {backend.name}, {counted(cost.params, 'parameter')}"),
        ("weights", f"random, seed {seed}"),
        ("input", f"{counted(count, 'image')} of {network.input_shape}, {origin}"),
    ]
    for (name, index), values in zip(network.outputs, outputs, strict=True):
        maker = layers[index] if index >= 0 else None
        facts.append((f"output {name}", "x".join(map(str, values.shape[1:]))))
        if values.ndim == 2:
            facts += top_classes(values[0], maker, count)
    building, running = 1e3 * (built - started), 1e3 * (done - built)
    facts.append(("time", f"{building:,.0f} ms to build, {running:,.0f} ms to run"))
    return aligned(facts)


def top_classes(values: Any, maker: LayerView | None, count: int) -> list[tuple[str, str]]:
    """The highest of one image's outputs, as probabilities that sum to 1."""
    numbers = [float(one) for one in values]
    is_softmax = maker is not None and maker.op.name == "softmax"
    if not is_softmax:
        highest = max(numbers)
        powers = [math.exp(one - highest) for one in numbers]
        numbers = [one / sum(powers) for one in powers]
    best = sorted(range(len(numbers)), key=lambda index: (-numbers[index], index))[:TOP]
    notes = [] if is_softmax else ["softmax of the outputs"]
    notes += ["of the first image"] if count > 1 else []
    note = f"  ({', '.join(notes)})" if notes else ""
    lines = [("", f"class {index:>{len(str(max(best)))}}  {numbers[index]:.4f}") for index in best]
    lines[0] = ("", lines[0][1] + note)
    return lines


# Images


def images_of(options: Namespace, shape: Shape) -> tuple[Any, str]:
    """The batch to run, and in words where it comes from. Raises `CommandError`."""
    import numpy  # noqa: TID251  # deferred: NumPy, once the spec holds

    if options.image is None:
        generator = numpy.random.default_rng(options.seed)
        images = generator.random((options.batch, *shape.dims), numpy.float32)
        return images, f"random, seed {options.seed}"
    try:
        images = numpy.load(options.image, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise CommandError(f"cannot read {options.image} as an array: {error}") from None
    if not isinstance(images, numpy.ndarray) or images.dtype.kind not in "fiub":
        raise CommandError(f"{options.image} does not hold one array of numbers")
    if images.ndim == len(shape.dims):
        images = images[None]
    if images.shape[1:] != shape.dims or not len(images):
        found = "x".join(map(str, images.shape))
        raise CommandError(f"{options.image} is {found}, but the network takes {shape}")
    if options.batch > 1:
        images = numpy.concatenate([images] * options.batch)
    return numpy.ascontiguousarray(images, numpy.float32), f"from {options.image}"
