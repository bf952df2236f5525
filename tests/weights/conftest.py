"""Keras forgets its models behind each module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="module")
def _forget_keras_models() -> Iterator[None]:
    yield
    import keras

    keras.backend.clear_session()
