"""Which cases of a test run on every occasion, and which are among the slow or long ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def mostly_long(cases: Iterable[Any], quick: Collection[Any]) -> list[Any]:
    """The cases, all but the quick ones marked as long."""
    return [one if one in quick else pytest.param(one, marks=pytest.mark.long) for one in cases]


def mostly_slow(cases: Iterable[Any], quick: Collection[Any]) -> list[Any]:
    """The cases, all but the quick ones marked as slow."""
    return [one if one in quick else pytest.param(one, marks=pytest.mark.slow) for one in cases]
