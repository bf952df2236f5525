"""`docs/diagnostics.md`, written from the catalogue: what each code means, and its examples run."""

from __future__ import annotations

from contextlib import chdir, redirect_stderr, redirect_stdout
from importlib import import_module
from io import StringIO
from tempfile import TemporaryDirectory

from ..diagnostics.base import Failure
from ..diagnostics.catalogue import GROUPS, codes, documentation, example_of
from ..report.formats import kebab
from ..text import escaped
from .failure import FAILED, complain, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..diagnostics.base import Diagnostic
    from ..diagnostics.catalogue import Case

HEADING = """\
# Diagnostics

Everything that `cnndsl` can say about a spec, with an example of each: what it prints, and the
spec mended. `cnndsl explain CODE` shows the same. Written by
`python -m cnndsl.generate`.

An error makes `check` exit with 1. A warning alone does not. A comment silences a warning, on the
line itself or in the comment lines right above it, best with the reason:

    conv(64, 3x3) -> batch_norm  # cnndsl: ignore CNN801: as in the paper
"""


def catalogue_page() -> str:
    """The whole page in Markdown."""
    known = codes()
    parts = [HEADING]
    for group, title in GROUPS.items():
        parts.append(f"## {title}\n")
        members = [one for code, one in known.items() if code.startswith(group)]
        rows = [
            f"| [{one.code}](#{one.code.lower()}) | {name_of(one)} | {first_sentence(one)} |"
            for one in members
        ]
        parts.append("\n".join(["| code | name | meaning |", "|---|---|---|", *rows]) + "\n")
        parts += map(entry, members)
    return "\n".join(parts)


def entry(diagnostic: type[Diagnostic]) -> str:
    """One diagnostic in Markdown."""
    lines = [f"### {diagnostic.code}", "", f"`{name_of(diagnostic)}` ({diagnostic.severity})", ""]
    lines += [documentation(diagnostic), ""]
    for text, is_code in sections(diagnostic.code):
        shown = "\n".join(map(escaped, text.rstrip("\n").split("\n"))) if is_code else text
        lines += [*(("```text", shown, "```") if is_code else (text,)), ""]
    return "\n".join(lines)


def sections(code: str) -> Iterator[tuple[str, bool]]:
    """The examples of a diagnostic: texts in their order, and whether each is code."""
    example = example_of(code)
    yield "For example:", False
    yield from _files(example.fails, ())
    yield f"$ cnndsl {example.fails.command}\n\n{run(example.fails)[1]}", True
    if example.mended.files != example.fails.files:
        yield "Mended:", False
        yield from _files(example.mended, example.fails.files)
    else:
        yield f"Mended: `cnndsl {example.mended.command}`", False


def _files(case: Case, known: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, bool]]:
    """The files of a case, without those that have been shown."""
    several = len(case.files) > 1
    for name, text in case.files:
        if (name, text) not in known:
            yield f"# {name}\n{text}" if several else text, True


def first_sentence(diagnostic: type[Diagnostic]) -> str:
    """What a diagnostic means, in its first sentence."""
    return documentation(diagnostic).split("\n\n")[0].replace("\n", " ").split(". ")[0].rstrip(".")


def name_of(diagnostic: type[Diagnostic]) -> str:
    """What people call a diagnostic: `paths-differ`."""
    return kebab(diagnostic.__name__)


def run(case: Case) -> tuple[int | None, str]:
    """The exit status of a case's command and what it prints; no status where it is not run."""
    if case.output is not None:
        return None, case.output
    output = StringIO()
    command, *arguments = case.command.split()
    if command == "check":
        arguments += ["--quiet", "--output-format", "text"]
    with (
        TemporaryDirectory() as folder,
        chdir(folder),
        redirect_stdout(output),
        redirect_stderr(output),
    ):
        for name, text in case.files:
            with open(name, "w", encoding="utf-8") as file:
                file.write(text)
        try:
            status: int = import_module(f".{command}", __package__).main(arguments)
        except Failure as failure:
            complain(shown(failure))
            status = FAILED
    return status, output.getvalue()
