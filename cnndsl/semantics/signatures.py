"""What calls of ops and blocks take: their signatures, and arguments matched to them."""

from __future__ import annotations

from .. import diagnostics
from ..ops.base import call_form
from ..record import Record
from ..syntax import tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from ..diagnostics.base import Diagnostic
    from .expressions import Report
    from .words import Owner


class Signature(Record):
    """What a call of an op or block takes. `text` is how messages write it."""

    owner: str
    known: tuple[str, ...]
    required: tuple[str, ...]
    text: str
    callee: Owner


def signature_of(callee: Owner) -> Signature:
    """The signature, required attributes first: `conv(filters, kernel)`."""
    required = tuple(name for name, one in callee.attributes.items() if one.is_required)
    text = getattr(callee, "written", "") or call_form(callee.name, callee.attributes)
    return Signature(callee.name, tuple(callee.attributes), required, text, callee)


def match(
    signature: Signature, call: tree.Call, report: Report, needs_all: bool = True
) -> dict[str, tree.Argument] | None:
    """Each given argument under its attribute's name, or None after reporting.

    What is missing is reported where all are needed, and missing in the result.
    """
    owner, known = signature.owner, signature.known
    found: dict[str, tree.Argument] = {}
    faults: list[tuple[Diagnostic, tree.Node]] = []
    unknown: list[tree.Argument] = []
    seen_named = False
    position = 0
    for argument in call.arguments or ():
        name = argument.name
        if name is not None:
            seen_named = True
        elif seen_named:
            faults.append((diagnostics.PositionalAfterNamed(owner), argument))
            continue
        else:
            position += 1
            if position > len(known):
                continue
            name = known[position - 1]
        if name not in known:
            unknown.append(argument)
        elif name in found:
            faults.append((diagnostics.ArgumentTwice(owner, name), argument))
        else:
            found[name] = argument
    if position > len(known):
        faults.append((diagnostics.TooManyArguments(owner, known, position), call))
    if unknown:
        faults += _unknown_attributes(signature, set(found), unknown)
    for diagnostic, node in faults:
        report(diagnostic, node)
    if faults:
        return None
    if needs_all:
        need(signature, found, call, report)
    return found


def need(signature: Signature, given: Container[str], call: tree.Call, report: Report) -> None:
    """Report what is missing in a call."""
    for name in signature.required:
        if name not in given:
            report(_missing(signature, name), call)


def _missing(signature: Signature, name: str) -> Diagnostic:
    from .words import missing_argument  # deferred: for a missing argument alone

    return missing_argument(signature, name)


def _unknown_attributes(
    signature: Signature, given: set[str], unknown: Iterable[tree.Argument]
) -> list[tuple[Diagnostic, tree.Node]]:
    from .words import unknown_attribute  # deferred: for an unknown attribute alone

    return [(unknown_attribute(signature, given, one), one) for one in unknown]
