"""`cnndsl diff`: what differs between two networks."""

from __future__ import annotations

import os
from contextlib import ExitStack
from tempfile import TemporaryDirectory

from ..api import network_of
from ..diagnostics.base import SpecError
from ..project.loading import Loader, check_models
from ..project.locate import read_spec
from ..project.revisions import read_revision
from ..report import difference_text
from ..report.differences import difference
from ..text import Source
from .argument_parser import Parser
from .failure import CLEAN, FAILED, FINDINGS, complain, write
from .spec import report_findings, settings_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..ir.network import Network
    from ..values import Value

DESCRIPTION = """\
Show what differs between two specs: their models' shapes, layers, parameters, MACs and budgets, and
which weights of the first still load into the second. A layer with another path alone is renamed.

Exit status: 0 the same, 1 different, 2 usage mistake, or a spec that cannot be read or does not
hold."""
EXAMPLES = """\
cnndsl diff old.cnn new.cnn
cnndsl diff HEAD~1:net.cnn net.cnn                     a revision of git, and what is there now
cnndsl diff resnet18 resnet34
cnndsl diff main:net.cnn net.cnn --format markdown     for a pull request"""
FORMATS = {
    "text": difference_text.as_text,
    "markdown": difference_text.as_markdown,
    "json": difference_text.as_json,
}


def main(arguments: Sequence[str]) -> int:
    options = parser().parse(arguments)
    values = settings_of(options.settings)
    with ExitStack() as stack:
        try:
            before, after = (
                networks(source_of(spec, options.name, stack), options.model, values)
                for spec in (options.before, options.after)
            )
        except SpecError as error:
            complain(report_findings(error.findings).rstrip())
            return FAILED
    if len(before) == len(after) == 1:
        after = {name: one for name in before for one in after.values()}
    names = dict.fromkeys((*before, *after))
    pairs = (difference(name, before.get(name), after.get(name)) for name in names)
    found = [one for one in pairs if not one.is_empty]
    if found or options.format == "json":
        write(FORMATS[options.format](found))
    elif not options.quiet:
        write("the same\n")
    return FINDINGS if found else CLEAN


def parser() -> Parser:
    parser = Parser("diff", DESCRIPTION, EXAMPLES)
    for name in ("before", "after"):
        shown = "a file, a zoo name, or REVISION:FILE of git"
        parser.add_argument(name, metavar=name.upper(), help=shown)
    parser.add_model()
    parser.add_format(tuple(FORMATS))
    meaning = "read both as if they lay here, as git's own copies of a file do"
    parser.add_value("--as", "PATH", meaning, dest="name")
    parser.add_flag("--quiet", "-q", help="print differences alone")
    return parser


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


def source_of(spec: str, path: str | None, stack: ExitStack) -> Source:
    """The source of a spec. One of git lies in a folder that goes with the stack.

    With `path` its imports are relative to that. Raises `Failure`.
    """
    if path is not None:
        is_missing = spec == os.devnull
        return Source(path, "" if is_missing else read_spec(spec).text, path)
    if ":" not in spec or os.path.exists(spec):
        return read_spec(spec)
    folder = stack.enter_context(TemporaryDirectory(prefix="cnndsl-"))
    return read_revision(spec, folder)
