"""PyTorch as validation sees it: stand-ins for its packages, which record what they are told."""

from __future__ import annotations

from cnndsl.emit.validation.execution import Package, frozen
from cnndsl.emit.validation.parts import Unreadable
from cnndsl.emit.validation.recorder import INPUT, Mismatch, Value
from cnndsl.ir.network import distinct_layers
from cnndsl_torch.flattening import native_flattens
from cnndsl_torch.readings import HELPERS, READINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from cnndsl.emit.validation.execution import Session
    from cnndsl.emit.validation.parts import Part
    from cnndsl.emit.validation.recorder import Frame, Node
    from cnndsl.values import Shape
    from cnndsl_torch.readings import Reading

INITIALIZERS = {
    ("xavier_uniform_", None): "glorot_uniform",
    ("xavier_normal_", None): "glorot_normal",
    ("kaiming_uniform_", "relu"): "he_uniform",
    ("kaiming_normal_", "relu"): "he_normal",
    ("kaiming_uniform_", "linear"): "lecun_uniform",
    ("kaiming_normal_", "linear"): "lecun_normal",
}


class Kernel:
    """A parameter, of which is known how it was drawn."""

    init: str | None = None
    seed: int | None = None


class TorchValue(Value):
    """A tensor, which merges are written with."""

    __slots__ = ("session",)

    def __init__(self, session: Session, value: Value) -> None:
        super().__init__(value.number, value.checked_shape, value.is_turned)
        self.session = session

    def merged(self, kind: str, values: Sequence[TorchValue]) -> TorchValue:
        return TorchValue(self.session, self.session.recorder.merge_values(kind, values))

    def __add__(self, other: TorchValue) -> TorchValue:
        return self.merged("add", (self, other))

    def __mul__(self, other: TorchValue) -> TorchValue:
        return self.merged("multiply", (self, other))


class ModuleType(type):
    """Runs the constructor of an emitted class once for the same arguments.

    What that makes is shared by the modules that are made with them later.
    """

    def __call__(cls, *arguments: Any, **keywords: Any) -> Any:
        if cls.__module__ == __name__:  # a stand-in
            return super().__call__(*arguments, **keywords)
        call = (cls, frozen(arguments, sorted(keywords.items())))
        known: dict[object, Module] = cls.known  # type: ignore[attr-defined]  # a module's
        if call in known:
            module = known[call].copy()
            vars(module)["is_known"] = True
            return module
        module = super().__call__(*arguments, **keywords)
        vars(module)["call"] = call
        known[call] = module
        return module


class Module(metaclass=ModuleType):
    """`nn.Module`: its children are its attributes."""

    session: Session
    children: dict[str, Module]
    call: Hashable
    """What tells the module of an emitted class from others."""
    known: dict[object, Module]
    """The first modules of emitted classes, by class and arguments."""
    is_known = False
    """Whether it has the children of such a module."""
    path = ""
    orders: frozenset[object] | None = None
    """The flattens after which weights are held in PyTorch's order, if there are any others."""

    def __init__(self) -> None:
        vars(self)["children"] = {}

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, Module):
            self.children[name] = value
        vars(self)[name] = value

    def copy(self) -> Module:
        """Another module with the same children."""
        kind: Any = type(self)
        made: Module = object.__new__(kind)
        vars(made).update(vars(self))
        return made

    def part(self) -> None:
        """Have children of its own, which can have other paths."""
        children = {name: child.copy() for name, child in self.children.items()}
        for child in children.values():
            child.part()
        vars(self).update(children, children=children)

    def modules(self) -> Iterator[Module]:
        pending: list[Module] = [self]
        while pending:
            module = pending.pop()
            yield module
            if not module.is_known:
                pending += module.children.values()

    def __call__(self, value: TorchValue) -> TorchValue:
        """Apply an emitted class: a block, or a merge within the scope around it."""
        node = self.session.recorder.frame.by_path.get(self.path)
        if node is None:
            return self.forward(value)
        found = self.session.block(self.path, value, (self.call, self.orders), self.run)
        return TorchValue(self.session, found)

    def forward(self, value: TorchValue) -> TorchValue:
        raise Mismatch(self.path, f"{type(self).__name__} does nothing")

    def run(self, value: Value) -> Any:
        """What the module gives in the recorder's scope, all of whose layers it has."""
        recorder = self.session.recorder
        modules = dict(placed(self, "", recorder.frame, set()))
        result = self.forward(TorchValue(self.session, value))
        for node in recorder.frame.nodes:
            if node.path not in recorder.seen and not node.is_merge:
                if node.path not in modules:
                    raise Mismatch(node.path, "it is not constructed")
                modules[node.path].compare(node)
        return result

    def compare(self, node: Node) -> None:
        """Hold the module against a layer or block to which no output is due."""
        if node.scope is not None:
            self.session.inside(node, False, (self.call, self.orders), self.run)
        else:
            leaves = self.leaves()
            self.session.recorder.compare(self.path, keys(leaves), reader(leaves))

    def leaves(self) -> list[Leaf]:
        """The modules that make up one layer."""
        raise Mismatch(self.path, f"{type(self).__name__} is no layer")


