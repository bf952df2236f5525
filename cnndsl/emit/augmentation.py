"""The two functions of a training script that augment images: one draws, the other changes."""

from __future__ import annotations

import os
from functools import reduce

from .. import recipes
from ..recipes.words import COLOURS, MIXTURES, TRANSFORMS
from . import python
from .support import Helpers, carried

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

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


def augmentation(
    uses: Sequence[Use], shape: Shape, helpers: Helpers, tensor: str, are_several: bool = False
) -> list[python.Statement]:
    """`draw_augmentation(generator, count)` and `augment(images, labels, draws)`.

    The helpers that they use come first. `shape` is that of an image, `helpers` hold `warp` and
    what else changes images of type `tensor`. Labels are a tensor, or a tuple of `are_several`.
    """
    draw = _draw(uses, shape)
    augment = _augment(uses, tensor, are_several)
    used = carried(DRAWS, sorted(draw.reads)) | carried(helpers, sorted(augment.reads))
    return [*used.values(), draw, augment]


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


def _augment(uses: Sequence[Use], tensor: str, are_several: bool) -> python.FunctionDef:
    body = []
    for key, family, function in COMPOSED:
        if any(use.name in family.words for use in uses):
            body.append(python.assign("images", python.call(function, "images", _drawn(key))))
    for use, name in _mixtures(uses):
        for target, function, parts in STEPS[use.name]:
            drawn = [_drawn(f"{name}_{part}") for part in parts]
            each = are_several and target == "labels"
            value = python.call(function, "label" if each else target, *drawn)
            if each:
                value = python.call("tuple", python.Generator(value, "label", "labels"))
            body.append(python.assign(target, value))
    labels = (
        python.Index("tuple", tensor, python.Raw("...")) if are_several else python.name(tensor)
    )
    return python.FunctionDef(
        "augment",
        [
            python.Parameter("images", tensor),
            python.Parameter("labels", labels),
            python.Parameter("draws", python.Index("dict", "str", tensor)),
        ],
        python.Index("tuple", tensor, labels),
        "Images of 0 to 1, and labels that are probabilities, as draws change them.",
        [*body, python.Return(["images", "labels"])],
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
