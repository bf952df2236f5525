"""Random specs together with what they mean, as data: the text, and a tree to interpret.

`planned_spec(random)` draws each op and its attributes, and knows nothing of shapes, so that a good
share of the specs breaks a rule. `Walk` interprets the tree with a judge that applies one op at
a time: a framework, not the checker. Each op stands on a line of its own, which tells places apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any, NamedTuple, Protocol

import samples
from samples import LAYERS, accepted, drawn, plain

from cnndsl.ops.base import ANYTHING, IMAGES
from cnndsl.ops.base import Op as OpClass

Dims = tuple[int, ...]


PLANNED = {"conv", "depthwise_conv", "separable_conv", "max_pool", "avg_pool"}
"""The ops whose attributes have a plan of their own."""

TO_VECTORS = tuple(calls[0].op_class for calls in samples.TO_VECTORS)
OTHERS = tuple(op for op in LAYERS if op.name not in PLANNED and op not in TO_VECTORS)
ANYWHERE = tuple(op for op in OTHERS if op.ranks == ANYTHING)
ON_IMAGES = tuple(op for op in OTHERS if op.ranks == IMAGES)


class Refused(Exception):
    """A judge does not take an op's inputs."""


class Judge(Protocol):
    """A framework that applies ops. A shape is (height, width, channels) or (length,)."""

    def start(self, shape: Dims) -> Any: ...

    def apply(self, op: str, attributes: Mapping[str, Any], inputs: list[Any]) -> Any:
        """The op's value. Raises `Refused`."""

    def shape(self, value: Any) -> Dims: ...


class Value(NamedTuple):
    """An expression: its text, and where its number comes from."""

    text: str
    kind: str
    number: int


def resolved(value: Any, variables: Mapping[str, int], entered: Dims) -> Any:
    """An attribute's value: expressions become numbers, all else is itself."""
    if isinstance(value, Value):
        if value.kind == "channels":
            return entered[-1] * value.number
        return variables[value.kind] + value.number
    return value


class Place:
    """The lines of an element, once it is written."""

    first = last = 0


class Node:
    """A part of a spec. `asserted` is the shape that the text states for its value."""

    def __init__(self) -> None:
        self.place = Place()
        self.asserted: Dims | None = None
        self.given: list[Dims] = []
        """The shapes that it gave, one for each time that it ran."""


class Op(Node):
    def __init__(self, op: str, text: str, attributes: dict[str, Any]) -> None:
        super().__init__()
        self.op, self.text, self.attributes = op, text, attributes


class Group(Node):
    """A chain in brackets, braces or a block, with a heading.

    `turns` binds variables for each run of the body; `enters` is whether `in` starts anew.
    """

    def __init__(
        self, heading: str, close: str, body: list[Node], turns: list[dict[str, int]], enters: bool
    ) -> None:
        super().__init__()
        self.heading, self.close, self.body = heading, close, body
        self.turns, self.enters = turns, enters


class Call(Node):
    """A block's call: its body is written elsewhere and shared by its calls."""

    def __init__(self, text: str, block: Group, variables: dict[str, int]) -> None:
        super().__init__()
        self.text, self.block, self.variables = text, block, variables


class Branch(Node):
    """`if in.channels > limit { ... } else { ... }`."""

    def __init__(self, limit: int, then: list[Node], other: list[Node]) -> None:
        super().__init__()
        self.limit, self.then, self.other = limit, then, other


class Merge(Node):
    def __init__(self, op: str, paths: list[list[Node]]) -> None:
        super().__init__()
        self.op, self.paths = op, paths


class Join(Node):
    """`concat(name, main)`: a named value and the main line."""

    def __init__(self, op: str, name: str) -> None:
        super().__init__()
        self.op, self.name = op, name


class Named(Node):
    """`element as name`, or `let name = chain` if it does not move the main line."""

    def __init__(self, name: str, body: list[Node], aside: bool) -> None:
        super().__init__()
        self.name, self.body, self.aside = name, body, aside


class Plan:
    """A model: its blocks, its input and its statements."""

    def __init__(self, name: str, entry: Dims, blocks: list[Group], body: list[Node]) -> None:
        self.name, self.entry, self.blocks, self.body = name, entry, blocks, body
        self.place = Place()


def text_of(plans: list[Plan]) -> str:
    """A file of these models. Writing it gives each node its lines."""
    writer = Writer()
    for plan in plans:
        writer.plan(plan)
    return "\n".join(writer.lines) + "\n"


