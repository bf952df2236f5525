"""A recipe's text to a `Recipe`: settings read, and held against the network that they are for."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Finding
from ..ops.base import COUNT, POSITIVE, RATE, WrongKind
from ..record import Record
from ..semantics.evaluate import MOST_STEPS, Exhausted
from ..semantics.expressions import ExpressionBinder
from ..syntax import tree
from ..text import Location
from .recipe import DIGITS, Frozen, OutputLoss, RateFactor, Recipe
from .words import (
    AUGMENTATIONS,
    LOGS,
    LOSSES,
    METRICS,
    NATURAL,
    OPTIMIZERS,
    PRECISIONS,
    SCHEDULES,
    Use,
    misfit,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..diagnostics.base import Diagnostic
    from ..ir.network import LayerView
    from ..ops.base import Kind
    from ..semantics.expressions import Choices
    from ..text import Source
    from ..values import Value
    from .subject import Subject
    from .words import Family

NO_INPUT = "a recipe cannot read `in`: write its numbers"
ENDS = {"cross_entropy": "softmax", "binary_cross_entropy": "sigmoid"}
"""The op that a loss is fused with, where an output ends in it."""
OF_PROBABILITIES = {"softmax": "cross_entropy", "sigmoid": "binary_cross_entropy"}


class Setting(Record):
    """A word that begins a line of a recipe: what it takes, and what it is for.

    read: gives the field's value, or None after reporting
    several: whether a recipe may have it more than once
    takes_for: whether something may stand behind `for`
    """

    expected: str
    example: str
    doc: str
    read: Callable[[RecipeBinder, tree.Setting], Any]
    several: bool = False
    takes_for: bool = False


class RecipeBinder:
    """Reads one recipe. Without a subject, which is at fault then, what needs one is left out.

    choices: what the file may take for constants
    """

    def __init__(
        self,
        recipe: tree.Recipe,
        model: str,
        source: Source,
        subject: Subject | None,
        report: Callable[[Finding], None],
        choices: Choices | None = None,
    ) -> None:
        self.recipe, self.model, self.subject = recipe, model, subject
        self.network = None if subject is None else subject.network
        self.source = self.place = source
        self.failed = False
        self.add = report
        self.expressions = ExpressionBinder(self.report, choices=choices)
        self.losses: dict[str, OutputLoss] = {}

    def report(self, diagnostic: Diagnostic, node: Any) -> None:
        self.failed = True
        self.add(Finding(diagnostic, Location(self.place, node.start, node.end)))

    def bind(self, changes: Sequence[tuple[tree.Setting, Source]] = ()) -> Recipe | None:
        """The recipe, or None after reporting.

        changes: settings of another text, which stand in for those of the same name
        """
        found: dict[str, list[Any]] = {}
        seen: dict[str, tree.Setting] = {}
        changed = {one.name.name for one, _ in changes}
        own = [one for one in self.recipe.settings if one.name.name not in changed]
        for one, source in (*((one, self.source) for one in own), *changes):
            self.place = source
            name, setting = one.name.name, SETTINGS.get(one.name.name)
            if setting is None:
                self.unknown(one.name, name)
            elif name in seen and not setting.several:
                self.report(diagnostics.ArgumentTwice(f"recipe {self.name}", name), one.name)
            elif one.targets and not setting.takes_for:
                self.wrong(one)
            else:
                found.setdefault(name, []).append(setting.read(self, one))
            seen.setdefault(name, one)
        self.place = self.source
        if self.network is not None and len(self.network.inputs) > 1:
            reason = f"trains models of one input, and {self.model} has several"
            self.report(diagnostics.WordMisfit(f"recipe {self.name}", reason), self.recipe.name)
        self.complete_losses()
        metrics = found.get("metrics", [None])[0]
        if metrics is None:
            metrics = self.usual_metrics()
        if self.failed or self.network is None:
            return None
        single = {name: values[0] for name, values in found.items() if not SETTINGS[name].several}
        return Recipe(
            **{
                **single,
                "name": self.name,
                "model": self.model,
                "losses": tuple(self.losses.values()),
                "metrics": metrics,
                "frozen": tuple(found.get("freeze", ())),
                "rates": tuple(found.get("rate", ())),
                "documentation": self.recipe.documentation,
            }
        )

    @property
    def name(self) -> str:
        return self.recipe.name.name

    def wrong(self, setting: tree.Setting) -> None:
        known = SETTINGS[setting.name.name]
        place = tree.Node(setting.start, setting.end)
        self.report(
            diagnostics.WrongSetting(setting.name.name, known.expected, known.example), place
        )

    def unknown(self, place: tree.Node, name: str, family: Family | None = None) -> None:
        """Report a word that no setting has, or that no family has."""
        from .foreign import OF_SETTINGS, OF_WORDS, advice_on  # deferred: for an error alone

        known = tuple(SETTINGS if family is None else family.words)
        advice = advice_on(name, OF_SETTINGS if family is None else OF_WORDS, known)
        near = () if advice else known
        if family is None:
            self.report(diagnostics.UnknownSetting(name, near, advice), place)
        else:
            self.report(diagnostics.UnknownWord(family.title, name, near, advice), place)

    # Values

    def value(self, setting: tree.Setting, kind: Kind) -> Value:
        """The one value of a setting, as its kind stores it."""
        entry = setting.entries[0] if len(setting.entries) == 1 else None
        try:
            if isinstance(entry, tree.Literal):
                return kind.accept(entry.value)
        except WrongKind:
            pass
        self.wrong(setting)
        return None

    def texts(self, setting: tree.Setting, entries: Sequence[Any]) -> tuple[tree.Literal, ...]:
        """What stands in quotes; reports where anything else does."""
        found = tuple(
            one for one in entries if isinstance(one, tree.Literal) and type(one.value) is str
        )
        if not entries or len(found) != len(entries):
            self.wrong(setting)
            return ()
        return found

    def use(self, call: Any, family: Family, setting: tree.Setting) -> Use | None:
        """A word with its arguments, or None after reporting."""
        if not isinstance(call, tree.Call):
            self.wrong(setting)
            return None
        word = family.words.get(call.name)
        if word is None:
            place = tree.Node(call.start, call.name_end)
            self.unknown(place, call.name, family)
            return None
        given = self.expressions.arguments(call, word, frozenset(), NO_INPUT)
        values = None if given is None else self.expressions.constants(word, given)
        return None if values is None else family.use(word.name, values)

    def one_use(self, setting: tree.Setting, family: Family) -> Use | None:
        if len(setting.entries) != 1:
            self.wrong(setting)
            return None
        return self.use(setting.entries[0], family, setting)

    def uses(self, setting: tree.Setting, family: Family) -> tuple[Use, ...]:
        if not setting.entries:
            self.wrong(setting)
        found = (self.use(one, family, setting) for one in setting.entries)
        return tuple(one for one in found if one is not None)

    # Layers

    def paths(self, pattern: tree.Literal) -> tuple[str, ...]:
        """The shortest paths that stand for all layers with weights that match a pattern."""
        if self.subject is None:
            return ()
        if self.subject.budget.is_spent:  # which is reported
            self.failed = True
            return ()
        try:
            found = self.subject.paths(pattern)
        except Exhausted as exhausted:
            self.report(diagnostics.TooManySteps(MOST_STEPS), exhausted.node)
            return ()
        if not found:
            self.report(diagnostics.NoSuchLayers(pattern.value, self.subject.roots), pattern)
        return found

    def all_paths(self, setting: tree.Setting, entries: Sequence[Any]) -> tuple[str, ...]:
        found = (path for one in self.texts(setting, entries) for path in self.paths(one))
        return tuple(dict.fromkeys(found))

    # Losses and metrics

    def loss(self, setting: tree.Setting) -> None:
        use = self.one_use(setting, LOSSES)
        names = [one for one in setting.targets if isinstance(one, tree.Call)]
        if len(names) != len(setting.targets) or any(one.arguments is not None for one in names):
            self.wrong(setting)
            return
        if self.network is None or use is None:
            return
        outputs = self.outputs()
        wanted: dict[str, Any] = {one.name: one for one in names}
        wanted = wanted or {next(iter(outputs)): setting}
        for name, place in wanted.items():
            if name not in outputs:
                self.report(diagnostics.UnknownValue(name, tuple(outputs)), place)
            elif name in self.losses:
                self.report(diagnostics.ArgumentTwice("`loss`", name), place)
            else:
                self.add_loss(name, use, place)

    def add_loss(self, output: str, use: Use, place: Any) -> None:
        """Hold a loss against an output."""
        shape, layer = self.outputs()[output]
        op = None if layer is None else layer.op.name
        fault, advice = _misfit(use.name, shape, op)
        if fault is not None:
            self.losses[output] = OutputLoss(output, use)
            self.report(diagnostics.LossMisfit(output, fault, advice), place)
            return
        is_fused = layer is not None and ENDS.get(use.name) == op
        if self.subject and layer and is_fused and self.subject.is_read(layer):
            reason = f"its {op} is read by other layers too: the loss cannot take its scores"
            self.report(diagnostics.LossMisfit(output, reason), place)
        self.losses[output] = OutputLoss(output, use, layer.path if layer and is_fused else None)

    def complete_losses(self) -> None:
        """Give an output without a loss the usual one, where its last layer tells which."""
        if self.network is None:
            return
        for output, (shape, layer) in self.outputs().items():
            if output not in self.losses:
                op = None if layer is None else layer.op.name
                usual = OF_PROBABILITIES.get(op or "")
                usual = usual or ("cross_entropy" if len(shape) == 1 and shape[0] > 1 else None)
                if usual is None:
                    reason = "no loss is said for it"
                    advice = f"write `loss mean_squared_error for {output}`"
                    self.report(diagnostics.LossMisfit(output, reason, advice), self.recipe.name)
                else:
                    self.add_loss(output, LOSSES.use(usual), self.recipe.name)

    def usual_metrics(self) -> tuple[Use, ...]:
        first = next(iter(self.losses.values()), None)
        is_error = first is None or first.use.name.startswith("mean")
        return () if is_error else (METRICS.use("accuracy"),)

    def metrics(self, setting: tree.Setting) -> tuple[Use, ...]:
        found = self.uses(setting, METRICS)
        if self.network is not None:
            shape = next(iter(self.outputs().values()))[0]
            for one in found:
                if one.name == "top" and not one["k"] < shape[-1]:
                    reason = f"with k={one['k']} is true of every sample: there are {shape[-1]}"
                    self.report(diagnostics.WordMisfit("top", f"{reason} classes"), setting)
        return found

    def augment(self, setting: tree.Setting) -> tuple[Use, ...]:
        found = self.uses(setting, AUGMENTATIONS)
        if self.network is None:
            return found
        shape = self.network.input_shape
        if not shape.is_image:
            reason = f"is for images, and the input is {shape}"
            self.report(diagnostics.WordMisfit("augment", reason), setting)
            return found
        images = [name for name, (dims, _) in self.outputs().items() if len(dims) > 1]
        for entry in setting.entries:
            word = AUGMENTATIONS.words.get(getattr(entry, "name", ""))
            fault = None if word is None else misfit(word, shape.channels, images)
            if word is not None and fault is not None:
                self.report(diagnostics.WordMisfit(word.name, fault), entry)
        return found

    def outputs(self) -> dict[str, tuple[tuple[int, ...], LayerView | None]]:
        """Shape and last layer of each output, by name."""
        return {} if self.subject is None else self.subject.outputs

    # Other settings

    def data(self, setting: tree.Setting) -> str | None:
        entries = setting.entries
        if len(entries) == 1 and isinstance(entries[0], tree.Call):
            if entries[0].name == DIGITS and entries[0].arguments is None:
                return DIGITS
            self.wrong(setting)
            return None
        texts = self.texts(setting, entries[:1] if len(entries) == 1 else ())
        return str(texts[0].value) if texts else None

    def word(self, setting: tree.Setting, words: Sequence[str]) -> str | None:
        """One of some words."""
        for one in setting.entries[:1] if len(setting.entries) == 1 else ():
            if isinstance(one, tree.Call) and one.name in words and one.arguments is None:
                return str(one.name)
        self.wrong(setting)
        return None

    def weights(self, setting: tree.Setting) -> str | None:
        texts = self.texts(setting, setting.entries if len(setting.entries) == 1 else ())
        return str(texts[0].value) if texts else None

    def freeze(self, setting: tree.Setting) -> Frozen | None:
        epochs: int | None = None
        if setting.targets:
            target = setting.targets[0]
            is_count = isinstance(target, tree.Literal) and COUNT.takes(target.value)
            if len(setting.targets) != 1 or not is_count:
                self.wrong(setting)
                return None
            epochs = target.value  # type: ignore[union-attr]  # a literal, see above
        paths = self.all_paths(setting, setting.entries)
        return Frozen(paths, epochs) if paths else None

    def rate(self, setting: tree.Setting) -> RateFactor | None:
        factor = self.value(setting, POSITIVE)
        paths = self.all_paths(setting, setting.targets)
        return RateFactor(paths, factor) if paths and factor is not None else None


def _misfit(loss: str, shape: tuple[int, ...], op: str | None) -> tuple[str | None, str | None]:
    """Why a loss cannot be taken of an output that ends in an op, and what to write instead."""
    if loss not in ENDS:  # errors are of any numbers
        return None, None
    if loss == "cross_entropy" and shape[-1] < 2:
        return "cross_entropy takes two classes or more", "write binary_cross_entropy"
    fault = f"it ends in {op}, whose values {loss} does not take"
    if op == "log_softmax":
        return fault, "leave `log_softmax` out: the loss takes scores"
    other = OF_PROBABILITIES.get(op or "", loss)
    return (None, None) if other == loss else (fault, f"write {other}")


def _number(kind: Kind) -> Callable[[RecipeBinder, tree.Setting], Any]:
    return lambda binder, setting: binder.value(setting, kind)


def _use(family: Family) -> Callable[[RecipeBinder, tree.Setting], Any]:
    return lambda binder, setting: binder.one_use(setting, family)


A_PATTERN = "paths of layers in quotes"
SETTINGS: dict[str, Setting] = {
    "data": Setting(
        "`digits`, or a folder, `.npz` or `.csv` file in quotes",
        'data "photos"',
        "what to learn from",
        RecipeBinder.data,
    ),
    "hold_out": Setting(
        RATE.text, "hold_out 0.2", "the share of the samples to measure by", _number(RATE)
    ),
    "loss": Setting(
        "one loss, and outputs behind `for`",
        "loss cross_entropy(weight=0.3) for aux1, aux2",
        "what is made small, for each output",
        RecipeBinder.loss,
        several=True,
        takes_for=True,
    ),
    "optimizer": Setting(
        "one optimizer", "optimizer adam(rate=0.001)", "how a step is taken", _use(OPTIMIZERS)
    ),
    "schedule": Setting(
        "one schedule",
        "schedule cosine(warm_up=5)",
        "what the rate is multiplied by, step by step",
        _use(SCHEDULES),
    ),
    "clip": Setting(
        POSITIVE.text, "clip 1.0", "the longest that all gradients may be", _number(POSITIVE)
    ),
    "accumulate": Setting(COUNT.text, "accumulate 4", "batches in a step", _number(COUNT)),
    "epochs": Setting(COUNT.text, "epochs 20", "how often all is seen", _number(COUNT)),
    "batch": Setting(COUNT.text, "batch 64", "samples in a batch", _number(COUNT)),
    "metrics": Setting(
        "metrics with commas between them",
        "metrics accuracy, top(5)",
        "what is measured beside the loss",
        RecipeBinder.metrics,
    ),
    "patience": Setting(
        COUNT.text,
        "patience 5",
        "epochs without a lower held-out loss after which training ends",
        _number(COUNT),
    ),
    "average": Setting(
        RATE.text,
        "average 0.999",
        "how much of the average of weights a step keeps; it is what is measured and kept",
        _number(RATE),
    ),
    "seed": Setting(NATURAL.text, "seed 7", "of all that is drawn", _number(NATURAL)),
    "precision": Setting(
        f"one of {', '.join(PRECISIONS)}",
        "precision bfloat16",
        "of products; weights and sums stay in float32",
        lambda binder, setting: binder.word(setting, PRECISIONS),
    ),
    "log": Setting(
        f"one of {', '.join(LOGS)}",
        "log tensorboard",
        "what measures are written for beside the table, `log.csv`",
        lambda binder, setting: binder.word(setting, LOGS),
    ),
    "augment": Setting(
        "augmentations with commas between them",
        "augment mirror",
        "how images change in training: places, colours, then mixtures, each in this order",
        lambda binder, setting: binder.augment(setting),
    ),
    "weights": Setting(
        "one file in quotes", 'weights "base.npz"', "what to start from", RecipeBinder.weights
    ),
    "missing": Setting(
        A_PATTERN,
        'missing "head.*"',
        "layers that are drawn anew, whatever the file has of them",
        lambda binder, setting: binder.all_paths(setting, setting.entries),
    ),
    "freeze": Setting(
        f"{A_PATTERN}, and a number of epochs behind `for`",
        'freeze "..layer3" for 5',
        "layers that do not learn, throughout or at first; they behave as in inference",
        RecipeBinder.freeze,
        several=True,
        takes_for=True,
    ),
    "rate": Setting(
        f"a number greater than 0, and {A_PATTERN} behind `for`",
        'rate 0.1 for "trunk.*"',
        "what the learning rate of some layers is multiplied by",
        RecipeBinder.rate,
        several=True,
        takes_for=True,
    ),
}
"""The words that begin a recipe's lines."""
