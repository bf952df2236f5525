"""`cnndsl verify`: the same weights and images through all backends, held against NumPy."""

from __future__ import annotations

import re
import sys
import time
from functools import partial

from ..backend import REFERENCE, backend_names
from ..diagnostics.base import Rejected, SpecError
from ..ops.base import need_room
from ..project.loading import Loader, choose_model, elaborate_model, in_order
from ..project.locate import read_spec
from ..project.parameters import ParameterError, parse_value
from ..project.training import recipes_for
from ..report.formats import counted
from ..semantics import evaluate
from ..text import escaped
from .argument_parser import Parser, at_least, one_of
from .failure import CLEAN, FINDINGS, CommandError, write, write_data
from .recipe_options import training_in
from .spec import as_failure, backend_of, live_parts_of, load, settings_of
from .weight_options import add_weights, weights_to_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias, TypeVar

    from ..backend import Backend
    from ..ir.network import Network
    from ..project.recipes import Training
    from ..semantics.template import Template
    from ..values import Shape, Value
    from ..verify.comparison import Comparison
    from ..verify.crashes import Break
    from ..verify.lessons import Proof
    from ..verify.structure import Inspection

    Result = TypeVar("Result")
    Compared: TypeAlias = tuple[Inspection | None, tuple[Comparison, ...]]

DESCRIPTION = """\
Build a network in every installed backend, give all of them the same random images and weights
(biases and batch normalisation's statistics too), or the weights of --weights, and hold every
layer's output against the NumPy reference in double precision; with --grad, the gradient of every
weight too. Before that, see that each model has the network's weights, and no others, with the
stated initial values, L2 terms and dropout. On a difference, the first layer that differs is shown
with its line in the spec; for a gradient, also the nearest layers behind it whose gradients are
right.

An error is relative: the largest difference over the largest number of the reference; for
gradients, the root mean square of the difference over the largest of the layer's gradients.

Exit status: 0 all agree, 1 a difference, a backend that fails, or findings, 2 usage mistake,
unreadable file or missing backend."""
EXAMPLES = """\
cnndsl verify lenet5 --grad
cnndsl verify resnet50 --backends torch --dtype float32
cnndsl verify resnet50 --input 64x64x3 --train --batch 4
cnndsl verify digits.cnn --train --recipe digits --steps 20
cnndsl verify lenet5 --train --with 'optimizer adamw' --with 'schedule cosine(warm_up=1)'
cnndsl verify net.cnn --set classes=6 --format json
cnndsl verify net.cnn --weights last.ckpt --entry ema --rename backbone.="""
DTYPES = {"float32": ("float32",), "float64": ("float64",), "both": ("float32", "float64")}
FORMATS = ("text", "json")


def main(arguments: Sequence[str]) -> int:
    options = parsed(arguments)
    network, training = subject_of(options)
    backends, missing = chosen(options.backends)
    try:
        return verify(network, training, backends, missing, options)
    except MemoryError:
        size = counted(network.cost.params, "parameter")
        raise CommandError(
            f"verifying {network.name} with {size} does not fit into memory",
            "give a smaller image with `--input`, or one backend with `--backends`",
        ) from None


def parsed(arguments: Sequence[str]) -> Namespace:
    parser = Parser("verify", DESCRIPTION, EXAMPLES)
    parser.add_spec()
    add_weights(parser, "random ones, of a size that shows differences")
    parser.add_value("--backends -b", "A,B", "some of keras, torch, numpy (default: all installed)")
    parser.add_flag("--grad", help="also compare every weight's gradient, in inference")
    parser.add_flag(
        "--train",
        help="also compare training: statistics of the batch, gradients, moving statistics, and in "
        "64 bits every weight after each of three steps; dropout is off; and Keras under XLA; then "
        "the scripts that train by SPEC's recipe, if it has one, step by step",
    )
    parser.add_recipe()
    meaning = "of training by the recipe (default: 6, and as many as its `freeze` lasts)"
    parser.add_value("--steps", "N", meaning, type=at_least(1))
    precision = one_of(DTYPES, "precision")
    meaning = "one of float32, float64, both (default: both)"
    parser.add_value("--dtype", "TYPE", meaning, default="both", type=precision)
    meaning = (
        "verify with another input shape, or others, `left=HxWxC,right=HxWxC`; assertions and "
        "budgets do not apply then"
    )
    parser.add_value("--input", "HxWxC", meaning)
    meaning = "how many images (default: 2, and 4 with --train)"
    parser.add_value("--batch", "N", meaning, type=at_least(1))
    meaning = "of weights and images (default 0)"
    parser.add_value("--seed", "N", meaning, type=at_least(0), default=0)
    parser.add_format(FORMATS)
    parser.add_flag("--quiet", "-q", help="print differences alone, no table")
    return parser.parse(arguments)


