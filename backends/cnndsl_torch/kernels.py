"""How kernels are written as modules of PyTorch: convolutions, dense layers, initialisers."""

from __future__ import annotations

from cnndsl.emit import python
from cnndsl.emit.amounts import multiply, simplest
from cnndsl.emit.lowering import Lowering, arguments_of
from cnndsl_torch.padding import conv_padding, own_padding, zeros

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnndsl.emit.classes.writer import Site
    from cnndsl.emit.lowering import Stored
    from cnndsl.ops.base import Op

    Keywords = list[tuple[str, python.Value]]
    Emitter = Callable[["Site"], python.Expression]

FALSE = python.number(False)


def as_module(
    op: type[Op],
    name: str,
    signature: str = "",
    weights: Mapping[str, Stored] | None = None,
    factor: Emitter | None = None,
) -> Lowering:
    """A module of PyTorch's (`nn.ELU`) or a helper that means an op; see `Lowering.reads`."""

    def emit(site: Site) -> python.Expression:
        written = name if name.startswith("nn.") else site.support(name)
        return python.Call(written, *arguments_of(site, signature))

    is_plain = name.startswith("nn.") and not signature
    given = python.name(name) if is_plain else None
    return Lowering(op, emit, weights or {}, reads={name: signature}, given=given, factor=factor)


def convolution(
    site: Site, filters: python.Expression, extra: Keywords, *, bias: bool = True
) -> python.Call:
    """A convolution to that many filters, with the attributes that all kinds share."""
    return windowed(site, *conv_padding(site), filters, extra, bias=bias)


def windowed(
    site: Site,
    module: str,
    padding: Keywords,
    filters: python.Expression,
    extra: Keywords,
    *,
    bias: bool = True,
) -> python.Call:
    """A convolution of that class, which pads by keywords of its own."""
    keywords = [*site.keywords(stride="stride"), *padding, *site.keywords(dilation="dilation")]
    keywords += extra
    keywords += site.keywords(bias="bias") if bias else [("bias", FALSE)]
    return python.Call(module, [site.in_channels, filters, site.symbol("kernel")], keywords)


def initialized(site: Site, module: python.Expression) -> python.Expression:
    """The module with its own initialiser and L2, where the model has no common ones."""
    if site.facts.initializers is None:
        arguments = [module, site.symbol("init")]
        module = python.Call(site.support("prepared"), arguments, site.keywords(seed="seed"))
    if site.given("l2"):
        module = python.Call(site.support("regularized"), [module, site.symbol("l2")])
    return module


def conv(site: Site) -> python.Expression:
    groups = site.keywords(groups="groups")
    return initialized(site, convolution(site, site.symbol("filters"), groups))


def standardized_conv(site: Site) -> python.Expression:
    padding = own_padding(site)
    if padding is None:
        padding = zeros(site)
    extra = site.keywords(groups="groups", epsilon="eps", scale="scale")
    module = site.support("StandardizedConv2d")
    return initialized(site, windowed(site, module, padding, site.symbol("filters"), extra))


def middle(site: Site) -> python.Expression:
    """The channels after a depthwise convolution."""
    if not site.given("multiplier"):
        return site.in_channels
    multiplier = simplest(site.symbol("multiplier"))
    return python.expression(multiply(multiplier, site.in_amount))


def depthwise_conv(site: Site) -> python.Expression:
    return initialized(site, convolution(site, middle(site), [("groups", site.in_channels)]))


def separable_conv(site: Site) -> python.Expression:
    depthwise = convolution(site, middle(site), [("groups", site.in_channels)], bias=False)
    arguments = [middle(site), site.symbol("filters"), python.number(1)]
    pointwise = python.Call("nn.Conv2d", arguments, site.keywords(bias="bias"))
    return site.named_sequence(
        [("depthwise", initialized(site, depthwise)), ("pointwise", initialized(site, pointwise))]
    )


def dense(site: Site) -> python.Expression:
    arguments = [site.in_channels, site.symbol("units")]
    return initialized(site, python.Call("nn.Linear", arguments, site.keywords(bias="bias")))


def pixel_dense(site: Site) -> python.Expression:
    arguments = [site.in_channels, site.symbol("units")]
    linear = python.Call(site.support("PixelLinear"), arguments, site.keywords(bias="bias"))
    return initialized(site, linear)