class Writer:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def plan(self, plan: Plan) -> None:
        plan.place.first = len(self.lines) + 1
        for block in plan.blocks:
            self.write(block)
        self.lines.append(f"model {plan.name} {{")
        self.lines.append(f"input {'x'.join(map(str, plan.entry))}")
        for node in plan.body:
            self.write(node)
        self.lines.append("}")
        plan.place.last = len(self.lines)

    def chain(self, nodes: list[Node], start: str = "") -> None:
        for number, node in enumerate(nodes):
            self.write(node, "-> " if number else start)
        if not nodes:
            self.lines.append(start + "identity")

    def write(self, node: Node, start: str = "") -> None:
        node.place.first = len(self.lines) + 1
        match node:
            case Op() | Call():
                self.lines.append(start + node.text)
            case Group():
                self.lines.append(start + node.heading)
                self.chain(node.body)
                self.lines.append(node.close)
            case Branch():
                self.lines.append(f"{start}if in.channels > {node.limit} {{")
                self.chain(node.then)
                self.lines.append("} else {")
                self.chain(node.other)
                self.lines.append("}")
            case Merge():
                self.lines.append(f"{start}{node.op} {{")
                for path in node.paths:
                    self.chain(path)
                self.lines.append("}")
            case Join():
                self.lines.append(f"{start}{node.op}({node.name}, main)")
            case Named(aside=True):
                self.chain(node.body, f"let {node.name} = ")
            case Named():
                self.write(node.body[0], start)
                self.lines[-1] += f" as {node.name}"
        node.place.last = len(self.lines)
        if node.asserted is not None:
            shape = ", ".join(map(str, node.asserted))
            self.lines[-1] += f" : ({shape})" if len(node.asserted) > 1 else f" : {shape}"


class Verdict(NamedTuple):
    """Each layer's op and shape in the order of the spec, and the lines where it was refused."""

    layers: list[tuple[str, Dims]]
    refused: tuple[int, int] | None
    reason: str


