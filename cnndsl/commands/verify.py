"""`cnndsl verify`: the same weights and images through all backends, held against NumPy."""

from __future__ import annotations

import sys
import time

from cnndsl.backend import backend_names, require_framework
from cnndsl.diagnostics.base import Finding, Rejected
from cnndsl.diagnostics.formats import counted
from cnndsl.loading import SpecError

from .failure import CLEAN, FAILED, FINDINGS, CommandError, complain, write
from .network import as_failure, backend_of, load, report_findings
from .parser import Parser, at_least, one_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Mapping, Sequence

    from cnndsl_numpy.verification import Comparison, Difference, Trial

    from cnndsl.backend import Backend
    from cnndsl.network import Network
    from cnndsl.values import Shape

DESCRIPTION = """\
Build a network in every installed backend, give all of them the same random weights (biases and
batch normalisation's statistics too) and images, and hold every layer's output against the NumPy
reference in double precision; with --grad, the gradient of every weight too. On a difference, the
first layer that differs is shown with its line in the spec.

An error is relative: the largest difference over the largest number of the reference; for
gradients, the root mean square of the difference over the largest of the layer's gradients.

Exit status: 0 all agree, 1 a difference or findings, 2 usage mistake, unreadable file or missing
backend."""
EXAMPLES = """\
cnndsl verify lenet5 --grad
cnndsl verify resnet50 --backends torch --dtype float32
cnndsl verify resnet50 --input 64x64x3 --train --batch 4
cnndsl verify net.cnn --set classes=6"""
DTYPES = {"float32": ("float32",), "float64": ("float64",), "both": ("float32", "float64")}
KINDS = ("activations", "outputs", "gradients", "statistics")
WHAT = {"activations": "the output", "outputs": "the output"}


def main(arguments: Sequence[str]) -> int:
    options = parsed(arguments)
    try:
        network = network_for(options)
    except SpecError as error:
        write(report_findings(error))
        return FINDINGS
    backends, missing = chosen(options.backends)
    try:
        return verify(network, backends, missing, options)
    except MemoryError:
        size = counted(network.cost.params, "parameter")
        raise CommandError(
            f"verifying {network.name} with {size} does not fit into memory",
            "give a smaller image with `--input`, or one backend with `--backends`",
        ) from None


def parsed(arguments: Sequence[str]) -> Namespace:
    parser = Parser("verify", DESCRIPTION, EXAMPLES)
    parser.add_spec()
    parser.add_argument(
        "--backends", "-b", metavar="A,B", help="which to verify (default: all installed)"
    )
    parser.add_argument(
        "--grad", action="store_true", help="also compare every weight's gradient, in inference"
    )
    parser.add_argument(
        "--train",
        action="store_true",
        help="also compare training: statistics of the batch, gradients, moving statistics; "
        "dropout is off",
    )
    parser.add_argument(
        "--dtype",
        metavar="TYPE",
        default="both",
        type=one_of(DTYPES, "precision"),
        help="float32, float64 or both (default)",
    )
    parser.add_argument(
        "--input",
        metavar="HxWxC",
        help="verify with another input shape; assertions and budgets do not apply then",
    )
    parser.add_argument(
        "--batch",
        metavar="N",
        type=at_least(1),
        help="how many images (default: 2, and 4 with --train)",
    )
    parser.add_argument(
        "--seed", metavar="N", type=at_least(0), default=0, help="of weights and images (default 0)"
    )
    parser.add_argument(
        "--quiet", "-q", action="store_true", help="print differences alone, no table"
    )
    return parser.parse(arguments)


def verify(
    network: Network, backends: Sequence[Backend], missing: Mapping[str, str], options: Namespace
) -> int:
    """Carry out the comparisons, print them, and give the exit status."""
    from cnndsl_numpy.verification import Trial

    progress = Progress()
    started = time.perf_counter()
    trial = Trial(
        network,
        grad=options.grad,
        train=options.train,
        batch=options.batch or (4 if options.train else 2),
        seed=options.seed,
        progress=progress,
    )
    rows: list[Comparison] = []
    refusals: list[SpecError] = []
    failures: dict[str, str] = {}
    for backend in backends:
        try:
            rows += trial.compare(backend, DTYPES[options.dtype])
        except SpecError as error:
            refusals.append(error)
        except (ImportError, ValueError, RuntimeError, ArithmeticError) as error:
            failures[backend.name] = f"{type(error).__name__}: {str(error).splitlines()[0][:300]}"
    progress.clear()
    if not options.quiet:
        write(heading(network, trial))
        write(table(rows, DTYPES[options.dtype]))
    for refusal in refusals:
        write(report_findings(refusal))
    findings = tuple(finding(row, row.first) for row in rows if row.first is not None)
    if findings:
        write("\n" + report_findings(SpecError(findings)))
    for name, reason in missing.items():
        write(f"{name}: not verified, {reason}\n")
    for name, reason in failures.items():
        complain(f"error: {name} failed: {reason}")
    if failures:
        return FAILED
    if findings or refusals:
        return FINDINGS
    if not options.quiet:
        write(closing(rows, time.perf_counter() - started))
    return CLEAN


