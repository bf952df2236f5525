"""The channels of several values that go side by side through loops, repeats and branches."""

from __future__ import annotations

from . import python
from .choices import choice_of, mentions, same
from .formulas import known_value
from .growth import ENTRY, VARIABLE, grown
from .items import only_branch
from .outline import ForItem, IfItem, RepeatItem, SequenceItem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .amounts import Amount
    from .channels import Flow, Line, Place
    from .environment import Environment

SEVERAL = frozenset({SequenceItem, RepeatItem, ForItem, IfItem})
"""What several values can go through, besides calls."""


def several(flow: Flow, item: Any, place: Place) -> Line:
    """The channels of all values behind an item, one by one as far as symbols can say them."""
    if isinstance(item, SequenceItem):
        return flow.through(item.items, place.apart().at(*place.line)).line
    if isinstance(item, IfItem):
        return _behind_branches(flow, item, place)
    environments = _turns(item, place.environment)
    if environments is None:
        return _behind_unknown_turns(flow, item, place)
    line = place.line
    for environment in environments:
        before, line = line, after_turn(flow, item, place.at(*line), environment)
        if isinstance(item, RepeatItem) and is_same_line(before, line):
            break
    return line


def after_turn(
    flow: Flow, item: RepeatItem | ForItem, place: Place, environment: Environment
) -> Line:
    """The channels behind one turn."""
    turn = place.apart(environment).at(*place.line)
    return flow.through(item.items, turn.entered() if isinstance(item, ForItem) else turn).line


def is_same_line(one: Line, other: Line) -> bool:
    """Whether channels are the same, or unknown alike."""
    pairs = zip(one, other, strict=True)
    return all(same(*pair) or pair == (None, None) for pair in pairs)


def _behind_branches(flow: Flow, item: IfItem, place: Place) -> Line:
    only = only_branch(item, place.environment)
    if only is not None:
        return flow.through(only, place.entered()).line
    then, otherwise = (
        flow.through(one, place.copied().entered()).line for one in (item.then, item.otherwise)
    )
    condition = flow.condition(item, place)
    return tuple(
        [choice_of(one, condition, other) for one, other in zip(then, otherwise, strict=False)]
    )


def _turns(item: RepeatItem | ForItem, environment: Environment) -> list[Environment] | None:
    """What is known in each turn; None where nobody knows how many there are."""
    known = known_value(item.count if isinstance(item, RepeatItem) else item.iterable, environment)
    if known is None:
        return None
    if isinstance(item, RepeatItem):
        return [environment] * int(known[0])
    found = []
    for value in known[0]:
        values = (value,) if len(item.targets) == 1 else value
        found.append(environment.settled(dict(zip(item.targets, values, strict=True))))
    return found


def _behind_unknown_turns(flow: Flow, item: RepeatItem | ForItem, place: Place) -> Line:
    """What stays as it is in every turn, or is the same behind each if there is always one."""
    environment = place.environment
    if isinstance(item, ForItem):
        environment = environment.extended({name: python.name(VARIABLE) for name in item.targets})
    once = after_turn(flow, item, place, environment)
    twice = after_turn(flow, item, place.at(*once), environment)
    is_once = is_same_line(once, twice) and flow.always_turns(item)
    found: list[Amount | None] = []
    for number, (before, one, other) in enumerate(zip(place.line, once, twice, strict=True)):
        stays = same(one, other) and (is_once or same(one, before))
        found.append(one if stays else _grown(flow, item, place, number, once, environment))
    return tuple([None if mentions(one, (VARIABLE,)) else one for one in found])


def _grown(
    flow: Flow,
    item: RepeatItem | ForItem,
    place: Place,
    number: int,
    once: Line,
    environment: Environment,
) -> Amount | None:
    """The channels of one of the values, if each turn adds as many to them as the others.

    What it adds may be another value, which is the same behind the first turn, or else it is not.
    """
    entry = python.name(ENTRY)
    ends = []
    for line in (place.line, once):
        before = place.at(*line[:number], entry, *line[number + 1 :])
        ends.append(after_turn(flow, item, before, environment)[number])
    before_all, behind = place.line[number], ends[0]
    if before_all is None or behind is None or not same(*ends):
        return None
    return grown(before_all, behind, item, environment)
