"""Syntax tree to bound tree: every line of a definition read once, whether it is run or not.

All that does not depend on values or shapes is settled here and reported here alone: what names
mean, which attribute an argument gives, constant arguments, where a statement can stand, and the
names of layers. A part that is at fault becomes an `Invalid`, which elaboration passes over.
"""

from __future__ import annotations

import keyword
import re

from .. import diagnostics
from ..syntax import tree
from . import bound
from .binder import Binder
from .expressions import Choices
from .model_binder import OF_BLOCKS, OF_MODELS, ModelBinder
from .naming import Namespace
from .template import find_circles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from .bound import Arguments
    from .expressions import Names
    from .template import Template

GROWTH = r"\[(?:\s|#[^\n]*)*\]"
"""What stands behind the name of a list of values that grows."""
MOST_PARAMETERS = 1_000
DEFAULT_READS_INPUT = "a default cannot read `in`: the shape is known inside the braces"


def bind(
    templates: Sequence[Template], binder_of: Callable[[Template, Choices], Binder] = Binder
) -> None:
    """Bind every definition of a file, whose findings say what is wrong with it."""
    choices = Choices(templates[0].source.size if templates else 0)
    binders = [binder_of(template, choices) for template in templates]
    has_lists = bool(binders) and grows_lists(binders[0].template.source.text)
    if binders and binders[0].template.file_defaults:
        defaults = _defaults(binders[0], binders[0].template.file_defaults)
        for one in binders:
            one.template.defaults = defaults
    for binder in binders:
        _parameters(binder)
    for binder in binders:
        _body(binder, has_lists)
    find_circles(
        {
            one.template: one.sure_calls
            for one in binders
            if one.visible.get(one.template.name) is one.template
        }
    )


def _parameters(binder: Binder) -> None:
    definition = binder.template.definition
    if keyword.iskeyword(definition.name):
        reserved = diagnostics.ReservedName(definition.name, "a word of Python")
        binder.report(reserved, binder.template.heading)
    names: Names = frozenset()
    bound_parameters = []
    for extra in definition.parameters[MOST_PARAMETERS:]:
        rule = f"a definition has at most {MOST_PARAMETERS:,} parameters"
        binder.report(diagnostics.Misplaced(f"`{extra.name}`", rule), extra)
    for parameter in definition.parameters[:MOST_PARAMETERS]:
        start = parameter.start
        name = tree.Name(start, start + len(parameter.name), parameter.name)
        known = binder.declare("parameter", name, names)
        default: Any = parameter.default
        if default is not None:
            light = (binder.template, parameter.name)
            default = binder.expression(default, names, light, DEFAULT_READS_INPUT)
        bound_parameters.append(parameter.replaced(default=default))
        names = known
    binder.template.parameters = tuple(bound_parameters)


def _body(binder: Binder, has_lists: bool) -> None:
    names = frozenset(one.name for one in binder.template.parameters)
    namespace = Namespace(binder.report)
    body = binder.template.definition.body
    if has_lists:
        _start_lists(binder, body, namespace)
    is_model = binder.template.kind == "model"
    kinds = OF_BLOCKS if binder.template.kind == "block" else OF_MODELS
    of_model = [one for one in body.statements if type(one) in kinds]
    others = [one for one in body.statements if type(one) not in kinds]
    named = (tree.Inputs,) if is_model else (tree.Input, tree.Inputs)
    given = [one for one in of_model if type(one) in named]
    inputs = _inputs(binder, given, names, namespace) if given else ()
    own = [one for one in of_model if type(one) is tree.Defaults]
    if own:
        binder.template.defaults = _defaults(binder, own)
    steps = binder.body(others, namespace, names)
    namespace.assign_names()
    models = ModelBinder(binder.template, binder.expressions, of_model, names)
    shapes = models.shapes() if is_model else ()
    numbers = frozenset(step.name for step in steps if type(step) is bound.Number)
    outputs = models.outputs(namespace, numbers)
    pixels, expects = models.pixels(), models.expects(numbers)
    binder.template.body = bound.Body(body, steps, shapes, pixels, *outputs, expects, inputs)


def grows_lists(text: str) -> bool:
    """Whether a list grows in a text. Most tell without a pattern, which takes long to make."""
    behind = (part.lstrip()[:1] for part in text.split("[")[1:])
    return any(first in ("]", "#") for first in behind) and re.search(GROWTH, text) is not None


def _start_lists(binder: Binder, body: tree.Body, namespace: Namespace) -> None:
    """Know the lists of values that grow here."""
    from .lists import Lists  # deferred: few specs have lists of values

    binder.expressions.lists = Lists(body)
    namespace.lists = {}


def _inputs(
    binder: Binder, statements: Iterable[Any], names: Names, namespace: Namespace
) -> tuple[str, ...]:
    """The names of a block's or model's inputs."""
    from .parts import inputs_of  # deferred: few definitions name their inputs

    return inputs_of(binder.template, statements, binder.report, names, namespace)


def _defaults(binder: Binder, statements: Iterable[tree.Defaults]) -> dict[str, Arguments]:
    """The template's defaults with those of statements."""
    from .defaults import defaults_of  # deferred: few files have them

    known = binder.template.defaults
    return defaults_of(statements, binder.expressions, binder.visible, known)
