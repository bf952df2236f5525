"""Tables of pictures and labels."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cnndsl.recipes.support.photo import is_picture


def table_of(path: Path) -> tuple[list[str], list[list[str]]]:
    """The columns' names, where there are any, and the columns."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        first = file.readline()
        file.seek(0)
        separator = max(",;\t", key=first.count)
        rows = [row for row in csv.reader(file, delimiter=separator) if row]
    names: list[str] = []
    if rows and not is_picture(Path(rows[0][0])):
        names = [] if (path.parent / rows[0][0]).is_file() else rows.pop(0)
    if not rows or min(map(len, rows)) < 2:
        raise SystemExit(f"{path}: a row is a path and its labels")
    for row in rows:
        if len(row) != len(rows[0]):
            counts = f"{len(row)} columns, and not {len(rows[0])}"
            raise SystemExit(f"{path}: the row of {row[0]} has {counts}")
    return names[1:], [list(column) for column in zip(*rows, strict=True)]


def columns_of(
    path: Path,
    names: Sequence[str],
    columns: Sequence[list[str]],
    outputs: Sequence[str],
) -> list[list[list[str]]]:
    """The columns of each output's labels.

    They are those of its name. Where no column has the name of an output, all are of
    the only output, or each is of one. Outputs without any have the first.
    """
    if set(names) & set(outputs):
        named = [
            [one for name, one in zip(names, columns, strict=False) if name == output]
            for output in outputs
        ]
        return [found or [columns[0]] for found in named]
    if len(outputs) == 1:
        return [list(columns)]
    if len(columns) in (1, len(outputs)):
        return [[columns[number % len(columns)]] for number in range(len(outputs))]
    wanted = f"name those that count as the outputs: {', '.join(outputs)}"
    raise SystemExit(f"{path}: there are {len(columns)} columns of labels: {wanted}")


def labels_of(
    path: Path, output: str, columns: Sequence[list[str]]
) -> tuple[np.ndarray, list[str]]:
    """Numbers, or those of classes whose names a column has, and these names."""
    for column in columns:
        for number, label in enumerate(column, 1):
            if not label.strip():
                raise SystemExit(f"{path}: picture {number} has no label")
    try:
        found = np.array(columns, float).T
    except ValueError:
        if len(columns) > 1:
            advice = f"give numbers, or call the one that counts {output}"
            what = f"{len(columns)} columns of labels, not all numbers"
            raise SystemExit(f"{path}: there are {what}: {advice}") from None
        names = sorted(set(columns[0]))
        return np.array([names.index(one) for one in columns[0]]), names
    if not np.isfinite(found).all():
        raise SystemExit(f"{path}: labels of {output} are not all finite")
    return found[:, 0] if len(columns) == 1 else found, []
