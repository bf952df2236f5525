"""Photos as a model's input: upright, on white, the middle of what is resized."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np


class StrangeSamples(ValueError):
    """A picture whose samples are not as they are read."""


def is_picture(path: Path) -> bool:
    """Whether a file's name ends as those of pictures do."""
    endings = (".bmp", ".gif", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp")
    return path.suffix.lower() in endings


def read_photo(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """A photo in 8 bits, as large as the model's input. Raises `SystemExit`."""
    from PIL import Image, ImageOps

    if not path.is_file():
        raise SystemExit(f"{path}: there is no such picture")
    try:
        with Image.open(path) as photo:
            ImageOps.exif_transpose(photo, in_place=True)
            flat, mode = on_white(photo), "L" if shape[-1] == 1 else "RGB"
            coloured = flat if flat.mode == mode else flat.convert(mode)
            coloured.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise SystemExit(f"{path}: no picture can be read: {error}") from None
    fitted = middle_of(coloured, shape[0], shape[1], shorter_side(shape))
    return np.asarray(fitted, np.uint8).reshape(shape)


def read_mask(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """The number of each pixel: of its colour in a palette, or its shade of grey.

    It is as large as the model's input. Raises `SystemExit`.
    """
    from PIL import Image

    try:
        with Image.open(path) as mask:
            if mask.mode not in ("1", "L", "P"):
                raise StrangeSamples(f"it is {mask.mode}, not grey or of a palette")
            numbers = Image.fromarray(np.asarray(mask, np.uint8))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise SystemExit(f"{path}: no mask can be read: {error}") from None
    side, nearest = shorter_side(shape), Image.Resampling.NEAREST
    return np.asarray(middle_of(numbers, shape[0], shape[1], side, nearest))


def shorter_side(shape: tuple[int, ...]) -> int:
    """That of a photo whose middle is taken: 256 pixels for an input of 224."""
    return round(min(shape[:2]) * 256 / 224)


def on_white(photo: Any) -> Any:
    """A photo in 8 bits, what is transparent laid on white. Raises `StrangeSamples`."""
    if photo.mode == "F" or photo.mode.startswith("I"):
        return of_eight_bits(photo)
    has_alpha = photo.mode in ("LA", "La", "PA", "RGBA", "RGBa")
    if not has_alpha and "transparency" not in photo.info:
        return photo
    layer = photo.convert("RGBA")
    white = layer.copy()
    white.paste("white", (0, 0, *layer.size))
    white.alpha_composite(layer)
    return white


def of_eight_bits(photo: Any) -> Any:
    """A photo whose samples have 16 bits, in 8. Raises `StrangeSamples`."""
    from PIL import Image

    samples = np.asarray(photo)
    if photo.mode == "F" or samples.min() < 0 or samples.max() > 65_535:
        raise StrangeSamples("its samples are neither of 8 nor of 16 bits")
    return Image.fromarray((samples / (65_535 / 255)).round().astype(np.uint8))


def middle_of(
    photo: Any, height: int, width: int, side: int, way: int | None = None
) -> Any:
    """The middle of a photo, resized so that its shorter side is `side`.

    For an input that is no square, `side` is what its own shorter side is cut from.

    way: of resizing, Pillow's; bilinear unless given
    """
    from PIL import Image

    bilinear = Image.Resampling.BILINEAR
    scale = side / min(height, width)
    wide, high = width * scale, height * scale
    if wide * photo.height >= high * photo.width:
        size = round(wide), max(int(wide * photo.height / photo.width), height)
    else:
        size = max(int(high * photo.width / photo.height), width), round(high)
    resized = photo.resize(size, bilinear if way is None else way)
    left, top = round((size[0] - width) / 2), round((size[1] - height) / 2)
    return resized.crop((left, top, left + width, top + height))
