"""The recipes of a file, each with the network that it trains."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Finding
from ..recipes.binder import RecipeBinder
from ..recipes.subject import Subject
from ..record import Record
from ..semantics.evaluate import MOST_STEPS, Budget, Exhausted
from ..semantics.expressions import Choices
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
    own = {one.template: one for one in networks}
    made: dict[Template, Subject | None] = {}
    budget, choices = Budget(module.source.size), Choices(module.source.size)
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
            network = own[template] if template in own else elaborated(template)
            made[template] = subject_of(network, budget, place, faults)
        subject = made[template]
        recipe = RecipeBinder(
            one, template.name, module.source, subject, faults.append, choices
        ).bind()
        if recipe is not None and subject is not None:
            found.append(Training(recipe, subject.network))
    return found, faults


def subject_of(
    network: Network | None, budget: Budget, place: Location, faults: list[Finding]
) -> Subject | None:
    """What a recipe at that place is for; None where a walk through it takes too many steps."""
    if network is None or budget.is_spent:
        return None
    try:
        return Subject(network, budget)
    except Exhausted:
        faults.append(Finding(diagnostics.TooManySteps(MOST_STEPS), place))
        return None


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
