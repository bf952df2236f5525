"""PyTorch as validation sees it: stand-ins for its packages, which record what they are told."""

from __future__ import annotations

from itertools import accumulate

from cnndsl.emit.validation.execution import Package
from cnndsl.emit.validation.parts import Leaf, Unreadable, frozen, stated_readings
from cnndsl.emit.validation.recorder import INPUT, Mismatch, Value
from cnndsl.ir.network import Child, Layer, steps_of
from cnndsl.ops.dense import Flatten
from cnndsl_torch import readings
from cnndsl_torch.modules import LOWERINGS
from cnndsl_torch.readings import BASES, scaled
from cnndsl_torch.recorded_merges import MERGES
from cnndsl_torch.weights import native_flattens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from cnndsl.emit.validation.execution import Session
    from cnndsl.emit.validation.parts import Part
    from cnndsl.emit.validation.recorder import Frame, Node
    from cnndsl.ir.network import Scope
    from cnndsl.values import Shape

READINGS = readings.READINGS | stated_readings(LOWERINGS, "nn")
HELPERS: dict[str, tuple[str, Callable[..., list[Part]]]] = {
    **readings.HELPERS,
    **{name: ("Module", reading) for name, reading in stated_readings(LOWERINGS, "").items()},
}
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

    session: Session

    @property
    def shape(self) -> tuple[int | None, ...]:
        *sides, channels = self.checked_shape.dims
        return None, channels, *sides

    def merged(self, kind: str, values: Sequence[Value]) -> Value:
        return self.session.recorder.merge_values(kind, values)

    def chunk(self, count: int, *, dim: int) -> list[Value]:
        each, rest = divmod(self.checked_shape.channels, count)
        if rest:
            raise Mismatch("", f"{count} parts of {self.checked_shape}")
        return self.split([each] * count, dim=dim)

    def split(self, sizes: Sequence[int], *, dim: int) -> list[Value]:
        if dim != 1:
            raise Mismatch("", f"parts along dimension {dim}")
        ends = list(accumulate(sizes))
        bounds = zip([0, *ends], ends, strict=False)
        return [self.session.recorder.part(self, start, stop) for start, stop in bounds]

    def __add__(self, other: Value) -> Value:
        return self.merged("add", (self, other))

    def __sub__(self, other: Value) -> Value:
        return self.merged("subtract", (self, other))

    def __mul__(self, other: Value) -> Value:
        return self.merged("multiply", (self, other))


class ModuleType(type):
    """Runs the constructor of an emitted class once for the same arguments.

    What that makes is shared by the modules that are made with them later.
    """

    def __call__(cls, *arguments: Any, **keywords: Any) -> Any:
        if cls.__module__ == __name__:  # a stand-in
            return super().__call__(*arguments, **keywords)
        call = (cls, frozen(arguments, *keywords.items()))
        lists = [one for one in arguments if isinstance(one, list)]
        known: dict[object, Module] = cls._known  # type: ignore[attr-defined]  # a module's
        if call in known:
            module = known[call]._copy()
            vars(module)["_is_known"] = True
            for one, grown in zip(lists, module._grown, strict=True):
                one[:] = grown
            return module
        module = super().__call__(*arguments, **keywords)
        vars(module).update(_call=call, _grown=[[*one] for one in lists])
        known[call] = module
        return module


class Module(metaclass=ModuleType):
    """`nn.Module`: its children are its attributes.

    What it knows besides has an underscore in front, with which no name of a spec begins.
    """

    _session: Session
    children: dict[str, Module]
    _call: Hashable = None
    """What tells the module of an emitted class from others."""
    _known: dict[object, Module]
    """The first modules of emitted classes, by class and arguments."""
    _grown: list[list[object]]
    """What the constructor has left in the lists that it was handed."""
    _is_known = False
    """Whether it has the children of such a module."""
    _path = ""
    _orders: frozenset[object] | None = None
    """The flattens after which weights are held in PyTorch's order, if there are any others."""

    def __init__(self) -> None:
        vars(self)["children"] = {}

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, Module):
            self.children[name] = value
        vars(self)[name] = value

    def _copy(self) -> Module:
        """Another module with the same children."""
        kind: Any = type(self)
        made: Module = object.__new__(kind)
        vars(made).update(vars(self))
        return made

    def _part(self) -> None:
        """Have children of its own, which can have other paths."""
        children = {name: child._copy() for name, child in self.children.items()}
        for child in children.values():
            child._part()
        vars(self).update(children, children=children)

    def modules(self) -> Iterator[Module]:
        pending: list[Module] = [self]
        while pending:
            module = pending.pop()
            yield module
            if not module._is_known:
                pending += module.children.values()

    def __call__(self, *values: Value) -> Any:
        """Apply an emitted class: a block, or a merge within the scope around it."""
        node = self._session.recorder.frame.by_path.get(self._path)
        if node is None:
            return self.forward(*values)
        return self._session.block(self._path, values, (self._call, self._orders), self._run)

    def forward(self, *_values: Value) -> Any:
        raise Mismatch(self._path, f"{type(self).__name__} does nothing")

    def _run(self, *values: Value) -> Any:
        """What the module gives in the recorder's scope, all of whose layers it has."""
        recorder = self._session.recorder
        modules = dict(placed(self, "", recorder.frame, set()))
        result = self.forward(*values)
        for node in recorder.frame.nodes:
            if node.path not in recorder.seen and not node.needs_no_module:
                if node.path not in modules:
                    raise Mismatch(node.path, "it is not constructed")
                modules[node.path]._compare(node)
        return result

    def _compare(self, node: Node) -> None:
        """Hold the module against a layer or block to which no output is due."""
        if node.op is None:
            turned = (False,) * len(node.inputs)
            self._session.inside(node, turned, (self._call, self._orders), self._run)
        else:
            self._session.recorder.compare(self._path, self._leaves())

    def _leaves(self) -> list[TorchLeaf]:
        """The modules that make up one layer."""
        raise Mismatch(self._path, f"{type(self).__name__} is no layer")


