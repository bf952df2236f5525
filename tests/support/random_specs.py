"""Random specs with every form of the language: most of them pass the checker.

`random_spec(seed)` writes a file of blocks and a model; its layers are of all ops. Images keep
their height and width but for pooling in the model's own lines, and paths of `add` and `multiply`
end on the channels they began with, so that shapes fit more often than not.
"""

from __future__ import annotations

from random import Random

from samples import ANYWHERE, ON_IMAGES, SHRINKING, TO_VECTORS, layer

KERNELS = ("1x1", "3x3", "3x3", "2x2", "1x3", "5x5", "3")
PLAIN = ("relu", "silu", "batch_norm", "identity", "hard_swish", "tanh")
GIVEN = (
    *("leaky_relu(0.1)", "elu(alpha=0.5)", "clip(0, 6)", "dropout(0.5)"),
    *("prelu(slope=0.3)", "batch_norm(epsilon=1e-3)"),
)
"""Layers with arguments of their own."""
WORDS = ("n", "filters", "width", "k", "x", "channels", "layers", "nn", "deep", "in_channels")


class Scope:
    """What a definition's lines can use: its parameters by kind."""

    def __init__(
        self, numbers: list[str], flags: list[str], kernels: list[str], layers: list[str]
    ) -> None:
        self.numbers = numbers
        self.flags = flags
        self.kernels = kernels
        self.layers = layers

    def with_number(self, *names: str) -> Scope:
        return Scope([*self.numbers, *names], self.flags, self.kernels, self.layers)


class Block:
    """A block's name and its parameters with their kinds, the last of which have defaults."""

    def __init__(self, name: str, parameters: list[tuple[str, str, str | None]]) -> None:
        self.name = name
        self.parameters = parameters


