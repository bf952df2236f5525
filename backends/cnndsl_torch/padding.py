"""Padding of convolutions and poolings, in as few words of PyTorch as say it exactly."""

from __future__ import annotations

from cnndsl.diagnostics.base import Rejected
from cnndsl.emit import python
from cnndsl.emit.formulas import literal
from cnndsl.values import NO_PADDING, SAME, Padding, Size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cnndsl.emit.classes.writer import Site
    from cnndsl.ir.network import Layer
    from cnndsl_torch.kernels import Keywords

ONE = Size(1, 1)
NUMBERS = frozenset({"int", "size"})
WORDS = frozenset({"word"})


def sides(padding: Padding) -> python.Expression:
    """Padding as PyTorch's padding modules order it: (left, right, top, bottom)."""
    values = (padding.left, padding.right, padding.top, padding.bottom)
    return python.Tuple([python.number(value) for value in values])


def number_or_sides(padding: Padding) -> python.Expression:
    """Padding as a padding module takes it: one number where all sides are alike."""
    is_even = padding.is_symmetric and padding.top == padding.left
    return python.number(padding.top) if is_even else sides(padding)


def around(site: Site, attribute: str) -> python.Expression:
    """What an attribute says of each side, as a padding module takes it."""
    if site.is_symbolic(attribute) and site.kind(attribute) <= {"int"}:
        return site.symbol(attribute)
    return written_sides(site, attribute) or number_or_sides(site.constant(attribute))


def written_sides(site: Site, attribute: str = "pad") -> python.Expression | None:
    """The sides that are written as expressions, as padding modules order them."""
    found = site.sides(attribute)
    if found is None:
        return None
    top, bottom, left, right = found
    return python.Tuple([left, right, top, bottom])


def zeros(site: Site) -> Keywords:
    """The keyword of a helper that puts zeros around."""
    return [("pad", written_sides(site) or sides(site.measure(resolved)))]


def symmetric(padding: Padding) -> python.Expression:
    """Padding as convolutions and poolings take it: one number, or (vertical, horizontal)."""
    return literal(Size(padding.top, padding.left))


def resolved(layer: Layer) -> Padding:
    """The padding in pixels that a window op applies to its input."""
    padding: Padding = layer.op.padding(layer.input_shapes[0])  # type: ignore[attr-defined]  # a window op
    return padding


def extended(layer: Layer) -> Padding:
    """A pooling's padding, with the rows and columns that its last windows reach beyond."""
    padding: Padding = layer.op.extended(layer.input_shapes[0])  # type: ignore[attr-defined]  # a pooling
    return padding


def half_window(site: Site, attribute: str) -> python.Expression | None:
    """`kernel // 2`, if a square window's half is the padding of every instance."""
    for layer in site.item.layers:
        window: Size = getattr(layer.op, attribute)
        half = window.height // 2
        if window.height != window.width or resolved(layer) != Padding(half, half, half, half):
            return None
    if not site.is_integer(attribute):
        return None
    return python.Binary(site.symbol(attribute), "//", 2)


def conv_padding(site: Site) -> tuple[str, Keywords]:
    """The class of convolution that pads as the spec says, and its keywords."""
    keywords = own_padding(site)
    if keywords is not None:
        return "nn.Conv2d", keywords
    if site.values("pad") == {SAME}:
        return site.support("SameConv2d"), []
    return site.support("PaddedConv2d"), zeros(site)


def own_padding(site: Site) -> Keywords | None:
    """The keywords with which `nn.Conv2d` pads as the spec says, or None."""
    paddings = {resolved(layer) for layer in site.item.layers}
    pads = site.values("pad")
    if paddings == {NO_PADDING}:
        return []
    if pads == {SAME}:
        return same_padding(site, paddings)
    written = site.sides("pad")
    if written is not None:
        top, bottom, left, right = written
        is_even = top == bottom and left == right
        return [("padding", python.Tuple([top, left]))] if is_even else None
    if all(map(_takes_number, pads)) and site.is_symbolic("pad") and site.kind("pad") <= NUMBERS:
        return [("padding", site.symbol("pad"))]
    by_word = pads == {SAME, NO_PADDING} and site.kind("pad") <= WORDS
    if by_word and all(map(_takes_word, site.item.layers)):
        return [("padding", site.symbol("pad"))]
    if len(paddings) > 1:
        site.constant("pad")  # those with other paddings are written apart
    (padding,) = paddings
    return [("padding", symmetric(padding))] if padding.is_symmetric else None


def same_padding(site: Site, paddings: set[Padding]) -> Keywords | None:
    """`same` as a number, where it is one for every instance, or a word."""
    is_symmetric = all(padding.is_symmetric for padding in paddings)
    is_known = not site.is_symbolic("kernel") and not site.is_symbolic("dilation")
    if is_symmetric and is_known and len(paddings) == 1:
        return [("padding", symmetric(*paddings))]
    half = half_window(site, "kernel")
    if half is not None:
        return [("padding", half)]
    if (is_symmetric or site.is_symbolic("kernel")) and site.values("stride") == {ONE}:
        return [("padding", python.string("same"))]
    return None


def _takes_number(pad: object) -> bool:
    return isinstance(pad, Padding) and pad.is_symmetric


def _takes_word(layer: Layer) -> bool:
    """Whether `nn.Conv2d` knows the layer's padding as a word: `same` at stride 1 alone."""
    op = layer.op
    return resolved(layer).is_symmetric and (op.pad != SAME or op.stride == ONE)  # type: ignore[attr-defined]  # a convolution


def pool_padding(site: Site) -> Keywords | None:
    """The keywords of a pooling that pads by itself, or None where sides differ."""
    layers = site.item.layers
    paddings = {resolved(layer) for layer in layers}
    pads = site.values("pad")
    if paddings == {NO_PADDING}:
        return []
    if not all(padding.is_symmetric for padding in paddings) or any(map(_pads_gaps, layers)):
        return None
    if all(map(_takes_number, pads)) and site.is_symbolic("pad") and site.kind("pad") <= NUMBERS:
        return [("padding", site.symbol("pad"))]
    if pads == {SAME} and (len(paddings) > 1 or site.is_symbolic("size")):
        half = half_window(site, "size")
        if half is not None:
            return [("padding", half)]
    return [("padding", symmetric(site.measure(resolved)))]


def _pads_gaps(layer: Layer) -> bool:
    """Whether a pooling's padding is more than half its window without the gaps."""
    size, padding = layer.op.size, resolved(layer)  # type: ignore[attr-defined]  # a pooling
    return bool(padding.top > size.height // 2 or padding.left > size.width // 2)


def ends_by_ceil(site: Site) -> bool:
    """Whether poolings' padding is but the rest of their last windows, as with `ceil_mode`."""
    layers = site.item.layers
    return any(not resolved(one).is_zero for one in layers) and all(map(_ends_by_ceil, layers))


def _ends_by_ceil(layer: Layer) -> bool:
    op, padding = layer.op, resolved(layer)
    if padding.top or padding.left:
        return False
    unpadded = op.replaced(pad=NO_PADDING, rounding="ceil")
    try:
        return unpadded.shape(layer.input_shapes) == layer.shape
    except Rejected:  # the window does not fit into the bare image
        return False
