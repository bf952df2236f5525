"""Training scripts that run in this process."""

from __future__ import annotations

from cnndsl.backend import execute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnndsl.backend import Artifact


def fit(script: Artifact, arguments: Sequence[str]) -> tuple[list[dict[str, float]], str]:
    """What a script measured in each epoch, and the file of its best weights."""
    names = execute(script, "training")
    options = names["arguments"](arguments)
    trainer = names["Trainer"](options)
    if options.resume:
        trainer.resume()
    trainer.train()
    return trainer.rows, str(options.out / "best.pt")
