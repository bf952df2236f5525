"""What `cnndsl verify` has found, as text and as JSON."""

from __future__ import annotations

import json
import math

from ..diagnostics.backends import BackendBreaks, BackendBuildsOtherwise, BackendsDiffer
from ..diagnostics.base import Finding, Note
from ..project.outcome import shown
from ..record import Record
from ..report.formats import aligned, counted
from ..report.formats.json_object import place_of
from ..verify.differences import KINDS, TOLERANCES
from .spec import report_findings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from ..diagnostics.base import Diagnostic, SpecError
    from ..ir.network import LayerView, Network
    from ..verify.comparison import Comparison
    from ..verify.crashes import Break
    from ..verify.differences import Difference
    from ..verify.lessons import Proof
    from ..verify.structure import Flaw, Inspection

FORMAT_VERSION = "1.0"
WHAT = {
    "activations": "the output",
    "outputs": "the output",
    "gradients": "the gradient of `{}`",
    "statistics": "`{}` after a step",
    "steps": "what steps of training add to `{}`",
    "images": "the input",
    "losses": "the loss",
    "averages": "what steps of training add to the average of `{}`",
}


class Outcome(Record):
    """What came out for every backend.

    refusals: findings of backends that cannot lower the network
    missing: why a backend was left out, by name
    breaks: backends that broke down
    proof: of training by a recipe, where that was compared
    untrained: why a backend was left out of that, by name
    """

    network: Network
    images: int
    dtypes: tuple[str, ...]
    rows: tuple[Comparison, ...]
    inspections: tuple[Inspection, ...]
    refusals: tuple[SpecError, ...]
    missing: Mapping[str, str]
    breaks: tuple[Break, ...]
    seconds: float
    proof: Proof | None = None
    untrained: Mapping[str, str] = {}

    @property
    def differences(self) -> list[tuple[Comparison, Difference]]:
        """Each comparison that fails, with its first difference."""
        return [(row, row.first) for row in self.rows if row.first is not None]

    @property
    def findings(self) -> list[Finding]:
        """What is built otherwise, and what breaks."""
        flaws = [(one.backend, flaw) for one in self.inspections for flaw in one.flaws]
        return [
            *(flaw_finding(self.network, backend, flaw) for backend, flaw in flaws),
            *(break_finding(self.network, one) for one in self.breaks),
        ]

    @property
    def agrees(self) -> bool:
        return not (self.differences or self.refusals or self.findings)


# Text


def as_text(outcome: Outcome, quiet: bool) -> str:
    """A table, then what differs; only the latter if `quiet`."""
    text = "" if quiet else heading(outcome) + table(outcome.rows, outcome.dtypes)
    text += "" if quiet else inspected(outcome.inspections)
    text += "" if quiet or outcome.proof is None else trained(outcome.proof)
    for refusal in outcome.refusals:
        text += report_findings(refusal.findings)
    differences = [finding(row, first) for row, first in outcome.differences]
    findings = (*outcome.findings, *differences)
    if findings:
        text += ("" if quiet else "\n") + report_findings(findings)
    for name, reason in outcome.missing.items():
        text += f"{name}: not verified, {reason}\n"
    for name, reason in outcome.untrained.items():
        recipe = "" if outcome.proof is None else f" {outcome.proof.recipe.name}"
        text += f"{name}: not trained by recipe{recipe}, {reason}\n"
    if outcome.agrees and not quiet:
        text += closing(outcome)
    return text


def heading(outcome: Outcome) -> str:
    network, cost = outcome.network, outcome.network.cost
    return (
        f"{network.name}: {counted(cost.layers, 'layer')}, {counted(cost.params, 'parameter')}; "
        f"{counted(outcome.images, 'image')} of {shown(network.inputs)}, largest relative errors\n"
        f"against NumPy in float64\n\n"
    )


def table(rows: Sequence[Comparison], dtypes: Sequence[str]) -> str:
    """A line for each comparison, then the tolerances."""
    kinds = [kind for kind in KINDS if any(kind in row.errors for row in rows)]
    lines = [["", "", "", *kinds, ""]]
    for row in rows:
        errors = [f"{row.errors[kind]:.1e}" if kind in row.errors else "-" for kind in kinds]
        verdict = "differs" if row.first is not None else "rounding" if row.rounding else ""
        lines.append([row.backend, row.dtype, row.mode, *errors, verdict])
    for dtype in dtypes:
        limits = [
            f"{TOLERANCES[dtype][kind]:.0e}" if kind in TOLERANCES[dtype] else "-" for kind in kinds
        ]
        lines.append(["tolerance", dtype, "", *limits, ""])
    text = aligned(lines, kinds)
    text += rounded(rows)
    unseen = {row.backend: row.unseen for row in rows if row.unseen}
    for name, paths in unseen.items():
        some = ", ".join(f"`{path}`" for path in paths[:3]) + (", ..." if len(paths) > 3 else "")
        text += f"{name}: {counted(len(paths), 'layer')} seen only by what follows ({some})\n"
    return text


def rounded(rows: Sequence[Comparison]) -> str:
    """Where the largest difference is that rounding alone explains."""
    found = [row.rounding for row in rows if row.first is None and row.rounding is not None]
    if not found:
        return ""
    one = max(found, key=lambda each: each.error)
    what = f"{WHAT[one.kind].format(one.weight)} of {one.layer.op.name} `{one.layer.path}`"
    return f"rounding: no farther apart than rounding brings right numbers, as {what}\n"


