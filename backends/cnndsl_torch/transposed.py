"""Transposed convolutions, as modules of PyTorch."""

from __future__ import annotations

from cnndsl.emit import python
from cnndsl.emit.formulas import literal
from cnndsl.values import NO_PADDING, SAME, Padding, Size
from cnndsl_torch.padding import NUMBERS, sides, symmetric

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cnndsl.emit.classes.writer import Site
    from cnndsl.ir.network import Layer
    from cnndsl_torch.kernels import Keywords

AXES = ("height", "width")


def conv_transpose(site: Site) -> python.Expression:
    module, padding = padded(site)
    keywords = [*site.keywords(stride="stride"), *padding]
    keywords += site.keywords(groups="groups", bias="bias", dilation="dilation")
    arguments = [site.in_channels, site.symbol("filters"), site.symbol("kernel")]
    return python.Call(module, arguments, keywords)


def padded(site: Site) -> tuple[str, Keywords]:
    """The class that pads as the spec says, and its keywords."""
    pads = site.values("pad")
    if all(isinstance(pad, Padding) and pad.is_symmetric for pad in pads):
        number = [] if pads == {NO_PADDING} else [("padding", number_of(site))]
        return "nn.ConvTranspose2d", [*number, *site.keywords(output_padding="output_padding")]
    if pads == {SAME} and not pads_by_number(site):
        return site.support("SameConvTranspose2d"), []
    padding, added = site.measure(margins)
    more = [] if added == Size(0, 0) else [("output_padding", literal(added))]
    if padding.is_symmetric:
        number = [] if padding.is_zero else [("padding", symmetric(padding))]
        return "nn.ConvTranspose2d", [*number, *more]
    return site.support("PaddedConvTranspose2d"), [("pad", sides(padding)), *more]


def pads_by_number(site: Site) -> bool:
    """Whether `same` takes off one number of pixels on opposite sides, the same everywhere."""
    found = {margins(layer) for layer in site.item.layers}
    is_known = not any(map(site.is_symbolic, ("kernel", "stride", "dilation")))
    return is_known and len(found) == 1 and all(padding.is_symmetric for padding, _ in found)


def number_of(site: Site) -> python.Expression:
    """Padding that is alike on opposite sides, as written or in numbers."""
    if site.is_symbolic("pad") and site.kind("pad") <= NUMBERS:
        return site.symbol("pad")
    return symmetric(site.constant("pad"))


def margins(layer: Layer) -> tuple[Padding, Size]:
    """What is taken off, alike on opposite sides where PyTorch then puts pixels behind."""
    op: Any = layer.op
    pads, added = op.margins
    more = pads.top - pads.bottom + added.height, pads.left - pads.right + added.width
    limits = (max(getattr(op.stride, axis), getattr(op.dilation, axis)) for axis in AXES)
    if all(0 <= each < limit for each, limit in zip(more, limits, strict=True)):
        return Padding(pads.top, pads.top, pads.left, pads.left), Size(*more)
    return pads, added
