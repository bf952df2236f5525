"""Images of another size, as Keras layers."""

from __future__ import annotations

from cnndsl.ops import resizing
from cnndsl_keras.kernels import emit_layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cnndsl.emit.functions.writer import Site
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
