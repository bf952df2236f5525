"""The table of contents of the language's ops."""

from __future__ import annotations

from collections.abc import Mapping

from .base import ops_of
from .index import FAMILY_OF

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .base import Op

FAMILIES = (
    "convolution",
    "dense",
    "pooling",
    "resizing",
    "normalization",
    "merging",
    "channels",
    "attention",
    "activation",
)
"""The modules of ops, in the order of the reference. A new op in one is listed by itself."""


class Ops(Mapping[str, "type[Op]"]):
    """The ops by their names. A family is imported when one of its ops is wanted, or a list."""

    def __init__(self) -> None:
        self.imported: dict[str, type[Op]] = {}
        self.is_whole = False

    def __getitem__(self, name: str) -> type[Op]:
        if name not in self.imported:
            self.imported.update(ops_in(FAMILY_OF[name]))
        return self.imported[name]

    def __contains__(self, name: object) -> bool:
        return name in (self.imported if self.is_whole else FAMILY_OF)

    def __iter__(self) -> Iterator[str]:
        if not self.is_whole:
            self.imported = {name: op for one in FAMILIES for name, op in ops_in(one).items()}
            self.is_whole = True
        return iter(self.imported)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def ops_in(family: str) -> dict[str, type[Op]]:
    module = __import__(f"{__name__}.{family}", fromlist=["*"])
    return {op.name: op for op in ops_of(module)}


OPS = Ops()
