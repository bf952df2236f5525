"""Everything that cnndsl says about a spec: the catalogue, locations and rendering.

A diagnostic is reached by its name, `diagnostics.UnknownLayer`, and its module imported when one is
first asked for: to define them all takes a tenth of what it takes to check a spec without faults.
"""
# ruff: noqa: F403  # the names are for type checkers; a table of them would be a second catalogue

from __future__ import annotations

MODULES = "names shapes windows types syntax imports budgets warnings recipes".split()

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .budgets import *
    from .imports import *
    from .names import *
    from .recipes import *
    from .shapes import *
    from .syntax import *
    from .types import *
    from .warnings import *
    from .windows import *
else:

    def __getattr__(name: str) -> object:
        """The diagnostic of a name."""
        from importlib import import_module  # deferred: for what is at fault alone

        for module in MODULES if name[:1].isupper() else ():
            found = vars(import_module(f"{__name__}.{module}")).get(name)
            if found is not None:
                globals()[name] = found
                return found
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
