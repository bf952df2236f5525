"""Values for a model's parameters, from the command line (`--set k=v`) and from Python."""

from __future__ import annotations

import functools

from ..diagnostics.base import Failure
from ..diagnostics.names import UnknownName
from ..diagnostics.types import TooManySteps
from ..semantics.evaluate import evaluate
from ..semantics.expressions import Choices, ExpressionBinder
from ..syntax.lexer import SyntaxFailure, tokenize
from ..syntax.parser import parse
from ..text import Source
from ..values import LayerValue, ListValue, Padding, Shape, Size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ..diagnostics.base import Diagnostic
    from ..semantics.template import Template
    from ..semantics.words import Light
    from ..syntax.tree import Expression
    from ..values import Value

LONGEST = 10_000
READS_INPUT = "a parameter cannot read `in`: no shape is known yet"
OPENING, CLOSING = "model m(value = ", "\n) { }"


class ParameterError(Failure, ValueError):
    """A parameter value that the language does not have."""


def parse_settings(
    settings: Iterable[str], model: Callable[[], Template | None] = lambda: None
) -> dict[str, Value]:
    """The values of `--set` options, each `NAME=VALUE`. Raises `ParameterError`.

    `model` finds the model that they are for, asked once a word is unknown: then the error says
    what the parameter takes.
    """
    values: dict[str, Value] = {}
    choices = Choices()
    for setting in settings:
        name, equals, text = setting.partition("=")
        name = name.strip()
        if not equals or not name.isidentifier():
            shown = setting if len(setting) <= 60 else setting[:57] + "..."
            raise ParameterError(f"`--set {shown}` sets nothing", "write `--set NAME=VALUE`")
        if name in values:
            raise ParameterError(f"`--set` gives `{name}` twice")
        try:
            values[name] = parse_value(text, functools.partial(_light, model, name), choices)
        except ParameterError as bad:
            raise ParameterError(f"`--set {name}`: {bad.message}", bad.advice) from None
    return values


def _light(find: Callable[[], Template | None], name: str) -> Light | None:
    """The model's parameter, if it has one of that name."""
    model = find()
    if model is None or all(one.name != name for one in model.parameters):
        return None
    return model, name


def parse_value(
    text: str, light: Callable[[], Light | None] = lambda: None, choices: Choices | None = None
) -> Value:
    """The value of one expression of the language, such as `6`, `3x3` or `[64, 128]`.

    All that have the same `choices` share the steps of one file. Raises `ParameterError`.
    """
    if len(text) > LONGEST:
        raise ParameterError("this value is too long")
    if not text.strip():
        raise ParameterError("the value is empty", "write `NAME=VALUE`, such as `classes=6`")
    try:
        found: list[Diagnostic] = []

        def report(one: Diagnostic, _node: object) -> None:
            found.append(one)

        written = _expression(text)
        binder = ExpressionBinder(report, None, choices, takes_layers=True)
        expression = binder.bind(written, frozenset(), None, READS_INPUT)
        if not found:
            return evaluate(expression, {}, None)
        if isinstance(found[0], TooManySteps):
            raise ParameterError("this value takes too many steps")
        if isinstance(found[0], UnknownName):
            found.clear()
            known = ExpressionBinder(report, None, choices)
            known.bind(written, frozenset(), light(), READS_INPUT)
        raise ParameterError(found[0].message, found[0].help)
    except RecursionError:
        raise ParameterError("this value is nested too deeply") from None


def _expression(text: str) -> Expression:
    """The syntax tree of an expression, parsed as a parameter's default.

    The text is read alone first, so that it cannot close the brackets around it.
    """
    shown = text.strip() if len(text) <= 60 else text[:57].strip() + "..."
    try:
        kinds = [token.kind for token in tokenize(Source("value", text)) if token.text.strip()]
        tree = parse(Source("value", f"{OPENING}{text}{CLOSING}"))
    except SyntaxFailure as failure:
        finding = failure.findings[0]
        reason = finding.diagnostic.message
        if finding.location.start >= len(OPENING) + len(text):
            reason = "it ends too early"
        raise ParameterError(f"`{shown}` is no value: {reason}", finding.diagnostic.help) from None
    parameters = tree.definitions[0].parameters if tree.definitions else ()
    if len(parameters) != 1 or parameters[0].default is None or kinds[-1:] in ([], ["COMMA"]):
        raise ParameterError(f"`{shown}` is not one value", "write a list as `[1, 2]`")
    return parameters[0].default


def from_python(values: Mapping[str, object]) -> dict[str, Value]:
    """Python values as values of the language. Raises `ParameterError` or `TypeError`.

    Text stands for an expression of the language: `"same"`, `"3x3"`, `"2 * 64"`.
    """
    return {name: _from_python(name, value) for name, value in values.items()}


def _from_python(name: str, value: object) -> Value:
    if value is None or isinstance(value, bool | int | Size | Shape | Padding | LayerValue):
        return value
    if isinstance(value, float):
        if value - value != 0:
            raise ParameterError(f"`{name}` is {value}, which is no number of the language")
        return value
    if isinstance(value, str):
        try:
            return parse_value(value)
        except ParameterError as bad:
            raise ParameterError(f"`{name}`: {bad.message}", bad.advice) from None
    if isinstance(value, list | tuple):
        items = [_from_python(name, item) for item in value]
        return ListValue(items) if isinstance(value, list) else tuple(items)
    raise TypeError(
        f"`{name}` is a {type(value).__name__}; parameters are numbers, booleans, None, text "
        "(an expression of the language), lists and tuples"
    )
