"""What a recipe says once it is checked: every setting, with defaults for those left out."""

from __future__ import annotations

from ..record import Record
from .words import OPTIMIZERS, SCHEDULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .words import Use

DIGITS = "digits"
"""The data that is there without a file: scikit-learn's handwritten digits."""


class OutputLoss(Record):
    """The loss of one output of the model.

    output: its name; `main` for a model's only one
    use: the loss and its arguments
    fused: the path of the softmax or sigmoid that the output ends with and that the loss takes the
        scores before; None where the output is what the loss takes
    """

    output: str
    use: Use
    fused: str | None = None


class Frozen(Record):
    """Layers, by path, that do not learn: throughout, or for the first epochs.

    A frozen layer behaves as in inference: its statistics stay, and its dropout is off.
    """

    paths: tuple[str, ...]
    epochs: int | None = None


class RateFactor(Record):
    """Layers, by path, and what their learning rate is multiplied by."""

    paths: tuple[str, ...]
    factor: float


class Recipe(Record):
    """How a model is trained.

    data: `digits`, or the path of a folder with a folder for each class, a `.npz` with `x` and `y`
        (and a further `y_NAME` for each further output), or a `.csv` of paths and labels
    hold_out: the share of the samples that is held out to measure by
    losses: one for each output that is trained
    clip: the longest that all gradients together may be, as a vector; longer ones are shortened
    accumulate: how many batches make a step
    patience: epochs without a lower loss of the held-out part after which training ends
    average: how much of the average of the weights each step keeps; None where there is none
    precision: of products; weights stay in float32
    log: `csv`, or `tensorboard` beside it
    weights: the file that training starts from
    missing: paths of layers that are drawn anew, whatever it has of them
    """

    name: str
    model: str
    losses: tuple[OutputLoss, ...]
    data: str = DIGITS
    hold_out: float = 0.2
    optimizer: Use = OPTIMIZERS.use("adam")
    schedule: Use = SCHEDULES.use("constant")
    clip: float | None = None
    accumulate: int = 1
    epochs: int = 10
    batch: int = 32
    metrics: tuple[Use, ...] = ()
    patience: int | None = None
    average: float | None = None
    seed: int = 0
    precision: str = "float32"
    log: str = "csv"
    augment: tuple[Use, ...] = ()
    weights: str | None = None
    missing: tuple[str, ...] = ()
    frozen: tuple[Frozen, ...] = ()
    rates: tuple[RateFactor, ...] = ()
    documentation: str = ""

    def is_frozen(self, path: str, epoch: int) -> bool:
        """Whether a layer does not learn in an epoch, counted from 0."""
        return any(
            f"{path}.".startswith(f"{start}.")
            for one in self.frozen
            if one.epochs is None or epoch < one.epochs
            for start in one.paths
        )
