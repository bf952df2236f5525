"""Images of another size, as Keras layers."""

from __future__ import annotations

from cnndsl.emit.lowering import Lowering
from cnndsl.ops import pooling, resizing
from cnndsl_keras.kernels import around, as_layer, emit_layer, sides

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cnndsl.emit.functions.site import Site
    from cnndsl.ir.network import Layer
    from cnndsl.values import Padding
    from cnndsl_keras.kernels import Keywords


def upsample(site: Site) -> None:
    if site.measure(lambda layer: resizing.is_nearest(layer.op)):
        emit_layer(site, "layers.UpSampling2D", [site.symbol("factor")], [])
    else:
        interpolate(site, "factor")


def interpolate(site: Site, measure: str) -> None:
    """Write the helper that knows all modes; `measure` is the attribute that says how far."""
    keywords: Keywords = [(name, site.symbol(name)) for name in (measure, "mode")]
    keywords += site.keywords(align_corners="align_corners")
    emit_layer(site, site.support("Interpolation"), [], keywords)


def resize(site: Site) -> None:
    interpolate(site, "size")


def pad(site: Site) -> None:
    if site.constant("mode") == resizing.CONSTANT and not site.given("value"):
        emit_layer(site, "layers.ZeroPadding2D", [around(site, "pad")], [])
        return
    keywords = site.keywords(mode="mode", value="value")
    emit_layer(site, site.support("Padding2D"), [around(site, "pad")], keywords)


def crop(site: Site) -> None:
    emit_layer(site, "layers.Cropping2D", [around(site, "cut")], [])


def center_crop(site: Site) -> None:
    cuts = {removed(layer) for layer in site.item.layers}
    if len(cuts) > 1 or site.is_symbolic("size"):
        emit_layer(site, site.support("CenterCropping2D"), [site.symbol("size")], [])
    else:
        emit_layer(site, "layers.Cropping2D", [sides(*cuts)], [])


def removed(layer: Layer) -> Padding:
    cut: Padding = layer.op.removed(*layer.input_shapes)  # type: ignore[attr-defined]  # a cropping
    return cut


RESIZING = (
    Lowering(resizing.Upsample, upsample),
    Lowering(resizing.Resize, resize),
    as_layer(pooling.BlurPool, "BlurPooling2D", "size=3 strides:stride=2"),
    Lowering(resizing.Pad, pad),
    Lowering(resizing.Crop, crop),
    Lowering(resizing.CenterCrop, center_crop),
)
"""The lowerings of ops that make images of another size."""
