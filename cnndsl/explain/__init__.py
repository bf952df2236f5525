"""Why a network does not hold, and what mends it."""

from __future__ import annotations


class Trials:
    """What may still be spent on trying what would mend a file, in steps of elaboration."""

    def __init__(self, left: int = 20_000) -> None:
        """Some 0.3 s by default."""
        self.left = left

    def spend(self, steps: int) -> bool:
        """Whether there is enough left for so many steps, which are then spent."""
        self.left -= steps
        return self.left >= 0
