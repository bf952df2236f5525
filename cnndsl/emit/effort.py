"""How much emission may try, so that no small file takes long: counted, never timed."""

from __future__ import annotations

DEFINITION = 30
"""What it takes to write a function or class."""
MOST_EFFORT = 60_000
"""What forms may take in which instances share code. Those that people write take a third of it."""
MOST_APART = 60_000
"""What the last form may take, where nothing is shared."""


class Spent(Exception):
    """A form would take more than there is left."""


class Effort:
    """What is left, for all attempts at some forms of one network."""

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self, amount: int) -> None:
        """Raises `Spent`."""
        self.left -= amount
        if self.left < 0:
            raise Spent
