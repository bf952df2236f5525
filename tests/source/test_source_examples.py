"""Source of the kinds that backends write, line by line, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cnndsl.emit import python as s

INPUTS = [s.List(["y", "shortcut"])]
CONV = s.call("layers.Conv2D", "filters", 3, padding=s.string("same"), use_bias=False)
BLOCKS = s.Generator(
    s.call("Block", "filters", "filters", stride=1, name=s.FString("block", s.name("index"))),
    "index",
    s.call("range", 1, "count"),
)
STAGES = [s.Tuple([64, 2]), s.Tuple([128, 2]), s.Tuple([256, 3]), s.Tuple([512, 3])]


def chain(depth: int) -> s.Expression:
    """Calls in calls."""
    value: s.Expression = s.name("x")
    for index in range(depth):
        value = s.call(f"self.{'relu' if index % 3 == 2 else 'batch_norm'}{index}", value)
    return value


EXAMPLES = {
    "call": (
        s.assign("self.conv1", s.call("nn.Conv2d", 3, 64, kernel_size=7, bias=False)),
        "self.conv1 = nn.Conv2d(3, 64, kernel_size=7, bias=False)",
    ),
    "call of a call": (
        s.assign("x", s.Call(s.call("layers.Add", name=s.FString(s.name("name"), ".add")), INPUTS)),
        'x = layers.Add(name=f"{name}.add")([y, shortcut])',
    ),
    "long call of a call": (
        s.assign("x", s.Call(s.call("layers.ReLU", name=s.string("n" * 60)), [CONV])),
        f"""\
x = layers.ReLU(name="{"n" * 60}")(
    layers.Conv2D(filters, 3, padding="same", use_bias=False)
)""",
    ),
    "long layer called": (
        s.assign(
            "x", s.Call(s.Call(CONV.value, CONV.arguments, [*CONV.keywords, *CONV.keywords]), ["x"])
        ),
        """\
x = layers.Conv2D(
    filters, 3, padding="same", use_bias=False, padding="same", use_bias=False
)(x)""",
    ),
    "starred generator": (
        s.assign(
            "self.stage", s.call("nn.Sequential", s.call("Block", 64, "filters"), s.Starred(BLOCKS))
        ),
        """\
self.stage = nn.Sequential(
    Block(64, filters),
    *(
        Block(filters, filters, stride=1, name=f"block{index}")
        for index in range(1, count)
    ),
)""",
    ),
    "nested calls": (
        s.assign("x", chain(6)),
        """\
x = self.relu5(
    self.batch_norm4(
        self.batch_norm3(self.relu2(self.batch_norm1(self.batch_norm0(x))))
    )
)""",
    ),
    "loop over tuples": (
        s.For(["filters", "convs"], s.List(STAGES), [s.statement(s.call("f", "convs"))]),
        """\
for filters, convs in [(64, 2), (128, 2), (256, 3), (512, 3)]:
    f(convs)""",
    ),
    "long loop over tuples": (
        s.For(["filters", "convs"], s.List(STAGES * 2), []),
        "for filters, convs in [\n"
        + "    (64, 2),\n    (128, 2),\n    (256, 3),\n    (512, 3),\n" * 2
        + "]:\n    pass",
    ),
    "return": (
        s.Return(s.call("torch.cat", s.List(["a", "b"]), dim=1)),
        "return torch.cat([a, b], dim=1)",
    ),
    "powers": (
        s.Assign(
            "x",
            s.List(
                [
                    s.Binary(s.Power("n", 2), "*", s.Power(s.call("f", "n"), s.Unary("-", "m"))),
                    s.Power(s.number(-2), s.Power("self.n", 0.5)),
                    s.Power(s.Power("n", s.Unary("-", 2)), s.Binary("n", "+", 1)),
                    s.Unary("-", s.Power("n", "n_1")),
                ]
            ),
        ),
        "x = [n**2 * f(n) ** -m, (-2) ** self.n**0.5, (n**-2) ** (n + 1), -(n**n_1)]",
    ),
    "return of several": (s.Return(["a", "b"]), "return a, b"),
    "branches": (
        s.If(s.Compare("x", "is not", None), [], [s.If("y", [], [s.Return()])]),
        "if x is not None:\n    pass\nelif y:\n    pass\nelse:\n    return",
    ),
    "signature": (
        s.FunctionDef(
            "bottleneck",
            [
                s.Parameter("x", "keras.KerasTensor"),
                s.Parameter("filters", "int"),
                s.Parameter("stride", "int", 1),
                "*",
                s.Parameter("name", "str"),
            ],
            "keras.KerasTensor",
            "A bottleneck.",
            [s.Return("x")],
        ),
        '''\
def bottleneck(
    x: keras.KerasTensor, filters: int, stride: int = 1, *, name: str
) -> keras.KerasTensor:
    """A bottleneck."""
    return x''',
    ),
    "class": (
        s.ClassDef(
            "Net",
            ["nn.Module"],
            "A net.",
            [
                s.FunctionDef("setup", ["self"], "None"),
                s.FunctionDef("forward", ["self", "x"], body=[s.Return("x")]),
            ],
        ),
        '''\
class Net(nn.Module):
    """A net."""

    def setup(self) -> None:
        pass

    def forward(self, x):
        return x''',
    ),
    "imports": (
        s.ImportFrom("torch", ["nn", "Tensor"]),
        "from torch import nn, Tensor",
    ),
    "none as default": (
        s.FunctionDef("f", [s.Parameter("x", None, None)]),
        "def f(x=None):\n    pass",
    ),
    "condition": (
        s.assign("padding", s.Conditional(s.string("a" * 40), "is_same", s.string("b" * 30))),
        f"""\
