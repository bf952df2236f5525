"""Random specs whose models have parameters of every kind, and other values for each of them.

`parametric_spec(seed)` writes a file of blocks and a model, as `random_specs` does, whose lines
read the model's parameters: as filters, kernels, strides, rates, words, counts of turns, what loops
run over, flags and bounds of branches.
"""

from __future__ import annotations

from functools import partial
from random import Random

from random_specs import Scope, SpecWriter, definition
from samples import SHRINKING, TO_VECTORS, layer

DEFAULTS = {
    "number": ("2", "3", "4", "6"),
    "flag": ("true", "false"),
    "kernel": ("1", "3", "3x3", "2", "5"),
    "stride": ("1", "2", "2x2"),
    "rate": ("0.25", "0.5", "0.1"),
    "word": ("same", "valid"),
    "widths": ("[2, 4]", "[3]", "[2, 2, 3]"),
    "seed": ("none", "7"),
    "count": ("1", "2", "3"),
}
NAMES = {
    "number": ("width", "filters", "n"),
    "flag": ("deep", "bias", "top"),
    "kernel": ("k", "window"),
    "stride": ("s", "step"),
    "rate": ("rate", "slope"),
    "word": ("mode", "padding"),
    "widths": ("widths", "stages"),
    "seed": ("seed",),
    "count": ("depth", "turns"),
}
OTHERS = {
    "number": ("1", "5", "8", "3", "7", "0", "12"),
    "flag": ("true", "false"),
    "kernel": ("1", "2", "3", "4", "5", "7"),
    "stride": ("1", "2", "3", "4"),
    "rate": ("0.0", "0.75", "0.3", "0.9"),
    "word": ("same", "valid"),
    "widths": ("[4]", "[2, 4, 6]", "[1, 1]", "[3, 5]", "[]"),
    "seed": ("none", "1", "5"),
    "count": ("0", "1", "2", "4", "5"),
}
"""Other values of each kind, of which the checker may refuse some."""


