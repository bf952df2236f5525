"""Mutants of emission: validation stops each of them, without a framework.

A mutant is a mistake planted into what writes code. For the spec beside it, the first form of the
code is another network than the checked one, and validation must say so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from cnndsl_keras import kernels
from cnndsl_keras import layers as keras_layers
from cnndsl_keras import pooling as keras_pooling
from cnndsl_torch import dialect, modules, padding
from cnndsl_torch import kernels as torch_kernels
from emission_makers import MAKERS
from spec_text import in_model, network_of

from cnndsl.emit import channels, formulas, python, renderer
from cnndsl.emit.classes import annotation, sequences
from cnndsl.emit.classes.forward import Forward
from cnndsl.emit.classes.frame import FrameWriter
from cnndsl.emit.classes.loop_header import LoopHeader
from cnndsl.emit.classes.writer import Site
from cnndsl.emit.functions import writer as function_writer
from cnndsl.emit.functions.cursor import NameParts, Position
from cnndsl.emit.functions.writer import FunctionWriter
from cnndsl.emit.lowering import Lowering
from cnndsl.emit.validation.ladder import Ladder, shared
from cnndsl.emit.writer import Writer
from cnndsl.ops import OPS

Change = Callable[[Any], Any]


def stopped(backend: str, text: str) -> str | None:
    """What validation finds wrong with the first form of the code; None for nothing."""
    ladder = Ladder(network_of(text), *MAKERS[backend])
    found = ladder.form(shared, ())
    if found is None:
        return f"{ladder.reasons[0]}"
    _, verdict = found
    return str(verdict.given) if verdict.given else ", ".join(map(str, verdict.failing)) or None


# A keyword of the framework's that is lost or changed


class Keyword(NamedTuple):
    backend: str
    body: str
    name: str
    change: Change | None = None
    """None for a keyword that is lost."""


def other(value: Any) -> Change:
    return lambda _value: python.expression(value)


KEYWORDS = {
    "a lost bias": Keyword("torch", "conv(4, 3x3, bias=false)", "bias"),
    "a lost bias of a dense layer": Keyword("torch", "flatten -> dense(4, bias=false)", "bias"),
    "a lost stride": Keyword("torch", "conv(4, 3x3, 2)", "stride"),
    "a swapped stride": Keyword("torch", "conv(4, 3x3, 1x2)", "stride", other((2, 1))),
    "a lost stride of a pooling": Keyword("torch", "max_pool(3, stride=1)", "stride"),
    "lost groups": Keyword("torch", "conv(4, 3x3, groups=2)", "groups"),
    "lost groups of a depthwise one": Keyword("torch", "depthwise_conv(3x3)", "groups"),
    "a lost dilation": Keyword("torch", "conv(4, 3x3, dilation=2)", "dilation"),
    "lost padding": Keyword("torch", "conv(4, 3x3, pad=1)", "padding"),
    "padding too large": Keyword("torch", "conv(4, 3x3, pad=same)", "padding", other(2)),
    "padding of the other axis": Keyword("torch", "conv(4, 3x1, pad=same)", "padding", other(1)),
    "padding on the other side": Keyword(
        "torch", "conv(4, 3x3, 2, pad=(0, 1, 0, 1))", "pad", other((1, 0, 1, 0))
    ),
    "floor for ceil": Keyword("torch", "max_pool(3, 2, rounding=ceil)", "ceil_mode"),
    "padding that counts": Keyword("torch", "avg_pool(3, 1, pad=1)", "count_include_pad"),
    "a lost epsilon": Keyword("torch", "batch_norm(epsilon=1e-3)", "eps"),
    "the other momentum": Keyword("torch", "batch_norm(momentum=0.8)", "momentum", other(0.8)),
    "alpha over size": Keyword("torch", "lrn(3, alpha=0.3)", "alpha", other(0.3)),
    "exact GELU": Keyword("torch", "gelu(approximate=true)", "approximate"),
    "softmax of the rows": Keyword("torch", "softmax", "dim", other(2)),
    "a lost seed": Keyword("torch", "conv(4, 3x3, seed=7)", "seed"),
    "a lost bias in Keras": Keyword("keras", "conv(4, 3x3, bias=false)", "use_bias"),
    "lost strides": Keyword("keras", "conv(4, 3x3, 2)", "strides"),
    "a lost dilation in Keras": Keyword("keras", "conv(4, 3x3, dilation=2)", "dilation_rate"),
    "lost groups in Keras": Keyword("keras", "conv(4, 3x3, groups=2)", "groups"),
    "valid for same": Keyword("keras", "conv(4, 3x3, pad=same)", "padding"),
    "Keras's own epsilon": Keyword("keras", "batch_norm", "epsilon"),
    "Keras's own momentum": Keyword("keras", "batch_norm", "momentum"),
    "a lost multiplier": Keyword("keras", "depthwise_conv(3, multiplier=2)", "depth_multiplier"),
    "a lost initialiser": Keyword("keras", "conv(4, 3, init=he_normal)", "kernel_initializer"),
    "truncated draws": Keyword(
        "keras", "conv(4, 3, init=he_normal)", "distribution", other(python.string("normal"))
    ),
    "a lost penalty": Keyword("keras", "conv(4, 3, l2=0.1)", "kernel_regularizer"),
    "Keras's own slope": Keyword("keras", "leaky_relu", "negative_slope"),
    "ReLU for ReLU6": Keyword("keras", "relu6", "max_value"),
    "a lost shift": Keyword("keras", "batch_norm(center=false)", "center"),
    "another name": Keyword("keras", "relu", "name", other(python.string("relu1"))),
    "a lost stride in NumPy": Keyword("numpy", "conv(4, 3x3, 2)", "stride"),
    "lost padding in NumPy": Keyword("numpy", "conv(4, 3x3, pad=same)", "pad"),
}


@pytest.mark.parametrize("name", KEYWORDS)
def test_keywords(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant = KEYWORDS[name]
    text = in_model(mutant.body)
    assert stopped(mutant.backend, text) is None
    original = python.Call.__init__
    changed = 0

    def construct(
        self: python.Call, function: Any, arguments: Any = (), keywords: Any = ()
    ) -> None:
        nonlocal changed
        kept = []
        for key, value in keywords:
            if key != mutant.name:
                kept.append((key, value))
                continue
            changed += 1
            if mutant.change is not None:
                kept.append((key, mutant.change(value)))
        original(self, function, arguments, kept)

    monkeypatch.setattr(python.Call, "__init__", construct)
    assert stopped(mutant.backend, text) is not None
    assert changed


# A mistake in the engine, or in a lowering


class Mutant(NamedTuple):
    backend: str
    text: str
    owner: Any
    name: Any
    change: Change
    """Makes a mistake of what is there: an attribute of the owner, or an entry of a table."""


def model(body: str, parameters: str = "", shape: str = "8x8x4") -> str:
    return in_model(body, shape, parameters)


def later(change: Callable[..., Any]) -> Change:
    """A function that does the right thing and then changes its result."""
    return lambda original: lambda *given, **named: change(original(*given, **named))


def instead(result: Any) -> Change:
    """A function that gives the same whatever it is given."""
    return lambda _original: lambda *_given, **_named: result


def halved(site: Any) -> Any:
    return python.call(python.Attribute(site.operands[0], "chunk"), 2, dim=1)


def flat(site: Any) -> Any:
    """A parameter that scales columns instead of channels."""
    shape = python.Tuple([site.in_channels])
    return python.call("nn.Parameter", python.call("torch.full", shape, python.number(1e-6)))


def plus_one(amount: Any) -> Any:
    return amount + 1 if isinstance(amount, int) else python.Binary(amount, "+", 1)


def lowered(emit: Callable[[Any], Any]) -> Change:
    """The lowering of an op with another emitter."""
    return lambda lowering: Lowering(lowering.op, emit, lowering.weights, drawn=lowering.drawn)


def unbound(original: Any) -> Any:
    """Names that follow the main line."""

    def bind(self: Any, item: Any, *given: Any) -> None:
        original(self, item, *given)
        is_text = isinstance(self.values[item.name], str)
        self.values[item.name] = "x" if is_text else python.name("x")

    return bind


def swapped(result: tuple[list[Any], list[Any]]) -> tuple[list[Any], list[Any]]:
    return result[0][::-1], result[1]


def twice(original: Any) -> Any:
    def add(self: Any, *given: Any) -> None:
        for _ in range(2):
            original(self, *given)

    return add


def skipping(original: Any) -> Any:
    def apply(self: Any, cursor: Any, attribute: str, is_heavy: bool) -> None:
        if attribute != "relu":
            original(self, cursor, attribute, is_heavy)

    return apply


def otherwise(original: Any) -> Any:
    """A module that others than those that should pass by."""
    return lambda self, one, condition, when, cursor: original(
        self, one, condition, not when, cursor
    )


def more_turns(original: Any) -> Any:
    return lambda self, one, count: original(self, one, count + 1)


def from_one(original: Any) -> Any:
    return lambda self, start=0, counter=None: original(self, 1, counter)


def one_turn_more(original: Any) -> Any:
    return lambda start, end, step: original(start, plus_one(end), step)


def onto_side(original: Any) -> Any:
    def let(self: Any, item: Any, cursor: Any) -> None:
        original(self, item, cursor)
        cursor.x = self.values[item.name]

    return let


def next_integer(original: Any) -> Any:
    return lambda value: original(value + 1 if type(value) is int else value)


BRANCH = "if deep { conv(8, 3x3) } else { conv(8, 5x5) }\nconv(4, 1x1)"
PATHS = "concat {\n conv(4, 1x1)\n conv(4, 1x1)\n }"
GROWING = "concat {\n identity\n conv(n, 1x1)\n }\nbatch_norm"
SIDE = "let side = conv(4, 1x1)\nconv(4, 1x1)\nadd(main, side)"
NAMED = "conv(4, 1x1) as first\nconv(4, 1x1)\nadd(first, main)"
BLOCK = "block b(n, m) { conv(n, 1x1) -> conv(m, 1x1) }\n"
LOOP = "for i in range(2, 5) { conv(i, 1x1) }"
TWO_INITS = "conv(4, 3x3) -> conv(4, 3x3, init=he_normal)"

MUTANTS = {
    "a product of channels off by one": Mutant(
        "torch",
        model("depthwise_conv(3, multiplier=2)"),
        torch_kernels,
        "multiply",
        later(plus_one),
    ),
    "a sum of channels that loses a part": Mutant(
        "torch", model(GROWING, "(n = 3)"), channels.Flow, "merged", instead(4)
    ),
    "channels off by one behind a layer": Mutant(
        "torch", model("conv(4, 3) -> batch_norm"), channels.Flow, "layer", later(plus_one)
    ),
    "other channels into a layer": Mutant(
        "torch",
        model("conv(4, 3)"),
        Site,
        "in_channels",
        lambda _original: property(lambda _site: python.number(7)),
    ),
    "a dropped else": Mutant(
        "torch",
        model(BRANCH, "(deep = false)"),
        annotation,
        "only_branch",
        lambda _original: lambda item, _environment: item.then,
    ),
    "the other branch": Mutant(
        "torch", model("if deep { relu }", "(deep = true)"), FrameWriter, "optional", otherwise
    ),
    "a condition the other way round": Mutant(
        "keras",
        model("if not deep { relu }\nconv(4, 1x1)", "(deep = false)"),
        formulas,
        "negated",
        lambda _original: lambda condition: condition,
    ),
    "the numbers of a sequence from 1": Mutant(
        "keras", model("stage s { conv(4, 3) -> relu }"), Position, "__init__", from_one
    ),
    "a turn too many in Keras": Mutant(
        "keras", model("(conv(4, 1) -> relu) * 3"), function_writer, "numbers_from", one_turn_more
    ),
    "a turn too many": Mutant(
        "torch", model("(relu) * 3"), sequences.SequenceWriter, "comprehension", more_turns
    ),
    "a loop that starts elsewhere": Mutant(
        "torch", model(LOOP), LoopHeader, "iterable", instead(python.call("range", 3))
    ),
    "a loop that starts elsewhere in Keras": Mutant(
        "keras", model(LOOP), function_writer, "write_iterable", instead(python.call("range", 3))
    ),
    "a module twice": Mutant(
        "torch", model("stage s { conv(4, 1) }"), sequences.SequenceWriter, "add", twice
    ),
    "paths crossed": Mutant(
        "torch",
        model(PATHS),
        modules.LOWERINGS.by_op,
        OPS["concat"],
        lowered(lambda site: python.call("torch.cat", python.List(site.operands[::-1]), dim=1)),
    ),
    "add for multiply": Mutant(
        "keras",
        model("add {\n relu\n tanh\n }"),
        keras_layers.LOWERINGS.by_op,
        OPS["add"],
        lowered(keras_layers.plain("Multiply")),
    ),
    "the main line on a side chain": Mutant("keras", model(SIDE), FunctionWriter, "let", onto_side),
    "parts crossed": Mutant(
        "torch",
        model("split(2) as a, b\nconcat(b, a)"),
        FrameWriter,
        "parts",
        lambda original: lambda self, lets, cursor: original(self, lets[::-1], cursor),
    ),
    "parts of other sizes": Mutant(
        "torch",
        model("split([1, 3]) as a, b\nconcat(b, a)"),
        modules.LOWERINGS.by_op,
        OPS["split"],
        lambda original: original.replaced(together=halved),
    ),
    "a parameter of columns": Mutant(
        "torch",
        model("layer_scale"),
        modules.LOWERINGS.by_op,
        OPS["layer_scale"],
        lambda original: original.replaced(factor=flat),
    ),
    "a parameter left out": Mutant(
        "torch", model("layer_scale -> relu"), Forward, "scale", instead(None)
    ),
    "an activation for a placeholder": Mutant(
        "torch",
        model("placeholder"),
        modules.LOWERINGS.by_op,
        OPS["placeholder"],
        lowered(modules.plain("ReLU")),
    ),
    "a name that moves on": Mutant("keras", model(NAMED), FunctionWriter, "bind", unbound),
    "a name that moves on in PyTorch": Mutant("torch", model(NAMED), FrameWriter, "bind", unbound),
    "a layer left out": Mutant("torch", model("conv(4, 3) -> relu"), Forward, "apply", skipping),
    "arguments swapped": Mutant(
        "torch", BLOCK + model("b(3, 5)"), Writer, "call_arguments", later(swapped)
    ),
    "arguments swapped in Keras": Mutant(
        "keras", BLOCK + model("b(3, 5)"), Writer, "call_arguments", later(swapped)
    ),
    "another default": Mutant(
        "keras", model("conv(n, 1x1)", "(n = 3)"), renderer, "literal", next_integer
    ),
    "names with something behind": Mutant(
        "keras",
        model("relu"),
        NameParts,
        "child",
        lambda original: lambda self, part: original(self, part + "_"),
    ),
    "another initialiser": Mutant(
        "torch",
        model("conv(4, 3)"),
        dialect.FUNCTIONS,
        "glorot_uniform",
        lambda _one: ("xavier_normal_", None),
    ),
    "biases that do not start at zero": Mutant(
        "torch",
        model("conv(4, 3)"),
        dialect,
        "initialization",
        lambda original: (
            lambda initializers, _has_bias, module: original(initializers, False, module)
        ),
    ),
    "initialisers that are lost": Mutant(
        "torch",
        model(TWO_INITS),
        torch_kernels,
        "initialized",
        lambda _original: lambda _site, module: module,
    ),
    "another activation": Mutant(
        "torch", model("relu"), modules.LOWERINGS.by_op, OPS["relu"], lowered(modules.plain("Tanh"))
    ),
    "PyTorch's order where it matters": Mutant(
        "torch",
        model("flatten"),
        modules.LOWERINGS.by_op,
        OPS["flatten"],
        lowered(modules.plain("Flatten")),
    ),
    "no padding for same": Mutant(
        "torch",
        model("conv(4, 3x3, 2, pad=same)"),
        padding,
        "same_padding",
        instead(("nn.Conv2d", [])),
    ),
    "same for any padding": Mutant(
        "keras", model("conv(4, 3x3, pad=2)"), kernels, "pads_as_same", instead(True)
    ),
    "same for any padding of a pooling": Mutant(
        "keras", model("max_pool(3, 2, pad=1)"), keras_pooling, "pools_as_same", instead(True)
    ),
    "padding that does not count": Mutant(
        "keras",
        model("avg_pool(3, 1, pad=1, count_padding=true)"),
        keras_pooling,
        "averages_as_same",
        instead(True),
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_mutants(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant = MUTANTS[name]
    assert stopped(mutant.backend, mutant.text) is None
    if isinstance(mutant.owner, dict):
        changed = mutant.change(mutant.owner[mutant.name])
        monkeypatch.setitem(mutant.owner, mutant.name, changed)
    else:
        changed = mutant.change(getattr(mutant.owner, mutant.name))
        monkeypatch.setattr(mutant.owner, mutant.name, changed)
    assert stopped(mutant.backend, mutant.text) is not None


def test_there_are_many() -> None:
    assert len(MUTANTS) >= 30
    assert len(KEYWORDS) >= 30
