"""Backends that are other than those that come with cnndsl, for tests of what serves them all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import cnndsl.backend
from cnndsl.backend import Artifact, Backend
from cnndsl.ir.network import Network
from cnndsl.record import Record

REAL_FIND = cnndsl.backend.find_backend


def replaced(record: Any, **changes: Any) -> Any:
    """A record with other values in some fields."""
    assert isinstance(record, Record)
    values = {name: getattr(record, name) for name in record.__fields__}
    return type(record)(**{**values, **changes})


def with_text(backend: Backend, change: Callable[[str], str]) -> Backend:
    """A backend whose emitted text is changed, and so are its models."""

    def emit(network: Network) -> Artifact:
        emitted = backend.emitter(network)
        return Artifact(emitted.suffix, change(emitted.text))

    changed: Backend = replaced(backend, emitter=emit)
    return changed


def with_runtime(backend: Backend, **changes: Any) -> Backend:
    """A backend with other capabilities."""
    changed: Backend = replaced(backend, load=lambda: replaced(backend.load(), **changes))
    return changed


class Overriding:
    """A capability with other functions for some of its names."""

    def __init__(self, capability: Any, **functions: Any) -> None:
        self.capability = capability
        self.__dict__.update(functions)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.capability, name)


def install(monkeypatch: pytest.MonkeyPatch, **backends: Any) -> None:
    """Let these be the installed backends beside the reference.

    What is no backend is raised when it is looked up.
    """

    def find(name: str) -> Any:
        if name not in backends:
            return REAL_FIND(name)
        if isinstance(backends[name], Exception):
            raise backends[name]
        return backends[name]

    monkeypatch.setattr("cnndsl.backend.find_backend", find)
    monkeypatch.setattr("cnndsl.commands.verify.backend_names", lambda: tuple(backends))
