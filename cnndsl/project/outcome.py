"""What a run of `check` found: the specs that it read, and the findings."""

from __future__ import annotations

import os

from ..diagnostics.base import errors_of
from ..record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..diagnostics.base import Finding
    from ..ir.network import Cost, Network
    from ..text import Source
    from ..values import Shape


class CheckedModel(Record):
    """A model that holds: its shapes and what it costs."""

    name: str
    inputs: tuple[tuple[str, Shape], ...]
    outputs: tuple[tuple[str, Shape], ...]
    cost: Cost
    training_outputs: int = 0

    @property
    def shown_inputs(self) -> str:
        """The shape of the input as text, or those of several with their names."""
        return shown(self.inputs)

    @property
    def shown_outputs(self) -> str:
        """The shapes of outputs as text: `10`, or with their names `main 10, side 2`."""
        kept = len(self.outputs) - self.training_outputs
        return shown(self.outputs[:kept]) + (
            f"; in training {_named(self.outputs[kept:])}" if self.training_outputs else ""
        )


class CheckedSpec(Record):
    """One file: the models that hold, how many blocks and recipes it has, and what is wrong.

    `ignored` counts the findings that the options leave out.
    """

    name: str
    models: tuple[CheckedModel, ...]
    blocks: int
    findings: tuple[Finding, ...]
    ignored: int = 0
    recipes: int = 0


class Report(Record):
    """All that one run has to say. `failures` are files that could not be checked at all."""

    specs: tuple[CheckedSpec, ...]
    failures: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings; one in a file that several specs import counts once."""
        unique: dict[object, Finding] = {}
        for spec in self.specs:
            for finding in spec.findings:
                location = finding.location
                path = location.source.path
                file = os.path.realpath(path) if path else location.source.name
                key = (file, location.start, location.end, finding.diagnostic)
                unique.setdefault(key, finding)
        return tuple(unique.values())

    @property
    def error_count(self) -> int:
        """With those that are left out."""
        return sum(1 + one.more for one in errors_of(self.findings))

    @property
    def warning_count(self) -> int:
        return sum(1 + one.more for one in self.findings) - self.error_count

    @property
    def ignored(self) -> int:
        return sum(spec.ignored for spec in self.specs)


class Style(Record):
    """How a report looks: with colour, and with or without the line that sums it up."""

    color: bool = False
    quiet: bool = False


PLAIN = Style()

MOST_LISTED = 20
"""How many findings of one code in one file are listed."""


def listed(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings to list: the first of each code in a file, the last of which counts the rest."""
    kept: list[Finding] = []
    seen: dict[tuple[Source, str], int] = {}
    last: dict[tuple[Source, str], int] = {}
    for one in findings:
        kind = one.location.source, one.diagnostic.code
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] <= MOST_LISTED:
            last[kind] = len(kept)
            kept.append(one)
    for kind, place in last.items():
        if seen[kind] > MOST_LISTED:
            kept[place] = kept[place].replaced(more=seen[kind] - MOST_LISTED)
    return tuple(kept)


def checked_model(network: Network) -> CheckedModel:
    """What a report says of a network that holds."""
    outputs, training_outputs = output_shapes(network), network.training_outputs
    return CheckedModel(network.name, network.inputs, outputs, network.cost, training_outputs)


def output_shapes(network: Network) -> tuple[tuple[str, Shape], ...]:
    """Name and shape of each output, without walking the whole network."""
    scope = network.scope
    return tuple(
        (name, shape) for (name, _), shape in zip(scope.outputs, scope.output_shapes, strict=True)
    )


def shown(values: tuple[tuple[str, Shape], ...]) -> str:
    """The shapes of inputs or outputs, with their names where there are several."""
    return _named(values) if len(values) > 1 else str(values[0][1])


def _named(values: tuple[tuple[str, Shape], ...]) -> str:
    return ", ".join(f"{name} {shape}" for name, shape in values)