def inspected(inspections: Sequence[Inspection]) -> str:
    """What was compared beside the numbers, with the backends of which that is so."""
    names: dict[tuple[str, ...], list[str]] = {}
    for one in inspections:
        if one.compared:
            names.setdefault(one.compared, []).append(one.backend)
    listed = ((", ".join(what), ", ".join(which)) for what, which in names.items())
    return "".join(f"also compared: {what} ({which})\n" for what, which in listed)


def trained(proof: Proof) -> str:
    """How training by a recipe went."""
    return (
        f"recipe {proof.recipe.name}: {counted(proof.count, 'step')} of each script, "
        f"{proof.in_epoch} an epoch, on the same batches\n"
    )


def flaw_finding(network: Network, backend: str, flaw: Flaw) -> Finding:
    subject = subject_of(network, flaw.layer)
    words = flaw.what, flaw.found, flaw.expected
    return at_layer(network, flaw.layer, BackendBuildsOtherwise(backend, subject, *words))


def break_finding(network: Network, one: Break) -> Finding:
    subject = subject_of(network, one.layer)
    return at_layer(network, one.layer, BackendBreaks(one.backend, subject, one.reason))


def subject_of(network: Network, layer: LayerView | None) -> str:
    return f"model `{network.name}`" if layer is None else f"{layer.op.name} `{layer.path}`"


def at_layer(network: Network, layer: LayerView | None, diagnostic: Diagnostic) -> Finding:
    """The diagnostic at the layer's place in the spec, or at the model's name."""
    if layer is None:
        template = network.template
        return Finding(diagnostic, template.location(template.heading))
    return Finding(diagnostic, layer.template.location(layer.site), (), layer.calls)


def finding(row: Comparison, difference: Difference) -> Finding:
    """A difference as a finding at the layer's place in the spec."""
    layer = difference.layer
    diagnostic = BackendsDiffer(
        row.backend,
        ", ".join([row.dtype, row.mode, *([f"step {difference.step}"] if difference.step else [])]),
        layer.path,
        layer.op.name,
        WHAT[difference.kind].format(difference.weight),
        difference.index,
        difference.found,
        difference.expected,
        difference.error,
        difference.tolerance,
    )
    notes = [
        Note(end.template.location(end.site), f"what is wrong lies between here and `{layer.path}`")
        for end in row.right
        if end != layer
    ]
    return Finding(diagnostic, layer.template.location(layer.site), tuple(notes), layer.calls)


def closing(outcome: Outcome) -> str:
    trained = [row for row in outcome.rows if row.recipe]
    text = f"{with_numpy(outcome.rows)} compute the same ({outcome.seconds:.1f} s)\n"
    if trained:
        text = f"{with_numpy(trained)} train alike by recipe {trained[0].recipe}\n{text}"
    return text


def with_numpy(rows: Sequence[Comparison]) -> str:
    """The backends of some comparisons, and what they were held against."""
    *names, last = sorted({row.backend for row in rows} | {"numpy"})
    return f"{', '.join(names)} and {last}"


# JSON


def as_json(outcome: Outcome) -> str:
    """All that is known, as one object; a number that is not finite is null."""
    network = outcome.network
    whole = {
        "format_version": FORMAT_VERSION,
        "model": network.name,
        "input": list(network.input_shape.dims),
        "inputs": {name: shape.dims for name, shape in network.inputs},
        "images": outcome.images,
        "layers": network.cost.layers,
        "params": network.cost.params,
        "agree": outcome.agrees,
        "tolerances": {dtype: TOLERANCES[dtype] for dtype in outcome.dtypes},
        "comparisons": [comparison_object(row) for row in outcome.rows],
        "refusals": [
            finding_object(one) for refusal in outcome.refusals for one in refusal.findings
        ],
        "inspections": [
            {"backend": one.backend, "compared": list(one.compared)} for one in outcome.inspections
        ],
        "findings": [finding_object(one) for one in outcome.findings],
        "missing": dict(outcome.missing),
        "training": outcome.proof and proof_object(outcome.proof, outcome.untrained),
        "failures": {one.backend: one.reason for one in outcome.breaks},
        "seconds": round(outcome.seconds, 3),
    }
    return json.dumps(whole, indent=2, allow_nan=False) + "\n"


def proof_object(proof: Proof, untrained: Mapping[str, str]) -> dict[str, Any]:
    return {
        "recipe": proof.recipe.name,
        "steps": proof.count,
        "steps_of_an_epoch": proof.in_epoch,
        "untrained": dict(untrained),
    }


def finding_object(finding: Finding) -> dict[str, Any]:
    diagnostic = finding.diagnostic
    return {
        "code": diagnostic.code,
        "message": diagnostic.message,
        **place_of(finding.location),
    }


def comparison_object(row: Comparison) -> dict[str, Any]:
    return {
        "backend": row.backend,
        "dtype": row.dtype,
        "mode": row.mode,
        "errors": {kind: finite(error) for kind, error in row.errors.items()},
        "first_difference": None if row.first is None else difference_object(row, row.first),
        "rounding": None if row.rounding is None else row.rounding.layer.path,
        "unseen": list(row.unseen),
        "last_right": [layer.path for layer in row.right],
    }


def difference_object(row: Comparison, difference: Difference) -> dict[str, Any]:
    layer = difference.layer
    return {
        "layer": layer.path,
        "op": layer.op.name,
        "kind": difference.kind,
        "weight": difference.weight,
        "step": difference.step,
        "index": list(difference.index),
        "found": finite(difference.found),
        "expected": finite(difference.expected),
        "error": finite(difference.error),
        "tolerance": difference.tolerance,
        **place_of(finding(row, difference).location),
    }


def finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
