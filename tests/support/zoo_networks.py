"""The zoo's networks on images that are small enough for a test."""

from __future__ import annotations

from cnndsl.api import CheckedNetwork
from cnndsl.diagnostics.base import SpecError
from cnndsl.project import zoo
from cnndsl.project.loading import Loader, choose_model, elaborate_model
from cnndsl.project.locate import read_spec
from cnndsl.values import Shape

SIDES = (32, 64, 96, 128, 160, 224, 299)
LOADER = Loader()


def on_small_images(name: str) -> CheckedNetwork:
    """A network on the smallest square images among `SIDES` that leave it 2x2 pixels everywhere.

    Its assertions and its budgets are about the published input, and do not apply.
    """
    template = choose_model(LOADER.module(read_spec(name)), None)
    published = elaborate_model(template, {})
    for side in SIDES:
        images = [Shape((side, side, one.channels)) for one in published.input_shapes]
        if side >= published.input_shape.dims[0]:
            break
        try:
            network = elaborate_model(template, {}, False, images)
        except SpecError:
            continue
        maps = [layer.shape.dims for layer in network.layers if len(layer.shape.dims) == 3]
        if min(min(height, width) for height, width, _ in maps) > 1:
            return CheckedNetwork(network)
    return CheckedNetwork(published)


def shelf(name: str) -> list[str]:
    """The networks of a shelf; the classics stand on the one without a name."""
    return [entry.name for entry in zoo.entries() if entry.shelf == name]
