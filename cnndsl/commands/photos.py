"""Photos as a network's input: read, turned upright, resized, cropped, and given their numbers."""

from __future__ import annotations

import os
from contextlib import contextmanager
from warnings import catch_warnings

from ..diagnostics.base import reason_of
from ..project.regular import opened, text_of
from ..text import printable
from .failure import CommandError, complain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from ..ir.network import Network
    from ..ir.pixels import Pixels
    from ..values import Shape

FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
"""What is read. Other formats of Pillow start programs, or hold no photo."""
STANDARD_ERROR = 2
MOST_PIXELS = 100_000_000
SEVERAL_VIEWS = "MPO"
"""The JPEG files of cameras that keep a preview, or another view, behind the photo."""
ONE_WAY = "LAB"
"""The colours of printers that Pillow turns into no other but red, green and blue."""
MODES = {"gray": "L", "rgb": "RGB", "bgr": "RGB"}


def read_photos(paths: Sequence[str], network: Network, resize: int | None) -> Any:
    """The photos as a batch (photos, height, width, channels) of float32. Raises `CommandError`.

    Of several inputs each gets one of them, in their order.
    """
    inputs = network.inputs
    if len(inputs) == 1:
        return batch_of(paths, network, inputs[0][1], resize)
    if len(paths) != len(inputs):
        names = ", ".join(name for name, _ in inputs)
        raise CommandError(f"{network.name} takes {len(inputs)} photos, for {names}")
    pairs = zip(paths, inputs, strict=True)
    return tuple(batch_of([path], network, shape, resize) for path, (_, shape) in pairs)


def batch_of(paths: Sequence[str], network: Network, shape: Shape, resize: int | None) -> Any:
    """Photos as a batch for an input of this shape."""
    import numpy  # noqa: TID251  # deferred: NumPy, once the spec holds

    from ..recipes.pictures import numbers_of
    from ..recipes.support.photo import shorter_side

    pixels = stated_pixels(network, shape)
    side = resize or shorter_side(shape.dims)
    if side < min(shape.height, shape.width):
        raise CommandError(f"--resize {side} is too small for an input of {shape}")
    photos = (read_photo(path, shape, side, pixels) for path in paths)
    return numpy.stack([numbers_of(photo, pixels) for photo in photos])


def stated_pixels(network: Network, shape: Shape) -> Pixels:
    """What the model states of such an input. Raises `CommandError` where that is nothing."""
    if network.pixels is not None and network.pixels.fit(shape):
        return network.pixels
    order = {1: "gray", 3: "rgb"}.get(shape.channels) if shape.is_image else None
    if order is None:
        raise CommandError(f"{network.name} takes {shape}, which no photo can be")
    advice = f"write `pixels {order}(range=(0, 1))`, or whatever it was trained on, below `input`"
    raise CommandError(f"{network.name} does not say what numbers a photo becomes", advice)


def read_photo(path: str, shape: Shape, side: int, pixels: Pixels) -> Any:
    """A photo as 8-bit values (height, width, channels), red first. Raises `CommandError`."""
    try:
        from PIL import Image, ImageOps  # deferred: Pillow need not be installed
    except ImportError:
        raise CommandError("photos need Pillow", "pip install 'cnndsl[photos]'") from None
    import numpy  # noqa: TID251  # deferred: NumPy, once the spec holds

    from ..recipes.support.photo import middle_of, on_white

    name = printable(path)
    Image.init()
    known = [one for one in FORMATS if one in Image.OPEN]
    try:
        with (
            catch_warnings(action="ignore"),
            opened(path) as file,
            Image.open(file, formats=known) as photo,
        ):
            if photo.width * photo.height > MOST_PIXELS:
                raise Image.DecompressionBombError
            if getattr(photo, "is_animated", False) and photo.format != SEVERAL_VIEWS:
                complain(f"warning: {name} has several pictures, of which the first is taken")
            with unheard():
                upright = ImageOps.exif_transpose(photo)
            plain = upright.convert("RGB") if upright.mode == ONE_WAY else upright
            flat = on_white(plain).convert(MODES[pixels.order])
            fitted = middle_of(flat, shape.height, shape.width, side)
    except Exception as error:  # Pillow's readers raise whatever a broken file leads them to
        raise CommandError(f"cannot read {name} as a photo: {reason_for(error)}") from None
    return numpy.asarray(fitted).reshape(shape.dims)


@contextmanager
def unheard() -> Iterator[None]:
    """Keep what libraries of C write to standard error by themselves from a person's eyes."""
    try:
        kept = os.dup(STANDARD_ERROR)
    except OSError:  # there is none
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, STANDARD_ERROR)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, STANDARD_ERROR)
        os.close(kept)


def reason_for(error: Exception) -> str:
    """Why a photo could not be read, in our words."""
    from PIL import Image, UnidentifiedImageError  # deferred: Pillow need not be installed

    from ..recipes.support.photo import StrangeSamples

    if isinstance(error, StrangeSamples):
        return str(error)
    if isinstance(error, Image.DecompressionBombError):
        return f"it has more than {MOST_PIXELS:,} pixels"
    if isinstance(error, UnidentifiedImageError):
        return "it is of no known format"
    if isinstance(error, OSError) and error.errno is not None:
        return reason_of(error)
    return "it is damaged, or of an unusual kind"


def read_labels(path: str) -> list[str]:
    """The names of classes: a line for each, or JSON as Keras has it. Raises `CommandError`."""
    import json  # deferred: few runs have labels

    try:
        text = text_of(path)
    except OSError as error:
        raise CommandError(f"cannot read {printable(path)}: {reason_of(error)}") from None
    except ValueError:
        message = f"cannot read {printable(path)}: not UTF-8 text"
        raise CommandError(message, "--labels has a line for each class, in UTF-8") from None
    if not path.lower().endswith(".json"):
        return text.rstrip().splitlines()
    try:
        found = json.loads(text)
        is_index = isinstance(found, dict)
        entries = [found[str(one)] for one in range(len(found))] if is_index else found
        return [str(one[-1] if isinstance(one, list) else one) for one in entries]
    except (ValueError, LookupError, TypeError, RecursionError):
        wanted = 'a list of names, or `{"0": ["id", "name"], ...}`'
        raise CommandError(f"{printable(path)} is not {wanted}") from None