def network_for(options: Namespace) -> Network:
    """The network, with the input shape of `--input` where that is given."""
    if options.input is None:
        return load(options)[0]
    from cnndsl.loading import Loader, choose_model, elaborate_model, in_order
    from cnndsl.locate import UnreadableSpecError, read_spec

    from .network import settings_of

    values, shape = settings_of(options.settings), shape_of(options.input)
    try:
        source = read_spec(options.spec)
        module = Loader().module(source)
        if module.findings:
            raise SpecError(in_order(module.findings))
        template = choose_model(module, options.model)
    except (UnreadableSpecError, Rejected) as error:
        raise as_failure(error) from None
    return elaborate_model(template, values, check_claims=False, input_shape=shape)


def shape_of(text: str) -> Shape:
    """The shape that `--input` writes. Raises `CommandError`."""
    from cnndsl import evaluate
    from cnndsl.op import need_room
    from cnndsl.parameters import ParameterError, parse_value

    advice = "write `--input 64x64x3`, or the length of a vector"
    try:
        shape = evaluate.shape_of(parse_value(text))
        if shape is None:
            raise CommandError(f"`--input {text}` is no shape", advice)
        need_room(shape)
    except ParameterError:
        raise CommandError(f"`--input {text}` is no shape", advice) from None
    except Rejected as rejection:
        raise as_failure(rejection) from None
    return shape


def chosen(names: str | None) -> tuple[list[Backend], dict[str, str]]:
    """The backends to verify, and why others are not. Raises `CommandError`.

    A backend that is asked for by name must be there.
    """
    wanted = backend_names() if names is None else tuple(dict.fromkeys(names.split(",")))
    found: list[Backend] = []
    missing: dict[str, str] = {}
    for name in wanted:
        try:
            backend = backend_of(name.strip())
            require_framework(backend)
        except (Rejected, CommandError) as error:
            failure = as_failure(error) if isinstance(error, Rejected) else error
            if names is not None:
                raise failure from None
            advice = f" ({failure.advice})" if failure.advice else ""
            missing[name] = f"{failure.message}{advice}"
        else:
            found.append(backend)
    if all(backend.name == "numpy" for backend in found):
        reasons = "; ".join(f"{name}: {reason}" for name, reason in missing.items())
        raise CommandError(
            "there is no backend to hold against NumPy" + (f" ({reasons})" if reasons else ""),
            "pip install 'cnndsl[keras]' or 'cnndsl[torch]'",
        )
    return found, missing


class Progress:
    """What is being done, on one line of a terminal that is written over; elsewhere nothing."""

    def __init__(self) -> None:
        self.is_shown = sys.stderr is not None and sys.stderr.isatty()

    def __call__(self, words: str) -> None:
        if self.is_shown:
            write(f"\r\x1b[K{words[:78]}", sys.stderr)
            sys.stderr.flush()

    def clear(self) -> None:
        if self.is_shown:
            write("\r\x1b[K", sys.stderr)
            sys.stderr.flush()


# What is printed


def heading(network: Network, trial: Trial) -> str:
    cost, images = network.cost, counted(len(trial.images), "image")
    return (
        f"{network.name}: {counted(cost.layers, 'layer')}, "
        f"{counted(cost.params, 'parameter')}; {images} of {network.input_shape}, "
        f"largest relative errors against NumPy in float64\n\n"
    )


def table(rows: Sequence[Comparison], dtypes: Sequence[str]) -> str:
    """A line for each comparison, then the tolerances."""
    from cnndsl_numpy.verification import TOLERANCES, mode_name

    kinds = [kind for kind in KINDS if any(kind in row.errors for row in rows)]
    lines = [["", "", "", *kinds, ""]]
    for row in rows:
        errors = [f"{row.errors[kind]:.1e}" if kind in row.errors else "-" for kind in kinds]
        verdict = "differs" if row.first is not None else ""
        lines.append([row.backend, row.dtype, mode_name(row.training), *errors, verdict])
    for dtype in dtypes:
        limits = [f"{TOLERANCES[dtype][kind]:.0e}" for kind in kinds]
        lines.append(["tolerance", dtype, "", *limits, ""])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = ""
    for line in lines:
        cells = [
            f"{cell:<{width}}" if at < 3 or at == len(line) - 1 else f"{cell:>{width}}"
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        text += "  ".join(cells).rstrip() + "\n"
    unseen = {row.backend: row.unseen for row in rows if row.unseen}
    for name, paths in unseen.items():
        some = ", ".join(f"`{path}`" for path in paths[:3]) + (", ..." if len(paths) > 3 else "")
        text += f"{name}: {counted(len(paths), 'layer')} seen only by what follows ({some})\n"
    return text


def finding(row: Comparison, difference: Difference) -> Finding:
    """A difference as a finding at the layer's place in the spec."""
    from cnndsl_numpy.verification import mode_name

    from cnndsl.diagnostics.backends import BackendsDiffer

    layer = difference.layer
    what = WHAT.get(difference.kind) or (
        f"the gradient of `{difference.weight}`"
        if difference.kind == "gradients"
        else f"`{difference.weight}` after a step"
    )
    diagnostic = BackendsDiffer(
        row.backend,
        f"{row.dtype}, {mode_name(row.training)}",
        layer.path,
        layer.op.name,
        what,
        difference.index,
        difference.found,
        difference.expected,
        difference.error,
        difference.tolerance,
    )
    return Finding(diagnostic, layer.template.location(layer.site), (), layer.calls)


def closing(rows: Iterable[Comparison], seconds: float) -> str:
    names = sorted({row.backend for row in rows} | {"numpy"})
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{listed} compute the same ({seconds:.1f} s)\n"
