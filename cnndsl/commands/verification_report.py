"""What `cnndsl verify` has found, as text and as JSON."""

from __future__ import annotations

import json
import math

from ..diagnostics.backends import BackendsDiffer
from ..diagnostics.base import Finding
from ..record import Record
from ..report.formats import aligned, counted
from ..report.formats.json_object import place_of
from ..verify.comparison import KINDS, TOLERANCES, mode_name
from .spec import report_findings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from ..ir.network import Network
    from ..project.loading import SpecError
    from ..verify.comparison import Comparison, Difference

FORMAT_VERSION = "1.0"
WHAT = {
    "activations": "the output",
    "outputs": "the output",
    "gradients": "the gradient of `{}`",
    "statistics": "`{}` after a step",
}


class Outcome(Record):
    """What came out for every backend.

    refusals: findings of backends that cannot lower the network
    missing: why a backend was left out, by name
    failures: why a backend broke down, by name
    """

    network: Network
    images: int
    dtypes: tuple[str, ...]
    rows: tuple[Comparison, ...]
    refusals: tuple[SpecError, ...]
    missing: Mapping[str, str]
    failures: Mapping[str, str]
    seconds: float

    @property
    def differences(self) -> list[tuple[Comparison, Difference]]:
        """Each comparison that fails, with its first difference."""
        return [(row, row.first) for row in self.rows if row.first is not None]

    @property
    def agrees(self) -> bool:
        return not (self.differences or self.refusals or self.failures)


# Text


def as_text(outcome: Outcome, quiet: bool) -> str:
    """A table, then what differs; only the latter if `quiet`."""
    text = "" if quiet else heading(outcome) + table(outcome.rows, outcome.dtypes)
    for refusal in outcome.refusals:
        text += report_findings(refusal.findings)
    findings = tuple(finding(row, first) for row, first in outcome.differences)
    if findings:
        text += ("" if quiet else "\n") + report_findings(findings)
    for name, reason in outcome.missing.items():
        text += f"{name}: not verified, {reason}\n"
    if outcome.agrees and not quiet:
        text += closing(outcome)
    return text


def heading(outcome: Outcome) -> str:
    network, cost = outcome.network, outcome.network.cost
    return (
        f"{network.name}: {counted(cost.layers, 'layer')}, {counted(cost.params, 'parameter')}; "
        f"{counted(outcome.images, 'image')} of {network.input_shape}, largest relative errors\n"
        f"against NumPy in float64\n\n"
    )


def table(rows: Sequence[Comparison], dtypes: Sequence[str]) -> str:
    """A line for each comparison, then the tolerances."""
    kinds = [kind for kind in KINDS if any(kind in row.errors for row in rows)]
    lines = [["", "", "", *kinds, ""]]
    for row in rows:
        errors = [f"{row.errors[kind]:.1e}" if kind in row.errors else "-" for kind in kinds]
        verdict = "differs" if row.first is not None else ""
        lines.append([row.backend, row.dtype, mode_name(row.training), *errors, verdict])
    for dtype in dtypes:
        limits = [f"{TOLERANCES[dtype][kind]:.0e}" for kind in kinds]
        lines.append(["tolerance", dtype, "", *limits, ""])
    text = aligned(lines, kinds)
    unseen = {row.backend: row.unseen for row in rows if row.unseen}
    for name, paths in unseen.items():
        some = ", ".join(f"`{path}`" for path in paths[:3]) + (", ..." if len(paths) > 3 else "")
        text += f"{name}: {counted(len(paths), 'layer')} seen only by what follows ({some})\n"
    return text


def finding(row: Comparison, difference: Difference) -> Finding:
    """A difference as a finding at the layer's place in the spec."""
    layer = difference.layer
    diagnostic = BackendsDiffer(
        row.backend,
        f"{row.dtype}, {mode_name(row.training)}",
        layer.path,
        layer.op.name,
        WHAT[difference.kind].format(difference.weight),
        difference.index,
        difference.found,
        difference.expected,
        difference.error,
        difference.tolerance,
    )
    return Finding(diagnostic, layer.template.location(layer.site), (), layer.calls)


def closing(outcome: Outcome) -> str:
    names = sorted({row.backend for row in outcome.rows} | {"numpy"})
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{listed} compute the same ({outcome.seconds:.1f} s)\n"


# JSON


def as_json(outcome: Outcome) -> str:
    """All that is known, as one object; a number that is not finite is null."""
    network = outcome.network
    whole = {
        "format_version": FORMAT_VERSION,
        "model": network.name,
        "input": list(network.input_shape.dims),
        "images": outcome.images,
        "layers": network.cost.layers,
        "params": network.cost.params,
        "agree": outcome.agrees,
        "tolerances": {dtype: TOLERANCES[dtype] for dtype in outcome.dtypes},
        "comparisons": [comparison_object(row) for row in outcome.rows],
        "refusals": [
            {
                "code": one.diagnostic.code,
                "message": one.diagnostic.message,
                **place_of(one.location),
            }
            for refusal in outcome.refusals
            for one in refusal.findings
        ],
        "missing": dict(outcome.missing),
        "failures": dict(outcome.failures),
        "seconds": round(outcome.seconds, 3),
    }
    return json.dumps(whole, indent=2, allow_nan=False) + "\n"


def comparison_object(row: Comparison) -> dict[str, Any]:
    return {
        "backend": row.backend,
        "dtype": row.dtype,
        "mode": mode_name(row.training),
        "errors": {kind: finite(error) for kind, error in row.errors.items()},
        "first_difference": None if row.first is None else difference_object(row, row.first),
        "unseen": list(row.unseen),
    }


def difference_object(row: Comparison, difference: Difference) -> dict[str, Any]:
    layer = difference.layer
    return {
        "layer": layer.path,
        "op": layer.op.name,
        "kind": difference.kind,
        "weight": difference.weight,
        "index": list(difference.index),
        "found": finite(difference.found),
        "expected": finite(difference.expected),
        "error": finite(difference.error),
        "tolerance": difference.tolerance,
        **place_of(finding(row, difference).location),
    }


def finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
