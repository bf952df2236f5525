"""Keras forgets its models behind each module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="module")
def _forget_keras_models() -> Iterator[None]:
    """Once a module: each time takes most of a second, for it collects garbage."""
    yield
    import keras

    keras.backend.clear_session()
