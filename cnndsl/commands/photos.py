"""Photos as a network's input: read, turned upright, resized, cropped, and given their numbers."""

from __future__ import annotations

from warnings import catch_warnings

from ..diagnostics.base import reason_of
from ..project.regular import opened, text_of
from ..text import printable
from .failure import CommandError, complain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..ir.network import Network
    from ..ir.pixels import Pixels
    from ..values import Shape

FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
"""What is read. Other formats of Pillow start programs, or hold no photo."""
MOST_PIXELS = 100_000_000
LARGEST_SAMPLE = 65_535
RESIZED, CROPPED = 256, 224
"""By default a photo's shorter side becomes 256 for a network that takes 224, and so on."""
SEVERAL_VIEWS = "MPO"
"""The JPEG files of cameras that keep a preview, or another view, behind the photo."""
WITH_ALPHA = ("LA", "La", "PA", "RGBA", "RGBa")
MODES = {"gray": "L", "rgb": "RGB", "bgr": "RGB"}


class StrangeSamples(ValueError):
    """A photo whose samples have neither 8 bits nor 16."""


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

    pixels = stated_pixels(network, shape)
    side = resize or round(min(shape.height, shape.width) * RESIZED / CROPPED)
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
            flat = opaque(ImageOps.exif_transpose(photo))
            fitted = fit(flat.convert(MODES[pixels.order]), shape, side)
    except Exception as error:  # Pillow's readers raise whatever a broken file leads them to
        raise CommandError(f"cannot read {name} as a photo: {reason_for(error)}") from None
    return numpy.asarray(fitted).reshape(shape.dims)


def reason_for(error: Exception) -> str:
    """Why a photo could not be read, in our words."""
    from PIL import Image, UnidentifiedImageError  # deferred: Pillow need not be installed

    if isinstance(error, StrangeSamples):
        return "its samples are neither of 8 nor of 16 bits"
    if isinstance(error, Image.DecompressionBombError):
        return f"it has more than {MOST_PIXELS:,} pixels"
    if isinstance(error, UnidentifiedImageError):
        return "it is of no known format"
    if isinstance(error, OSError) and error.errno is not None:
        return reason_of(error)
    return "it is damaged, or of an unusual kind"


def opaque(photo: Any) -> Any:
    """A photo in 8 bits, what is transparent laid on white. Raises `StrangeSamples`."""
    if photo.mode == "F" or photo.mode.startswith("I"):
        return of_eight_bits(photo)
    if photo.mode not in WITH_ALPHA and "transparency" not in photo.info:
        return photo
    layer = photo.convert("RGBA")
    white = layer.copy()
    white.paste("white", (0, 0, *layer.size))
    white.alpha_composite(layer)
    return white


def of_eight_bits(photo: Any) -> Any:
    """A photo whose samples have 16 bits, in 8. Raises `StrangeSamples` for other numbers."""
    import numpy  # noqa: TID251  # deferred: NumPy, once the spec holds
    from PIL import Image  # deferred: Pillow need not be installed

    samples = numpy.asarray(photo)
    if photo.mode == "F" or samples.min() < 0 or samples.max() > LARGEST_SAMPLE:
        raise StrangeSamples
    return Image.fromarray((samples / (LARGEST_SAMPLE / 255)).round().astype(numpy.uint8))


def fit(photo: Any, shape: Shape, side: int) -> Any:
    """The middle of a photo that has been resized so that its shorter side is `side`.

    For an input that is no square, `side` is what its own shorter side is cropped from.
    """
    from PIL import Image  # deferred: Pillow need not be installed

    scale = side / min(shape.height, shape.width)
    width, height = shape.width * scale, shape.height * scale
    if width * photo.height >= height * photo.width:
        size = round(width), max(int(width * photo.height / photo.width), shape.height)
    else:
        size = max(int(height * photo.width / photo.height), shape.width), round(height)
    resized = photo.resize(size, Image.Resampling.BILINEAR)
    left, top = round((size[0] - shape.width) / 2), round((size[1] - shape.height) / 2)
    return resized.crop((left, top, left + shape.width, top + shape.height))


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
