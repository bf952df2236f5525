"""How PyTorch says what the class style has: modules, sequences, merges, imports."""

from __future__ import annotations

import os

from cnndsl.backend import ReservedNames
from cnndsl.emit import python
from cnndsl.emit.classes.renderer import ClassDialect
from cnndsl.emit.support import Helpers, method_in
from cnndsl.ir.network import distinct_layers
from cnndsl.record import Record
from cnndsl_torch.flattening import native_flattens
from cnndsl_torch.initialization import common_initializers, initialization
from cnndsl_torch.modules import LOWERINGS
from cnndsl_torch.stand_ins import TorchStandIns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cnndsl.ir.network import Network
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
    "from typing import Any": python.ImportFrom("typing", ["Any"]),
}
TORCH_IMPORTS: dict[str, python.Statement] = {
    "import torch": python.Import("torch"),
    "import torch.nn.functional as F": python.Import("torch.nn.functional", "F"),
    "from torch import nn": TENSOR_AND_NN,
    "from torch import Tensor, nn": TENSOR_AND_NN,
}


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
        native_flattens(networks) if any(op.folds_space for op in ops) else frozenset(),
        common_initializers(ops),
        any(getattr(op, "bias", False) for op in ops),
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
    attributes=MODULE_ATTRIBUTES,
    identity="nn.Identity",
    tensor="Tensor",
    constants="__constants__",
    method="forward",
    lowerings=LOWERINGS,
    imports=(STANDARD_IMPORTS, TORCH_IMPORTS),
    brought={
        "OrderedDict": "from collections import OrderedDict",
        "nn": "from torch import Tensor, nn",
        "torch": "import torch",
    },
    names=frozenset({"Any", "F", "OrderedDict", "Tensor", "isinstance", "math", "nn", "torch"}),
    support=HELPERS,
    facts=facts,
    finish=finish,
    methods=lambda known: [method_in(METHODS, "l2_penalty")] if known.has_penalty else [],
    stand_ins=TorchStandIns,
    note="It needs torch alone.",
)
