"""What has been measured, as a picture."""

from __future__ import annotations

from pathlib import Path


def draw_curves(path: Path, rows: list[dict[str, float]]) -> None:
    """Draw the loss and the metrics by epoch, where matplotlib is installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        print(f"no {path.name}: it needs matplotlib")
        return
    epochs = [row["epoch"] for row in rows]
    names = [name for name in rows[0] if f"held_out_{name}" in rows[0]]
    figure = Figure(figsize=(5 * len(names), 4), layout="constrained")
    for place, name in enumerate(names):
        axes = figure.add_subplot(1, len(names), place + 1)
        for column in (name, f"held_out_{name}"):
            values = [row[column] for row in rows]
            axes.plot(epochs, values, label=column.replace("_", " "))
        axes.set_xlabel("epoch")
        axes.legend()
    figure.savefig(path)
