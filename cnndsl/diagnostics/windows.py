"""CNN3xx: windows, padding and crops that do not fit an image."""

from __future__ import annotations

from .base import Diagnostic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..values import Shape, Size


class KernelTooLarge(Diagnostic):
    """A kernel or pooling window is larger than the padded image, so no output is left.

    Most often the image has become smaller on the way than was thought.
    """

    code = "CNN304"
    op: str
    label: str
    axis: str
    size: int
    dilation: int
    before: int
    image: int
    after: int
    advice: str | None = None
    help_template = "use a smaller window, or `pad=same`"

    @property
    def message(self) -> str:
        reach = self.dilation * (self.size - 1) + 1
        dilated = f" (dilated from {self.size})" if self.dilation > 1 else ""
        padded = self.before + self.image + self.after
        sum_text = f" ({self.before} + {self.image} + {self.after})" if padded != self.image else ""
        return (
            f"{self.op}: a window {reach} {self.axis}{dilated} does not fit into an image "
            f"{padded} {self.axis}{sum_text}"
        )


class PoolPaddingTooLarge(Diagnostic):
    """Pooling padding of more than half the window: a window could hold padding alone.

    The maximum of no pixels is minus infinity and their mean is 0 / 0. PyTorch refuses it too.
    """

    code = "CNN308"
    op: str
    label: str
    padding: int
    size: int
    axis: str
    advice: str | None = None
    message_template = (
        "{op}: padding of {padding} is more than half the window, which is {size} {axis}"
    )

    @property
    def help(self) -> str | None:
        pads = f"`pad={self.size // 2}` or less"
        return self.advice or f"use {pads}, or `zero_pad` before the pooling"


class GapsTooLarge(Diagnostic):
    """A pooling whose window has larger gaps than the padded image has pixels.

    Such a window could hold padding alone, as one that is padded by more than half.
    """

    code = "CNN346"
    op: str
    label: str
    dilation: int
    pixels: int
    axis: str
    message_template = (
        "{op}: a dilation of {dilation} is more than the padded image, which is {pixels} {axis}"
    )
    help_template = "use a smaller dilation, or none of the padding"


class OutputPaddingTooLarge(Diagnostic):
    """A `conv_transpose` whose `output_padding` is as large as its stride and its dilation.

    A convolution with a stride gives one size for several sizes of its input, which differ by less
    than the stride. `output_padding` says which of them its transpose leads back to; PyTorch takes
    no larger one either.
    """

    code = "CNN321"
    op: str
    label: str
    axis: str
    added: int
    limit: int
    message_template = "{op}: output_padding of {added} in {axis} is not below {limit}"

    @property
    def help(self) -> str:
        return f"write {self.limit - 1} at most: less than the larger of stride and dilation"


class NothingLeft(Diagnostic):
    """A `conv_transpose` whose `pad` takes off all that it makes.

    Its padding is that of the convolution it is the transpose of, and so takes pixels off the
    result, where a convolution puts zeros around its input.
    """

    code = "CNN322"
    op: str
    label: str
    axis: str
    pixels: int
    before: int
    after: int

    @property
    def message(self) -> str:
        taken = f"{self.before} + {self.after}"
        return (
            f"{self.op}: pad takes {taken} off a {self.axis} of {self.pixels}, and nothing is left"
        )

    help_template = "use a smaller `pad`, or `pad=same`"


class PaddingBeyondImage(Diagnostic):
    """Padding that mirrors or repeats more rows or columns than the image has.

    `reflect` leaves out the row at the edge, so that an image of 4 rows has 3 to mirror; `circular`
    has all 4. No framework takes more.
    """

    code = "CNN341"
    op: str
    label: str
    mode: str
    side: int
    most: int
    axis: str
    message_template = (
        "{op}: `{mode}` puts at most {most} around an image that is so {axis}, not {side}"
    )
    help_template = "use fewer rows and columns; `pad` with `mode=edge` takes any number"


class CropTooLarge(Diagnostic):
    """A crop of which nothing is left, or one that is larger than the image.

    Most often the image has become smaller on the way than was thought.
    """

    code = "CNN342"
    op: str
    label: str
    image: Shape
    middle: Size | None = None
    help_template = "cut less off, or crop before the image becomes smaller"

    @property
    def message(self) -> str:
        image = f"an image of {self.image.height}x{self.image.width}"
        if self.middle is None:
            return f"{self.op} leaves nothing of {image}"
        return f"{self.op} to {self.middle} does not fit into {image}"