NO_CHILDREN: dict[str, Module] = {}


class Leaf(Module):
    """A module of PyTorch's own, or a helper, with its arguments."""

    name = ""
    reading: Reading
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    weight: Kernel
    bias: Kernel | None
    l2 = 0.0
    is_turning = False
    """Whether it flattens with the channels first."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        bias = Kernel() if keywords.get("bias", True) else None
        names = {"arguments": arguments, "keywords": keywords, "children": NO_CHILDREN}
        vars(self).update(names, weight=Kernel(), bias=bias)

    def key(self) -> object:
        """What tells what the module does from what others do."""
        arguments = frozen(self.arguments, sorted(self.keywords.items()))
        drawn = self.weight.init, self.weight.seed, self.bias and self.bias.init
        return self.name, arguments, drawn, self.l2

    def read(self, shape: Shape) -> list[Part]:
        parts = type(self).reading(shape, *self.arguments, **self.keywords)
        return [self.with_kernel(part) for part in parts]

    def with_kernel(self, part: Part) -> Part:
        """A part with what is known of its kernel. A bias starts at zero."""
        if part.kind not in ("conv", "dense"):
            return part
        if self.bias is not None and self.bias.init != "zeros":
            raise Unreadable(f"{part.kind} with a bias that does not start at zero")
        facts = {"init": self.weight.init, "seed": self.weight.seed, "l2": self.l2}
        return part.with_facts(**facts)

    def __call__(self, value: TorchValue) -> TorchValue:
        return applied(self, value)

    def leaves(self) -> list[Leaf]:
        return [self]


class Identity(Module):
    """The module that stands where a layer is left out."""

    def __call__(self, value: TorchValue) -> TorchValue:
        return value


class Sequential(Module):
    """Modules one after another."""

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], dict):
            self.children.update(modules[0])
        else:
            self.children.update({str(place): one for place, one in enumerate(modules)})

    def __call__(self, value: TorchValue) -> TorchValue:
        if self.path in self.session.recorder.frame.by_path:
            return applied(self, value)
        for module in self.children.values():
            value = module(value)
        return value

    def leaves(self) -> list[Leaf]:
        leaves = [one for one in self.children.values() if isinstance(one, Leaf)]
        if len(leaves) < len(self.children):
            raise Mismatch(self.path, "layers instead of one layer")
        return leaves


def applied(module: Module, value: TorchValue) -> TorchValue:
    """Apply the layer that a module is, made of one leaf or of several."""
    leaves = module.leaves()
    image = value.checked_shape
    has_order = image.is_image and image.height * image.width > 1 < image.channels
    is_turned = has_order and len(leaves) == 1 and leaves[0].is_turning
    recorder = value.session.recorder
    if has_order and len(leaves) == 1 and module.orders is not None:
        node = recorder.frame.by_path.get(module.path)
        is_flatten = node is not None and node.op is not None and node.op.folds_space
        if node is not None and is_flatten and is_turned != (node.site in module.orders):
            raise Mismatch(module.path, "it flattens in another order than weights are held in")
    found = recorder.apply(module.path, value, keys(leaves), reader(leaves), is_turned)
    return TorchValue(value.session, found)


def keys(leaves: Iterable[Leaf]) -> object:
    return tuple([leaf.key() for leaf in leaves])


def reader(leaves: Sequence[Leaf]) -> Callable[[Shape], list[Part]]:
    def read(shape: Shape) -> list[Part]:
        parts: list[Part] = []
        for leaf in leaves:
            parts += leaf.read(parts[-1].shape if parts else shape)
        return parts

    return read


def placed(
    module: Module, prefix: str, frame: Frame, found: set[int]
) -> Iterator[tuple[str, Module]]:
    """The layers and blocks of a scope by their paths, which are told to all modules."""
    for name, child in module.children.items():
        path = f"{prefix}{name}"
        if id(child) in found:
            raise Mismatch(path, f"it is the same module as {child.path}")
        found.add(id(child))
        vars(child)["path"] = path
        if path in frame.by_path:
            yield path, child
        elif isinstance(child, Leaf):
            raise Mismatch(path, "there is no such layer in the network")
        else:
            if child.is_known:
                child.part()
            yield from placed(child, f"{path}.", frame, found)


STANDING = {"__module__": __name__}
"""Marks a class as a stand-in, and not an emitted one."""


def leaf(name: str, reading: Reading) -> dict[str, Any]:
    """The names in the class of a leaf."""
    return {"name": name, "reading": staticmethod(reading), **STANDING}


class TorchStandIns:
    """Stand-ins for PyTorch."""

    def __init__(self, session: Session) -> None:
        self.session = session
        names = {"session": session, "known": {}, **STANDING}
        self.base: Any = type("Module", (Module,), names)

    def modules(self) -> Mapping[str, object]:
        base = self.base
        classes = {
            name: type(name, (Leaf, base), leaf(name, reading))
            for name, reading in READINGS.items()
        }
        classes["Flatten"].is_turning = True  # type: ignore[attr-defined]  # a leaf
        init = Package("init", zeros_=zeros, **{name: drawing(name) for name, _ in INITIALIZERS})
        nn = Package(
            "nn",
            Identity=type("Identity", (Identity, base), STANDING),
            Module=base,
            Sequential=type("Sequential", (Sequential, base), STANDING),
            init=init,
            **classes,
        )
        self.nn = nn
        functional = Package("functional")
        nn.__dict__["functional"] = functional
        torch = Package("torch", Tensor=TorchValue, cat=cat, nn=nn)
        return {"torch": torch}

    def helpers(self) -> Mapping[str, object]:
        helpers: dict[str, object] = {
            name: type(
                name,
                (Leaf, self.base) if kind == "Module" else (getattr(self.nn, kind),),
                leaf(name, reading),
            )
            for name, (kind, reading) in HELPERS.items()
        }
        return {**helpers, **FUNCTIONS}

    def prepare(self, entry: str) -> None:
        """Emitted classes derive from stand-ins; nothing more is to be changed."""

    def outputs(self, model: Module) -> Sequence[Value]:
        scope = self.session.recorder.frame.scope
        if self.session.network is not None and "FlattenChannelsLast" in self.session.names:
            self.base.orders = native_flattens([self.session.network])
        results = model.run(Value(INPUT, scope.input_shape))
        has_penalty = any(getattr(layer.op, "l2", 0.0) for layer in distinct_layers(scope))
        if has_penalty is not hasattr(type(model), "l2_penalty"):
            raise Mismatch("", f"the model {'lacks' if has_penalty else 'has'} an L2 penalty")
        return results if isinstance(results, tuple) else (results,)


def zeros(bias: Kernel) -> None:
    bias.init = "zeros"


def drawing(name: str) -> Callable[..., None]:
    """What stands in for a function of `nn.init`."""

    def draw(kernel: Kernel, *, nonlinearity: str | None = None) -> None:
        kernel.init = INITIALIZERS[name, nonlinearity]

    return draw


def cat(values: Iterable[TorchValue], *, dim: int) -> TorchValue:
    listed = list(values)
    if dim != 1:
        raise Mismatch("", f"values are concatenated along dimension {dim}")
    return listed[0].merged("concat", listed)


def prepared(layer: Leaf, init: str, seed: int | None = None) -> Leaf:
    layer.weight.init, layer.weight.seed = init, seed
    if layer.bias is not None:
        layer.bias.init = "zeros"
    return layer


def regularized(layer: Leaf, l2: float) -> Leaf:
    layer.l2 = l2
    return layer


def without(name: str) -> Callable[[Leaf], Leaf]:
    def change(norm: Leaf) -> Leaf:
        norm.keywords = {**norm.keywords, name: False}
        return norm

    return change


FUNCTIONS: dict[str, Callable[..., Leaf]] = {
    "prepared": prepared,
    "regularized": regularized,
    "without_scale": without("scale"),
    "without_shift": without("center"),
}
"""The functions that emitted files carry."""