def verify(
    network: Network,
    training: Training | None,
    backends: Sequence[Backend],
    missing: Mapping[str, str],
    options: Namespace,
) -> int:
    """Carry out the comparisons, print them, and give the exit status."""
    from ..verify.comparison import Trial  # deferred: NumPy, once the spec holds
    from ..verify.lessons import Proof
    from .verification_report import Outcome, as_json, as_text

    progress = Progress()
    started = time.perf_counter()
    dtypes, batch = DTYPES[options.dtype], options.batch or (4 if options.train else 2)
    weights = weights_to_run(network, options)

    def trial_of(tried: Network) -> Trial:
        choices = {"grad": options.grad, "train": options.train, "seed": options.seed}
        given = weights if tried is network else None
        return Trial(tried, batch=batch, weights=given, progress=progress, **choices)

    found = Findings()
    trial = found.attempt(REFERENCE, trial_of, network)
    for backend in backends if trial is not None else ():

        def action(network: Network, backend: Backend = backend) -> Compared:
            own = trial if trial is not None and network is trial.network else trial_of(network)
            return own.examined(backend, dtypes)

        compared = found.attempt(backend.name, action, network)
        found.add(compared)
        if compared == (None, ()):
            missing = {**missing, backend.name: f"it cannot compute in {options.dtype}"}
    if training is not None and trial is not None and not trial.inspection.flaws:
        lesson = {"batch": batch, "steps": options.steps, "seed": options.seed}
        found.train(backends, partial(Proof, trial, training.recipe, **lesson))
    progress("")
    outcome = Outcome(
        network,
        batch,
        dtypes,
        tuple(found.rows),
        tuple(found.inspections),
        tuple(found.refusals),
        missing,
        tuple(found.breaks),
        time.perf_counter() - started,
        found.proof,
        found.untrained,
    )
    write(as_json(outcome) if options.format == "json" else as_text(outcome, options.quiet))
    return CLEAN if outcome.agrees else FINDINGS


class Findings:
    """What came out so far. One backend's trouble, of any kind, hides no other's results."""

    def __init__(self) -> None:
        self.rows: list[Comparison] = []
        self.inspections: list[Inspection] = []
        self.refusals: list[SpecError] = []
        self.breaks: list[Break] = []
        self.proof: Proof | None = None
        self.untrained: dict[str, str] = {}

    def attempt(
        self, name: str, action: Callable[[Network], Result], network: Network
    ) -> Result | None:
        """What the action gives; None where it fails, which is noted with the layer to blame."""
        from ..verify.crashes import Break, culprit  # deferred: NumPy, once the spec holds

        try:
            return action(network)
        except SpecError as error:
            self.refusals.append(error)
        except MemoryError:
            raise
        except Exception as error:
            self.breaks.append(Break(name, words_of(error), culprit(network, action)))
        return None

    def train(self, backends: Sequence[Backend], prove: Callable[[], Proof]) -> None:
        """Train by a recipe: first on the reference, then on all others."""
        self.proof = proof = self.follow(REFERENCE, prove)
        if proof is None:
            return
        for backend in backends:
            if backend.name != REFERENCE and "float64" in backend.precisions:
                row = self.follow(backend.name, partial(proof.compare, backend))
                self.rows += [] if row is None else [row]

    def follow(self, name: str, action: Callable[[], Result]) -> Result | None:
        """What a backend's script gives; None where it refuses or breaks off, which is noted."""
        from ..verify.crashes import Break  # deferred: NumPy, once the spec holds

        try:
            return action()
        except SpecError:
            pass  # the network is refused, which is noted already
        except Rejected as rejection:
            self.untrained[name] = rejection.diagnostic.message
        except MemoryError:
            raise
        except (Exception, SystemExit) as error:
            self.breaks.append(Break(name, words_of(error), None))
        return None

    def add(self, compared: Compared | None) -> None:
        """Note what was compared, if it was."""
        inspection, rows = compared or (None, ())
        self.inspections += [] if inspection is None else [inspection]
        self.rows += rows


