"""`cnndsl run`: build a network and let it look at photos, or at one batch of arrays."""

from __future__ import annotations

import math
import time

from ..project.loading import SpecError
from ..report.formats import aligned, counted
from ..text import printable
from .argument_parser import Parser, at_least
from .failure import CLEAN, FINDINGS, CommandError, write
from .photos import read_labels, read_photos
from .spec import backend_of, cannot_build, live_parts_of, load, report_findings
from .weight_options import add_weights, weights_to_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence
    from typing import Any

    from ..backend import Backend
    from ..ir.network import LayerView, Network

DESCRIPTION = """\
Build the live model and run it on photos, on the arrays of --image, or on a random image. Without
--weights it gets random ones; those and a random image depend on the seed alone, so that every
backend receives the same.

A photo becomes what the model's `pixels` say. It is turned upright, laid on white where it is
transparent, resized (bilinear) so that its shorter side is 256/224 of the input's, or --resize, and
cropped to its middle. Photos need Pillow: pip install 'cnndsl[photos]'.

Exit status: 0 done, 1 findings, 2 usage mistake, unreadable file or missing backend."""
EXAMPLES = """\
cnndsl run lenet5
cnndsl run resnet50 --backend torch --batch 8
cnndsl run torchvision/resnet50 cat.jpg dog.png --weights resnet50.pth --labels imagenet.txt
cnndsl run net.cnn cat.jpg --weights last.ckpt --entry ema --rename backbone.=
cnndsl run net.cnn --image cat.npy --seed 7"""
TOP = 5
REAL = ("float", "int", "uint", "bool")


def main(arguments: Sequence[str]) -> int:
    parser = Parser("run", DESCRIPTION, EXAMPLES)
    parser.add_spec()
    parser.add_argument("photos", metavar="PHOTO", nargs="*", help="what to look at")
    add_weights(parser, "random")
    meaning = "the classes' names: a line for each, or Keras' class index as JSON"
    parser.add_value("--labels", "FILE", meaning)
    meaning = f"how many classes to print (default: {TOP})"
    parser.add_value("--top", "N", meaning, type=at_least(1), default=TOP)
    meaning = "the shorter side of a photo before it is cropped, in pixels"
    parser.add_value("--resize", "N", meaning, type=at_least(1))
    parser.add_backend()
    parser.add_value("--batch", "N", "how many images (default: 1)", type=at_least(1), default=1)
    parser.add_value("--seed", "N", "of the weights and the image", type=at_least(0), default=0)
    meaning = "an array (height, width, channels), or a batch of them in front"
    parser.add_value("--image", "FILE.npy", meaning)
    options = parser.parse(arguments)
    backend = backend_of(options.backend)
    try:
        network, _ = load(options)
        images, origin = images_of(options, network)
        write(run(network, backend, images, origin, options))
    except SpecError as error:
        write(report_findings(error.findings))
        return FINDINGS
    except ImportError as error:
        raise cannot_build(backend, error) from None
    except MemoryError:
        size = counted(network.cost.params, "parameter")
        raise CommandError(f"{network.name} with {size} does not fit into memory") from None
    return CLEAN


def run(network: Network, backend: Backend, images: Any, origin: str, options: Namespace) -> str:
    """Build, fill and run the network; the text says what came out."""
    from ..weights.random import random_weights  # deferred: NumPy, once the spec holds

    labels = read_labels(options.labels) if options.labels else []
    arrays = weights_to_run(network, options)
    started = time.perf_counter()
    models, weights = live_parts_of(backend, "`cnndsl run`")
    model = backend.build(network)
    weights.load_weights(model, network, arrays or random_weights(network, options.seed))
    built = time.perf_counter()
    outputs = models.predict(model, images)
    done = time.perf_counter()
    warning = ": the classes mean nothing" if options.photos else ""
    layers, cost, count = network.layers, network.cost, len(images)
    facts = [
        ("network", f"{network.name} on {backend.name}, {counted(cost.params, 'parameter')}"),
        ("weights", printable(options.weights or f"random, seed {options.seed}{warning}")),
        ("input", f"{counted(count, 'image')} of {network.input_shape}, {origin}"),
    ]
    for (name, index), values in zip(network.in_inference.outputs, outputs, strict=False):
        maker = layers[index] if index >= 0 else None
        facts.append((f"output {name}", "x".join(map(str, values.shape[1:]))))
        if values.ndim == 2:
            note = ["of the first image"] if count > 1 and not options.photos else []
            for photo, row in zip(options.photos or [""], values, strict=False):
                facts += top_classes(row, maker, options.top, labels, note, printable(photo))
    if labels and all(values.ndim != 2 for values in outputs):
        raise CommandError("no output has classes for `--labels` to name")
    building, running = 1e3 * (built - started), 1e3 * (done - built)
    facts.append(("time", f"{building:,.0f} ms to build, {running:,.0f} ms to run"))
    return aligned(facts)


def top_classes(
    values: Any,
    maker: LayerView | None,
    top: int,
    labels: Sequence[str],
    note: Sequence[str],
    photo: str,
) -> list[tuple[str, str]]:
    """The highest of one image's outputs, as probabilities that sum to 1.

    Raises `CommandError` where the labels are not as many.
    """
    if labels and len(labels) != len(values):
        found = f"{counted(len(labels), 'label')} for {counted(len(values), 'output')}"
        raise CommandError(f"there are {found}", "--labels has a line for each class, in order")
    numbers = [float(one) for one in values]
    is_softmax = maker is not None and maker.op.name == "softmax"
    if not is_softmax:
        highest = max(numbers)
        powers = [math.exp(one - highest) for one in numbers]
        numbers = [one / sum(powers) for one in powers]
    best = sorted(range(len(numbers)), key=lambda index: (-numbers[index], index))[:top]
    notes = [*([] if is_softmax else ["softmax of the outputs"]), *note]
    width = len(str(max(best)))
    lines = []
    for index in best:
        label = f"  {printable(labels[index])}" if labels else ""
        lines.append(("", f"class {index:>{width}}  {numbers[index]:.4f}{label}"))
    lines[0] = (photo, lines[0][1] + (f"  ({', '.join(notes)})" if notes else ""))
    return lines


# Images


def images_of(options: Namespace, network: Network) -> tuple[Any, str]:
    """The batch to run, and in words where it comes from. Raises `CommandError`."""
    import numpy  # noqa: TID251  # deferred: NumPy, once the spec holds

    from ..weights.archives import read_npy

    shape = network.input_shape
    if options.photos:
        if options.image is not None or options.batch > 1:
            raise CommandError("photos are run as they are, without --image and --batch")
        return read_photos(options.photos, network, options.resize), "from photos"
    if options.image is None:
        generator = numpy.random.default_rng(options.seed)
        images = generator.random((options.batch, *shape.dims), numpy.float32)
        return images, f"random, seed {options.seed}"
    entry, name = read_npy(options.image), printable(options.image)
    if entry.fault is not None or entry.dtype.rstrip("0123456789") not in REAL:
        raise CommandError(f"{name} does not hold one array of numbers")
    images = entry.read()
    if images.ndim == len(shape.dims):
        images = images[None]
    if images.shape[1:] != shape.dims or not len(images):
        found = "x".join(map(str, images.shape))
        raise CommandError(f"{name} is {found}, but the network takes {shape}")
    if options.batch > 1:
        images = numpy.concatenate([images] * options.batch)
    return numpy.ascontiguousarray(images, numpy.float32), f"from {name}"
