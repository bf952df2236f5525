"""Random specs that use the language's control flow to the full, under awkward names.

`intricate_spec` draws from any source of randomness with the methods of `random.Random`, such as
Hypothesis's. Layers keep an image's height and width, so that most specs check.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from samples import ON_IMAGES

from cnndsl.ops import base
from cnndsl.values import write

AWKWARD_NAMES = (
    "x name layers keras inputs list dict path1 path2 i index itertools Any entering value len_ "
    "int str type_ layer_name Input object print x2 x_ outputs model2 math relu_ conv_ np cn nn l "
    "filters kernel stride rate flag count widths mode torch F Tensor channels in_channels _ "
    "import_ Model Subsample zip map input_layer super tuple range_ bool __import__ _x stop "
    "residual scale path"
).split()
"""Names that emitted code has its own uses for, and some ordinary ones."""

LAYER_NAMES = [name for name in AWKWARD_NAMES if name not in ("float", "type", "bool")]
LAYER_NAMES = [name for name in LAYER_NAMES if not name.startswith("_")]

KINDS = ("count", "size", "flag", "rate", "widths", "pairs", "mode", "seed")
KIND_OF = {
    base.COUNT: "count",
    base.FLAG: "flag",
    base.RATE: "rate",
    base.SEED: "seed",
}
"""What expressions some attributes take. (A size could change the image's.)"""


class Scope:
    """What an element can see: the parameters and loop variables by kind, and named values."""

    def __init__(self, variables: dict[str, str], in_sequence: bool, in_loop: bool) -> None:
        self.variables = variables
        self.in_sequence = in_sequence
        self.in_loop = in_loop
        self.turns: list[str] = []
        """Variables that together tell the turns of the loops around apart."""
        self.values: list[str] = []

    def of(self, kind: str) -> list[str]:
        return [name for name, one in self.variables.items() if one == kind]

    def within(self, in_sequence: bool = True, in_loop: bool = False, **more: str) -> Scope:
        return Scope({**self.variables, **more}, in_sequence, self.in_loop or in_loop)


class SpecWriter:
    """Writes one spec."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.blocks: dict[str, dict[str, str]] = {}
        self.wide: dict[str, tuple[int, int]] = {}
        """How many values blocks take and give, of those that take or give several."""
        self.taken: set[str] = set()
        self.budget = 14

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def fresh(self, taken: set[str], names: list[str] = AWKWARD_NAMES) -> str:
        """An awkward name that is not taken."""
        name = self.random.choice(names)
        while name in taken:
            name += self.random.choice("abc_1")
        taken.add(name)
        return name

    # Expressions

    def count(self, scope: Scope, depth: int = 2) -> str:
        """A small positive integer."""
        names = scope.of("count")
        simple = [str(self.random.randint(1, 4)), *names, *names]
        if depth == 0 or self.chance(0.4):
            return self.random.choice(simple)
        left, right = self.count(scope, depth - 1), self.count(scope, depth - 1)
        forms = [
            f"min({left} + {right}, 5)",
            f"max({left}, {right})",
            f"({left} * 2) / 2",
            f"({left} + 1) // 2",
            f"{left} % 3 + 1",
            f"({left} if {self.condition(scope, depth - 1)} else {right})",
            f"[{left}, {right}][{self.random.randint(0, 1)}]",
            f"({left}, {right})[-1]",
            "min(in.channels, 4)",
            "in.channels % 3 + 1",
            f"min([{left}, {right}])",
            f"len(range({left}))",
            f"range(1, 5)[{self.random.randint(0, 3)}]",
            f"2 * {left} - {left}",
        ]
        forms += [f"max({name})" for name in scope.of("widths")]
        forms += [f"{name}[0]" for name in scope.of("widths")]
        forms += [f"({name} + [1])[-1]" for name in scope.of("widths")]
        forms += [f"{name}[-1][1]" for name in scope.of("pairs")]
        return self.random.choice(forms)

    def condition(self, scope: Scope, depth: int = 2) -> str:
        comparison = self.random.choice(["==", "!=", "<", "<=", ">", ">="])
        forms = [
            f"{self.count(scope, 0)} {comparison} {self.count(scope, 0)}",
            f"in.channels {comparison} {self.count(scope, 0)}",
            *scope.of("flag"),
            *(f"{name} == 3x3" for name in scope.of("size")),
            *(f"{name} == 1" for name in scope.of("size")),
            *(f"{name} != same" for name in scope.of("mode")),
            *(f"{name} == 1" for name in scope.of("flag")),
            *(f"{name} == true" for name in scope.of("flag")),
            *(f"{name} != none" for name in scope.of("seed")),
            *(f"{name} < 0.3" for name in scope.of("rate")),
            *(f"len({name}) > 1" for name in scope.of("widths")),
            *(f"{name} == [1, 2]" for name in scope.of("widths")),
            *(f"{index} == 1" for index in scope.of("index")),
        ]
        if depth:
            left, right = self.condition(scope, depth - 1), self.condition(scope, depth - 1)
            forms += [f"not ({left})", f"({left}) and ({right})", f"({left}) or ({right})"]
        return self.random.choice(forms)

    def value(self, kind: str, scope: Scope) -> str:
        """An expression of a kind."""
        names = scope.of(kind)
        if names and self.chance(0.5):
            return self.random.choice(names)
        if kind == "count":
            return self.count(scope)
        if kind == "size":
            return self.random.choice(["1", "3", "1x1", "3x3", "1x3", "2x1", "2", "(3, 1)"])
        if kind == "flag":
            return self.random.choice(["true", "false", self.condition(scope)])
        if kind == "rate":
            rates = [f"{name} / 2" for name in scope.of("rate")]
            return self.random.choice([*rates, "0.25", "0.5", "0", "1e-3"])
        if kind == "mode":
            return self.random.choice(["same", "valid"])
        if kind == "seed":
            return self.random.choice(["none", "1", "7", "2147483647"])
        counts = [self.count(scope, 1) for _ in range(self.random.randint(1, 3))]
        if kind == "widths":
            return f"[{', '.join(counts)}]"
        return f"[{', '.join(f'({one}, {self.count(scope, 0)})' for one in counts)}]"

    # Elements

    def layer(self, scope: Scope) -> str:
        if self.chance(0.5):
            return self.sampled(scope)
        filters, kernel = self.count(scope), self.value("size", scope)
        flag = self.value("flag", scope)
        mode, seed = self.value("mode", scope), self.value("seed", scope)
        return self.random.choice(
            [
                f"conv({filters}, {kernel}, pad=same)",
                f"conv({filters}, 1x1, bias={flag}, seed={seed})",
                f"conv({filters}, 1x1, pad={mode})",
                f"conv({filters}, 3x3, pad=1)",
                f"conv({filters}, 1x3, pad=(0, 0, 2, 0), init=he_normal, l2=1e-4)",
                f"conv(filters=min({filters}, 3) * 2, kernel=2x1, pad=same, groups=1)",
                f"conv({filters}, 3, dilation=2, pad=same)",
                "conv(in.height, 3x3, pad=1)",
                "conv(in.width, 3x3, stride=in.width - 3, pad=(1, 1, 0, 2))",
                f"depthwise_conv({kernel}, pad=same, multiplier={self.random.randint(1, 2)})",
                f"separable_conv({filters}, 3, pad=same, bias={flag}, seed={seed})",
                "max_pool(3x3, stride=1, pad=1)",
                "max_pool(2x2, stride=1, pad=same)",
                "max_pool(3x3, 1, (1, 1, 1, 1))",
                "avg_pool(3x3, stride=1, pad=1, count_padding=true)",
                f"avg_pool(3x3, stride=1, pad=same, count_padding={flag})",
                "adaptive_avg_pool(5x4)",
                "identity",
            ]
        )

    def sampled(self, scope: Scope) -> str:
        """A call of any op that keeps images' sides, with expressions for some attributes."""
        call = self.random.choice(self.random.choice(ON_IMAGES))
        arguments = []
        for name, value in call.given.items():
            kind = KIND_OF.get(call.op_class.attributes[name].kind)
            text = self.value(kind, scope) if kind and self.chance(0.5) else write(value)
            arguments.append(f"{name}={text}")
        return f"{call.op_class.name}({', '.join(arguments)})" if arguments else call.text

    def call(self, scope: Scope) -> str:
        return self.call_of(self.random.choice(sorted(self.blocks.keys() - self.wide)), scope)

    def call_of(self, name: str, scope: Scope) -> str:
        arguments = []
        positional = True
        for parameter, kind in self.blocks[name].items():
            if kind.endswith("?") and self.chance(0.5):
                positional = False
                continue
            if self.chance(0.3):
                positional = False
            value = self.value(kind.removesuffix("?"), scope)
            arguments.append(value if positional else f"{parameter}={value}")
        return f"{name}({', '.join(arguments)})" if arguments else name

    def several(self, scope: Scope) -> str:
        """A statement with a block that takes or gives several values."""
        name = self.random.choice(sorted(self.wide))
        inputs, outputs = self.wide[name]
        text = self.call_of(name, scope)
        if inputs > 1 and scope.values and self.chance(0.25):
            return self.shared_block(text, inputs, outputs, scope)
        if inputs == outputs:
            inner = scope.within(in_loop=True)
            again = self.call_of(name, inner)
            text += self.random.choice(
                [
                    "",
                    f" * {self.repeats(scope)}",
                    f" -> {again} * 2",
                    f" -> for filters in [1, 2] {{ {again} }}",
                    f" -> if {self.condition(scope)} {{ {again} }}",
                ]
            )
        if inputs > 1:
            values = [self.random.choice(["main", *scope.values]) for _ in range(inputs)]
            text = f"({', '.join(values)}) -> {text}"
        if outputs > 1:
            names = [self.fresh(self.taken, LAYER_NAMES) for _ in range(outputs)]
            scope.values += names
            text += f" as {', '.join(names)}"
        return text

    def shared_block(self, text: str, inputs: int, outputs: int, scope: Scope) -> str:
        """Lines that call one block of several values twice, on the same ones."""
        name, *names = (self.fresh(self.taken, LAYER_NAMES) for _ in range(1 + 2 * outputs))
        entering = ", ".join(self.random.choice(scope.values) for _ in range(inputs))
        scope.values += names
        lines = [f"share {name} = {text}"]
        for given in (names[:outputs], names[outputs:]):
            lines.append(f"({entering}) -> {name} as {', '.join(given)}")
        return "\n".join(lines)

    def shared(self, scope: Scope) -> list[str]:
        """Lines that call one or two layers or blocks twice, one behind the other."""
        plain = sorted(self.blocks.keys() - self.wide)
        lines, calls = [], []
        for _ in range(self.random.choice([1, 2])):
            made = f"conv({self.count(scope)}, {self.random.choice(['1', '3x1'])}, pad=same)"
            if plain and self.chance(0.5):
                made = self.call_of(self.random.choice(plain), scope)
            calls.append(self.fresh(self.taken, LAYER_NAMES))
            lines.append(f"share {calls[-1]} = {made}")
        one, other = (self.fresh(self.taken, LAYER_NAMES) for _ in range(2))
        chain = " -> ".join(calls)
        lines += [f"let {one} = {chain}", f"let {other} = tanh -> {chain}"]
        scope.values += [one, other]
        return [*lines, f"concat({other}, {one})"]

    def inputs(self, scope: Scope) -> str:
        """What a model begins with: its input, or several, which it joins."""
        if not self.chance(0.3):
            return "input 5x4x2"
        count = self.random.choice([1, 2, 2, 3])
        names = [self.fresh(self.taken, LAYER_NAMES) for _ in range(count)]
        scope.values += names
        shapes = (f"5x4x{self.random.choice([1, 2, 3])}" for _ in names)
        given = [f"{name}: {shape}" for name, shape in zip(names, shapes, strict=True)]
        text = f"input {self.random.choice([', ', f'{chr(10)}input ']).join(given)}"
        return text if count == 1 else f"{text}\nconcat({', '.join(reversed(names))})"

    def merge(self, scope: Scope, depth: int) -> str:
        kind = self.random.choice(["concat", "concat", "add", "multiply"])
        inner = Scope(scope.variables, False, scope.in_loop)
        inner.values = [] if scope.in_sequence else scope.values
        paths = []
        filters = self.count(scope, 1)
        for _ in range(self.random.randint(2, 3)):
            path = self.chain(inner, depth - 1)
            if kind != "concat":
                path += f" -> conv({filters}, 1x1)"
            elif self.chance(0.2):
                path = "identity"
            paths.append(path)
        return f"{kind} {{\n" + "\n".join(paths) + "\n}"

    def conditional(self, scope: Scope, depth: int) -> str:
        inner = Scope(scope.variables, scope.in_sequence, True)
        inner.turns = scope.turns
        text = f"if {self.condition(scope)} {{ {self.body(inner, depth - 1)} }}"
        if self.chance(0.2):
            text += f" else if {self.condition(scope)} {{ {self.body(inner, depth - 1)} }}"
        if self.chance(0.7):
            text += f" else {{ {self.body(inner, depth - 1)} }}"
        return text

    def loop(self, scope: Scope, depth: int) -> str:
        taken = set(scope.variables)
        first, second = self.fresh(taken), self.fresh(taken)
        kind = self.random.choice(["range", "range", "widths", "pairs", "size", "rate"])
        if kind == "pairs":
            inner = scope.within(in_loop=True, **{first: "count", second: "count"})
            heading = f"for {first}, {second} in {self.value('pairs', scope)}"
        elif kind == "range":
            inner = scope.within(in_loop=True, **{first: "index"})
            count = self.count(scope, 0)
            if scope.turns or not scope.in_loop:
                inner.turns = [*scope.turns, first]
            ranges = [f"range({count})", "range(1, 3)", "range(3, 0, -1)", "range(0)"]
            heading = f"for {first} in {self.random.choice(ranges)}"
        elif kind == "size":
            inner = scope.within(in_loop=True, **{first: "size"})
            heading = f"for {first} in [1x1, 3, 2x1]"
        elif kind == "rate":
            inner = scope.within(in_loop=True, **{first: "rate"})
            heading = f"for {first} in [0.5, 0.25]"
        else:
            inner = scope.within(in_loop=True, **{first: "count"})
            heading = f"for {first} in {self.value('widths', scope)}"
        return f"{heading} {{ {self.body(inner, depth - 1)} }}"

    def listed(self, scope: Scope, depth: int) -> str:
        """A loop that adds to a list of values, and reads it, and lines that do so around it."""
        taken = set(scope.variables)
        variable, name = self.fresh(taken), self.fresh(self.taken, LAYER_NAMES)
        inner = scope.within(in_sequence=False, **{variable: "index"})
        reads = [f"{name}[-1]", f"{name}[0]", f"{name}[{variable}]"]
        one, two, three = (self.random.choice(reads) for _ in range(3))
        joined = [
            "relu",
            f"concat({one}, main)",
            f"if {variable} % 2 == 1 {{ concat({one}, {two}) }} else {{ concat({three}, main) }}",
        ]
        lines = [
            self.body(inner, depth - 1),
            self.random.choice(joined),
            f"{self.layer(inner)} as {name}[]",
            self.random.choice(["", self.layer(inner), self.conditional(inner, 1)]),
        ]
        count = self.random.choice([self.count(scope, 0), "3"])
        body = "\n".join(lines)
        return (
            f"relu as {name}[]\nfor {variable} in range({count}) {{\n{body}\n}}\n"
            f"{name}[{self.random.choice(['-1', '0', '-2'])}] -> {self.chain(scope, 0)}\n"
        )

    def primary(self, scope: Scope, depth: int) -> str:
        self.budget -= 1
        options: list[Callable[[], str]] = [lambda: self.layer(scope)] * 5
        if self.blocks.keys() - self.wide:
            options += [lambda: self.call(scope)] * 3
        if depth > 0 and self.budget > 0:
            options += [
                lambda: self.merge(scope, depth),
                lambda: self.conditional(scope, depth),
                lambda: self.loop(scope, depth),
                lambda: f"({self.chain(scope, depth - 1)})",
            ]
        return self.random.choice(options)()

    def element(self, scope: Scope, depth: int) -> str:
        if depth > 0 and not scope.in_loop and self.chance(0.08):
            name = self.fresh(self.taken, LAYER_NAMES)
            text = f"stage {name} {{ {self.body(scope.within(), depth - 1)} }}"
            if self.chance(0.2):
                return f"{text} * {self.repeats(scope)}"
            if not scope.in_sequence:
                scope.values.append(name)
            return text
        if self.chance(0.15):
            inner = scope.within(in_loop=True)
            return f"{self.primary(inner, depth)} * {self.repeats(scope)}"
        text = self.primary(scope, depth)
        nameable = not scope.in_sequence or text.split("(")[0] in ("conv", "relu", *self.blocks)
        if nameable and not scope.in_loop and self.chance(0.12):
            name = self.fresh(self.taken, LAYER_NAMES)
            text += f" as {name}"
            if not scope.in_sequence:
                scope.values.append(name)
        if nameable and scope.turns and self.chance(0.3):
            name = self.fresh(self.taken, LAYER_NAMES)
            text += f" as {name}[{', '.join(scope.turns)}]"
        return text

    def repeats(self, scope: Scope) -> str:
        names = [name for name in scope.of("count") if name != "_"]
        return self.random.choice([str(self.random.randint(0, 3)), *names])

    def chain(self, scope: Scope, depth: int) -> str:
        count = self.random.choice([1, 1, 2, 2, 3])
        elements = [self.element(scope, depth) for _ in range(count)]
        if scope.values and not scope.in_sequence and self.chance(0.15):
            elements.append(f"concat({self.random.choice(scope.values)}, main)")
        if scope.values and not scope.in_sequence and self.chance(0.1):
            elements.insert(0, self.random.choice(scope.values))
        return " -> ".join(elements)

    def body(self, scope: Scope, depth: int) -> str:
        """Statements on lines of their own, without the braces."""
        lines = []
        for _ in range(self.random.choice([1, 1, 2])):
            if not scope.in_sequence and not scope.in_loop and self.chance(0.15):
                name = self.fresh(self.taken, LAYER_NAMES)
                chain = self.chain(scope, depth)
                if self.chance(0.2):
                    chain = "identity"
                lines.append(f"let {name} = {chain}")
                if self.chance(0.3):
                    lines.append("relu")
                lines.append(f"concat({name}, main)")
                scope.values.append(name)
            if not scope.in_sequence and not scope.in_loop and depth > 0 and self.chance(0.15):
                lines.append(self.listed(scope, depth))
            if self.wide and not scope.in_sequence and not scope.in_loop and self.chance(0.5):
                lines.append(self.several(scope))
            if not scope.in_sequence and not scope.in_loop and self.chance(0.12):
                lines += self.shared(scope)
            lines.append(self.chain(scope, depth))
        return "\n" + "\n".join(lines) + "\n"

    # Definitions

    def parameters(self, all_optional: bool) -> tuple[dict[str, str], str]:
        """Parameters by kind (`?` marks those with a default), and as text."""
        taken: set[str] = set()
        kinds: dict[str, str] = {}
        texts = []
        for _ in range(self.random.choice([0, 1, 2, 3])):
            name, kind = self.fresh(taken), self.random.choice(KINDS)
            optional = all_optional or self.chance(0.4)
            before = Scope({key: one.removesuffix("?") for key, one in kinds.items()}, False, False)
            default = self.value(kind, before)
            if "in." in default:
                defaults = {"count": "2", "flag": "true", "widths": "[3]", "pairs": "[(1, 2)]"}
                default = defaults.get(kind, default)
            kinds[name] = kind + ("?" if optional else "")
            texts.append(f"{name} = {default}" if optional else name)
        return kinds, f"({', '.join(texts)})" if texts else ""

    def definition(self, kind: str, name: str) -> str:
        kinds, text = self.parameters(all_optional=kind == "model")
        variables = {key: one.removesuffix("?") for key, one in kinds.items()}
        keyword = "stage" if kind == "block" and self.chance(0.3) else kind
        scope = Scope(variables, keyword == "stage", False)
        self.taken, self.budget = set(), 10
        inputs = 0
        start = self.inputs(scope) if kind == "model" else ""
        if keyword == "block" and self.chance(0.4):
            inputs = self.random.choice([1, 2, 2, 3])
            scope.values = [self.fresh(self.taken, LAYER_NAMES) for _ in range(inputs)]
            heading = f"\ninput {', '.join(scope.values)}"
        body = self.body(scope, 3)
        if kind == "block" and inputs:
            outputs = [*self.random.sample(sorted({*scope.values}), min(inputs, 2) - 1), "main"]
            body = f"{heading}{body}\noutput {', '.join(outputs)}\n"
            if inputs > 1 or len(outputs) > 1:
                self.wide[name] = inputs, len(outputs)
        if kind == "block":
            self.blocks[name] = kinds
            return f"{keyword} {name}{text} {{ {body} }}\n"
        outputs = ""
        if scope.values and self.chance(0.5):
            outputs = f"\noutput main, {self.random.choice(scope.values)}"
        ending = self.random.choice(["", "global_avg_pool -> dense(3)\n", "flatten -> dense(2)\n"])
        return f"model {name}{text} {{\n{start}\n{body}\n{ending}{outputs}\n}}\n"

    def spec(self) -> str:
        names: set[str] = set()
        texts = [
            self.definition("block", self.fresh(names))
            for _ in range(self.random.choice([0, 1, 2, 3]))
        ]
        return "\n".join([*texts, self.definition("model", self.fresh(names))])


def intricate_spec(random: Random) -> str:
    """The text of a spec. Some of them do not check."""
    return SpecWriter(random).spec()
