"""From the sources that `cnndsl diff` is given to what differs between their networks."""

from __future__ import annotations

from ..api import network_of
from ..diagnostics.base import SpecError
from ..project.loading import Loader, check_models
from ..report.differences import difference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    from ..ir.network import Network
    from ..report.differences import Difference
    from ..text import Source
    from ..values import Value

    Pair: TypeAlias = tuple[Difference, Network | None, Network | None]


def networks(source: Source, model: str | None, values: Mapping[str, Value]) -> dict[str, Network]:
    """The networks of a source by name: all of them, or the model that is meant.

    Raises `SpecError`.
    """
    if not source.text.strip():
        return {}
    wanted = model or source.model
    module = Loader().module(source)
    if wanted or len(module.models) < 2:
        found: Sequence[Network] = (network_of(source, wanted, values)[0],)
    else:
        findings, found = check_models(module, module.models, values)
        if findings:
            raise SpecError(findings)
    return {one.name: one for one in found}


def compared(before: Mapping[str, Network], after: Mapping[str, Network]) -> list[Pair]:
    """What differs between networks of one name, or between two that stand alone."""
    if len(before) == len(after) == 1:
        after = {name: one for name in before for one in after.values()}
    names = dict.fromkeys((*before, *after))
    pairs = [
        (difference(one, before.get(one), after.get(one)), before.get(one), after.get(one))
        for one in names
    ]
    return [one for one in pairs if not one[0].is_empty]
