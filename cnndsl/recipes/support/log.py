"""What has been measured, as a table."""

from __future__ import annotations

import csv
import os
from pathlib import Path


def write_log(path: Path, rows: list[dict[str, float]]) -> None:
    """Write a row for each epoch as a `.csv` file, whole or not at all."""
    partial = path.with_suffix(".partial")
    with partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    os.replace(partial, path)
