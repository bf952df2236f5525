"""The words of recipes, by family: what each means, as a formula, and the arguments that it takes.

In formulas, `w` is a weight, `g` its gradient, `r` the learning rate, and `t` counts the steps that
the weight has taken, from 1: those of one that thaws begin then. Every framework is held to the
formula, whatever its own of that name does.
"""

from __future__ import annotations

from ..ops.base import (
    COUNT,
    FLAG,
    NON_NEGATIVE,
    NUMBER,
    POSITIVE,
    RATE,
    Attribute,
    Integer,
    Kind,
    Number,
)
from ..record import Distinct, Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..values import Value

NATURAL = Integer("an integer of at least 0", 0)
SHARE = Number("a number from 0 to 1", 0.0, 1.0 + 2**-52)
ANGLE = Number("an angle from 0 to 180 degrees", 0.0, 180.0 + 2**-44)
FACTOR = Number("a number greater than 0", 0.0, float("inf"), True)


class PairKind(Kind):
    """Two numbers greater than 0 and at most `most`, the smaller one first."""

    most: float = float("inf")

    def takes(self, value: Value) -> bool:
        return (
            isinstance(value, tuple)
            and len(value) == 2
            and all(map(POSITIVE.takes, value))
            and value[0] <= value[1] <= self.most
        )

    def accept(self, value: Value) -> Value:
        return tuple(map(float, super().accept(value)))


class ListKind(Kind):
    """So many numbers."""

    length: int

    def takes(self, value: Value) -> bool:
        is_list = isinstance(value, tuple) and len(value) == self.length
        return is_list and all(map(NUMBER.takes, value))

    def accept(self, value: Value) -> Value:
        return tuple(map(float, super().accept(value)))


PAIR = PairKind("(low, high), both greater than 0 and low at most high")
SHARES = PairKind("(low, high), both greater than 0, at most 1, and low at most high", 1.0)
SLANT = Number("an angle of at least 0 and less than 90 degrees", 0.0, 90.0)


class Word(Distinct):
    """A word of a recipe, the arguments that it takes, and its formula in words.

    channels: how many channels images must have for it; None where any do
    """

    name: str
    attributes: dict[str, Attribute]
    doc: str
    channels: int | None = None


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
    Word(
        "accuracy",
        {},
        "the share of samples whose class has the highest score; of probabilities each by itself "
        "(`binary_cross_entropy`), of those on the right side of 1/2",
    ),
    Word(
        "top",
        {"k": Attribute(COUNT, 5, "how many")},
        "the share of samples whose class is among those with the k highest scores",
    ),
    Word("mean_squared_error", {}, "mean of (p - y)^2"),
    Word("mean_absolute_error", {}, "mean of |p - y|"),
)

