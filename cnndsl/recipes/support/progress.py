"""What has been measured, in words."""

from __future__ import annotations


def in_words(measured: dict[str, float]) -> str:
    """Losses and metrics in a line."""
    return "  ".join(
        f"{name.replace('_', ' ')} {value:.4g}" for name, value in measured.items()
    )
