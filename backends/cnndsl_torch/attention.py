"""How attention is written as modules of PyTorch."""

from __future__ import annotations

from cnndsl.emit import python
from cnndsl.emit.lowering import Lowering, Stored
from cnndsl.ops import attention

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cnndsl.emit.classes.writer import Site


def channel_conv(site: Site) -> python.Expression:
    return python.call(site.support("ChannelConv1d"), site.symbol("kernel"))


ATTENTION = (
    Lowering(
        attention.ChannelConv,
        channel_conv,
        {"kernel": Stored("weight", (2, 1, 0))},
        reads={"ChannelConv1d": "kernel"},
    ),
)
