"""`docs/coverage.md`: which architectures of timm can be written, and what the others lack.

The facts are a file of the tests: each family's architectures with what they need. That is an op by
its name, a construct with a spec that checks where the language has it, or what is wanted.
"""

from __future__ import annotations

import json
from collections import Counter

from ..diagnostics.base import errors_of
from ..ops import OPS
from ..project.loading import Loader, check_module
from ..record import Record
from ..text import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import Any

DATA = "tests/data/timm_families.json"
HEADING = """\
# Coverage

The convolutional and hybrid families of
[{source}](https://github.com/huggingface/pytorch-image-models), and how many of their architectures
can be written in cnndsl: {written} of {all} in {families} families, {share} %.
Architectures are the names that `timm.create_model` takes.

`python -m cnndsl.generate` writes this page from the ops that there are and from
`{data}`, which says what each architecture needs: by its model file where that was
read, by its paper elsewhere.
One can be written if all its layers have the same formula here, for its published input size.
Whether the zoo has it and its weights load is another matter.
"""


class Coverage(Record):
    """The architectures of a family, and what those lack that cannot be written."""

    family: str
    count: int
    lacks: Mapping[str, tuple[str, ...]]
    """What is missing, by the architecture."""

    @property
    def written(self) -> int:
        return self.count - len(self.lacks)


def coverage_page(root: Path) -> str:
    """The whole page in Markdown. Raises `ValueError` for needs that the data does not explain."""
    data = json.loads((root / DATA).read_text(encoding="utf-8"))
    lacking = missing_needs(data)
    found = [coverage(one, lacking) for one in data["families"]]
    count, written = sum(one.count for one in found), sum(one.written for one in found)
    facts = {"written": written, "all": count, "share": f"{100 * written / count:.0f}"}
    heading = HEADING.format(source=data["source"], families=len(found), data=DATA, **facts)
    return "\n".join([heading, *families(found), *missing(found, data), *constructs(data)])


def missing_needs(data: Mapping[str, Any]) -> frozenset[str]:
    """The needs that neither an op nor a construct fulfils."""
    named = {
        need
        for family in data["families"]
        for group in family["architectures"]
        for need in group["needs"].split()
    }
    holding = {name for name, one in data["constructs"].items() if holds(one["spec"])}
    unknown = named - OPS.keys() - data["constructs"].keys() - data["wanted"].keys()
    if unknown:
        raise ValueError(f"nothing explains {', '.join(sorted(unknown))}")
    return frozenset(named - OPS.keys() - holding)


def holds(spec: Iterable[str]) -> bool:
    """Whether a spec, given in lines, has no errors."""
    return not errors_of(check_module(Loader().module(Source("construct.cnn", "\n".join(spec)))))


def coverage(family: Mapping[str, Any], missing: frozenset[str]) -> Coverage:
    lacks: dict[str, tuple[str, ...]] = {}
    count = 0
    for group in family["architectures"]:
        names = group["names"].split()
        count += len(names)
        lacking = tuple(need for need in group["needs"].split() if need in missing)
        lacks |= dict.fromkeys(names, lacking) if lacking else {}
    return Coverage(family["family"], count, lacks)


def families(found: Iterable[Coverage]) -> Iterator[str]:
    """The table of families, with what is missing and for how many of each."""
    yield "| family | architectures | can be written | missing |\n|---|---|---|---|"
    for one in found:
        needs = Counter(need for lacking in one.lacks.values() for need in lacking)
        lacking = ", ".join(f"`{need}` ({count})" for need, count in needs.items())
        yield f"| {one.family} | {one.count} | {one.written} | {lacking} |"


def missing(found: Iterable[Coverage], data: Mapping[str, Any]) -> Iterator[str]:
    """The table of what is missing: what it is, who needs it, and who needs nothing else."""
    lacks = [lacking for one in found for lacking in one.lacks.values()]
    needs = Counter(need for lacking in lacks for need in lacking)
    alone = Counter(lacking[0] for lacking in lacks if len(lacking) == 1)
    meanings = data["wanted"] | {name: one["meaning"] for name, one in data["constructs"].items()}
    yield "\n## What is missing\n"
    yield "| missing | what it is | architectures | that lack nothing else |\n|---|---|---|---|"
    for need, count in needs.most_common():
        yield f"| `{need}` | {meanings[need]} | {count} | {alone[need]} |"


def constructs(data: Mapping[str, Any]) -> Iterator[str]:
    """What is written with several ops, or with more than an op, with a spec for each."""
    yield "\n## Constructs\n"
    for name, one in data["constructs"].items():
        has = holds(one["spec"])
        yield f"`{name}`: {one['meaning']}{'' if has else ' (missing)'}.\n"
        if has:
            yield "\n".join(["```cnn", *one["spec"], "```\n"])
