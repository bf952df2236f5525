"""`cnndsl run`: build a network and let it look at photos, or at one batch of arrays."""

from __future__ import annotations

import math
import time

from ..backend import per_input, together
from ..diagnostics.base import Failure
from ..project.outcome import shown
from ..report.formats import aligned, counted
from ..text import printable
from .argument_parser import Parser, at_least
from .failure import CLEAN, CommandError, write
from .photos import read_labels, read_photos
from .spec import backend_of, cannot_build, live_parts_of, load
from .weight_options import add_weights, weights_to_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Sequence
    from typing import Any

    from ..backend import Backend
    from ..ir.network import LayerView, Network
    from ..values import Shape
    from ..weights.screen import Entry

DESCRIPTION = """\
Build the live model and run it on photos, on the arrays of --image, or on a random image. Without
--weights it gets random ones; those and a random image depend on the seed alone, so that every
backend receives the same.

Of several inputs, each takes one photo, in their order, or its array in the file of --image.

A photo becomes what the model's `pixels` say. It is turned upright, laid on white where it is
transparent, resized (bilinear) so that its shorter side is 256/224 of the input's, or --resize, and
cropped to its middle. Photos need Pillow: pip install 'cnndsl[photos]'.

Exit status: 0 done, 1 findings, 2 usage mistake, unreadable file or missing backend."""
EXAMPLES = """\
cnndsl run lenet5
cnndsl run resnet50 --backend torch --batch 8
cnndsl run torchvision/resnet50 cat.jpg dog.png --weights resnet50.pth --labels imagenet.txt
cnndsl run net.cnn cat.jpg --weights last.ckpt --entry ema --rename backbone.=
cnndsl run net.cnn --image cat.npy --seed 7
cnndsl run siamese --image pairs.npz"""
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
    meaning = (
        "an array (height, width, channels), or a batch of them in front; for a network of several "
        "inputs a FILE.npz with an array for each, by its name"
    )
    parser.add_value("--image", "FILE.npy", meaning)
    options = parser.parse(arguments)
    backend = backend_of(options.backend)
    try:
        network, _ = load(options)
        images, origin = images_of(options, network)
        write(run(network, backend, images, origin, options))
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
    layers, cost, count = network.layers, network.cost, len(per_input(images)[0])
    facts = [
        ("network", f"{network.name} on {backend.name}, {counted(cost.params, 'parameter')}"),
        ("weights", printable(options.weights or f"random, seed {options.seed}{warning}")),
        ("input", f"{counted(count, 'image')} of {shown(network.inputs)}, {origin}"),
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
    if len(numbers) == 1:
        return [(photo, f"{numbers[0]:.4g}" + (f"  ({', '.join(note)})" if note else ""))]
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

    if options.photos:
        if options.image is not None or options.batch > 1:
            raise CommandError("photos are run as they are, without --image and --batch")
        return read_photos(options.photos, network, options.resize), "from photos"
    if options.image is None:
        generator = numpy.random.default_rng(options.seed)
        shapes = [(options.batch, *shape.dims) for shape in network.input_shapes]
        batches = [generator.random(one, numpy.float32) for one in shapes]
        return together(batches), f"random, seed {options.seed}"
    name = printable(options.image)
    batches = [
        repeated(batch_in(entry, what, shape), options.batch)
        for entry, what, shape in arrays_in(options.image, network)
    ]
    if len({len(one) for one in batches}) > 1:
        raise CommandError(f"{name} does not hold as many of each input")
    return together(batches), f"from {name}"


def arrays_in(path: str, network: Network) -> Iterator[tuple[Entry, str, Shape]]:
    """The array of each input in a file, and what it is in words. Raises `CommandError`."""
    from ..weights.archives import read_npy, read_npz  # deferred: NumPy, once the spec holds

    name, inputs = printable(path), dict(network.inputs)
    if len(inputs) == 1:
        yield read_npy(path), name, network.input_shape
        return
    wanted = f"{network.name} takes {shown(network.inputs)}"
    advice = (
        f'numpy.savez("FILE.npz", {", ".join(f"{one}=..." for one in inputs)}) writes such a file'
    )
    try:
        entries = read_npz(path)
    except Failure as failure:
        raise CommandError(f"{failure.message}; {wanted}", advice) from None
    for one in (*inputs, *entries):
        if one not in entries or one not in inputs:
            has = "has no" if one in inputs else "has an"
            raise CommandError(f"{name} {has} array `{printable(one)}`; {wanted}", advice)
    for one, shape in inputs.items():
        yield entries[one], f"`{one}` in {name}", shape


def batch_in(entry: Entry, what: str, shape: Shape) -> Any:
    """A batch of one input, in 32 bits. Raises `CommandError` for what is no such thing."""
    import numpy  # noqa: TID251  # deferred: NumPy, once the spec holds

    if entry.fault is not None or entry.dtype.rstrip("0123456789") not in REAL:
        raise CommandError(f"{what} does not hold one array of numbers")
    images = entry.read()
    if images.ndim == len(shape.dims):
        images = images[None]
    if images.shape[1:] != shape.dims or not len(images):
        found = "x".join(map(str, images.shape))
        raise CommandError(f"{what} is {found}, but the network takes {shape}")
    return numpy.ascontiguousarray(images, numpy.float32)


def repeated(images: Any, times: int) -> Any:
    """A batch so many times over."""
    import numpy  # noqa: TID251  # deferred: NumPy, once the spec holds

    return numpy.concatenate([images] * times) if times > 1 else images
