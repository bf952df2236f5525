"""The table of contents of the language's ops."""

from __future__ import annotations

from . import (
    activation,
    attention,
    channels,
    convolution,
    dense,
    merging,
    normalization,
    pooling,
    resizing,
)
from .base import ops_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .base import Op

FAMILIES = (
    convolution,
    dense,
    pooling,
    resizing,
    normalization,
    merging,
    channels,
    attention,
    activation,
)
"""The modules of ops. A new one in a family is listed by itself."""

OPS: dict[str, type[Op]] = {op.name: op for family in FAMILIES for op in ops_of(family)}

WORDS: frozenset[str] = frozenset(
    word
    for op in OPS.values()
    for attribute in op.attributes.values()
    for word in attribute.kind.words
)
"""The words that some attribute takes: `same`, `valid`, `ceil`, `he_normal` and so on."""
