"""Transposed convolutions, as Keras layers."""

from __future__ import annotations

from cnndsl.emit import python
from cnndsl.ops.windows import ONE
from cnndsl.values import NO_PADDING, SAME, Padding, Size
from cnndsl_keras.kernels import emit_layer, initializer, kernel_options, pairs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cnndsl.emit.functions.site import Site
    from cnndsl.ir.network import Layer
    from cnndsl.ops.convolution import ConvTranspose
    from cnndsl_keras.kernels import Keywords


def conv_transpose(site: Site) -> None:
    layer, padding = padded(site)
    keywords = [*site.keywords(stride="strides"), *padding]
    keywords += site.keywords(dilation="dilation_rate", groups="groups", bias="use_bias")
    keywords += kernel_options(site, "kernel", initializer(site))
    emit_layer(site, layer, [site.symbol("filters"), site.symbol("kernel")], keywords)


def padded(site: Site) -> tuple[str, Keywords]:
    """The layer that pads as the spec says, and its keywords."""
    layers = site.item.layers
    is_same = all(map(pads_as_same, layers)) and site.values("pad") != {NO_PADDING}
    word = "same" if is_same else site.measure(padding_word)
    if word == "explicit":
        around = site.measure(cropping)
        keywords: Keywords = [] if around.is_zero else [("cropping", pairs(around))]
        return site.support("PaddedConv2DTranspose"), keywords
    keywords = [("padding", python.string("same"))] if word == "same" else []
    if word == "valid" and (site.given("output_padding") or any(map(has_gaps, layers))):
        keywords = [("output_padding", site.symbol("output_padding"))]
    return "layers.Conv2DTranspose", keywords


def padding_word(layer: Layer) -> str:
    """`valid` or `same` as Keras's own layer has them, or `explicit` for others."""
    op: Any = layer.op
    if is_beyond_keras(op):
        return "explicit"
    if op.pad != SAME and op.pad.is_zero:
        return "valid"
    return "same" if pads_as_same(layer) else "explicit"


def is_beyond_keras(op: ConvTranspose) -> bool:
    """Whether Keras's own layer lacks it, or TensorFlow on a CPU, as it does all dilation."""
    return op.groups > 1 or op.dilation != ONE


def pads_as_same(layer: Layer) -> bool:
    """Whether the padding is what Keras calls `same`, in its own layer."""
    op: Any = layer.op
    if is_beyond_keras(op):
        return False
    (image,), (own, _) = layer.input_shapes, op.margins
    same, _ = op.replaced(pad=SAME, output_padding=Size(0, 0)).margins
    sides = image.height * op.stride.height, image.width * op.stride.width
    starts_alike = (own.top, own.left) == (same.top, same.left)
    return starts_alike and layer.shape.dims[:2] == sides


def has_gaps(layer: Layer) -> bool:
    """Whether Keras puts pixels behind unless it is told: kernels reach less far than a step."""
    op: Any = layer.op
    return bool(min(op.overlap) < 0)


def cropping(layer: Layer) -> Padding:
    """What is taken off each side; below 0, what is put there."""
    op: Any = layer.op
    padding, added = op.margins
    bottom, right = padding.bottom - added.height, padding.right - added.width
    return Padding(padding.top, bottom, padding.left, right)
