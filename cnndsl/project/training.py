"""The choice of a recipe to train by, and its network."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Rejected, SpecError
from ..recipes.binder import RecipeBinder
from ..semantics.evaluate import Budget
from ..syntax import tree
from ..syntax.lexer import SyntaxFailure
from ..syntax.parser import parse
from ..text import Location, Source
from .loading import choose_model, elaborate_model, in_order
from .recipes import Training, model_of, subject_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ..diagnostics.base import Finding
    from ..ir.network import Network
    from ..semantics.template import Template
    from ..values import Value
    from .module import Module

CHANGES = "--with"


def choose_recipe(
    module: Module,
    name: str | None,
    model: str | None,
    values: Mapping[str, Value],
    changes: Iterable[str] = (),
    elaborate: Callable[[Template, Mapping[str, Value]], Network] = elaborate_model,
) -> Training:
    """The recipe to train by: the one named, the only one, or the usual one of a model.

    changes: settings that stand in for those of the same name
    elaborate: gives the network of the model

    Raises `SpecError` for what is wrong with it, its model or the changes, and `Rejected` where it
    is not clear which is meant.
    """
    model = model or module.source.model
    written = _named(module, name, model)
    faults: list[Finding] = []
    template = model_of(written, module, faults) if written else choose_model(module, model)
    if template is None:
        raise SpecError(in_order(faults))
    return _bound(written, module.source, elaborate(template, values), changes)


def recipe_for(
    network: Network,
    module: Module,
    name: str | None,
    changes: Iterable[str] = (),
    must: bool = False,
) -> Training:
    """The recipe of a file to train a network by, else as `choose_recipe`.

    must: whether the usual one will not do
    """
    if module.findings:
        raise SpecError(in_order(dict.fromkeys(module.findings)))
    written = _named(module, name, network.name)
    if must and written is None:
        known = tuple(one.name.name for one in module.recipes)
        raise Rejected(diagnostics.UnknownRecipe(network.name, known))
    return _bound(written, module.source, network, changes)


def recipe_of(network: Network, settings: str, changes: Iterable[str] = ()) -> Training:
    """A recipe of settings that no file has, else as `choose_recipe`."""
    source = Source("recipe", f"recipe {network.name} {{\n{settings}\n}}")
    (written,) = _recipes_in(source)
    return _bound(written, source, network, changes)


def _bound(
    written: tree.Recipe | None, place: Source, network: Network, changes: Iterable[str]
) -> Training:
    """A recipe of a file, or the usual one, held against a network. Raises `SpecError`."""
    faults: list[Finding] = []
    template = network.template
    heading = template.heading
    name = tree.Name(heading.start, heading.end, template.name)
    usual = tree.Recipe(heading.start, heading.end, name, None, (), "")
    source = place if written else template.source
    budget = Budget(source.size)
    bound = written or usual
    location = Location(source, bound.name.start, bound.name.end)
    subject = subject_of(network, budget, location, faults)
    binder = RecipeBinder(bound, template.name, source, subject, faults.append)
    recipe = binder.bind(settings_in(changes))
    if recipe is None:
        raise SpecError(in_order(faults))
    return Training(recipe, network)


def recipes_for(module: Module, model: str | None) -> list[tree.Recipe]:
    """The recipes of a file that train a model, or any."""
    return [
        one
        for one in module.recipes
        if model is None or one.model is None or one.model.name == model
    ]


def _named(module: Module, name: str | None, model: str | None) -> tree.Recipe | None:
    """The recipe of a name, or for a model; None where there is none and none is asked for."""
    known = tuple(one.name.name for one in module.recipes)
    found = [one for one in recipes_for(module, model) if name in (None, one.name.name)]
    if name is not None and not found:
        raise Rejected(diagnostics.UnknownRecipe(name, known))
    if len(found) > 1:
        raise Rejected(diagnostics.WhichRecipe(tuple(one.name.name for one in found)))
    return found[0] if found else None


def settings_in(lines: Iterable[str]) -> tuple[tuple[tree.Setting, Source], ...]:
    """Settings that no file has, each with its text. Raises `SpecError`."""
    found = []
    for line in lines:
        source = Source(CHANGES, f"recipe with {{ {line} }}")
        found += [(setting, source) for one in _recipes_in(source) for setting in one.settings]
    return tuple(found)


def _recipes_in(source: Source) -> tuple[tree.Recipe, ...]:
    try:
        return parse(source).recipes
    except SyntaxFailure as failure:
        raise SpecError(failure.findings) from None
