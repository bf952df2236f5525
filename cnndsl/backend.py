"""The protocol between the language and its backends, and their discovery.

A backend is an object in the entry-point group `cnndsl.backends`. It turns a checked network into
source text, and builds a live model by executing that same text.
"""

from __future__ import annotations

from .diagnostics.backends import MissingFramework, UnknownBackend
from .diagnostics.base import Rejected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Protocol

    from .ir.network import Network

    class Backend(Protocol):
        """What a backend offers."""

        name: str
        framework: str
        """The package that live models need, such as `torch`."""
        extra: str
        """The extra of cnndsl that installs it."""

        def emit(self, network: Network) -> str:
            """The network as formatted Python source.

            Raises `SpecError` for what the backend cannot lower exactly.
            """

        def build(self, network: Network) -> Any:
            """A live model: the emitted source, executed."""

        def shapes(self, model: Any, network: Network) -> Mapping[str, tuple[int, ...]]:
            """Each layer's output shape as the live model has it, by path: image or vector."""

        def weights(self, model: Any, network: Network) -> Mapping[str, Any]:
            """The model's weights as arrays in canonical layout, by `path/weight`."""

        def load_weights(self, model: Any, network: Network, weights: Mapping[str, Any]) -> None:
            """Set all weights from canonical arrays. Raises `ValueError` for one that misfits."""

        def predict(self, model: Any, images: Any) -> tuple[Any, ...]:
            """The outputs for a batch of images (NHWC) in inference mode, as NHWC arrays."""


GROUP = "cnndsl.backends"


def backend_names() -> tuple[str, ...]:
    """The installed backends, in alphabetical order."""
    from importlib.metadata import entry_points

    return tuple(sorted(point.name for point in entry_points(group=GROUP)))


def find_backend(name: str) -> Backend:
    """The installed backend of that name. Raises `Rejected`."""
    from importlib.metadata import entry_points

    for point in entry_points(group=GROUP):
        if point.name == name:
            backend: Backend = point.load()
            return backend
    raise Rejected(UnknownBackend(name, backend_names()))


def require_framework(backend: Backend) -> None:
    """Raise `Rejected` if the package that live models need is not installed."""
    from importlib.util import find_spec

    if find_spec(backend.framework) is None:
        raise Rejected(MissingFramework(backend.name, backend.framework, backend.extra))


def execute(source: str, name: str) -> dict[str, Any]:
    """Run emitted source as a module and give its names.

    The text is registered with `linecache`, so that tracebacks and `inspect` show it.
    """
    import linecache
    import sys
    import types

    filename = f"<cnndsl {name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    module = types.ModuleType(f"cnndsl_emitted_{name}")
    module.__file__ = filename
    sys.modules[module.__name__] = module
    exec(compile(source, filename, "exec", dont_inherit=True), module.__dict__)  # noqa: S102  # our own text
    return module.__dict__
