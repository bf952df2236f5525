"""Images of another size, as modules of PyTorch."""

from __future__ import annotations

from struct import pack, unpack

from cnndsl.emit import python
from cnndsl.emit.lowering import Lowering
from cnndsl.ops import pooling, resizing
from cnndsl_torch.kernels import as_module
from cnndsl_torch.padding import around

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cnndsl.emit.classes.writer import Site
    from cnndsl.ir.network import Layer
    from cnndsl.values import Shape
    from cnndsl_torch.kernels import Keywords

PADDINGS = {
    resizing.REFLECT: "nn.ReflectionPad2d",
    resizing.EDGE: "nn.ReplicationPad2d",
    resizing.CIRCULAR: "nn.CircularPad2d",
}
NEAREST = ("nearest", "nearest-exact")
"""PyTorch's words: row i * H / h and row (i + 0.5) * H / h, as rounded numbers tell them."""
LARGEST_LEGACY_FACTOR = 40
"""Up to it, i times 1 / factor in 32 bits is never below the whole number that it should be."""


def upsample(site: Site) -> python.Expression:
    factors = [max(one.height, one.width) for one in site.values("factor")]
    is_known = not site.is_symbolic("factor") and max(factors) <= LARGEST_LEGACY_FACTOR
    keywords: Keywords = [("scale_factor", site.symbol("factor"))]
    return interpolation(site, keywords, "nearest" if is_known else "nearest-exact")


def interpolation(site: Site, keywords: Keywords, nearest: str) -> python.Expression:
    """`nn.Upsample`, with its word for `nearest`."""
    if not site.measure(lambda layer: resizing.is_nearest(layer.op)):
        keywords.append(("mode", site.symbol("mode")))
    elif nearest != resizing.NEAREST:
        keywords.append(("mode", python.string(nearest)))
    if site.constant("align_corners"):
        keywords.append(("align_corners", python.number(True)))
    return python.Call("nn.Upsample", [], keywords)


def resize(site: Site) -> python.Expression:
    size: Keywords = [("size", site.symbol("size"))]
    if not site.measure(lambda layer: resizing.is_nearest(layer.op)):
        return interpolation(site, size, "")
    words = [word for word in NEAREST if all(says(word, layer) for layer in site.item.layers)]
    if words:
        return interpolation(site, size, words[0])
    is_floor = site.constant("mode") == resizing.NEAREST_FLOOR
    keywords: Keywords = [("floor", python.number(True))] if is_floor else []
    return python.Call(site.support("NearestResize"), [site.symbol("size")], keywords)


def resize_as(site: Site) -> python.Expression | None:
    """`F.interpolate` to the size of another value.

    None where PyTorch's words do not say it, or the method would have to know a parameter.
    """
    other = site.value_sized("size")
    module = None if other is None or site.is_symbolic("mode") else resize(site)
    if other is None or not isinstance(module, python.Call) or str(module.value) != "nn.Upsample":
        return None
    sides: python.Value = python.Index(python.Attribute(other, "shape"), python.Raw("-2:"))
    return python.Call("F.interpolate", [], [("size", sides), *module.keywords[1:]])


def says(word: str, layer: Layer) -> bool:
    """Whether a word of PyTorch's means a layer's nearest pixels."""
    mode: str = layer.op.mode  # type: ignore[attr-defined]  # an interpolation
    return means(word, mode, layer.input_shapes[0], layer.shape)


def means(word: str, mode: str, image: Shape, resized: Shape) -> bool:
    sides = (image.height, resized.height), (image.width, resized.width)
    return all(taken_places(word, *side) == resizing.nearest_places(mode, *side) for side in sides)


def taken_places(word: str, pixels: int, count: int) -> list[int]:
    """The pixels along an axis that PyTorch takes, which counts in 32 bits, whatever the image."""
    shift = 0.5 if word == "nearest-exact" else 0.0
    scale = single(pixels / count)
    return [int(single((place + shift) * scale)) for place in range(count)]


def single(number: float) -> float:
    """A number as 32 bits have it."""
    value: float = unpack("f", pack("f", number))[0]
    return value


def pad(site: Site) -> python.Expression:
    mode, sides = site.constant("mode"), around(site, "pad")
    if mode in PADDINGS:
        return python.call(PADDINGS[mode], sides)
    if site.given("value"):
        return python.call("nn.ConstantPad2d", sides, site.symbol("value"))
    return python.call("nn.ZeroPad2d", sides)


def crop(site: Site) -> python.Expression:
    return python.call(site.support("Crop"), around(site, "cut"))


RESIZING = (
    Lowering(resizing.Upsample, upsample),
    Lowering(resizing.Resize, resize, inline=resize_as),
    as_module(pooling.BlurPool, "BlurPool2d", "size=3 stride=2"),
    Lowering(resizing.Pad, pad),
    Lowering(resizing.Crop, crop),
    as_module(resizing.CenterCrop, "CenterCrop", "size"),
)
"""The lowerings of ops that make images of another size."""
