"""The output formats of `check`: a table of functions from a report to text."""

from __future__ import annotations

from .report import PLAIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeAlias

    from cnndsl.sources import Location
    from cnndsl.values import Shape

    from .base import Diagnostic, Finding
    from .report import CheckedModel, Report, Style

    Format: TypeAlias = Callable[[Report, Style], str]

FORMAT_VERSION = "1.0"


def text(report: Report, style: Style = PLAIN) -> str:
    """Each finding with its place in the spec, for people."""
    if not report.findings:
        return _closing(report, style)
    from .render import COLORED, render
    from .render import PLAIN as UNCOLORED

    palette = COLORED if style.color else UNCOLORED
    parts = [render(finding, palette) + "\n" for finding in report.findings]
    return "\n".join((*parts, _closing(report, style))) if not style.quiet else "\n".join(parts)


def concise(report: Report, style: Style = PLAIN) -> str:
    """Each finding on one line."""
    from .render import concise as one_line

    return _lines(map(one_line, report.findings)) + _closing(report, style)


def as_json(report: Report, _style: Style = PLAIN) -> str:
    """One JSON object. Later minor versions of the format only add fields."""
    import json

    findings = report.findings
    errors = sum(one.diagnostic.severity == "error" for one in findings)
    whole = {
        "format_version": FORMAT_VERSION,
        "valid": not findings and not report.failures,
        "error_count": errors,
        "warning_count": len(findings) - errors,
        "diagnostics": list(map(_diagnostic, findings)),
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


FORMATS: dict[str, Format] = {"text": text, "concise": concise, "json": as_json}
"""Every value of `--output-format`."""


# Text


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _closing(report: Report, style: Style) -> str:
    """The line that sums a run up; for one clean model, its shapes and size."""
    if style.quiet:
        return ""
    specs, findings = report.specs, report.findings
    milliseconds = f"{report.seconds * 1000:.0f} ms"
    if findings:
        errors = sum(one.diagnostic.severity == "error" for one in findings)
        warnings = len(findings) - errors
        counts = [counted(errors, "error")] if errors else []
        counts += [counted(warnings, "warning")] if warnings else []
        wrong = sum(bool(spec.findings) for spec in specs)
        where = specs[0].name if len(specs) == 1 else f"{wrong} of {counted(len(specs), 'spec')}"
        return f"{' and '.join(counts)} in {where} ({milliseconds})\n"
    if not specs:
        return ""
    models = [model for spec in specs for model in spec.models]
    if len(specs) == len(models) == 1:
        return f"{specs[0].name}: {describe(models[0])}\n"
    if len(specs) > 1:
        subject, contents = f"{counted(len(specs), 'spec')} are", counted(len(models), "model")
    elif models:
        subject, contents = f"{specs[0].name} is", counted(len(models), "model")
    else:
        subject, contents = f"{specs[0].name} is", counted(specs[0].blocks, "block")
    return f"{subject} clean ({contents}, {milliseconds})\n"


def describe(model: CheckedModel) -> str:
    """A model in one line: `vgg16 224x224x3 -> 1000, 138,357,544 parameters, 15.5 GMACs`."""
    outputs = [shape for _, shape in model.outputs]
    shown = ", ".join(map(str, outputs))
    if len(outputs) > 1:
        shown = ", ".join(f"{name} {shape}" for name, shape in model.outputs)
    cost = model.cost
    return (
        f"{model.name} {model.input_shape} -> {shown}, "
        f"{counted(cost.params, 'parameter')}, {scaled(cost.macs)}MACs"
    )


def counted(count: int, noun: str) -> str:
    """`1 model`, `2 models`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def scaled(count: int) -> str:
    """A count in three digits with its prefix, to be followed by a unit: `15.5 G`, `120 `."""
    for prefix, scale in (("P", 10**15), ("T", 10**12), ("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if count >= 0.9995 * scale:
            value = count / scale
            digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
            return f"{value:,.{digits}f} {prefix}"
    return f"{count} "


# JSON


def _diagnostic(finding: Finding) -> dict[str, Any]:
    diagnostic, location = finding.diagnostic, finding.location
    related = [_related(note.text, note.location) for note in finding.notes]
    related += [_related(f"in {frame.call}", frame.location) for frame in finding.stack]
    return {
        "code": diagnostic.code,
        "name": kebab(type(diagnostic).__name__),
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        **_place(location),
        "related": related,
        "values": _values(diagnostic),
        "help": diagnostic.help,
        "count": finding.count,
        "fix": None,
        "url": None,
    }


def _related(message: str, location: Location) -> dict[str, Any]:
    return {"message": message, **_place(location)}


def _place(location: Location) -> dict[str, Any]:
    """Rows and columns count code points from 1; the end is exclusive."""
    row, column = location.source.position(location.start)
    end_row, end_column = location.end_position
    return {
        "filename": location.source.name,
        "location": {"row": row, "column": column},
        "end_location": {"row": end_row, "column": end_column},
    }


def _values(diagnostic: Diagnostic) -> list[dict[str, str]]:
    """What a diagnostic knows of the values that it speaks of, such as a budget's."""
    found = getattr(diagnostic, "found", ())
    pairs: tuple[tuple[str, Any], ...] = found if isinstance(found, tuple) else ()
    return [{"expr": name, "statement": f"is {_grouped(value)}"} for name, value in pairs]


def _grouped(value: int | Shape) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def kebab(name: str) -> str:
    """A class name as people write it: `PathsDiffer` reads `paths-differ`."""
    return "".join(f"-{one.lower()}" if one.isupper() else one for one in name).lstrip("-")
