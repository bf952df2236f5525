"""The recipes of a file, each with the network that it trains."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Finding
from ..recipes.binder import RecipeBinder
from ..record import Record
from ..text import Location

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..ir.network import Network
    from ..recipes.recipe import Recipe
    from ..semantics.template import Template
    from ..syntax import tree
    from .module import Module


class Training(Record):
    """A checked recipe and its network."""

    recipe: Recipe
    network: Network


def checked_recipes(
    module: Module,
    networks: Iterable[Network],
    elaborated: Callable[[Template], Network | None],
) -> tuple[list[Training], list[Finding]]:
    """The recipes of a file that hold, and what is wrong with the others.

    `elaborated` gives the network of a model that the file imports, if it holds.

    A model that is at fault has findings of its own; its recipes are read as far as that goes.
    """
    made: dict[Template, Network | None] = {one.template: one for one in networks}
    found: list[Training] = []
    faults: list[Finding] = []
    names: set[str] = set()
    for one in module.recipes:
        place = Location(module.source, one.name.start, one.name.end)
        if one.name.name in names:
            faults.append(Finding(diagnostics.NameTaken("recipe", one.name.name), place))
        names.add(one.name.name)
        template = model_of(one, module, faults)
        if template is None:
            continue
        if template not in made:
            made[template] = elaborated(template)
        network = made[template]
        recipe = RecipeBinder(one, template.name, module.source, network, faults.append).bind()
        if recipe is not None and network is not None:
            found.append(Training(recipe, network))
    return found, faults


def model_of(recipe: tree.Recipe, module: Module, faults: list[Finding]) -> Template | None:
    """The model that a recipe is for: the one that it names, or the only one there is."""
    models = module.trainable
    name = recipe.model
    if name is None and len(models) == 1:
        return next(iter(models.values()))
    if name is not None and name.name in models:
        return models[name.name]
    node = recipe.name if name is None else name
    fault = diagnostics.WhichModelTrained(
        recipe.name.name, name.name if name else None, tuple(models)
    )
    faults.append(Finding(fault, Location(module.source, node.start, node.end)))
    return None