def words_of(error: BaseException) -> str:
    """An error on one line."""
    reason = (str(error).splitlines() or [""])[0][:300]
    return f"{type(error).__name__}: {reason}".removesuffix(": ")


def subject_of(options: Namespace) -> tuple[Network, Training | None]:
    """The network, and the recipe to train it by, if there is one to verify."""
    asks = {"--recipe": options.recipe, "--with": options.changes, "--steps": options.steps}
    asked = [name for name, value in asks.items() if value]
    if asked and not options.train:
        raise CommandError(f"`{asked[0]}` is about training", "write `--train`, too")
    if asked and options.dtype == "float32":
        raise CommandError("training by a recipe is compared in 64 bits", "leave out `--dtype`")
    source = read_spec(options.spec)
    module = Loader().module(source)
    elaborate = partial(elaborated, options)
    if options.train and (asked or recipes_for(module, options.model)):
        training = training_in(module, options, elaborate)
        return training.network, training
    if options.input is None:
        return load(options, source)[0], None
    values = settings_of(options.settings, options.spec, options.model)
    if module.findings:
        raise SpecError(in_order(module.findings))
    try:
        return elaborate(choose_model(module, options.model), values), None
    except Rejected as error:
        raise as_failure(error) from None


def elaborated(options: Namespace, template: Template, values: Mapping[str, Value]) -> Network:
    """A model's network, with the input shape of `--input` where that is given."""
    if options.input is None:
        return elaborate_model(template, values)
    shapes = shapes_of(options.input, template.body.inputs)
    return elaborate_model(template, values, check_claims=False, input_shapes=shapes)


def shapes_of(text: str, inputs: Sequence[str]) -> list[Shape]:
    """The shapes that `--input` writes: one for all inputs, or each by name. Raises `CommandError`.

    inputs: their names, or none of the one that has none
    """
    if "=" not in text:
        return [shape_of(text)] * (len(inputs) or 1)
    pairs = (one.partition("=") for one in re.split(r",(?=\s*\w+\s*=)", text))
    given = {name.strip(): shape for name, _, shape in pairs}
    if given.keys() != {*inputs}:
        written = ",".join(f"{one}=64x64x3" for one in inputs) or "64x64x3"
        advice = f"write `--input {written}`"
        raise CommandError(f"`--input {text}` does not give each input", advice)
    return [shape_of(given[one]) for one in inputs]


def shape_of(text: str) -> Shape:
    """The shape that `--input` writes. Raises `CommandError`."""
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
            live_parts_of(backend, "`cnndsl verify`")
        except CommandError as failure:
            if names is not None:
                raise failure from None
            advice = f" ({failure.advice})" if failure.advice else ""
            missing[name] = f"{failure.message}{advice}"
        else:
            found.append(backend)
    if all(backend.name == REFERENCE for backend in found):
        reasons = "; ".join(f"{name}: {reason}" for name, reason in missing.items())
        install = "pip install 'cnndsl[keras]' or 'cnndsl[torch]'"
        raise CommandError(
            "there is no backend to hold against NumPy" + (f" ({reasons})" if reasons else ""),
            install if names is None else "name another in `--backends`, or leave it out",
        )
    return found, missing


class Progress:
    """What is being done, on one line of a terminal that is written over; elsewhere nothing."""

    def __init__(self) -> None:
        self.is_shown = sys.stderr is not None and sys.stderr.isatty()

    def __call__(self, words: str) -> None:
        if self.is_shown:
            write_data(f"\r\x1b[K{escaped(words[:78])}", sys.stderr)
            sys.stderr.flush()