ALWAYS = Attribute(SHARE, 1.0, "of how many images")
AMOUNT = Attribute(SHARE, 0.2, "a; f is from 1 - a to 1 + a")
VERTICAL = Attribute(FLAG, False, "rows in place of columns")
RGB = 3
TRANSFORMS = _family(
    "a change of place",
    Word(
        "mirror",
        {"chance": Attribute(SHARE, 0.5, "of how many images"), "vertical": VERTICAL},
        "x = -u",
    ),
    Word(
        "crop",
        {"pad": Attribute(NATURAL, 4, "p, pixels of zeros around the image"), "chance": ALWAYS},
        "x = u + i, y = v + j; i and j whole numbers from -p to p",
    ),
    Word(
        "random_resized_crop",
        {
            "area": Attribute(SHARES, (0.08, 1.0), "of s, the box's share of the image"),
            "aspect": Attribute(PAIR, (3 / 4, 4 / 3), "of r, the box's width by its height"),
            "chance": ALWAYS,
        },
        "x = u b / W + i, y = v a / H + j; b = min(W, sqrt(s r W H)), a = min(H, sqrt(s W H / r)), "
        "log r uniform; i and j so that the box is within the image (Szegedy et al., 2015)",
    ),
    Word(
        "rotate",
        {"degrees": Attribute(ANGLE, 15.0, "d; t is from -d to d"), "chance": ALWAYS},
        "x = u cos t - v sin t, y = u sin t + v cos t",
    ),
    Word(
        "shear",
        {
            "degrees": Attribute(SLANT, 10.0, "d; t is from -d to d"),
            "vertical": VERTICAL,
            "chance": ALWAYS,
        },
        "x = u + v tan t",
    ),
    Word(
        "translate",
        {
            "share": Attribute(SHARE, 0.1, "s, of height and width; not of whole pixels"),
            "chance": ALWAYS,
        },
        "x = u + i, y = v + j; i from -s W to s W, j from -s H to s H",
    ),
    Word(
        "zoom",
        {"factors": Attribute(PAIR, (0.8, 1.25), "of f; above 1 enlarges"), "chance": ALWAYS},
        "x = u / f, y = v / f; log f uniform",
    ),
)
COLOURS = _family(
    "a change of colour",
    Word("brightness", {"amount": AMOUNT, "chance": ALWAYS}, "c = f c"),
    Word("contrast", {"amount": AMOUNT, "chance": ALWAYS}, "c = f c + (1 - f) mean of g"),
    Word("saturation", {"amount": AMOUNT, "chance": ALWAYS}, "c = f c + (1 - f) g", RGB),
    Word(
        "hue",
        {"degrees": Attribute(ANGLE, 18.0, "d; t is from -d to d"), "chance": ALWAYS},
        "I = I cos t - Q sin t, Q = I sin t + Q cos t of the colour in YIQ",
        RGB,
    ),
    Word(
        "pca",
        {
            "deviation": Attribute(NON_NEGATIVE, 0.1, "of a"),
            "values": Attribute(
                ListKind("three numbers", 3), (0.2175, 0.0188, 0.0045), "l; by default ImageNet's"
            ),
            "vectors": Attribute(
                ListKind("nine numbers, row by row", 9),
                (
                    *(-0.5675, 0.7192, 0.4009),
                    *(-0.5808, -0.0045, -0.8140),
                    *(-0.5836, -0.6948, 0.4203),
                ),
                "P, by row; its columns are the vectors, by default ImageNet's",
            ),
            "chance": ALWAYS,
        },
        "c = c + P (a l), a three normal numbers (Krizhevsky et al., 2012)",
        RGB,
    ),
)
MIXTURES = _family(
    "a box or a mixture",
    Word(
        "cutout",
        {
            "share": Attribute(SHARE, 0.5, "of height and width, the box's sides"),
            "fill": Attribute(SHARE, 0.0, "f"),
            "chance": ALWAYS,
        },
        "c = f in a box around any pixel, as much of it as is within the image "
        "(DeVries and Taylor, 2017)",
    ),
    Word(
        "mixup",
        {"alpha": Attribute(POSITIVE, 0.2, "of the Beta distribution"), "chance": ALWAYS},
        "c = s c + (1 - s) c' and y = s y + (1 - s) y', with c' and y' of another image; "
        "s of Beta(alpha, alpha) (Zhang et al., 2018)",
    ),
    Word(
        "cutmix",
        {"alpha": Attribute(POSITIVE, 1.0, "of the Beta distribution"), "chance": ALWAYS},
        "c = c' in a box around any pixel with sides sqrt(1 - s) H and sqrt(1 - s) W, and "
        "y = t y + (1 - t) y', t the share outside of the box; s of Beta(alpha, alpha) "
        "(Yun et al., 2019)",
    ),
)
AUGMENTATIONS = Family("an augmentation", {**TRANSFORMS.words, **COLOURS.words, **MIXTURES.words})
"""Changes to images in training. In formulas, the pixel at column u and row v, counted from the
centre of an image W wide and H high, comes from (x, y); c is a colour from 0 to 1, g its grey."""


MOVING = (*TRANSFORMS.words, "cutmix")
"""Those after which things are elsewhere in an image."""


def misfit(word: Word, channels: int, images: Sequence[str] = ()) -> str | None:
    """Why an augmentation does not suit a model, if it does not.

    channels: of the model's input
    images: the outputs that are images themselves; their targets stay as they are
    """
    if word.channels not in (None, channels):
        return f"takes images of {word.channels} channels, and the input has {channels}"
    if images and word.name in MOVING:
        return f"moves what is in the input, and the targets of {images[0]} would stay"
    return None


PRECISIONS = ("float32", "bfloat16", "float16")
"""Of products in training; weights and sums stay in float32."""
LOGS = ("csv", "tensorboard")
"""What measures are written for."""
