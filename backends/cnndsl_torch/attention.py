"""How attention is written as modules of PyTorch."""

from __future__ import annotations

from cnndsl.emit import python
from cnndsl.emit.formulas import literal
from cnndsl.emit.lowering import Lowering, Stored, stored
from cnndsl.ops import attention
from cnndsl_torch.kernels import as_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cnndsl.emit.classes.writer import Site
    from cnndsl.ir.network import Layer


def attending(site: Site) -> python.Expression:
    arguments = [site.symbol("heads"), site.symbol("key_size")]
    keywords = site.keywords(key_heads="key_heads", grid="grid", stride="stride")
    bias = site.constant("bias")
    if bias is None:
        window = site.keywords(window="window")
        return python.Call(site.support("SelfAttention"), arguments, [*window, *keywords])
    if bias == attention.MLP:
        keywords += site.keywords(hidden="hidden")
    extents = site.measure(window_of)
    return python.Call(BIASED[bias](site), [*arguments, literal(extents)], keywords)


def window_of(layer: Layer) -> tuple[int, ...]:
    """Height and width of an attention's windows."""
    op: Any = layer.op
    found: tuple[int, ...] = op.extents(*layer.input_shapes)
    return found


def position_embedding(site: Site) -> python.Expression:
    size = site.measure(lambda layer: layer.input_shapes[0].dims[:2])
    return python.call(site.support("PositionEmbedding"), site.in_channels, literal(size))


BIASED: dict[Any, Callable[[Site], str]] = {
    attention.OFFSETS: lambda site: site.support("OffsetAttention"),
    attention.DISTANCES: lambda site: site.support("DistanceAttention"),
    attention.MLP: lambda site: site.support("MlpOffsetAttention"),
}
ATTENDING = "heads key_size window=None * key_heads=None grid=False stride=1"
ATTENTION = (
    as_module(
        attention.ChannelConv, "ChannelConv1d", "kernel", {"kernel": Stored("weight", (2, 1, 0))}
    ),
    as_module(attention.PathSoftmax, "PathSoftmax", "paths"),
    as_module(
        attention.MultiHeadAttention,
        "PixelAttention",
        "channels heads * key_size=None bias=True",
        {
            "in_kernel": Stored("in_proj_weight", (1, 0)),
            "in_bias": Stored("in_proj_bias"),
            "out_kernel": Stored("out_proj_weight", (1, 0)),
            "out_bias": Stored("out_proj_bias"),
        },
    ),
    Lowering(
        attention.Attention,
        attending,
        {
            **stored("offset_bias", "distance_bias", "mlp_bias", "mlp_out_bias"),
            "mlp_kernel": Stored("mlp_weight", (1, 0)),
            "mlp_out_kernel": Stored("mlp_out_weight", (1, 0)),
        },
        reads={
            "SelfAttention": ATTENDING,
            "OffsetAttention": f"{ATTENDING} bias=offsets",
            "DistanceAttention": f"{ATTENDING} bias=distances",
            "MlpOffsetAttention": f"{ATTENDING} hidden=512 bias=mlp",
        },
    ),
    Lowering(
        attention.PositionEmbedding,
        position_embedding,
        {"embedding": Stored("weight", (2, 0, 1))},
    ),
    as_module(
        attention.ScalarAffine,
        "ScalarAffine",
        "* start=1.0 bias=True",
        {"gamma": Stored("weight"), "beta": Stored("bias")},
    ),
)
