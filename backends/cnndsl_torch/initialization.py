"""How an emitted model draws its kernels: all at once where they are drawn alike."""

from __future__ import annotations

from cnndsl.emit import python
from cnndsl_torch.modules import LOWERINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cnndsl.ops.base import Op

FUNCTIONS: dict[str, tuple[str, str | None]] = {
    "glorot_uniform": ("xavier_uniform_", None),
    "glorot_normal": ("xavier_normal_", None),
    "he_uniform": ("kaiming_uniform_", "relu"),
    "he_normal": ("kaiming_normal_", "relu"),
    "lecun_uniform": ("kaiming_uniform_", "linear"),
    "lecun_normal": ("kaiming_normal_", "linear"),
}
"""PyTorch's function for each initialiser, and the nonlinearity whose gain gives its variance."""


def common_initializers(ops: Iterable[Op]) -> Mapping[str, str] | None:
    """The initialiser of all modules of a class, convolutions first.

    None where layers of one class differ, or have seeds.
    """
    drawn: dict[str, set[tuple[str, int | None]]] = {}
    for op in ops:
        kind = LOWERINGS[type(op)].drawn
        if kind:
            init, seed = (getattr(op, name) for name in ("init", "seed"))
            drawn.setdefault(kind, set()).add((init, seed))
    for found in drawn.values():
        if len(found) > 1 or any(seed is not None for _, seed in found):
            return None
    return {kind: init for kind in sorted(drawn) for init, _ in drawn[kind]}


def initialization(
    initializers: Mapping[str, str], has_bias: bool, module: python.Expression
) -> list[python.Statement]:
    """The loop over the modules that draws every kernel and zeroes every bias."""
    if not initializers:
        return []
    kinds = list(initializers)
    bias = python.Attribute(module, "bias")
    clear = python.ExpressionStatement(python.call("nn.init.zeros_", bias))
    has_one = python.Compare(bias, "is not", None)
    if len(set(initializers.values())) == 1:
        body: list[python.Statement] = [_draw(module, next(iter(initializers.values())))]
        if has_bias:
            body.append(python.If(has_one, [clear]))
        statements: list[python.Statement] = [python.If(_is_one_of(module, kinds), body)]
    else:
        statements = []
        for kind, init in reversed(list(initializers.items())):
            statements = [python.If(_is_one_of(module, [kind]), [_draw(module, init)], statements)]
        if has_bias:
            test = python.BoolOp("and", _is_one_of(module, kinds), has_one)
            statements.append(python.If(test, [clear]))
    return [python.For(module, python.call("self.modules"), statements)]


def _is_one_of(module: python.Expression, kinds: list[str]) -> python.Expression:
    names: list[python.Value] = [python.name(kind) for kind in kinds]
    return python.call("isinstance", module, names[0] if len(names) == 1 else python.Tuple(names))


def _draw(module: python.Expression, init: str) -> python.Statement:
    function, nonlinearity = FUNCTIONS[init]
    keywords: list[tuple[str, python.Value]] = []
    if nonlinearity is not None:
        keywords.append(("nonlinearity", python.string(nonlinearity)))
    weight = python.Attribute(module, "weight")
    call = python.Call(f"nn.init.{function}", [weight], keywords)
    return python.ExpressionStatement(call)
