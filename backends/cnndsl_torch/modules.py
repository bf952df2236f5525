"""One emitter for each op: the PyTorch module that says the same, exactly."""

from __future__ import annotations

from cnndsl import source
from cnndsl.emission.formulas import annotation, known_value, multiply, simplest
from cnndsl.emission.writer import BaseSite
from cnndsl.syntax import Name
from cnndsl.values import NO_PADDING
from cnndsl_torch.padding import (
    as_padding,
    conv_padding,
    ends_by_ceil,
    extended,
    number_or_sides,
    pool_padding,
    resolved,
    sides,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cnndsl.emission.formulas import Amount
    from cnndsl.emission.outline import LayerItem
    from cnndsl_torch.class_writer import ClassWriter

    Keywords = list[tuple[str, source.Value]]
    Emitter = Callable[["Site"], source.Expression]

TRUE, FALSE = source.number(True), source.number(False)


class Site(BaseSite):
    """A layer for an emitter to write as a module."""

    def __init__(self, writer: ClassWriter, item: LayerItem, channels: Amount | None) -> None:
        super().__init__(writer, item)
        self.class_writer = writer
        self.channels = channels

    @property
    def in_channels(self) -> source.Expression:
        """The channels that enter."""
        return source.expression(self.in_amount)

    @property
    def in_amount(self) -> Amount:
        """The channels that enter: as symbols say, or as all instances have them."""
        if self.channels is None:
            count = self.measure(lambda layer: layer.input_shapes[0].channels)
            return int(str(count))
        return self.channels

    def support(self, name: str) -> str:
        """Ask for a helper definition, by name."""
        return self.class_writer.renderer.support(name)

    def is_symbolic(self, attribute: str) -> bool:
        """Whether an attribute is an expression in emitted code, not a value."""
        formula = self.item.attributes.get(attribute)
        return formula is not None and known_value(formula, self.writer.environment) is None

    def is_integer(self, attribute: str) -> bool:
        """Whether a size is written as one integer, for type checkers too."""
        if not self.is_symbolic(attribute):
            return True
        node = self.item.attributes[attribute].node
        if not isinstance(node, Name):
            return False
        scopes = self.writer.group.scopes
        values = self.class_writer.loop_values.get(node.name) or [
            value for scope in scopes for name, value in scope.arguments if name == node.name
        ]
        return (
            bool(values)
            and self.kind(attribute) <= {"int", "size"}
            and (annotation(values) == "int")
        )


# Convolutions and dense layers


def convolution(
    site: Site, filters: source.Expression, extra: Keywords, *, bias: bool = True
) -> source.Call:
    """A convolution to that many filters, with the attributes that all kinds share."""
    keywords: Keywords = []
    if site.given("stride"):
        keywords.append(("stride", site.symbol("stride")))
    module, padding = conv_padding(site)
    keywords += padding
    if site.given("dilation"):
        keywords.append(("dilation", site.symbol("dilation")))
    keywords += extra
    if not bias:
        keywords.append(("bias", FALSE))
    elif site.given("bias"):
        keywords.append(("bias", site.symbol("bias")))
    return source.Call(module, [site.in_channels, filters, site.symbol("kernel")], keywords)


def drawn(site: Site, module: source.Expression) -> source.Expression:
    """The module with its own initialiser and L2, where the model has no common ones."""
    if site.class_writer.renderer.initializers is None:
        seed: Keywords = [("seed", site.symbol("seed"))] if site.given("seed") else []
        module = source.Call(site.support("prepared"), [module, site.symbol("init")], seed)
    if site.given("l2"):
        module = source.Call(site.support("regularized"), [module, site.symbol("l2")])
    return module


def conv(site: Site) -> source.Expression:
    groups: Keywords = [("groups", site.symbol("groups"))] if site.given("groups") else []
    return drawn(site, convolution(site, site.symbol("filters"), groups))


def middle(site: Site) -> source.Expression:
    """The channels after a depthwise convolution."""
    if not site.given("multiplier"):
        return site.in_channels
    multiplier = simplest(site.symbol("multiplier"))
    return source.expression(multiply(multiplier, site.in_amount))


def depthwise_conv(site: Site) -> source.Expression:
    return drawn(site, convolution(site, middle(site), [("groups", site.in_channels)]))


def separable_conv(site: Site) -> source.Expression:
    depthwise = convolution(site, middle(site), [("groups", site.in_channels)], bias=False)
    bias: Keywords = [("bias", site.symbol("bias"))] if site.given("bias") else []
    arguments = [middle(site), site.symbol("filters"), source.number(1)]
    pointwise = source.Call("nn.Conv2d", arguments, bias)
    return site.class_writer.renderer.named_sequence(
        [("depthwise", drawn(site, depthwise)), ("pointwise", drawn(site, pointwise))]
    )


def dense(site: Site) -> source.Expression:
    bias: Keywords = [("bias", site.symbol("bias"))] if site.given("bias") else []
    return drawn(site, source.Call("nn.Linear", [site.in_channels, site.symbol("units")], bias))


# Poolings


def window(site: Site) -> tuple[list[source.Value], Keywords]:
    strides: Keywords = [("stride", site.symbol("stride"))] if site.given("stride") else []
    return [site.symbol("size")], strides


def ceil_mode(site: Site) -> Keywords:
    if site.values("rounding") == {"floor"}:
        return []
    if site.is_symbolic("rounding"):
        test = source.Compare(site.symbol("rounding"), "==", source.string("ceil"))
        return [("ceil_mode", test)]
    return [("ceil_mode", TRUE)]


def max_pool(site: Site) -> source.Expression:
    arguments, keywords = window(site)
    if ends_by_ceil(site):
        return source.Call("nn.MaxPool2d", arguments, [*keywords, ("ceil_mode", TRUE)])
    padding = pool_padding(site)
    if padding is not None:
        keywords += [*padding, *ceil_mode(site)]
        return source.Call("nn.MaxPool2d", arguments, keywords)
    infinity = source.call("float", source.string("-inf"))
    around = number_or_sides(as_padding(site.measure(extended)))
    pad = source.call("nn.ConstantPad2d", around, infinity)
    return source.call("nn.Sequential", pad, source.Call("nn.MaxPool2d", arguments, keywords))


def avg_pool(site: Site) -> source.Expression:
    arguments, keywords = window(site)
    counts = site.values("count_padding")
    if counts == {False} and ends_by_ceil(site):
        return source.Call("nn.AvgPool2d", arguments, [*keywords, ("ceil_mode", TRUE)])
    padding = pool_padding(site)
    if padding is not None:
        keywords += [*padding, *ceil_mode(site)]
        if padding and counts != {True}:
            is_symbolic = site.is_symbolic("count_padding")
            counted = site.symbol("count_padding") if is_symbolic else FALSE
            keywords.append(("count_include_pad", counted))
        return source.Call("nn.AvgPool2d", arguments, keywords)
    padded, everything = (as_padding(site.measure(one)) for one in (resolved, extended))
    counts_padding = bool(site.constant("count_padding"))
    if counts_padding and everything == padded:
        pad = source.call("nn.ZeroPad2d", number_or_sides(padded))
        return source.call("nn.Sequential", pad, source.Call("nn.AvgPool2d", arguments, keywords))
    counted = sides(padded if counts_padding else NO_PADDING)
    keywords += [("pad", sides(everything)), ("counted", counted)]
    return source.Call(site.support("PaddedAvgPool2d"), arguments, keywords)


def adaptive_avg_pool(site: Site) -> source.Expression:
    return source.call("nn.AdaptiveAvgPool2d", site.symbol("size"))


def global_pool(module: str) -> Emitter:
    def emit(_site: Site) -> source.Expression:
        return source.call("nn.Sequential", source.call(module, 1), source.call("nn.Flatten"))

    return emit


def subsample(site: Site) -> source.Expression:
    return source.call(site.support("Subsample"), site.in_channels, site.symbol("size"))


# Normalisation


def batch_norm(site: Site) -> source.Expression:
    rank = 2 if site.measure(lambda layer: layer.input_shapes[0].is_image) else 1
    center, scale = bool(site.constant("center")), bool(site.constant("scale"))
    keywords: Keywords = []
    if site.given("epsilon"):
        keywords.append(("eps", site.symbol("epsilon")))
    if site.given("momentum"):
        keywords.append(("momentum", running_momentum(site)))
    if not center and not scale:
        keywords.append(("affine", FALSE))
    module: source.Expression = source.Call(f"nn.BatchNorm{rank}d", [site.in_channels], keywords)
    if center and not scale:
        module = source.call(site.support("without_scale"), module)
    if scale and not center:
        module = source.call(site.support("without_shift"), module)
    return module


def running_momentum(site: Site) -> source.Expression:
    """PyTorch's momentum: the share of the new statistics, not of the old."""
    if site.is_symbolic("momentum"):
        return source.Binary(1, "-", site.symbol("momentum"))
    return source.number(round(1.0 - float(str(site.constant("momentum"))), 12))


def lrn(site: Site) -> source.Expression:
    size, alpha = site.symbol("size"), site.symbol("alpha")
    if site.is_symbolic("size") or site.is_symbolic("alpha"):
        per_window: source.Expression = source.Binary(alpha, "*", size)
    else:  # rounded, so that 0.1 * 3 is 0.3
        per_window = source.number(float(f"{float(str(alpha)) * int(str(size)):.15g}"))
    keywords: Keywords = [("alpha", per_window)]
    keywords += [("beta", site.symbol("beta")), ("k", site.symbol("k"))]
    return source.Call("nn.LocalResponseNorm", [size], keywords)


# Shapes


def flatten(site: Site) -> source.Expression:
    if id(site.item.element) in site.class_writer.renderer.native_flattens:
        return source.call("nn.Flatten")
    return source.call(site.support("FlattenChannelsLast"))


def zero_pad(site: Site) -> source.Expression:
    if site.is_symbolic("pad") and site.kind("pad") <= {"int"}:
        return source.call("nn.ZeroPad2d", site.symbol("pad"))
    return source.call("nn.ZeroPad2d", number_or_sides(as_padding(site.constant("pad"))))


# Functions of each value


def scale(site: Site) -> source.Expression:
    return source.call(site.support("Scale"), site.symbol("factor"))


def dropout(site: Site) -> source.Expression:
    return source.call("nn.Dropout", site.symbol("rate"))


def leaky_relu(site: Site) -> source.Expression:
    return source.Call("nn.LeakyReLU", [site.symbol("slope")] if site.given("slope") else [])


def elu(site: Site) -> source.Expression:
    return source.Call("nn.ELU", [site.symbol("alpha")] if site.given("alpha") else [])


def gelu(site: Site) -> source.Expression:
    tanh, none = source.string("tanh"), source.string("none")
    if site.is_symbolic("approximate"):
        either = source.Conditional(tanh, site.symbol("approximate"), none)
        return source.call("nn.GELU", approximate=either)
    keywords: Keywords = [("approximate", tanh)] if site.constant("approximate") else []
    return source.Call("nn.GELU", [], keywords)


def plain(module: str, **keywords: source.Value) -> Emitter:
    """An emitter for an op without attributes."""

    def emit(_site: Site) -> source.Expression:
        return source.call(f"nn.{module}", **keywords)

    return emit


EMITTERS: dict[str, Emitter] = {
    "conv": conv,
    "depthwise_conv": depthwise_conv,
    "separable_conv": separable_conv,
    "dense": dense,
    "max_pool": max_pool,
    "avg_pool": avg_pool,
    "adaptive_avg_pool": adaptive_avg_pool,
    "global_avg_pool": global_pool("nn.AdaptiveAvgPool2d"),
    "global_max_pool": global_pool("nn.AdaptiveMaxPool2d"),
    "subsample": subsample,
    "batch_norm": batch_norm,
    "lrn": lrn,
    "flatten": flatten,
    "dropout": dropout,
    "zero_pad": zero_pad,
    "scale": scale,
    "relu": plain("ReLU"),
    "relu6": plain("ReLU6"),
    "leaky_relu": leaky_relu,
    "elu": elu,
    "selu": plain("SELU"),
    "gelu": gelu,
    "silu": plain("SiLU"),
    "sigmoid": plain("Sigmoid"),
    "hard_sigmoid": plain("Hardsigmoid"),
    "hard_swish": plain("Hardswish"),
    "tanh": plain("Tanh"),
    "softplus": plain("Softplus"),
    "softmax": plain("Softmax", dim=1),
}


def merged(name: str, operands: list[source.Expression]) -> source.Expression:
    """A merge as an expression of its operands."""
    if name == "concat":
        return source.Call("torch.cat", [source.List(operands)], [("dim", source.number(1))])
    operator = {"add": "+", "multiply": "*"}[name]
    result = operands[0]
    for operand in operands[1:]:
        result = source.Binary(result, operator, operand)
    return result