class SpecWriter:
    """Writes one spec."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.blocks: list[Block] = []
        self.values = 0
        """How many names have been made up."""

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    # Expressions

    def number(self, scope: Scope) -> str:
        """An expression for a small positive integer."""
        choices = [str(self.random.choice((2, 3, 4, 6, 8)))]
        if scope.numbers:
            name = self.random.choice(scope.numbers)
            choices += [name, name, f"2*{name}", f"{name} + 1", f"max({name}, 3)"]
            choices += [f"({name} if {self.condition(scope)} else 4)", f"{name} // 2 + 1"]
            choices += self.rounded(name)
        choices += ["in.channels", "2*in.channels"] if self.chance(0.3) else []
        return self.random.choice(choices)

    def rounded(self, name: str) -> list[str]:
        """Functions of a number that give small positive integers."""
        share = self.random.choice(("0.75", "1.5", "2.5 ** 0.5"))
        ways = [f"{way}({name} * {share}) + 1" for way in ("round", "floor", "ceil")]
        powers = [f"max({name} ** 2 // 4, 2)", f"2 ** min({name}, 3)"]
        others = [
            f"make_divisible({name} * {share}, 2)",
            f"abs({name} - 9) + 1",
            f"sum([{name}, 2])",
        ]
        return [self.random.choice(one) for one in (ways, powers, others)]

    def kernel(self, scope: Scope) -> str:
        return self.random.choice([*KERNELS, *scope.kernels * 3])

    def condition(self, scope: Scope) -> str:
        choices = ["in.channels > 4", "in.channels == 4"]
        choices += scope.flags * 2 + [f"not {flag}" for flag in scope.flags]
        for name in scope.numbers:
            choices += [f"{name} > 3", f"{name} == 4 or in.channels < 3"]
        for name in scope.kernels:
            choices.append(f"{name} == 3x3")
        return self.random.choice(choices)

    # Layers and chains

    def layer(self, scope: Scope, image: bool) -> str:
        """A layer that keeps images at their height and width, and vectors vectors."""
        kind = self.random.random()
        if scope.layers and self.chance(0.3):
            return self.random.choice(scope.layers)
        if not image:
            if kind < 0.4:
                bias = ", bias=false" if self.chance(0.2) else ""
                return f"dense({self.number(scope)}{bias})"
            return layer(self.random, ANYWHERE)
        if kind < 0.4:
            return self.convolution(scope)
        return layer(self.random, ON_IMAGES if kind < 0.55 else ANYWHERE)

    def convolution(self, scope: Scope) -> str:
        options = ["pad=same"]
        if self.chance(0.2):
            options.append("dilation=2")
        if self.chance(0.2):
            options.append(f"bias={self.random.choice(['true', 'false', *scope.flags])}")
        if self.chance(0.1):
            options.append(f"init={self.random.choice(['he_normal', 'glorot_normal'])}")
        if self.chance(0.05):
            options.append("l2=0.01")
        rest = ", ".join(options)
        kind = self.random.random()
        if kind < 0.15:
            return f"depthwise_conv({self.kernel(scope)}, multiplier=2, {rest})"
        if kind < 0.25:
            return f"separable_conv({self.number(scope)}, {self.kernel(scope)}, {rest})"
        if kind < 0.35:
            return f"conv(2*in.channels, {self.kernel(scope)}, groups=in.channels, {rest})"
        if kind < 0.45:
            return f"conv({self.number(scope)}, 3x3, pad=1)"
        return f"conv({self.number(scope)}, {self.kernel(scope)}, {rest})"

    def call(self, scope: Scope) -> str | None:
        if not self.blocks:
            return None
        block = self.random.choice(self.blocks)
        arguments = []
        named = False
        for name, kind, default in block.parameters:
            if default is not None and self.chance(0.5):
                named = True
                continue
            value = self.argument(kind, scope)
            named = named or self.chance(0.2)
            arguments.append(f"{name}={value}" if named else value)
        return f"{block.name}({', '.join(arguments)})"

    def argument(self, kind: str, scope: Scope) -> str:
        if kind == "number":
            return self.number(scope)
        if kind == "flag":
            return self.random.choice(["true", "false", self.condition(scope)])
        if kind == "levels":
            return self.random.choice("0122")
        if kind == "layer":
            return self.given_layer(scope)
        return self.kernel(scope)

    def given_layer(self, scope: Scope) -> str:
        """A layer as an argument, which may have some itself."""
        known = [*PLAIN, *GIVEN, *scope.layers * 3]
        kind = self.random.random()
        if kind < 0.1:
            return f"threshold({self.number(scope)}, value=0)"
        if kind < 0.2:
            one, other = self.random.choices(known, k=2)
            return f"{one} if {self.condition(scope)} else {other}"
        return self.random.choice(known)

    def unit(self, scope: Scope, image: bool, depth: int, sequence: bool) -> str:
        """One element of a chain."""
        kind = self.random.random()
        if depth <= 0 or kind < 0.45:
            return self.layer(scope, image)
        if kind < 0.6 and image:
            return self.call(scope) or self.layer(scope, image)
        if kind < 0.75:
            return self.merge(scope, image, depth - 1)
        if kind < 0.82:
            return self.conditional(scope, image, depth - 1, sequence)
        if kind < 0.9:
            return f"({self.chain(scope, image, depth - 1, True)}) * {self.count(scope)}"
        return self.loop(scope, image, depth - 1)

    def count(self, scope: Scope) -> str:
        return self.random.choice(["0", "1", "2", "2", "3", *scope.numbers[:1]])

    def conditional(self, scope: Scope, image: bool, depth: int, sequence: bool) -> str:
        then = f"if {self.condition(scope)} {{ {self.chain(scope, image, depth, sequence)} }}"
        if self.chance(0.5):
            other = "identity" if self.chance(0.4) else self.chain(scope, image, depth, sequence)
            then += f" else {{ {other} }}"
        return then

    def loop(self, scope: Scope, image: bool, depth: int) -> str:
        self.values += 1
        name = f"i{self.values}"
        other = f"j{self.values}"
        if self.chance(0.3):
            body = self.sequence(scope.with_number(name, other), image, depth)
            pairs = self.random.choice(["[(3, 2), (4, 1)]", "zip([3, 4], [2, 1])"])
            return f"for {name}, {other} in {pairs} {{ {body} }}"
        if self.chance(0.1):
            body = self.sequence(scope.with_number(name), image, depth)
            return f"for {other}, {name} in enumerate([2, 4, 3]) {{ {body} }}"
        over = self.random.choice(["[2, 4]", "[4]", "range(1, 4)", "[3, 5, 3]"])
        if self.chance(0.2):
            value = self.number(scope.with_number(other))
            over = f"[{value} for {other} in {over} if {other} > 2]"
        body = self.sequence(scope.with_number(name), image, depth)
        return f"for {name} in {over} {{ {body} }}"

    def sequence(self, scope: Scope, image: bool, depth: int) -> str:
        """What stands in the braces of a loop or a stage: a chain, maybe behind a named number."""
        if not self.chance(0.2):
            return self.chain(scope, image, depth, True)
        line, scope = self.named_number(scope)
        return f"{line}\n {self.chain(scope, image, depth, True)}"

    def named_number(self, scope: Scope) -> tuple[str, Scope]:
        self.values += 1
        name = f"number{self.values}"
        return f"let {name} = {self.number(scope)}", scope.with_number(name)

    def chain(self, scope: Scope, image: bool, depth: int, sequence: bool) -> str:
        length = self.random.randint(1, 3)
        return " -> ".join(self.unit(scope, image, depth, sequence) for _ in range(length))

    def merge(self, scope: Scope, image: bool, depth: int) -> str:
        op = self.random.choice(["add", "add", "multiply", "concat", "concat"])
        paths = []
        for _ in range(self.random.randint(2, 3)):
            if self.chance(0.25):
                paths.append("identity")
                continue
            path = self.chain(scope, image, depth, False)
            if op != "concat":
                path += " -> conv(in.channels, 1x1)" if image else " -> dense(in.channels)"
            paths.append(path)
        if op == "multiply" and image and self.chance(0.5):
            gate = self.random.choice(["channel_mean", "channel_max", "conv(1, 3x3, pad=same)"])
            paths.insert(0, f"{self.chain(scope, image, depth, False)} -> {gate}")
        lines = "\n".join(f"        {path}" for path in paths)
        return f"{op} {{\n{lines}\n    }}"

    # Definitions

    def body(self, scope: Scope, image: bool, depth: int, lines: int) -> list[str]:
        """Lines of a block or a model, with named values that later lines read."""
        written = []
        for _ in range(lines):
            kind = self.random.random()
            if kind < 0.15:
                self.values += 1
                name = f"value{self.values}"
                side = self.chain(scope, image, depth, False)
                back = "conv(in.channels, 1x1)" if image else "dense(in.channels)"
                merge = self.random.choice(["add", "multiply", "concat"])
                written.append(f"let {name} = {side} -> {back}")
                written.append(f"{merge}(main, {name})")
            elif kind < 0.25:
                self.values += 1
                name = f"value{self.values}"
                written.append(f"{self.layer(scope, image)} as {name}")
                written.append(self.chain(scope, image, depth, False))
                written.append(f"concat({name}, main)")
            elif kind < 0.4:
                self.values += 1
                name = f"stage{self.values}"
                written.append(f"stage {name} {{ {self.sequence(scope, image, depth)} }}")
            elif kind < 0.48:
                line, scope = self.named_number(scope)
                written.append(line)
            elif kind < 0.55:
                self.values += 1
                element = self.unit(scope, image, 0, False)
                written.append(f"{element} as named{self.values}")
            elif kind < 0.62:
                written += self.parts(image)
            elif kind < 0.69:
                written += self.shared(scope, image)
            elif kind < 0.76 and image:
                written += self.collected(scope)
            else:
                written.append(self.chain(scope, image, depth, False))
        return written

    def parts(self, image: bool) -> list[str]:
        """Lines that take channels apart and join them in another order."""
        self.values += 1
        sizes = self.random.choice([[3, 3], [2, 2, 2], [1, 3, 2], [2, 4]])
        names = [f"part{self.values}of{number}" for number in range(len(sizes))]
        written = str(len(sizes)) if len(set(sizes)) == 1 else str(sizes)
        layer = "conv(6, 1x1)" if image else "dense(6)"
        joined = ", ".join(self.random.sample(names, len(names)))
        return [f"{layer} -> split({written}) as {', '.join(names)}", f"concat({joined})"]

    def collected(self, scope: Scope) -> list[str]:
        """Lines that put values into a list, in a loop too, and join it whole."""
        self.values += 1
        name, turn = f"kept{self.values}", f"t{self.values}"
        op = self.random.choice(("concat", "concat", "add", "average", "maximum", "minimum"))
        number = self.number(scope)
        kept = f"conv({number}, {self.kernel(scope)}, pad=same)"
        if "in." in number:  # which is another number in the loop
            op = "concat"
        begins = self.random.choice((f"{kept} as {name}[]", f"{kept} -> tanh as {name}[]"))
        line = f"concat({name}) -> {kept}" if self.chance(0.3) else kept
        over = self.random.choice((f"range({self.count(scope)})", "[1, 2]"))
        loop = f"for {turn} in {over} {{ {line} as {name}[] }}"
        given = [name, "main"] if self.chance(0.3) else [name]
        joined = f"{op}({', '.join(self.random.sample(given, len(given)))})"
        return [begins, loop, f"{joined} -> relu" if self.chance(0.5) else joined]

    def shared(self, scope: Scope, image: bool) -> list[str]:
        """Lines that call one or two layers or blocks twice, one behind the other."""
        self.values += 1
        calls = [f"shared{self.values}of{place}" for place in range(self.random.choice((1, 2)))]
        lines = []
        for name in calls:
            made = f"dense({self.number(scope)})"
            if image:
                made = (self.chance(0.5) and self.call(scope)) or self.convolution(scope)
            lines.append(
                f"share {name} = {self.random.choice((made, made, 'prelu', 'batch_norm'))}"
            )
        one, other, chain = f"one{self.values}", f"other{self.values}", " -> ".join(calls)
        lines += [f"let {one} = {chain}", f"let {other} = {self.random.choice(PLAIN)} -> {chain}"]
        return [*lines, f"{self.random.choice(('add', 'concat', 'subtract'))}({one}, {other})"]

    def inputs(self) -> list[str]:
        """What a model begins with: its input, or several, which it joins."""
        shape = self.random.choice(["8x8x4", "9x7x3", "12x10x2"])
        if not self.chance(0.25):
            return [f"input {shape}"]
        names = ("left", "right", "third")[: self.random.choice((1, 2, 2, 3))]
        sides, _, _ = shape.rpartition("x")
        given = ", ".join(f"{name}: {sides}x{self.random.choice((1, 2, 4))}" for name in names)
        return [f"input {given}", *[f"concat({', '.join(names)})"] * (len(names) > 1)]

    def block(self, number: int) -> str:
        names = self.random.sample(WORDS, self.random.randint(0, 3))
        parameters = []
        scope = Scope([], [], [], [])
        for name in names:
            kind = self.random.choice(["number", "number", "flag", "kernel", "layer"])
            default = None
            if kind == "number":
                scope.numbers.append(name)
            elif kind == "flag":
                scope.flags.append(name)
                default = "false" if self.chance(0.5) else None
            elif kind == "layer":
                scope.layers.append(name)
                default = self.random.choice(PLAIN + GIVEN) if self.chance(0.5) else None
            else:
                scope.kernels.append(name)
                default = "3x3" if self.chance(0.5) else None
            parameters.append((name, kind, default))
        name = f"block{number}" if self.chance(0.7) else f"conv_part{number}"
        body = self.body(scope, True, 2, self.random.randint(1, 3)) + scope.layers
        if self.chance(0.25):
            body.append(self.inner_block(name, scope, parameters))
            parameters.append(("levels", "levels", None))
        parameters.sort(key=lambda one: one[2] is not None)
        self.blocks.append(Block(name, parameters))
        heading = ", ".join(n if d is None else f"{n} = {d}" for n, _, d in parameters)
        return definition(f"block {name}({heading})" if parameters else f"block {name}", body)

    def inner_block(
        self, name: str, scope: Scope, parameters: list[tuple[str, str, str | None]]
    ) -> str:
        """A line by which a block holds itself, `levels` deep."""
        given = ["levels=levels - 1"]
        for own, kind, default in parameters:
            value = f"{own} + 1" if kind == "number" and self.chance(0.3) else own
            given += [f"{own}={value}"] if default is None or self.chance(0.5) else []
        behind = f" -> {self.layer(scope, True)}" if self.chance(0.5) else ""
        return f"if levels > 0 {{ {name}({', '.join(given)}){behind} }}"

    def defaults(self) -> list[str]:
        """Defaults of a file or a model, as a line each."""
        known = ("conv(bias=false)", "batch_norm(epsilon=0.01)", "leaky_relu(0.3)", "conv(l2=0.1)")
        return [f"defaults {self.random.choice(known)}"] if self.chance(0.2) else []

    def model(self) -> str:
        scope = Scope(["classes"], [], [], [])
        lines = [*self.inputs(), *self.defaults()]
        lines += self.body(scope, True, 2, self.random.randint(1, 3))
        lines.append(layer(self.random, SHRINKING))
        lines += self.body(scope, True, 2, self.random.randint(0, 2))
        if self.chance(0.6):
            lines.append(layer(self.random, TO_VECTORS))
            lines += self.body(scope, False, 2, self.random.randint(1, 2))
            lines.append("dense(classes) -> softmax")
        return definition("model net(classes = 3)", lines)

    def spec(self) -> str:
        blocks = [self.block(number) for number in range(1, self.random.randint(1, 4))]
        return "\n".join([*self.defaults(), *blocks, self.model()])


def definition(heading: str, lines: list[str]) -> str:
    return "\n".join([f"{heading} {{", *(f"    {line}" for line in lines), "}", ""])


def random_spec(seed: int) -> str:
    return SpecWriter(Random(seed)).spec()
