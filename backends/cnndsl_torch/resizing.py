"""Images of another size, as modules of PyTorch."""

from __future__ import annotations

from cnndsl.emit import python
from cnndsl.ops import resizing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cnndsl.emit.classes.writer import Site
    from cnndsl_torch.modules import Keywords

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
