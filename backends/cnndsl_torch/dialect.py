"""How PyTorch says what the class style has: imports, initialisation, what a model adds."""

from __future__ import annotations

import os

from cnndsl.backend import ReservedNames
from cnndsl.emit import python
from cnndsl.emit.classes.renderer import ClassDialect
from cnndsl.emit.support import Helpers, method_in
from cnndsl.ir.network import distinct_layers
from cnndsl.ops.dense import Flatten
from cnndsl.record import Record
from cnndsl_torch.modules import LOWERINGS
from cnndsl_torch.stand_ins import TorchStandIns
from cnndsl_torch.weights import native_flattens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cnndsl.ir.network import Network
    from cnndsl.ops.base import Op
    from cnndsl.semantics.bound import Node

MODULE_ATTRIBUTES = frozenset(
    "add_module append apply bfloat16 buffers call_super_init children compile cpu cuda double "
    "dump_patches eval extend extra_repr float forward get_buffer get_extra_state get_parameter "
    "get_submodule half insert ipu load_state_dict modules mtia named_buffers named_children "
    "named_modules named_parameters parameters pop register_backward_hook register_buffer "
    "register_forward_hook register_forward_pre_hook register_full_backward_hook "
    "register_full_backward_pre_hook register_load_state_dict_post_hook "
    "register_load_state_dict_pre_hook register_module register_parameter "
    "register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state "
    "set_submodule share_memory state_dict T_destination to to_empty train training type xpu "
    "zero_grad l2_penalty".split()
)
"""What PyTorch's `Module` and `Sequential` have already, and what emitted models add."""

RESERVED = ReservedNames("an attribute of PyTorch's Module", MODULE_ATTRIBUTES)

FOLDER = os.path.join(os.path.dirname(__file__), "support")
METHODS = os.path.join(FOLDER, "methods")
HELPERS = Helpers(FOLDER)

TENSOR_AND_NN = python.ImportFrom("torch", ["Tensor", "nn"])
STANDARD_IMPORTS: dict[str, python.Statement] = {
    "import math": python.Import("math"),
    "from collections import OrderedDict": python.ImportFrom("collections", ["OrderedDict"]),
    "from collections.abc import Callable": python.ImportFrom("collections.abc", ["Callable"]),
    "from functools import partial": python.ImportFrom("functools", ["partial"]),
    "from typing import Any": python.ImportFrom("typing", ["Any"]),
}
TORCH_IMPORTS: dict[str, python.Statement] = {
    "import torch": python.Import("torch"),
    "import torch.nn.functional as F": python.Import("torch.nn.functional", "F"),
    "from torch import Tensor": TENSOR_AND_NN,
    "from torch import nn": TENSOR_AND_NN,
    "from torch import Tensor, nn": TENSOR_AND_NN,
}


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


class Facts(Record):
    """What emitters have to know of networks as a whole."""

    native_flattens: frozenset[Node]
    """The elements whose flattens keep PyTorch's order."""
    initializers: Mapping[str, str] | None
    """Those of all convolutions and dense layers, if they are alike."""
    has_bias: bool
    has_penalty: bool


def facts(networks: Sequence[Network]) -> Facts:
    ops = [layer.op for network in networks for layer in distinct_layers(network.scope)]
    return Facts(
        native_flattens(networks) if any(type(op) is Flatten for op in ops) else frozenset(),
        common_initializers(ops),
        any(getattr(op, "bias", False) for op in ops if LOWERINGS[type(op)].drawn),
        any(getattr(op, "l2", 0.0) for op in ops),
    )


def finish(known: Facts, module: python.Expression) -> Sequence[python.Statement]:
    """How the model draws its kernels, if they are drawn alike."""
    return initialization(known.initializers or {}, known.has_bias, module)


DIALECT = ClassDialect(
    base="nn.Module",
    module="nn.Module",
    sequential="nn.Sequential",
    mapping="OrderedDict",
    module_list="nn.ModuleList",
    module_dict="nn.ModuleDict",
    attributes=MODULE_ATTRIBUTES,
    identity="nn.Identity",
    tensor="Tensor",
    constants="__constants__",
    method="forward",
    lowerings=LOWERINGS,
    imports=(STANDARD_IMPORTS, TORCH_IMPORTS),
    brought={
        "Callable": "from collections.abc import Callable",
        "F": "import torch.nn.functional as F",
        "OrderedDict": "from collections import OrderedDict",
        "math": "import math",
        "nn": "from torch import Tensor, nn",
        "partial": "from functools import partial",
        "torch": "import torch",
    },
    names=frozenset(
        "Any Callable F OrderedDict Tensor isinstance math nn partial torch".split(),
    ),
    support=HELPERS,
    facts=facts,
    finish=finish,
    methods=lambda known: [method_in(METHODS, "l2_penalty")] if known.has_penalty else [],
    stand_ins=TorchStandIns,
    note="It needs torch alone.",
)
