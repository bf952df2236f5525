"""Images of another size: by interpolation, by cutting, and by what is put around them."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Rejected
from ..values import Size
from .base import FLAG, IMAGES, SEES_ORDER, SIZE, Choice, Op, attribute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..values import Shape
    from .base import Reach

NEAREST, BILINEAR, BICUBIC = "nearest", "bilinear", "bicubic"
MODE = Choice("one of nearest, bilinear, bicubic", (NEAREST, BILINEAR, BICUBIC))


class Interpolation(Op):
    """What the ops share that compute an image's rows and columns between those that there are."""

    ranks = IMAGES
    order = SEES_ORDER
    mode: str = attribute(MODE, default=NEAREST, doc="how values between pixels are made")
    align_corners: bool = attribute(
        FLAG, default=False, doc="whether the middles of corner pixels stay where they are"
    )

    def check(self, inputs: Sequence[Shape]) -> None:
        if self.align_corners and self.mode == NEAREST:
            label = f"{self.name}-2"
            raise Rejected(diagnostics.MeansNothing(self.name, label, "align_corners", self.mode))

    def operations_per_value(self, inputs: Sequence[Shape]) -> int:
        return {NEAREST: 0, BILINEAR: 4, BICUBIC: 16}[self.mode]

    def reach(self, inputs: Sequence[Shape]) -> tuple[Reach, ...]:
        before, after = {NEAREST: (0, 0), BILINEAR: (0, 1), BICUBIC: (1, 2)}[self.mode]
        return tuple((before, after, step) for _, _, step in super().reach(inputs))


def is_nearest(op: Op) -> bool:
    return getattr(op, "mode", None) == NEAREST


class Upsample(Interpolation):
    """Make the image `factor` times as high and wide.

    Row i of h lies at y = (i + 0.5) * H / h - 0.5 among the H rows of the input, or with
    `align_corners` at y = i * (H - 1) / (h - 1) (0 if h = 1). With t = y - floor(y) it is

    - `nearest`: the row that it lies in, floor(y + 0.5);
    - `bilinear`: (1 - t) times row floor(y), plus t times the next one;
    - `bicubic`: the sum of rows floor(y) - 1 to floor(y) + 2, each times k(its distance from y),
      with k(d) = 1.25 d^3 - 2.25 d^2 + 1 up to d = 1 and -0.75 d^3 + 3.75 d^2 - 6 d + 3 beyond
      (Keys 1981, with -0.75 for the slope, as in PyTorch).

    A row beyond the edge counts as the one at the edge. Columns alike.

    (upsample-1) the input is an image
    (upsample-2) `align_corners` is for `bilinear` and `bicubic`
    """

    name = "upsample"
    factor: Size = attribute(SIZE, doc="how many rows and columns are made of each")

    __fields__ = ("factor", *Interpolation.__fields__)

    def sides(self, inputs: Sequence[Shape]) -> tuple[int, ...]:
        (image,) = inputs
        return image.height * self.factor.height, image.width * self.factor.width
