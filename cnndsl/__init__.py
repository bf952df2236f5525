"""Convolutional networks as checked text, and as Keras, PyTorch and NumPy code.

From Python:

    network = cnndsl.load("resnet50", classes=6)
    print(network.summary())
    code = network.emit("torch")
    model = network.build("torch")
"""

from __future__ import annotations

import sys

__version__ = "0.1.0"

__all__ = [
    "CheckedNetwork",
    "SpecError",
    "UnreadableSpecError",
    "__version__",
    "check",
    "load",
    "loads",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .api import CheckedNetwork, SpecError, UnreadableSpecError, check, load, loads


class _Package(type(sys)):  # type: ignore[misc]  # the class of modules, without importing types
    """A module whose functions are imported when they are first used."""

    @property
    def load(self) -> Any:
        """The function. The submodule of the same name must not take its place."""
        from .api import load

        return load

    @load.setter
    def load(self, _submodule: object) -> None:
        """Importing the submodule `cnndsl.load` sets this, to no effect."""

    def __getattr__(self, name: str) -> Any:
        if name in __all__:
            from . import api

            return getattr(api, name)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})


sys.modules[__name__].__class__ = _Package
