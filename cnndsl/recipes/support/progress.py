"""What has been measured, in words."""

from __future__ import annotations

from shutil import get_terminal_size


def in_words(measured: dict[str, float]) -> str:
    """Losses and metrics in a line."""
    return "  ".join(
        f"{name.replace('_', ' ')} {value:.4g}" for name, value in measured.items()
    )


def so_far(
    epoch: str, batch: int, batches: int, measured: str, images: float, seconds: float
) -> str:
    """How far an epoch is, over the line before on a terminal.

    It is no longer than a line of the terminal: no way leads back from a second one.
    """
    left = seconds * (batches - batch) / batch
    line = (
        f"epoch {epoch}  batch {batch}/{batches}  {left:.0f} s left"
        f"  {images / max(seconds, 1e-9):.0f} images/s  {measured}"
    )
    longest = get_terminal_size().columns - 1
    return f"\r\x1b[K{line[:longest]}"
