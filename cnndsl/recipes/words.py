"""The words of recipes, by family: what each means, as a formula, and the arguments that it takes.

In formulas, `w` is a weight, `g` its gradient, `r` the learning rate, and `t` counts the steps of
the optimizer from 1. Every framework is held to the formula, whatever its own of that name does.
"""

from __future__ import annotations

from ..ops.base import COUNT, FLAG, NON_NEGATIVE, POSITIVE, RATE, Attribute, Integer, Kind, Number
from ..record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..values import Value

NATURAL = Integer("an integer of at least 0", 0)
SHARE = Number("a number from 0 to 1", 0.0, 1.0 + 2**-52)
ANGLE = Number("an angle from 0 to 180 degrees", 0.0, 180.0 + 2**-44)
FACTOR = Number("a number greater than 0", 0.0, float("inf"), True)


class PairKind(Kind):
    """Two numbers greater than 0, the smaller one first."""

    def takes(self, value: Value) -> bool:
        return (
            isinstance(value, tuple)
            and len(value) == 2
            and all(map(POSITIVE.takes, value))
            and value[0] <= value[1]
        )

    def accept(self, value: Value) -> Value:
        return tuple(map(float, super().accept(value)))


PAIR = PairKind("(low, high), both greater than 0 and low at most high")


class Word(Record):
    """A word of a recipe, the arguments that it takes, and its formula in words."""

    name: str
    attributes: dict[str, Attribute]
    doc: str


class Use(Record):
    """A word as a recipe uses it: its arguments, with defaults for those that are not given."""

    name: str
    values: dict[str, Value]

    def __getitem__(self, attribute: str) -> Value:
        return self.values[attribute]

    def __str__(self) -> str:
        """As a recipe writes it."""
        from ..values import write  # deferred: for texts alone

        given = ", ".join(f"{name}={write(value)}" for name, value in self.values.items())
        return f"{self.name}({given})" if given else self.name


class Family(Record):
    """The words that one setting chooses from."""

    title: str
    words: dict[str, Word]

    def use(self, name: str, values: Mapping[str, Value] | None = None) -> Use:
        """A word with some arguments, and defaults for the others."""
        attributes = self.words[name].attributes
        whole = {key: (values or {}).get(key, one.default) for key, one in attributes.items()}
        return Use(name, whole)


def _family(title: str, *words: Word) -> Family:
    return Family(title, {one.name: one for one in words})


RATE_OF = {
    "sgd": 0.01,
    "rmsprop": 0.001,
    "adam": 0.001,
    "adamw": 0.001,
}
DECAYED = "; only of weights with two axes or more, so neither of biases nor of norms"
BETA_1 = Attribute(RATE, 0.9, "how much of the mean of gradients is kept")
BETA_2 = Attribute(RATE, 0.999, "how much of the mean of their squares is kept")
EPSILON = Attribute(POSITIVE, 1e-8, "added to the root")


def _rate(name: str) -> Attribute:
    return Attribute(POSITIVE, RATE_OF[name], "the learning rate, r")


OPTIMIZERS = _family(
    "an optimizer",
    Word(
        "sgd",
        {
            "rate": _rate("sgd"),
            "momentum": Attribute(RATE, 0.0, "m, how much of the velocity is kept"),
            "nesterov": Attribute(FLAG, False, "look ahead: w - r (g + m v)"),
            "decay": Attribute(NON_NEGATIVE, 0.0, f"d, added to gradients as d w{DECAYED}"),
        },
        "g = g + d w; v = m v + g; w = w - r v (Sutskever et al., 2013)",
    ),
    Word(
        "rmsprop",
        {
            "rate": _rate("rmsprop"),
            "rho": Attribute(RATE, 0.9, "how much of the mean of squares is kept"),
            "momentum": Attribute(RATE, 0.0, "m, how much of the velocity is kept"),
            "epsilon": EPSILON,
            "decay": Attribute(NON_NEGATIVE, 0.0, f"d, added to gradients as d w{DECAYED}"),
        },
        "g = g + d w; s = rho s + (1 - rho) g^2; v = m v + g / (sqrt(s) + epsilon); w = w - r v "
        "(Tieleman and Hinton, 2012)",
    ),
    Word(
        "adam",
        {"rate": _rate("adam"), "beta_1": BETA_1, "beta_2": BETA_2, "epsilon": EPSILON},
        "a = b1 a + (1 - b1) g; s = b2 s + (1 - b2) g^2; "
        "w = w - r (a / (1 - b1^t)) / (sqrt(s / (1 - b2^t)) + epsilon) "
        "(Kingma and Ba, 2015, algorithm 1)",
    ),
    Word(
        "adamw",
        {
            "rate": _rate("adamw"),
            "beta_1": BETA_1,
            "beta_2": BETA_2,
            "epsilon": EPSILON,
            "decay": Attribute(NON_NEGATIVE, 0.01, f"d{DECAYED}"),
        },
        "w = w - r d w before each step of adam (Loshchilov and Hutter, 2019)",
    ),
)

