"""Images of another size: by interpolation, by cutting, and by what is put around them."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Rejected
from ..values import Padding, Size
from .base import (
    EXPLICIT_PADS,
    FLAG,
    IMAGES,
    NUMBER,
    SEES_ORDER,
    SIZE,
    Choice,
    Op,
    attribute,
    moved,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..values import Shape
    from .base import Reach

NEAREST, BILINEAR, BICUBIC = "nearest", "bilinear", "bicubic"
NEAREST_FLOOR = "nearest_floor"
MODE = Choice("one of nearest, bilinear, bicubic", (NEAREST, BILINEAR, BICUBIC))
MODE_TO_SIZE = Choice(
    "one of nearest, nearest_floor, bilinear, bicubic", (NEAREST, NEAREST_FLOOR, BILINEAR, BICUBIC)
)
CONSTANT, REFLECT, EDGE, CIRCULAR = "constant", "reflect", "edge", "circular"
BORDER = Choice("one of constant, reflect, edge, circular", (CONSTANT, REFLECT, EDGE, CIRCULAR))


class Interpolation(Op):
    """What the ops share that compute an image's rows and columns between those that there are."""

    ranks = IMAGES
    order = SEES_ORDER
    mode: str = attribute(MODE, default=NEAREST, doc="how values between pixels are made")
    align_corners: bool = attribute(
        FLAG, default=False, doc="whether the middles of corner pixels stay where they are"
    )

    def check(self, inputs: Sequence[Shape]) -> None:
        if self.align_corners and is_nearest(self):
            label = f"{self.name}-2"
            raise Rejected(diagnostics.MeansNothing(self.name, label, "align_corners", self.mode))

    def operations_per_value(self, inputs: Sequence[Shape]) -> int:
        return {BILINEAR: 4, BICUBIC: 16}.get(self.mode, 0)

    def reach(self, inputs: Sequence[Shape]) -> tuple[Reach, ...]:
        before, after = {BILINEAR: (0, 1), BICUBIC: (1, 2)}.get(self.mode, (0, 0))
        sides = zip(inputs[0].dims[:-1], self.sides(inputs), strict=True)
        return tuple((before, after, old / new) for old, new in sides)


def is_nearest(op: Op) -> bool:
    return getattr(op, "mode", None) in (NEAREST, NEAREST_FLOOR)


