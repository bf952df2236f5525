"""Words that are almost others."""

from __future__ import annotations


def keyword_near(word: str, keywords: tuple[str, ...]) -> str | None:
    """The one keyword that a word is a slip of, or None."""
    if len(word) > 12 or word in keywords:
        return None
    near = [one for one in keywords if distance(word.lower(), one) <= slips(one)]
    return near[0] if len(near) == 1 else None


def slips(word: str) -> int:
    """How many slips of the pen a word of this length may have and still be recognised."""
    return 2 if len(word) > 5 else 1


def distance(one: str, other: str) -> int:
    """How many letters were left out, added, changed or swapped with their neighbour."""
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, wanted in enumerate(other, 1):
            best = min(row[-1] + 1, rows[-1][j] + 1, rows[-1][j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]