WARM_UP = Attribute(NON_NEGATIVE, 0.0, "epochs in which the rate rises: by (t / steps of them)")
SCHEDULES = _family(
    "a schedule",
    Word("constant", {"warm_up": WARM_UP}, "1"),
    Word(
        "step",
        {
            "every": Attribute(FACTOR, 30.0, "epochs between two steps"),
            "factor": Attribute(FACTOR, 0.1, "what the rate is multiplied by"),
            "warm_up": WARM_UP,
        },
        "factor^floor(epochs done / every)",
    ),
    Word(
        "cosine",
        {
            "end": Attribute(SHARE, 0.0, "the share of the rate that is left at the end"),
            "warm_up": WARM_UP,
        },
        "end + (1 - end) (1 + cos(pi p)) / 2, p from 0 after the warm-up to 1 at the last step "
        "(Loshchilov and Hutter, 2017)",
    ),
    Word(
        "plateau",
        {
            "factor": Attribute(FACTOR, 0.1, "what the rate is multiplied by"),
            "patience": Attribute(COUNT, 5, "epochs without a lower loss of the held-out part"),
            "warm_up": WARM_UP,
        },
        "factor^(how often that many epochs passed without a lower loss)",
    ),
)

SMOOTHING = Attribute(RATE, 0.0, "e, the share of a label that all classes divide among them")
WEIGHT = Attribute(POSITIVE, 1.0, "what the loss is multiplied by in the sum of all")
LOSSES = _family(
    "a loss",
    Word(
        "cross_entropy",
        {"smoothing": SMOOTHING, "weight": WEIGHT},
        "mean of -sum over classes of y log p, with (1 - e) y + e / classes for y",
    ),
    Word(
        "binary_cross_entropy",
        {"smoothing": SMOOTHING, "weight": WEIGHT},
        "mean of -(y log p + (1 - y) log(1 - p)), with (1 - e) y + e / 2 for y",
    ),
    Word("mean_squared_error", {"weight": WEIGHT}, "mean of (p - y)^2"),
    Word("mean_absolute_error", {"weight": WEIGHT}, "mean of |p - y|"),
)

METRICS = _family(
    "a metric",
    Word("accuracy", {}, "the share of samples whose class has the highest score"),
    Word(
        "top",
        {"k": Attribute(COUNT, 5, "how many")},
        "the share of samples whose class is among those with the k highest scores",
    ),
    Word("mean_squared_error", {}, "mean of (p - y)^2"),
    Word("mean_absolute_error", {}, "mean of |p - y|"),
)

CHANCE = Attribute(SHARE, 0.5, "of how many images")
ALWAYS = Attribute(SHARE, 1.0, "of how many images")
AUGMENTATIONS = _family(
    "an augmentation",
    Word("mirror", {"chance": CHANCE, "vertical": Attribute(FLAG, False, "upside down")}, "x"),
)
"""Changes to images in training, in the order in which a recipe names them."""

PRECISIONS = ("float32", "bfloat16", "float16")
"""Of products in training; weights and sums stay in float32."""


def all_words() -> Iterator[Word]:
    """Every word, family by family."""
    for family in (LOSSES, OPTIMIZERS, SCHEDULES, METRICS, AUGMENTATIONS):
        yield from family.words.values()