class ParametricWriter(SpecWriter):
    """Writes a spec whose model reads parameters of several kinds."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.parameters: dict[str, tuple[str, str]] = {}
        """The kind and the default of each parameter of the model."""

    def named(self, kind: str) -> list[str]:
        return [name for name, (one, _) in self.parameters.items() if one == kind]

    def convolution(self, scope: Scope) -> str:
        strides, words, seeds = map(self.named, ("stride", "word", "seed"))
        if not self.is_model or self.chance(0.5):
            return super().convolution(scope)
        number, kernel = self.number(scope), self.kernel(scope)
        forms = [f"conv({number}, {kernel}, pad=same)"]
        forms += [f"conv({number}, {kernel}, {one}, pad=same)" for one in strides]
        forms += [f"conv({number}, 3x3, stride={one}, pad=1)" for one in strides]
        forms += [f"depthwise_conv({kernel}, stride={one}, pad=same)" for one in strides]
        forms += [f"separable_conv({number}, 3, {one}, pad=same)" for one in strides]
        forms += [f"max_pool(3, {one}, pad=same)" for one in strides]
        forms += [f"avg_pool({kernel}, stride={one}, pad=same)" for one in strides]
        forms += [f"max_pool({one}, stride=1, pad=same)" for one in scope.kernels]
        forms += [f"avg_pool({one}, stride=1, pad=same)" for one in scope.kernels]
        forms += [f"conv({number}, {one}, pad=1)" for one in scope.kernels]
        forms += [f"conv({number}, {one})" for one in scope.kernels]
        forms += [f"conv({number}, 3x3, pad={one})" for one in words]
        forms += [f"conv({number}, 3x3, pad=same, seed={one})" for one in seeds]
        forms += [f"batch_norm(center={one})" for one in scope.flags]
        forms += [f"layer_norm(center={one})" for one in scope.flags]
        forms += [f"instance_norm(scale={one})" for one in scope.flags]
        forms += [f"conv({number}, 1x1, bias={one})" for one in scope.flags]
        forms += [f"dropout({one})" for one in self.named("rate")]
        forms += [f"leaky_relu({one})" for one in self.named("rate")]
        return self.random.choice(forms)

    def number(self, scope: Scope) -> str:
        """A number of channels, also a decimal one that is whole for most rates."""
        rates = self.named("rate") if self.is_model else []
        if self.is_model and self.chance(0.1):
            return self.of_list(scope)
        is_decimal = bool(rates) and self.chance(0.3)
        return f"40 * {self.random.choice(rates)}" if is_decimal else super().number(scope)

    def of_list(self, scope: Scope) -> str:
        """A number that is made of all values of a list."""
        items = self.comprehension(scope)
        function = self.random.choice(("sum", "max", "min", "len"))
        return self.random.choice((f"{function}({items} + [2])", f"max({items} + [3])"))

    def comprehension(self, scope: Scope) -> str:
        """A list of numbers, made of one that a parameter decides where there is such."""
        self.values += 1
        name, place = f"c{self.values}", f"d{self.values}"
        over = self.random.choice([*self.lists(), "[2, 4, 3]"])
        inner = scope.with_number(name)
        condition = f" if {self.condition(inner)}" if self.chance(0.4) else ""
        if self.chance(0.3):
            number = f"{name} + {place}"
            return f"[{number} for {place}, {name} in enumerate({over}){condition}]"
        if self.chance(0.2):
            over = f"[{self.number(inner)} for {name} in {over}]"
        value = self.random.choice((f"2 * {name}", super().number(inner)))
        return f"[{value} for {name} in {over}{condition}]"

    def lists(self) -> list[str]:
        """What loops can run over that a parameter of the model decides."""
        counts = self.named("count") if self.is_model else []
        widths = self.named("widths") if self.is_model else []
        return [*widths, *(f"range(1, {one} + 1)" for one in counts)]

    def count(self, scope: Scope) -> str:
        counts = self.named("count") if self.is_model else []
        return self.random.choice(counts) if counts and self.chance(0.6) else super().count(scope)

    def loop(self, scope: Scope, image: bool, depth: int) -> str:
        lists = self.lists()
        if not lists or self.chance(0.4):
            return super().loop(scope, image, depth)
        self.values += 1
        name = f"i{self.values}"
        over = self.comprehension(scope) if self.chance(0.3) else self.random.choice(lists)
        body = self.sequence(scope.with_number(name), image, depth)
        return f"for {name} in {over} {{ {body} }}"

    @property
    def is_model(self) -> bool:
        """Whether the model is being written, whose parameters are in reach."""
        return bool(self.parameters)

    def model(self) -> str:
        kinds = self.random.sample(sorted(DEFAULTS), self.random.randint(1, 4))
        for kind in kinds:
            name = self.random.choice(NAMES[kind])
            self.parameters[name] = (kind, self.random.choice(DEFAULTS[kind]))
        scope = Scope(
            ["classes", *self.named("number"), *self.named("count")],
            self.named("flag"),
            self.named("kernel"),
            [],
        )
        lines = self.inputs()
        lines += self.body(scope, True, 2, self.random.randint(1, 3))
        if self.chance(0.5):
            lines.append(layer(self.random, SHRINKING))
        lines += self.body(scope, True, 1, self.random.randint(0, 2))
        if self.chance(0.5):
            lines.append(layer(self.random, TO_VECTORS))
            lines += self.body(scope, False, 1, 1)
            lines.append("dense(classes)")
        self.parameters["classes"] = ("number", "3")
        given = ", ".join(f"{name} = {one}" for name, (_, one) in self.parameters.items())
        return definition(f"model net({given})", lines)


def like(default: str, value: str) -> str:
    """A value that is a size if the default is one: emitted code writes a square as one integer."""
    return f"{value}x{value}" if "x" in default else value


def parametric_spec(seed: int) -> tuple[str, dict[str, list[str]]]:
    """A spec, and three other values for each parameter of its model."""
    random = Random(seed)
    writer = ParametricWriter(random)
    text = writer.spec()
    values = {}
    for name, (kind, default) in writer.parameters.items():
        known = [one for one in map(partial(like, default), OTHERS[kind]) if one != default]
        values[name] = random.sample(known, min(3, len(known)))
    return text, values
