"""Pooling, as Keras layers."""

from __future__ import annotations

from cnndsl.emit import python
from cnndsl.emit.lowering import Lowering, stored
from cnndsl.ops import pooling
from cnndsl.ops.windows import ONE
from cnndsl.values import NO_PADDING, SAME, Padding
from cnndsl_keras.kernels import as_layer, emit_layer, pairs, put_zeros, sides

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cnndsl.emit.functions.site import Site
    from cnndsl.ir.network import Layer
    from cnndsl.values import Shape


def pooled(layer: Layer) -> tuple[Padding, Padding]:
    """A pooling's padding, and the padding that also covers what the last windows reach beyond."""
    op: Any = layer.op
    (image,) = layer.input_shapes
    return op.padding(image), op.extended(image)


def pools_as_same(layer: Layer) -> bool:
    """Whether a pooling's windows are those of `same`, whatever they reach beyond the image."""
    op: Any = layer.op
    (image,) = layer.input_shapes
    if op.dilation != ONE:
        return False
    same = op.replaced(pad=SAME)
    padding, other = op.padding(image), same.padding(image)
    first = (padding.top, padding.left) == (other.top, other.left)
    return first and bool(same.shape([image]) == layer.shape)


def pool_padding(layer: Layer) -> tuple[str, Padding, Padding]:
    """A pooling's padding in a word, in pixels, and those of them that count as cells.

    The word is `valid`, `same`, `zeros` (all of them count) or `explicit`, and `dilated` where the
    window has gaps.
    """
    op: Any = layer.op
    padding, extended = pooled(layer)
    if op.dilation != ONE:
        return "dilated", extended, padding if counts_padding(layer) else NO_PADDING
    if op.pad != SAME and extended.is_zero:
        return "valid", NO_PADDING, NO_PADDING
    if not counts_padding(layer):
        if pools_as_same(layer):
            return "same", NO_PADDING, NO_PADDING
        return "explicit", extended, NO_PADDING
    return "zeros" if padding == extended else "explicit", extended, padding


def counts_padding(layer: Layer) -> bool:
    """Whether a pooling averages over cells of its padding too."""
    return getattr(layer.op, "count_padding", False) and not pooled(layer)[0].is_zero


def averages_as_same(layer: Layer) -> bool:
    return pools_as_same(layer) and not counts_padding(layer)


def pool(site: Site, layer: str, **helpers: Callable[[], str]) -> None:
    """Write a pooling as a layer of Keras's, or as the helper for its kind of padding."""
    kind, padding, counted = "same", NO_PADDING, NO_PADDING
    words = {pool_padding(one)[0] for one in site.item.layers}
    if words == {"valid"} or not all(map(averages_as_same, site.item.layers)):
        kind, padding, counted = site.measure(pool_padding)
    keywords = site.keywords(stride="strides")
    if kind == "zeros":
        put_zeros(site, sides(padding))
    elif kind == "same":
        keywords.append(("padding", python.string("same")))
    elif kind in helpers:
        layer = helpers[kind]()
        around = (("padding", padding), ("counted", counted))
        keywords += [(word, pairs(zeros)) for word, zeros in around if not zeros.is_zero]
        keywords += site.keywords(dilation="dilation_rate")
    emit_layer(site, layer, [site.symbol("size")], keywords)


def max_pool(site: Site) -> None:
    pool(
        site,
        "layers.MaxPooling2D",
        explicit=lambda: site.support("PaddedMaxPooling2D"),
        dilated=lambda: site.support("DilatedMaxPooling2D"),
    )


def avg_pool(site: Site) -> None:
    pool(
        site,
        "layers.AveragePooling2D",
        explicit=lambda: site.support("PaddedAveragePooling2D"),
        dilated=lambda: site.support("DilatedAveragePooling2D"),
    )


def has_single_lines(image: Shape, pooled: Shape) -> bool:
    """Whether pooling goes from or to one row or column: Keras's adaptive one fails in graphs."""
    return min(*image.dims[:2], *pooled.dims[:2]) == 1


def adaptive_avg_pool(site: Site) -> None:
    if site.values("size") == {ONE}:
        emit_layer(site, "layers.GlobalAveragePooling2D", [], [("keepdims", True)])
        return
    layer = "layers.AdaptiveAveragePooling2D"
    if any(has_single_lines(one.input_shapes[0], one.shape) for one in site.item.layers):
        layer = site.support("AdaptiveAveragePooling")
    emit_layer(site, layer, [site.symbol("size")], [])


POOLING = (
    Lowering(pooling.MaxPool, max_pool),
    Lowering(pooling.AvgPool, avg_pool),
    Lowering(pooling.AdaptiveAvgPool, adaptive_avg_pool, reads={"AdaptiveAveragePooling": "size"}),
    as_layer(pooling.GlobalAvgPool, "layers.GlobalAveragePooling2D", "* keepdims=False"),
    as_layer(pooling.GlobalMaxPool, "layers.GlobalMaxPooling2D", "* keepdims=False"),
    as_layer(pooling.LpPool, "LPPooling2D", "pool_size:size power=2 strides:stride=None"),
    as_layer(pooling.Subsample, "Subsample", "size", stored("gain", "bias")),
)
