"""Arguments to attributes: what a call gives, matched with what its op or block takes."""

from __future__ import annotations

from ..diagnostics.names import UnknownAttribute
from ..diagnostics.types import (
    ArgumentTwice,
    BadOperation,
    MissingArgument,
    PositionalAfterNamed,
    TooManyArguments,
    WrongValue,
)
from ..ops.base import WrongKind
from ..values import describe
from .evaluate import EvaluationFailed, UnknownShape, evaluate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from ..diagnostics.base import Diagnostic
    from ..ops.base import Op
    from ..syntax import tree
    from ..values import Value
    from .template import Template

    Arguments: TypeAlias = list[tuple[tree.Argument, Value]]
    Report: TypeAlias = Callable[[Diagnostic, tree.Node], None]


def op_signature(op_class: type[Op]) -> str:
    """How the op is called, required attributes first: `conv(filters, kernel, stride=...)`."""
    required = [name for name, one in op_class.attributes.items() if one.is_required]
    return f"{op_class.name}({', '.join(required)})" if required else op_class.name


def template_signature(template: Template) -> str:
    required = [one.name for one in template.parameters if one.default is None]
    return f"{template.name}({', '.join(required)})" if required else template.name


def match(
    owner: str,
    known: tuple[str, ...],
    signature: str,
    call: tree.Call,
    given: Arguments,
    report: Report,
) -> dict[str, tuple[tree.Argument, Value]] | None:
    """Each given argument under its attribute's name, or None after reporting."""
    bound: dict[str, tuple[tree.Argument, Value]] = {}
    failed = False
    seen_named = False
    position = 0
    for argument, value in given:
        name = argument.name
        if name is None:
            if seen_named:
                report(PositionalAfterNamed(owner), argument)
                failed = True
                continue
            position += 1
            if position > len(known):
                continue
            name = known[position - 1]
        else:
            seen_named = True
            if name not in known:
                report(UnknownAttribute(owner, name, known), argument)
                failed = True
                continue
        if name in bound:
            report(ArgumentTwice(owner, name), argument)
            failed = True
            continue
        bound[name] = (argument, value)
    if position > len(known):
        report(TooManyArguments(owner, len(known), position, signature), call)
        failed = True
    return None if failed else bound


def bind_op(op_class: type[Op], call: tree.Call, given: Arguments, report: Report) -> Op | None:
    """The op with its attributes, or None after reporting."""
    signature = op_signature(op_class)
    bound = match(op_class.name, tuple(op_class.attributes), signature, call, given, report)
    if bound is None:
        return None
    values: dict[str, Value] = {}
    failed = False
    for name, attribute in op_class.attributes.items():
        if name not in bound:
            if attribute.is_required:
                report(MissingArgument(op_class.name, name, signature), call)
                failed = True
            continue
        argument, value = bound[name]
        try:
            values[name] = attribute.kind.accept(value)
        except WrongKind as wrong:
            what = f"{op_class.name}'s `{name}`"
            report(WrongValue(what, str(wrong), describe(value)), argument.value)
            failed = True
    return None if failed else op_class(**values)


def default_of(parameter: tree.Parameter, names: Mapping[str, Value]) -> Value:
    """A parameter's default, which may use the parameters before it."""
    if parameter.default is None:
        raise KeyError(parameter.name)
    try:
        return evaluate(parameter.default, names, None)
    except UnknownShape:
        reason = "a default cannot read `in`: the shape is known inside the braces"
        raise EvaluationFailed(BadOperation(reason), parameter.default) from None


def bind_template(
    template: Template, call: tree.Call, given: Arguments, report: Report
) -> dict[str, Value] | None:
    """The block's parameters with their values, or None after reporting.

    Raises `EvaluationFailed` for a default without a value: a mistake at the block, not the call.
    """
    known = tuple(parameter.name for parameter in template.parameters)
    signature = template_signature(template)
    bound = match(template.name, known, signature, call, given, report)
    if bound is None:
        return None
    values: dict[str, Value] = {}
    for parameter in template.parameters:
        if parameter.name in bound:
            values[parameter.name] = bound[parameter.name][1]
        elif parameter.default is None:
            report(MissingArgument(template.name, parameter.name, signature), call)
            return None
        else:
            values[parameter.name] = default_of(parameter, values)
    return values