class Walk:
    """Interprets a plan with a judge."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.layers: list[tuple[str, Dims]] = []
        self.names: dict[str, Any] = {}
        self.at = Place()

    def verdict(self, plan: Plan) -> Verdict:
        try:
            value = self.judge.start(plan.entry)
            self.run(plan.body, value, {}, plan.entry)
        except Refused as refusal:
            return Verdict(self.layers, (self.at.first, self.at.last), str(refusal))
        return Verdict(self.layers, None, "")

    def run(self, nodes: list[Node], value: Any, variables: dict[str, int], entered: Dims) -> Any:
        for node in nodes:
            value = self.node(node, value, variables, entered)
            if not (isinstance(node, Named) and node.aside):
                self.note(node, value)
        return value

    def note(self, node: Node, value: Any) -> None:
        shape = self.judge.shape(value)
        node.given.append(shape)
        if node.asserted is not None and node.asserted != shape:
            self.at = node.place
            raise Refused(f"{shape} is asserted to be {node.asserted}")

    def apply(self, node: Node, op: str, attributes: dict[str, Any], inputs: list[Any]) -> Any:
        self.at = node.place
        value = self.judge.apply(op, attributes, inputs)
        shape = self.judge.shape(value)
        if 0 in shape:  # some helpers give an image without pixels, and the next layer fails
            raise Refused(f"nothing is left: {shape}")
        self.layers.append((op, shape))
        return value

    def node(self, node: Node, value: Any, variables: dict[str, int], entered: Dims) -> Any:
        here = self.judge.shape(value)
        match node:
            case Op(op="identity"):
                return value
            case Op():
                attributes = {
                    name: resolved(one, variables, entered) for name, one in node.attributes.items()
                }
                return self.apply(node, node.op, attributes, [value])
            case Group():
                for turn in node.turns:
                    entered = self.judge.shape(value) if node.enters else entered
                    value = self.run(node.body, value, {**variables, **turn}, entered)
                return value
            case Call():
                bound = {
                    name: resolved(one, variables, entered) for name, one in node.variables.items()
                }
                return self.run(node.block.body, value, bound, here)
            case Branch():
                taken = node.then if entered[-1] > node.limit else node.other
                return self.run(taken, value, variables, here)
            case Merge():
                inputs = [self.run(path, value, variables, here) for path in node.paths]
                return self.apply(node, node.op, {}, inputs)
            case Join():
                return self.apply(node, node.op, {}, [self.names[node.name], value])
            case Named():
                self.names[node.name] = self.run(node.body, value, variables, entered)
                return value if node.aside else self.names[node.name]
        raise TypeError(f"not a node: {node}")


class Planner:
    """Draws a plan. `careful` is the share of attributes that keep the image as it is."""

    def __init__(self, random: Random, name: str) -> None:
        self.random, self.name = random, name
        self.careful = random.choice([0.5, 0.95, 0.99])
        self.layers = random.randint(3, 8)
        self.blocks: list[tuple[Group, bool]] = []
        self.named: list[str] = []
        self.count = 0

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    # Attributes

    def integer(self, variables: list[str], most: int = 8) -> tuple[str, Any]:
        """A positive integer's text and value."""
        if variables and self.chance(0.4):
            name, more = self.random.choice(variables), self.random.randint(0, 2)
            text = f"{name} + {more}" if more else name
            return text, Value(text, name, more)
        if self.chance(0.15):
            times = self.random.randint(1, 2)
            text = f"{times} * in.channels" if times > 1 else "in.channels"
            return text, Value(text, "channels", times)
        number = self.random.choice([1, 2, 3, 4, 4, 6, most])
        return str(number), number

    def size(self, most: int) -> tuple[str, tuple[int, int]]:
        """A size in one of its spellings."""
        high = self.random.randint(1, most)
        wide = high if self.chance(0.6) else self.random.randint(1, most)
        texts = [f"{high}x{wide}", f"({high}, {wide})"] + [str(high)] * (high == wide)
        return self.random.choice(texts), (high, wide)

    def pad(self, most: int, words: bool = True) -> tuple[str, Any]:
        """Padding: `same`, or (top, bottom, left, right)."""
        kind = self.random.random()
        if words and kind < self.careful:
            return "same", "same"
        if words and kind < self.careful + 0.1:
            return "valid", (0, 0, 0, 0)
        if self.chance(0.5):
            number = self.random.randint(0, most)
            return str(number), (number,) * 4
        if self.chance(0.4):
            high, wide = self.random.randint(1, most), self.random.randint(1, most)
            return f"{high}x{wide}", (high, high, wide, wide)
        sides = tuple(self.random.randint(0, most) for _ in range(4))
        return str(sides), sides

    # Layers

    def convolution(self, variables: list[str]) -> Op:
        op = self.random.choice(["conv", "conv", "conv", "depthwise_conv", "separable_conv"])
        attributes: dict[str, Any] = {}
        texts: list[str] = []

        def give(name: str, one: tuple[str, Any], by_name: bool = True) -> None:
            texts.append(f"{name}={one[0]}" if by_name else one[0])
            attributes[name] = one[1]

        if op != "depthwise_conv":
            give("filters", self.integer(variables), by_name=False)
        give("kernel", self.size(3 if self.chance(self.careful) else 6), by_name=False)
        if self.chance(0.3):
            give("stride", self.size(3))
        if self.chance(0.85):
            give("pad", self.pad(3))
        if self.chance(0.2):
            give("dilation", self.size(3))
        if op == "conv" and self.chance(1.02 - self.careful):
            give("groups", self.integer(variables, most=2))
        if op != "conv" and self.chance(0.3):
            give("multiplier", self.integer([], most=2))
        return Op(op, f"{op}({', '.join(texts)})", attributes)

    def pooling(self) -> Op:
        op = self.random.choice(["max_pool", "avg_pool"])
        text, size = self.size(2 if self.chance(self.careful) else 4)
        attributes: dict[str, Any] = {"size": size}
        texts = [text]
        if self.chance(0.6):
            text, attributes["stride"] = self.size(3)
            texts.append(f"stride={text}")
        if self.chance(0.8):
            text, attributes["pad"] = self.pad(1 if self.chance(self.careful) else 2)
            texts.append(f"pad={text}")
        if self.chance(0.3):
            attributes["rounding"] = "ceil"
            texts.append("rounding=ceil")
        if op == "avg_pool" and self.chance(0.3):
            attributes["count_padding"] = True
            texts.append("count_padding=true")
        return Op(op, f"{op}({', '.join(texts)})", attributes)

    def other(self, ops: tuple[type[OpClass], ...]) -> Op:
        """Any of some ops, with any attributes."""
        op = self.random.choice(ops)
        call = drawn(op, self.random)
        stored = accepted(op, call.given)
        return Op(op.name, call.text, {name: plain(one) for name, one in stored.items()})

    def dense(self, variables: list[str]) -> Op:
        text, units = self.integer(variables)
        return Op("dense", f"dense({text})", {"units": units})

    def layer(self, variables: list[str], image: bool) -> Node:
        self.layers -= 1
        if self.chance(0.02):
            image = not image
        kind = self.random.random()
        if kind < 0.25:
            return self.other(ANYWHERE)
        if not image:
            return self.dense(variables)
        if kind < 0.7:
            return self.convolution(variables)
        return self.pooling() if kind < 0.9 else self.other(ON_IMAGES)

    # Structure

    def chain(self, variables: list[str], image: bool, depth: int, least: int = 0) -> list[Node]:
        count = self.random.choice([least, 1, 1, 2])
        return [self.element(variables, image, depth) for _ in range(count)]

    def element(self, variables: list[str], image: bool, depth: int) -> Node:
        kind = self.random.random()
        if depth <= 0 or self.layers <= 0 or kind < 0.5:
            return self.layer(variables, image)
        if kind < 0.7:
            return self.merge(variables, image, depth - 1)
        if kind < 0.78:
            body = self.chain(variables, image, depth - 1, least=1)
            count = self.random.choice([0, 1, 2, 2, 3])
            return Group("(", f") * {count}", body, [{}] * count, enters=False)
        if kind < 0.86:
            self.count += 1
            name = f"n{self.count}"
            numbers = self.random.choice([[1, 2], [4], [3, 6, 2], []])
            body = self.chain([*variables, name], image, depth - 1, least=1)
            turns = [{name: number} for number in numbers]
            return Group(f"for {name} in {numbers} {{", "}", body, turns, enters=True)
        if kind < 0.93:
            then = self.chain(variables, image, depth - 1)
            other = self.chain(variables, image, depth - 1)
            return Branch(self.random.randint(1, 6), then, other)
        return self.call(variables, image)

    def call(self, variables: list[str], image: bool) -> Node:
        known = [block for block, takes_image in self.blocks if takes_image == image]
        if not known or self.chance(0.5):
            name = f"{self.name}_part{len(self.blocks)}"
            body = self.chain(["width"], image, 0, least=1)
            block = Group(f"block {name}(width) {{", "}", body, [{}], enters=True)
            self.blocks.append((block, image))
        else:
            block = self.random.choice(known)
            name = block.heading.split()[1].partition("(")[0]
        text, number = self.integer(variables)
        return Call(f"{name}({text})", block, {"width": number})

    def merge(self, variables: list[str], image: bool, depth: int) -> Node:
        op = self.random.choice(["add", "multiply", "concat"])
        paths: list[list[Node]] = []
        for _ in range(self.random.choice([2, 2, 3])):
            path = self.chain(variables, image, depth if self.chance(0.5) else 0)
            if op != "concat" and self.chance(self.careful):
                if image:
                    attributes = {"filters": 4, "kernel": (1, 1)}
                    path.append(Op("conv", "conv(4, 1x1)", attributes))
                else:
                    path.append(Op("dense", "dense(4)", {"units": 4}))
            paths.append(path)
        return Merge(op, paths)

    def statement(self, image: bool) -> Node:
        kind = self.random.random()
        if kind < 0.12:
            self.count += 1
            aside = self.chance(0.5)
            body: list[Node] = [self.layer([], image)]
            if aside:
                body += self.chain([], image, 0)
            node = Named(f"value{self.count}", body, aside)
            self.named.append(node.name)
            return node
        if kind < 0.16 and self.named:
            op = self.random.choice(["concat", "concat", "add", "multiply"])
            return Join(op, self.random.choice(self.named))
        if kind < 0.3:
            self.count += 1
            body = self.chain([], image, 1, least=1)
            return Group(f"stage stage{self.count} {{", "}", body, [{}], enters=True)
        return self.element([], image, 2)

    def plan(self) -> Plan:
        side = 6 if self.chance(0.5) else 14
        entry: Dims = (self.random.randint(1, side), self.random.randint(1, side))
        entry = (*entry, self.random.choice([1, 2, 3, 4, 4, 6]))
        image = True
        if self.chance(0.08):
            entry, image = (self.random.randint(1, 9),), False
        body: list[Node] = []
        while self.layers > 0:
            body.append(self.statement(image))
            if image and self.layers < 4 and self.chance(0.3):
                body.append(self.other(TO_VECTORS))
                image = False
        body.append(Op("relu", "relu", {}))
        return Plan(self.name, entry, [block for block, _ in self.blocks], body)


def planned_spec(random: Random, name: str = "net") -> Plan:
    return Planner(random, name).plan()


def nodes_of(nodes: list[Node]) -> list[Node]:
    """The nodes that run, and those inside them."""
    found: list[Node] = []
    for node in nodes:
        match node:
            case Named():
                found += nodes_of(node.body) if node.aside else []
                continue
            case Group():
                found += nodes_of(node.body)
            case Call():
                found += nodes_of(node.block.body)
            case Branch():
                found += nodes_of(node.then) + nodes_of(node.other)
            case Merge():
                found += [one for path in node.paths for one in nodes_of(path)]
        found.append(node)
    return found


def assert_a_shape(plan: Plan, random: Random) -> None:
    """State a shape behind one of the elements that have run: the right one, or a wrong one."""
    choices = [node for node in nodes_of(plan.body) if node.given]
    if not choices:
        return
    node = random.choice(choices)
    shape = list(random.choice(node.given))
    if random.random() < 0.3:
        shape[random.randrange(len(shape))] += 1
    node.asserted = tuple(shape)
