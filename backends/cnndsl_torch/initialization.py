"""How an emitted model draws its kernels: all at once where they are drawn alike."""

from __future__ import annotations

from cnndsl import source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnndsl.network import Network

FUNCTIONS: dict[str, tuple[str, str | None]] = {
    "glorot_uniform": ("xavier_uniform_", None),
    "glorot_normal": ("xavier_normal_", None),
    "he_uniform": ("kaiming_uniform_", "relu"),
    "he_normal": ("kaiming_normal_", "relu"),
    "lecun_uniform": ("kaiming_uniform_", "linear"),
    "lecun_normal": ("kaiming_normal_", "linear"),
}
"""PyTorch's function for each initialiser, and the nonlinearity whose gain gives its variance."""

CLASSES = {"conv": "nn.Conv2d", "dense": "nn.Linear"}


def common_initializers(network: Network) -> Mapping[str, str] | None:
    """The initialiser of all convolutions and that of all dense layers.

    None where layers of one kind differ, or have seeds.
    """
    drawn: dict[str, set[tuple[str, int | None]]] = {}
    for layer in network.layers:
        if "init" in layer.op.attributes:
            kind = "dense" if layer.op.name == "dense" else "conv"
            init, seed = (getattr(layer.op, name) for name in ("init", "seed"))
            drawn.setdefault(kind, set()).add((init, seed))
    for found in drawn.values():
        if len(found) > 1 or any(seed is not None for _, seed in found):
            return None
    return {kind: init for kind in CLASSES if kind in drawn for init, _ in drawn[kind]}


def initialization(
    initializers: Mapping[str, str], has_bias: bool, module: source.Expression
) -> list[source.Statement]:
    """The loop over the modules that draws every kernel and zeroes every bias."""
    if not initializers:
        return []
    kinds = [CLASSES[kind] for kind in initializers]
    bias = source.Attribute(module, "bias")
    clear = source.ExpressionStatement(source.call("nn.init.zeros_", bias))
    has_one = source.Compare(bias, "is not", None)
    if len(set(initializers.values())) == 1:
        body: list[source.Statement] = [_draw(module, next(iter(initializers.values())))]
        if has_bias:
            body.append(source.If(has_one, [clear]))
        statements: list[source.Statement] = [source.If(_is_one_of(module, kinds), body)]
    else:
        convolutions, dense = (
            source.If(_is_one_of(module, [CLASSES[kind]]), [_draw(module, init)])
            for kind, init in initializers.items()
        )
        statements = [source.If(convolutions.condition, convolutions.body, [dense])]
        if has_bias:
            test = source.BoolOp("and", _is_one_of(module, kinds), has_one)
            statements.append(source.If(test, [clear]))
    return [source.For(module, source.call("self.modules"), statements)]


def _is_one_of(module: source.Expression, kinds: list[str]) -> source.Expression:
    names: list[source.Value] = [source.name(kind) for kind in kinds]
    return source.call("isinstance", module, names[0] if len(names) == 1 else source.Tuple(names))


def _draw(module: source.Expression, init: str) -> source.Statement:
    function, nonlinearity = FUNCTIONS[init]
    keywords: list[tuple[str, source.Value]] = []
    if nonlinearity is not None:
        keywords.append(("nonlinearity", source.string(nonlinearity)))
    weight = source.Attribute(module, "weight")
    call = source.Call(f"nn.init.{function}", [weight], keywords)
    return source.ExpressionStatement(call)
