"""The output formats of `check`: a table of functions from a report to text.

The formats for people are here; each of those for programs is a module, imported when it is used.
"""

from __future__ import annotations

from ...project.outcome import PLAIN
from ...text import escaped, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence
    from typing import TypeAlias

    from ...project.outcome import CheckedModel, Report, Style

    Format: TypeAlias = Callable[[Report, Style], str]


JSON_ESCAPES = {"\x7f": "\\u007f", "##[": "#\\u0023["}
"""What JSON lets stand: a control character, and what GitHub takes for a command in any line."""


def text(report: Report, style: Style = PLAIN) -> str:
    """Each finding with its place in the spec, for people."""
    return excerpts(report, style) if report.findings else closing(report, style)


def excerpts(report: Report, style: Style) -> str:
    from .. import render  # deferred: only findings need it

    palette = render.COLORED if style.color else render.PLAIN
    parts = [render.render(finding, palette) + "\n" for finding in report.findings]
    return "\n".join(parts if style.quiet else (*parts, closing(report, style)))


def concise(report: Report, style: Style = PLAIN) -> str:
    """Each finding on one line."""
    from .. import render  # deferred: only findings need it

    lines = [f"{render.concise(finding)}\n" for finding in report.findings]
    return "".join(lines) + closing(report, style)


def in_module(name: str) -> Format:
    """The format that is the function `document` of a module: a text, or an object for JSON."""

    def write(report: Report, style: Style = PLAIN) -> str:
        import json  # deferred: the formats for people do without it

        module = __import__(f"{__name__}.{name}", fromlist=["document"])
        found = module.document(report, style)
        if isinstance(found, str):
            return found
        shown = json.dumps(found, indent=2)
        for part, harmless in JSON_ESCAPES.items():
            shown = shown.replace(part, harmless)
        return f"{shown}\n"

    return write


FORMATS: dict[str, Format] = {
    "text": text,
    "concise": concise,
    "json": in_module("json_object"),
    **{one: in_module(one) for one in ("github", "gitlab", "sarif", "junit", "rdjson")},
}
"""Every value of `--output-format`."""
FOR_PEOPLE = ("text", "concise")


# Words


def closing(report: Report, style: Style = PLAIN) -> str:
    """The line that sums a run up; for one clean model, its shapes and size."""
    specs, findings = report.specs, report.findings
    if style.quiet or not specs:
        return ""
    name = printable(specs[0].name)
    time = f"{report.seconds * 1000:.0f} ms"
    left_out = f"{counted(report.ignored, 'finding')} ignored, " if report.ignored else ""
    if findings:
        wrong = sum(bool(spec.findings) for spec in specs)
        where = name if len(specs) == 1 else f"{wrong} of {counted(len(specs), 'spec')}"
        found = f"{tally(report)} in {where} ({left_out}{time})\n"
        return found if report.error_count else found + _one_model(report)
    models = [model for spec in specs for model in spec.models]
    if len(specs) == len(models) == 1:
        return _one_model(report)
    if len(specs) > 1:
        subject, contents = f"{counted(len(specs), 'spec')} are", counted(len(models), "model")
    elif models:
        subject, contents = f"{name} is", counted(len(models), "model")
    elif specs[0].recipes and not specs[0].blocks:
        subject, contents = f"{name} is", counted(specs[0].recipes, "recipe")
    else:
        subject, contents = f"{name} is", counted(specs[0].blocks, "block")
    return f"{subject} clean ({contents}, {left_out}{time})\n"


def _one_model(report: Report) -> str:
    """What the one spec with the one model comes to; nothing where there are others."""
    found = [(spec, model) for spec in report.specs for model in spec.models]
    if len(report.specs) != 1 or len(found) != 1:
        return ""
    return f"{printable(found[0][0].name)}: {describe(found[0][1])}\n"


def tally(report: Report) -> str:
    """`2 errors and 1 warning`; empty where there is none."""
    counts = ((report.error_count, "error"), (report.warning_count, "warning"))
    return " and ".join(counted(count, noun) for count, noun in counts if count)


def describe(model: CheckedModel) -> str:
    """A model in one line: `vgg16 224x224x3 -> 1000, 138,357,544 parameters, 15.5 GMACs`.

    Papers count what is trained, so that this number is there, too, where it is another one.
    """
    cost = model.cost
    trainable = "" if cost.trainable == cost.params else f" ({cost.trainable:,} trainable)"
    return (
        f"{model.name} {model.shown_inputs} -> {model.shown_outputs}, "
        f"{counted(cost.params, 'parameter')}{trainable}, {scaled(cost.macs)}MACs"
    )


def aligned(rows: Sequence[Sequence[str]], numbers: Container[str] = ()) -> str:
    """Rows as lines of text, their cells in columns.

    Cells are escaped. The columns whose cell in the first row is among `numbers` are aligned right.
    """
    rows = [list(map(escaped, row)) for row in rows]
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if title in numbers else cell.ljust(width)
            for title, cell, width in zip(rows[0], row, widths, strict=True)
        ]
        lines.append("  ".join(cells).rstrip() + "\n")
    return "".join(lines)


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


def kebab(name: str) -> str:
    """A class name as people write it: `PathsDiffer` reads `paths-differ`."""
    return "".join(f"-{one.lower()}" if one.isupper() else one for one in name).lstrip("-")