NO_CHILDREN: dict[str, Module] = {}


class TorchLeaf(Leaf, Module):
    """A module of PyTorch's own, or a helper."""

    weight: Kernel
    bias: Kernel | None
    l2 = 0.0
    is_turning = False
    """Whether it flattens with the channels first."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        bias = Kernel() if keywords.get("bias", True) else None
        names = {"arguments": arguments, "keywords": keywords, "children": NO_CHILDREN}
        vars(self).update(names, weight=Kernel(), bias=bias)

    def key(self) -> Hashable:
        drawn = self.weight.init, self.weight.seed, self.bias and self.bias.init
        return super().key(), drawn, self.l2

    def read(self, entry: Shape) -> list[Part]:
        return [self.with_kernel(part) for part in super().read(entry)]

    def with_kernel(self, part: Part) -> Part:
        """A part with what is known of its kernel. A bias starts at zero."""
        if "init" not in part.facts:
            return part
        if self.bias is not None and self.bias.init != "zeros":
            raise Unreadable(f"{part.kind} with a bias that does not start at zero")
        facts = {"init": self.weight.init, "seed": self.weight.seed, "l2": self.l2}
        return part.with_facts(**facts)

    def __call__(self, *values: Value) -> Value:
        return applied(self, *values)

    def _leaves(self) -> list[TorchLeaf]:
        return [self]


class Identity(Module):
    """The module that stands where a layer is left out, or passes its input on."""

    leaf: type[TorchLeaf]

    def __call__(self, *values: Value) -> Any:
        (value,) = values
        is_layer = self._path in self._session.recorder.frame.by_path
        return applied(self, value) if is_layer else value

    def _leaves(self) -> list[TorchLeaf]:
        return [self.leaf()]


class Sequential(Module):
    """Modules one after another."""

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], dict):
            self.children.update(modules[0])
        else:
            self.children.update({str(place): one for place, one in enumerate(modules)})

    def __call__(self, *values: Value) -> Any:
        is_layer = not self._call and self._path in self._session.recorder.frame.by_path
        return applied(self, *values) if is_layer else super().__call__(*values)

    def forward(self, *values: Value) -> Any:
        (value,) = values
        for module in self.children.values():
            value = module(value)
        return value

    def _leaves(self) -> list[TorchLeaf]:
        leaves = [one for one in self.children.values() if isinstance(one, TorchLeaf)]
        if len(leaves) < len(self.children):
            raise Mismatch(self._path, "layers instead of one layer")
        return leaves


class ModuleList(Module):
    """Modules that the class around them runs."""

    def __init__(self, modules: Iterable[Module]) -> None:
        super().__init__()
        self.children.update({str(place): one for place, one in enumerate(modules)})

    def __iter__(self) -> Iterator[Module]:
        return iter(self.children.values())


class ModuleDict(Module):
    """The same with names."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        super().__init__()
        self.children.update(modules)

    def values(self) -> Iterable[Module]:
        return self.children.values()


def applied(module: Module, value: Value) -> Value:
    """Apply the layer that a module is, made of one leaf or of several."""
    leaves = module._leaves()
    image = value.checked_shape
    has_order = image.is_image and image.height * image.width > 1 < image.channels
    is_turned = has_order and len(leaves) == 1 and leaves[0].is_turning
    recorder = module._session.recorder
    if has_order and len(leaves) == 1 and module._orders is not None:
        node = recorder.frame.by_path.get(module._path)
        is_flatten = node is not None and type(node.op) is Flatten
        if node is not None and is_flatten and is_turned != (node.step.site in module._orders):
            raise Mismatch(module._path, "it flattens in another order than weights are held in")
    return recorder.apply(module._path, value, leaves, is_turned)


def placed(
    module: Module, prefix: str, frame: Frame, found: set[int]
) -> Iterator[tuple[str, Module]]:
    """The layers and blocks of a scope by their paths, which are told to all modules."""
    for name, child in module.children.items():
        path = f"{prefix}{name}"
        if id(child) in found:
            raise Mismatch(path, f"it is the same module as {child._path}")
        found.add(id(child))
        vars(child)["_path"] = path
        if path in frame.by_path:
            yield path, child
        elif isinstance(child, TorchLeaf):
            raise Mismatch(path, "there is no such layer in the network")
        else:
            if child._is_known:
                child._part()
            yield from placed(child, f"{path}.", frame, found)


