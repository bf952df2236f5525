"""What the entries of a file are called: the choice among several sets, prefixes, other names."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice

from ..diagnostics.base import choice
from ..record import Record
from ..report.formats import counted
from .screen import WeightFileError, told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from .screen import Entry

PREFERRED = (
    "state_dict",
    "model",
    "model_state_dict",
    "model_state",
    "net",
    "network",
    "weights",
    "params",
    "ema",
    "state_dict_ema",
    "model_ema",
    "ema_model",
    "ema_state_dict",
    "model_ema_state_dict",
    "params_ema",
)
"""What training scripts call the set of weights, the one to be read first in front."""
WRAPPERS = frozenset(
    {"module", "_orig_mod", "_forward_module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"}
)
"""What wrappers of modules (parallel, compiled, sharded ones) put before names, at any depth."""
PREFIXES = (*sorted(WRAPPERS), "model", "net", "network", "backbone", "state_dict")
"""What stands before every name where the network was a part of something."""
SEPARATORS = "./["
PART = re.compile(r"[^./\[]*[./\[]|[^./\[]+")
"""A part of a name, with the separator behind it."""
FEW = 3
"""How many layers a hint names."""
MOST_TRIED = 500
"""How many names a hint compares."""


def silent(_text: str) -> None:
    """Tell nobody."""


class Request(Record):
    """How a file is to be read.

    entry: which of several sets of weights
    renames: pairs of the beginning of names, and what stands there instead
    any_architecture: whether a file may describe other layers than the network's
    is_mapped: whether a map says which entry is which weight
    tell, warn: receive, in a line, what was decided and what may be amiss
    """

    entry: str | None = None
    renames: tuple[tuple[str, str], ...] = ()
    tell: Callable[[str], None] = silent
    warn: Callable[[str], None] = silent
    any_architecture: bool = False
    is_mapped: bool = False


def prepared(
    path: str,
    sets: Mapping[str, Mapping[str, Entry]],
    wanted: Collection[str],
    request: Request,
) -> dict[str, Entry]:
    """Return the entries of the chosen set by the names that the network is to find them by.

    sets: by name, as `ema.state_dict`; the file's outermost is called ""
    wanted: names that the network has; none where there is no network
    """
    entries = chosen(path, sets, wanted, request)
    names = renamed(path, unwrapped(list(entries), wanted, request), request.renames)
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise WeightFileError(f"{told(path)} has {told(twice[0])} twice, once names are changed")
    return {
        name: one.replaced(name=name) for name, one in zip(names, entries.values(), strict=True)
    }


def chosen(
    path: str,
    sets: Mapping[str, Mapping[str, Entry]],
    wanted: Collection[str],
    request: Request,
) -> Mapping[str, Entry]:
    """Return one of a file's sets of entries: the one asked for, or the first that is known."""
    groups = grouped(sets.get("", {}))
    if request.entry is not None:
        return asked_for(path, {**groups, **sets}, request.entry)
    own = groups.keys() & {*PREFERRED} - firsts(wanted)
    if sets.keys() == {""} and len(own) > 1:
        sets = {name: groups[name] for name in groups if name in own}
    if len(sets) == 1:
        return next(iter(sets.values()))
    names = [name for name in sets if name]
    listed = ", ".join(map(told, names))
    known = [name for word in PREFERRED for name in names if name.split(".")[0] == word]
    if not known and "" not in sets:
        raise WeightFileError(
            f"{told(path)} holds several sets of weights: {listed}", "`--entry NAME` chooses one"
        )
    best = known[0] if known else ""
    said = f"`{told(best)}`" if best else "the outermost names"
    request.tell(f"read {said} of {listed}; `--entry NAME` chooses another")
    return sets[best]


def asked_for(path: str, sets: Mapping[str, Mapping[str, Entry]], name: str) -> Mapping[str, Entry]:
    """Return the set of that name, or raise WeightFileError."""
    if name in sets and name:
        return sets[name]
    names = [told(one) for one in sets if one]
    advice = choice(name, names[:20]) if names else "read it without `--entry`"
    raise WeightFileError(f"{told(path)} has no entry {told(name)}", advice)


