"""What a call gives, matched with what its op or block takes."""

from __future__ import annotations

from ..diagnostics.names import UnknownAttribute
from ..diagnostics.types import (
    ArgumentTwice,
    MissingArgument,
    PositionalAfterNamed,
    TooManyArguments,
)
from ..record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..ops.base import Op
    from ..syntax import tree
    from .expressions import Report
    from .template import Template


class Signature(Record):
    """What a call of an op or block takes. `text` is how messages write it."""

    owner: str
    known: tuple[str, ...]
    required: tuple[str, ...]
    text: str


def signature_of(callee: type[Op] | Template) -> Signature:
    """The signature, required attributes first: `conv(filters, kernel)`."""
    if isinstance(callee, type):
        takes = {name: one.is_required for name, one in callee.attributes.items()}
    else:
        takes = {one.name: one.default is None for one in callee.parameters}
    required = tuple(name for name, is_required in takes.items() if is_required)
    text = f"{callee.name}({', '.join(required)})" if required else callee.name
    return Signature(callee.name, tuple(takes), required, text)


def match(signature: Signature, call: tree.Call, report: Report) -> dict[str, tree.Argument] | None:
    """Each given argument under its attribute's name, or None after reporting.

    What is missing is reported, and missing in the result.
    """
    owner, known = signature.owner, signature.known
    found: dict[str, tree.Argument] = {}
    failed = seen_named = False
    position = 0
    for argument in call.arguments or ():
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
        if name in found:
            report(ArgumentTwice(owner, name), argument)
            failed = True
            continue
        found[name] = argument
    if position > len(known):
        report(TooManyArguments(owner, len(known), position, signature.text), call)
        failed = True
    if failed:
        return None
    for name in signature.required:
        if name not in found:
            report(MissingArgument(owner, name, signature.text), call)
    return found
