"""What augments images in a training script: a function that draws, and one that changes."""

from __future__ import annotations

import os
from functools import reduce

from .. import recipes
from ..recipes.words import COLOURS, MIXTURES, TRANSFORMS
from ..record import Record
from . import python
from .support import Helpers, Verbatim, carried

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..recipes.words import Use
    from ..values import Shape

DRAWS = Helpers(os.path.join(os.path.dirname(recipes.__file__), "draws"))
"""The functions that draw, in NumPy: the same text in the scripts of every backend."""
ARRAY = "np.ndarray"
MIXED = ("labels", "mix", ("partners", "shares"))
STEPS = {
    "cutout": (("images", "erase", ("boxes", "fills")),),
    "mixup": (("images", "mix", ("partners", "shares")), MIXED),
    "cutmix": (("images", "paste", ("partners", "boxes")), MIXED),
}
"""What is done with what a word draws: to which variable, by which function."""
DRAWN = {
    "cutout": ("boxes", "fills"),
    "mixup": ("partners", "shares"),
    "cutmix": ("partners", "boxes", "shares"),
}
"""What a word draws, where that is more than one array."""
COMPOSED = (("transforms", TRANSFORMS, "warp"), ("colours", COLOURS, "recolour"))
"""What many words make together, and the function that it is for."""


class Tools(Record):
    """What a framework changes images with.

    helpers: `warp` and the others
    tensor: the name of its type of images
    convert: the helper that makes tensors of drawn arrays, as (draws, images); None where arrays do
    """

    helpers: Helpers
    tensor: str
    convert: str | None = None


def mixes_labels(uses: Iterable[Use]) -> bool:
    """Whether labels change too: then they are a probability for each class, or other numbers."""
    return any(MIXED in STEPS.get(use.name, ()) for use in uses)


def module(uses: Sequence[Use], shape: Shape, tools: Tools, are_several: bool = True) -> str:
    """The module of a script that changes images and labels by a recipe's `augment`.

    It has imports, what it uses of `tools` and of the draws, and three functions:

        draw_augmentation(generator, count)          a dictionary of NumPy's arrays
        augment(images, labels, draws)               images and labels, of tensors
        augment_randomly(generator, images, labels)  the same, by what is drawn now

    `images` are a batch of numbers from 0 to 1, laid out as the framework has them; they are to be
    changed before `pixels` makes other numbers of them, in training alone. `labels` are a list of
    tensors, one an output, or, without `are_several`, a tensor; see `mixes_labels`. A generator
    that is made from the same numbers gives every framework the same draws: let the seed, the epoch
    and the process be among them. `cnndsl.backend.execute` runs the module by itself.

    uses: at least one, such as `recipe.augment`
    shape: of the network's input
    """
    functions = statements(uses, shape, tools, are_several)
    imports = {line for one in functions if isinstance(one, Verbatim) for line in one.needs}
    ordered = sorted({*imports, "import numpy as np"}, key=lambda line: (line[0] == "f", line))
    return "\n".join([*ordered, "\n", python.render(functions)])


def statements(
    uses: Sequence[Use], shape: Shape, tools: Tools, are_several: bool
) -> list[python.Statement]:
    """The definitions of the module."""
    labels: python.Expression = python.name(tools.tensor)
    if are_several:
        labels = python.Index("list", labels)
    draw = _draw(uses, shape)
    changing = [_augment(uses, tools, labels, are_several), _augment_randomly(tools, labels)]
    used = carried(DRAWS, sorted(draw.reads))
    for one in changing:
        used |= carried(tools.helpers, sorted(one.reads))
    return [*used.values(), draw, *changing]


def _draw(uses: Sequence[Use], shape: Shape) -> python.FunctionDef:
    body: list[python.Statement] = [
        python.assign("shape", python.Tuple(["count", *shape.dims])),
        python.assign("draws", python.Dict(), f"dict[str, {ARRAY}]"),
    ]
    for key, family, _function in COMPOSED:
        calls = [_call(use) for use in uses if use.name in family.words]
        if calls:
            body.append(python.assign(_drawn(key), reduce(_after, calls)))
    for use, name in _mixtures(uses):
        targets = tuple(_drawn(f"{name}_{one}") for one in DRAWN[use.name])
        body.append(python.assign(targets, _call(use)))
    return python.FunctionDef(
        "draw_augmentation",
        [python.Parameter("generator", "np.random.Generator"), python.Parameter("count", "int")],
        python.Index("dict", "str", ARRAY),
        "What changes `count` images, in arrays with images first.",
        [*body, python.Return("draws")],
    )


def _augment(
    uses: Sequence[Use], tools: Tools, labels: python.Expression, are_several: bool
) -> python.FunctionDef:
    body = []
    for key, family, function in COMPOSED:
        if any(use.name in family.words for use in uses):
            body.append(python.assign("images", python.call(function, "images", _drawn(key))))
    for use, name in _mixtures(uses):
        for target, function, parts in STEPS[use.name]:
            drawn = [_drawn(f"{name}_{part}") for part in parts]
            each = are_several and target == "labels"
            value: python.Expression = python.call(function, "label" if each else target, *drawn)
            if each:
                value = python.ListComprehension(value, "label", "labels")
            body.append(python.assign(target, value))
    numbers = " of probabilities" if mixes_labels(uses) else ""
    return python.FunctionDef(
        "augment",
        [
            python.Parameter("images", tools.tensor),
            python.Parameter("labels", labels),
            python.Parameter("draws", python.Index("dict", "str", tools.tensor)),
        ],
        python.Index("tuple", tools.tensor, labels),
        f"Images from 0 to 1, and labels{numbers}, as draws change them.",
        [*body, python.Return(["images", "labels"])],
    )


def _augment_randomly(tools: Tools, labels: python.Expression) -> python.FunctionDef:
    draws: python.Expression = python.name("draws")
    if tools.convert is not None:
        draws = python.call(tools.convert, draws, "images")
    drawn = python.call("draw_augmentation", "generator", python.call("len", "images"))
    return python.FunctionDef(
        "augment_randomly",
        [
            python.Parameter("generator", "np.random.Generator"),
            python.Parameter("images", tools.tensor),
            python.Parameter("labels", labels),
        ],
        python.Index("tuple", tools.tensor, labels),
        "Images and labels as what is drawn changes them.",
        [
            python.assign("draws", drawn),
            python.Return(python.call("augment", "images", "labels", draws)),
        ],
    )


def _call(use: Use) -> python.Expression:
    values = {
        name: python.Tuple(value) if isinstance(value, tuple) else value
        for name, value in use.values.items()
    }
    name = f"random_{use.name.removeprefix('random_')}"
    return python.call(name, "generator", "shape", **values)


def _after(first: python.Expression, second: python.Expression) -> python.Expression:
    return python.Binary(first, "@", second)


def _drawn(key: str) -> python.Expression:
    return python.Index("draws", python.string(key))


def _mixtures(uses: Sequence[Use]) -> list[tuple[Use, str]]:
    """Uses of boxes and mixtures, with names of which none comes twice."""
    found: list[tuple[Use, str]] = []
    for use in uses:
        if use.name in MIXTURES.words:
            before = sum(one.name == use.name for one, _ in found)
            found.append((use, f"{use.name}_{before + 1}" if before else use.name))
    return found