STANDING = {"__module__": __name__}
"""Marks a class as a stand-in, and not an emitted one."""


def leaf(name: str, reading: Callable[..., list[Part]]) -> dict[str, Any]:
    """The names in the class of a leaf."""
    return {"name": name, "reading": staticmethod(reading), **STANDING}


class TorchStandIns:
    """Stand-ins for PyTorch."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.penalties: dict[Scope, bool] = {}
        own = {"_session": session, "_known": {}, **STANDING}
        self.base: Any = type("Module", (Module,), own)
        self.value: type[Value] = type("Tensor", (TorchValue,), {"session": session})

    def modules(self) -> Mapping[str, object]:
        base = self.base
        classes = {
            name: type(name, (TorchLeaf, base), leaf(name, reading))
            for name, reading in READINGS.items()
        }
        classes["Flatten"].is_turning = True  # type: ignore[attr-defined]  # a leaf
        multiplying = {**leaf("Parameter", scaled), "__mul__": TorchLeaf.__call__}
        classes["Parameter"] = type("Parameter", (TorchLeaf, base), multiplying)
        standing = {**STANDING, "leaf": classes.pop("Identity")}
        init = Package("init", zeros_=zeros, **{name: drawing(name) for name, _ in INITIALIZERS})
        nn = Package(
            "nn",
            Identity=type("Identity", (Identity, base), standing),
            **dict.fromkeys(BASES, base),
            functional=Package("functional", interpolate=interpolate),
            Sequential=type("Sequential", (Sequential, base), STANDING),
            ModuleList=type("ModuleList", (ModuleList, base), STANDING),
            ModuleDict=type("ModuleDict", (ModuleDict, base), STANDING),
            init=init,
            **classes,
        )
        self.nn = nn
        torch = Package("torch", Tensor=TorchValue, nn=nn, **MERGES)
        return {"torch": torch}

    def replacements(self, entry: str) -> Mapping[str, object]:
        helpers: dict[str, object] = {
            name: type(
                name,
                (TorchLeaf, self.base) if kind in BASES else (getattr(self.nn, kind),),
                leaf(name, reading),
            )
            for name, (kind, reading) in HELPERS.items()
        }
        return {**helpers, **FUNCTIONS}

    def in_mode(self, _entry: object, training: bool) -> Mapping[str, object]:
        self.base.training = training
        return {}

    def outputs(self, model: Module) -> Sequence[Value]:
        network = self.session.network
        if "FlattenChannelsLast" in self.session.names:
            self.base._orders = native_flattens([network])
        shapes = enumerate(network.input_shapes)
        results = model._run(*[self.value(INPUT - place, shape) for place, shape in shapes])
        has_penalty = self.has_penalty(network.scope)
        if has_penalty is not hasattr(type(model), "l2_penalty"):
            raise Mismatch("", f"the model {'lacks' if has_penalty else 'has'} an L2 penalty")
        return results if isinstance(results, tuple) else (results,)

    def has_penalty(self, scope: Scope) -> bool:
        """Whether the loss gains something from a layer in a scope, which is asked once of it."""
        if scope not in self.penalties:
            self.penalties[scope] = any(
                getattr(step.op, "l2", 0.0)
                if isinstance(step, Layer)
                else self.has_penalty(step.scope)
                for step in steps_of(scope)
                if isinstance(step, Layer | Child)
            )
        return self.penalties[scope]


def zeros(bias: Kernel) -> None:
    bias.init = "zeros"


def drawing(name: str) -> Callable[..., None]:
    """What stands in for a function of `nn.init`."""

    def draw(kernel: Kernel, *, nonlinearity: str | None = None) -> None:
        kernel.init = INITIALIZERS[name, nonlinearity]

    return draw


def interpolate(value: TorchValue, **keywords: Any) -> Value:
    resizing = TorchLeaf(**keywords)
    vars(resizing).update(name="interpolate", reading=readings.interpolated)
    return value.session.recorder.resized(value, resizing)


def prepared(layer: TorchLeaf, init: str, seed: int | None = None) -> TorchLeaf:
    layer.weight.init, layer.weight.seed = init, seed
    if layer.bias is not None:
        layer.bias.init = "zeros"
    return layer


def regularized(layer: TorchLeaf, l2: float) -> TorchLeaf:
    layer.l2 = l2
    return layer


def without(name: str) -> Callable[[TorchLeaf], TorchLeaf]:
    def change(norm: TorchLeaf) -> TorchLeaf:
        norm.keywords = {**norm.keywords, name: False}
        return norm

    return change


FUNCTIONS: dict[str, Callable[..., TorchLeaf]] = {
    "prepared": prepared,
    "regularized": regularized,
    "without_scale": without("scale"),
    "without_shift": without("center"),
}
"""The functions that emitted files carry."""
