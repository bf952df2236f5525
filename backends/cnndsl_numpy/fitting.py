"""Training scripts that run in this process."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnndsl.backend import execute
from cnndsl_numpy.trainer import Trainer

if TYPE_CHECKING:
    from cnndsl.backend import Artifact


def fit(script: "Artifact", arguments: Sequence[str]) -> tuple[list[dict[str, float]], str]:
    """Return what a script measured in each epoch, and the file of its best weights."""
    trainer: Trainer = execute(script, "training")["trainer"]()
    options = trainer.arguments(arguments)
    trainer.run(options)
    return trainer.rows, str(options.out / "best.npz")
