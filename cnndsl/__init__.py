"""Convolutional networks as checked text, and as Keras, PyTorch and NumPy code.

From Python:

    network = cnndsl.load("resnet50", classes=6)
    print(network.summary())
    code = network.emit("torch")
    model = network.build("torch")
"""

from __future__ import annotations

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
    from .notebook import Shell


def __getattr__(name: str) -> Any:
    """A function or class, imported when it is first used."""
    if name in __all__:
        return _of_api(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load_ipython_extension(shell: Shell) -> None:
    """What `%load_ext cnndsl` calls: cells that begin with `%%cnn` hold specs."""
    from . import notebook  # deferred: for notebooks alone

    notebook.load(shell)


def _of_api(name: str) -> Any:
    from . import api  # deferred: `check` does without it

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
