"""What has been measured, in words."""

from __future__ import annotations


def in_words(measured: dict[str, float]) -> str:
    """Losses and metrics in a line."""
    return "  ".join(
        f"{name.replace('_', ' ')} {value:.4g}" for name, value in measured.items()
    )


def so_far(
    epoch: str, batch: int, batches: int, measured: str, images: float, seconds: float
) -> str:
    """How far an epoch is, over the line before on a terminal."""
    left = seconds * (batches - batch) / batch
    return (
        f"\r\x1b[Kepoch {epoch}  batch {batch}/{batches}  {measured}"
        f"  {images / max(seconds, 1e-9):.0f} images/s  {left:.0f} s left"
    )