padding = (
    "{"a" * 40}"
    if is_same
    else "{"b" * 30}"
)""",
    ),
}


@pytest.mark.parametrize(("statement", "text"), EXAMPLES.values(), ids=EXAMPLES)
def test_examples(ruff_format: Callable[[str], str], statement: s.Statement, text: str) -> None:
    assert s.render([statement]) == f"{text}\n"
    assert ruff_format(f"{text}\n") == f"{text}\n"


MINUS = s.Binary("a", "-", s.Binary("b", "-", "c"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (s.Binary(s.Binary("a", "-", "b"), "-", "c"), "a - b - c"),
        (MINUS, "a - (b - c)"),
        (s.Binary(s.Binary("a", "+", "b"), "*", "c"), "(a + b) * c"),
        (s.Binary("a", "+", s.Binary("b", "*", "c")), "a + b * c"),
        (s.Binary("a", "*", s.Unary("-", "b")), "a * -b"),
        (s.Unary("-", s.Binary("a", "*", 2)), "-(a * 2)"),
        (s.Unary("not", s.Compare("a", "==", "b")), "not a == b"),
        (s.Compare(s.Unary("not", "a"), "==", "b"), "(not a) == b"),
        (s.BoolOp("and", s.BoolOp("or", "a", "b"), "c"), "(a or b) and c"),
        (s.BoolOp("or", s.BoolOp("and", "a", "b"), "c"), "a and b or c"),
        (s.Conditional("a", s.Conditional("b", "c", "d"), "e"), "a if (b if c else d) else e"),
        (s.Conditional("a", "b", s.Conditional("c", "d", "e")), "a if b else c if d else e"),
        (s.Attribute(1, "real"), "(1).real"),
        (s.Attribute(MINUS, "shape"), "(a - (b - c)).shape"),
        (s.Tuple(["a"]), "(a,)"),
        (s.Tuple(), "()"),
        (s.number(-1.5), "-1.5"),
        (s.number(1e22), "1e22"),
        (s.number(float("-inf")), 'float("-inf")'),
        (s.call("f", s.Starred(s.Conditional("a", "b", "c"))), "f(*(a if b else c))"),
        (s.Call("f", [], {"start": 1}), "f(start=1)"),
        (s.call("sum", s.Generator("x", "x", "y")), "sum(x for x in y)"),
        (s.Generator("x", ["x", "y"], "z"), "(x for x, y in z)"),
        (s.call("f", s.ListComprehension("x", "x", "y")), "f([x for x in y])"),
    ],
)
def test_parentheses_are_where_they_are_needed(value: s.Expression, text: str) -> None:
    assert str(value) == text


def test_blank_lines(ruff_format: Callable[[str], str]) -> None:
    function = s.FunctionDef("f")
    text = s.render(
        [
            s.Docstring("A module."),
            s.Import("torch"),
            s.assign("x", 1),
            s.Blank(),
            function,
            function,
            s.assign("x", 1),
            s.If("x", [function]),
            s.Blank(),
            s.Blank(),
            s.Blank(),
            s.assign("x", 1),
        ]
    )
    assert ruff_format(text) == text
    assert text.startswith('"""A module."""\n\nimport torch\n\nx = 1\n\n\ndef f')
    assert "\n\n\n\n" not in text


def test_deep_nesting() -> None:
    """Python itself reads no more than two hundred parentheses in one another."""
    text = s.render([s.assign("x", chain(150))])
    assert text.count("self.") == 150
    compile(text, "module", "exec")


def test_an_empty_module_is_empty() -> None:
    assert s.render([]) == ""


@pytest.mark.parametrize(
    "build",
    [
        lambda: s.name("a b"),
        lambda: s.name("class"),
        lambda: s.name("a.b()"),
        lambda: s.name(""),
        lambda: s.Attribute("a", "b; import os"),
        lambda: s.Raw("a\nb"),
        lambda: s.Call("f", [], {"a b": 1}),
        lambda: s.Call("f", [], [("", 1)]),
        lambda: s.Binary("a", "and", "b"),
        lambda: s.Unary("!", "b"),
        lambda: s.Compare("a", "+", "b"),
        lambda: s.BoolOp("and", "a"),
        lambda: s.Parameter("a, b"),
        lambda: s.Parameter("***a"),
        lambda: s.FunctionDef("f()"),
        lambda: s.ClassDef("A:"),
        lambda: s.Import("os; x"),
        lambda: s.ImportFrom("..", ["*"]),
        lambda: s.AugmentedAssign("a", "==", "b"),
        lambda: s.statement(s.string("text")),
    ],
)
def test_what_is_not_python_is_refused(build: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        build()


def test_the_import_is_light() -> None:
    program = (
        "import sys; before = set(sys.modules); import cnndsl.emit.python;"
        "heavy = {'dataclasses', 'typing', 'inspect', 'ast', 'enum', 're'} - before;"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or None)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        capture_output=True,
        check=False,
        cwd=Path(s.__file__).parents[3],
    )
    assert done.returncode == 0, done.stderr.decode()