def nearest_places(mode: str, pixels: int, count: int) -> list[int]:
    """The pixel along an axis that is nearest to each of `count`."""
    shift = 1 if mode == NEAREST else 0
    return [(2 * place + shift) * pixels // (2 * count) for place in range(count)]


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


class Resize(Interpolation):
    """Make an image of `size`, whatever its own: larger, smaller, or of other proportions. As large
    as the value `up` it is with `resize(up.size)`.

    Row i of h is computed of the H rows of the input as `upsample` does it, without a filter before
    where it becomes smaller. `nearest` is row floor((i + 0.5) * H / h), as TensorFlow, Pillow and
    PyTorch's `nearest-exact` have it, and `nearest_floor` row floor(i * H / h), as PyTorch's
    `nearest` has it. Columns alike.

    (resize-1) the input is an image
    (resize-2) `align_corners` is for `bilinear` and `bicubic`
    """

    name = "resize"
    size: Size = attribute(SIZE, doc="height and width of the output")
    mode: str = attribute(MODE_TO_SIZE, default=NEAREST, doc="how values between pixels are made")

    __fields__ = ("size", *Interpolation.__fields__)

    def sides(self, inputs: Sequence[Shape]) -> tuple[int, ...]:
        return self.size.height, self.size.width


class Pad(Op):
    """Put rows and columns around the image.

    With `top` rows above, row i of the output is row j = i - top of the H rows of the input. Where
    there is none, it is

    - `constant`: a row of `value`;
    - `reflect`: row -j above, and row 2 * (H - 1) - j below: those inside, from the edge on;
    - `edge`: the first or last one (PyTorch's `replicate`);
    - `circular`: row j + H above, and row j - H below: those of the other side.

    Columns alike, of the image with these rows.

    (pad-1) the input is an image
    (pad-2) `value` is for `constant`
    (pad-3) `reflect` takes fewer rows and columns on a side than there are, `circular` no more
    """

    name = "pad"
    operations = 0
    ranks = IMAGES
    order = SEES_ORDER
    pad: Padding = attribute(EXPLICIT_PADS, doc="rows and columns around the image")
    mode: str = attribute(BORDER, default=CONSTANT, doc="what they hold")
    value: float = attribute(NUMBER, default=0.0, doc="the number that `constant` puts there")

    def check(self, inputs: Sequence[Shape]) -> None:
        if self.value and self.mode != CONSTANT:
            raise Rejected(diagnostics.MeansNothing(self.name, "pad-2", "value", self.mode))
        if self.mode in (REFLECT, CIRCULAR):
            (image,) = inputs
            need_rows(self.name, self.mode, "high", image.height, self.pad.top, self.pad.bottom)
            need_rows(self.name, self.mode, "wide", image.width, self.pad.left, self.pad.right)

    def sides(self, inputs: Sequence[Shape]) -> tuple[int, ...]:
        (image,), pad = inputs, self.pad
        return pad.top + image.height + pad.bottom, pad.left + image.width + pad.right

    def reach(self, inputs: Sequence[Shape]) -> tuple[Reach, ...]:
        return moved(self.pad.top, self.pad.left)


def need_rows(op: str, mode: str, axis: str, rows: int, *sides: int) -> None:
    """Reject padding by more rows than an image has for it; `axis` tells the side in messages."""
    most = rows - (mode == REFLECT)
    if max(sides) > most:
        label = "pad-3" if op == "pad" else f"{op}-2"
        reason = diagnostics.PaddingBeyondImage
        raise Rejected(reason(op, label, mode, max(sides), most, axis))


class Cropping(Op):
    """What the ops share that cut rows and columns off the image's sides."""

    ranks = IMAGES
    order = SEES_ORDER
    operations = 0

    def removed(self, image: Shape) -> Padding:
        """The rows and columns that are cut off an image."""
        raise NotImplementedError

    def sides(self, inputs: Sequence[Shape]) -> tuple[int, ...]:
        (image,) = inputs
        cut = self.removed(image)
        return image.height - cut.top - cut.bottom, image.width - cut.left - cut.right

    def reach(self, inputs: Sequence[Shape]) -> tuple[Reach, ...]:
        cut = self.removed(inputs[0])
        return moved(-cut.top, -cut.left)


class Crop(Cropping):
    """Cut rows and columns off the image's sides.

    Row i of the output is row i + top of the input; columns alike.

    (crop-1) the input is an image
    (crop-2) a row and a column are left
    """

    name = "crop"
    cut: Padding = attribute(EXPLICIT_PADS, doc="rows and columns that are cut off")

    def removed(self, image: Shape) -> Padding:
        return self.cut

    def check(self, inputs: Sequence[Shape]) -> None:
        if min(self.sides(inputs)) < 1:
            raise Rejected(diagnostics.CropTooLarge(self.name, "crop-2", inputs[0]))


class CenterCrop(Cropping):
    """Cut the middle out of the image, height x width as `size` says; `center_crop(up.size)` makes
    it as large as the value `up`.

    Of H - h rows too many, round((H - h) / 2) are cut off above and the others below; a half is
    rounded to the even number, as in torchvision's `CenterCrop`. Columns alike.

    (center_crop-1) the input is an image
    (center_crop-2) the image is as large as `size` at least
    """

    name = "center_crop"
    size: Size = attribute(SIZE, doc="height and width of the output")

    def removed(self, image: Shape) -> Padding:
        high, wide = image.height - self.size.height, image.width - self.size.width
        top, left = round(high / 2), round(wide / 2)
        return Padding(top, high - top, left, wide - left)

    def check(self, inputs: Sequence[Shape]) -> None:
        (image,) = inputs
        if image.height < self.size.height or image.width < self.size.width:
            label = "center_crop-2"
            raise Rejected(diagnostics.CropTooLarge(self.name, label, image, self.size))