def firsts(names: Iterable[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def grouped(entries: Mapping[str, Entry]) -> dict[str, dict[str, Entry]]:
    """Return entries by the first part of their names, as sets that `--entry` can choose."""
    found: dict[str, dict[str, Entry]] = {}
    for name, entry in entries.items():
        first, separator, rest = name.partition(".")
        if separator:
            found.setdefault(first, {})[rest] = entry
    return found


def unwrapped(names: Sequence[str], wanted: Collection[str], request: Request) -> list[str]:
    """Return the names without what wrappers put into them, unless the network has it, too."""
    own = {part for name in wanted for part in name.split(".")[:-1]}
    found = [without(name, WRAPPERS - own) for name in names]
    removed = dict.fromkeys(
        part
        for before, after in zip(names, found, strict=True)
        if before != after
        for part in before.split(".")
        if part in WRAPPERS - own
    )
    starts = firsts(wanted)
    while (prefix := common_prefix(found, wanted)) and prefix not in starts:
        found = [name.removeprefix(f"{prefix}.") for name in found]
        removed[prefix] = None
    if removed:
        listed = ", ".join(f"`{part}.`" for part in removed)
        request.tell(f"left out of the names in the file: {listed}")
    return found


def without(name: str, parts: Collection[str]) -> str:
    """Return a name without some of its parts, of which the last is never one."""
    *before, last = name.split(".")
    return ".".join([*(part for part in before if part not in parts), last])


def common_prefix(names: Sequence[str], wanted: Collection[str]) -> str | None:
    """Return the known prefix that all names have, or all that the network wants."""
    for prefix in PREFIXES:
        have = {name.removeprefix(f"{prefix}.") for name in names if name.startswith(f"{prefix}.")}
        rest = {name for name in names if not name.startswith(f"{prefix}.")}
        fits = have and not rest & have and (not rest or any(name in have for name in wanted))
        if fits and not any(name in wanted for name in rest):
            return prefix
    return None


def renamed(path: str, names: Sequence[str], renames: Iterable[tuple[str, str]]) -> list[str]:
    """Return the names, of which some begin otherwise.

    Raises `WeightFileError` for a beginning that no name has.
    """
    found = list(names)
    for old, new in renames:
        begin = [begins(name, old) for name in found]
        if not any(begin):
            known = [told(one) for one in sorted(firsts(found))[:20]]
            raise WeightFileError(
                f"`--rename {told(old)}=...`: no name in {told(path)} begins so",
                choice(old, known) if known else None,
            )
        found = [
            new + name[len(old) :] if does else name
            for name, does in zip(found, begin, strict=True)
        ]
    return found


def begins(name: str, old: str) -> bool:
    """Return whether a name begins with whole parts: `fc` is the beginning of `fc.bias` alone."""
    if not name.startswith(old):
        return False
    return not old or old[-1] in SEPARATORS or name[len(old) : len(old) + 1] in ("", *SEPARATORS)


def hint(
    troubled: Collection[str],
    missing: Mapping[str, tuple[int, ...]],
    extra: Mapping[str, Entry],
) -> str:
    """Return which options would help, ready to be pasted.

    troubled: keys of the weights that are missing, or of another shape or type
    missing: shapes by the names under which the file should have weights
    extra: the file's entries that nobody wants
    """
    if missing and extra:
        (old, new), count = renaming_between(missing, extra)
        if count and 2 * count >= min(len(missing), MOST_TRIED):
            return f"`--rename {pasted(f'{old}={new}')}` finds {counted(count, 'weight')} more"
        if [entry.shape for entry in extra.values()] == list(missing.values()):
            return "the shapes agree in their order: `--by-order` pairs them so"
    layers, ending = dict.fromkeys(key.rpartition("/")[0] for key in troubled), "/.*"
    if len(layers) > FEW:
        layers, ending = dict.fromkeys(one.partition(".")[0] for one in layers), "[./].*"
    spare = dict.fromkeys(PART.findall(f"{one} ")[0].rstrip() for one in extra)
    if missing and extra and max(len(layers), len(spare)) > FEW:
        return "`--rename OLD=NEW` or `--map FILE` says which is which"
    drawn = f"`{flags('--allow-missing', layers, ending)}` draws anew what matches"
    left = f"`{flags('--allow-extra', spare, '.*')}` leaves aside what matches"
    advice = " and ".join([*([drawn] if layers else []), *([left] if spare else [])])
    return f"for transfer learning, {advice}" if layers else advice


def renaming_between(
    missing: Mapping[str, tuple[int, ...]], extra: Mapping[str, Entry]
) -> tuple[tuple[str, str], int]:
    """Return the beginnings OLD and NEW that would make most entries fit, and how many."""
    found = Counter(
        pair
        for name, shape in islice(missing.items(), MOST_TRIED)
        for other, entry in islice(extra.items(), MOST_TRIED)
        if entry.shape == shape and (pair := beginnings(other, name)) is not None
    )
    return found.most_common(1)[0] if found else (("", ""), 0)


def beginnings(old: str, new: str) -> tuple[str, str] | None:
    """Return what stands before the last parts, which two names have in common, if they do."""
    mine, theirs = PART.findall(old), PART.findall(new)
    shared = 0
    for one, other in zip(reversed(mine), reversed(theirs), strict=False):
        if one != other:
            break
        shared += 1
    if not shared:
        return None
    return "".join(mine[: len(mine) - shared]), "".join(theirs[: len(theirs) - shared])


def flags(option: str, names: Collection[str], ending: str) -> str:
    """Return an option for each name, as a pattern; for too many names, once."""
    if len(names) > FEW:
        return f"{option} PATTERN"
    return " ".join(f"{option} {pasted(re.escape(one) + ending)}" for one in names)


def pasted(text: str) -> str:
    """Return a text as a shell takes it."""
    return "'{}'".format(told(text).replace("'", "'\\''"))
