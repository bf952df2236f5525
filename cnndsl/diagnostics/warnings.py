"""CNN8xx: what is allowed and yet most likely not meant.

A comment `# cnndsl: ignore CNN801`, on the line or alone on the line above, silences a warning.
"""

from __future__ import annotations

from .base import Diagnostic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..values import Shape, Size


class Warn(Diagnostic):
    """A warning: the network runs, but an expert would ask why."""

    severity = "warning"


class BiasBeforeNorm(Warn):
    """A layer's bias is taken away again by the batch normalisation behind it.

    Batch normalisation subtracts each channel's mean, so a constant added to the channel before
    has no effect on the result, and its gradient is zero. The bias costs parameters and memory,
    and does nothing. The normalisation's own shift, beta, takes its place.
    """

    code = "CNN801"
    op: str
    parameters: int
    message_template = (
        "the bias of {op} does nothing: the batch_norm behind it subtracts the mean of each channel"
    )
    help_template = "`bias=false` saves {parameters:,} parameters"


class PixelsUnseen(Warn):
    """The last rows or columns of an image lie in no window, as stride and size do not divide it.

    The output's size is rounded down, and the pixels that are left over at the bottom and right
    are never part of a window. What is to be seen there is lost, and the network sees the rest
    shifted. The pixels that a stride larger than the window skips everywhere do not count here.
    """

    code = "CNN802"
    op: str
    image: Shape
    rows: int
    columns: int
    arithmetic: str

    @property
    def message(self) -> str:
        parts = [_counted(self.rows, "row")] if self.rows else []
        parts += [_counted(self.columns, "column")] if self.columns else []
        sides = f"{self.image.height}x{self.image.width}"
        return (
            f"{self.op} never sees the last {' and '.join(parts)} of its {sides} image: "
            f"{self.arithmetic}"
        )

    @property
    def help(self) -> str | None:
        pooling = "`rounding=ceil` or " if self.op.endswith("_pool") else ""
        return f"{pooling}`pad=same` sees them all; so does an input size that divides"


class KernelBeyondImage(Warn):
    """Some of a kernel's weights only ever meet padding, as the image is smaller than the kernel.

    On an image of 1x1, a 3x3 convolution with padding uses the middle one of its nine weights;
    the others are multiplied by zeros wherever the window stands, and are never trained. The
    image has most likely become smaller on the way than was meant.
    """

    code = "CNN803"
    op: str
    kernel: Size
    used: int
    image: Shape
    help_template = "use a smaller kernel here, or fewer strides and poolings before"

    @property
    def message(self) -> str:
        sides = f"{self.image.height}x{self.image.width}"
        wasted = self.kernel.area - self.used
        return (
            f"{self.op}: {wasted} of the {self.kernel.area} weights of a {self.kernel} kernel only "
            f"ever see padding, as the image is {sides}"
        )


class LogitsAreProbabilities(Warn):
    """A value called `logits` comes out of a softmax or sigmoid, so it holds probabilities.

    A loss that takes logits applies the softmax itself. Given probabilities it applies it twice:
    training still runs, but slowly and to a worse result, and nothing says why.
    """

    code = "CNN804"
    name: str
    op: str
    message_template = "`{name}` are no logits: {op} makes probabilities of them"
    help_template = "leave out the {op}, or call them `probabilities`"


class SoftmaxInside(Warn):
    """A softmax feeds a layer with weights, a normalisation or another activation.

    Softmax squeezes all channels into positive numbers that add up to one. It belongs at the end,
    or into a `multiply` as the weights of an attention; before a further layer it takes away
    most of what the features say, and two of them in a row make nearly equal probabilities.
    """

    code = "CNN805"
    op: str
    message_template = "softmax feeds {op}: probabilities are most often a network's end"
    help_template = "use `relu` or another activation between layers, and one softmax at the end"


class UnusedLet(Warn):
    """A `let` names a side chain that no merge, chain or `output` uses, or a number nobody reads.

    Its layers are computed and trained for nothing, as no result depends on them.
    """

    code = "CNN806"
    name: str
    is_chain: bool = True
    message_template = "`{name}` is never used"

    @property
    def help(self) -> str | None:
        if not self.is_chain:
            return "read it in the lines behind it, or remove it"
        return f"join it, as in `add(main, {self.name})`, list it in `output`, or remove it"


class NeverRead(Warn):
    """No output depends on a layer: nothing reads its value, or only layers that nothing reads.

    Keras leaves such a layer and its weights out of the model, PyTorch keeps weights that are
    never trained, and the counts of parameters include it: the network is not the same
    everywhere. A path was forgotten in a merge or in `output`, or the layer can go.
    """

    code = "CNN812"
    what: str
    message_template = "no output depends on this {what}: nothing reads its value"
    help_template = "name it with `as` and join it, list it in `output`, or remove it"


class UnusedBlock(Warn):
    """A file with models defines or imports a block, or pixels, that it never uses.

    It may be left over, or a call of it may be missing. In a file of blocks alone, which is there
    to be imported from, nothing is reported.
    """

    code = "CNN807"
    name: str
    is_imported: bool
    is_pixels: bool = False

    @property
    def message(self) -> str:
        what = "pixels" if self.is_pixels else "block"
        verb = "are never stated" if self.is_pixels else "is never called"
        return f"{'imported ' if self.is_imported else ''}{what} `{self.name}` {verb}"

    @property
    def help(self) -> str | None:
        use = f"write `pixels {self.name}` below `input`" if self.is_pixels else "call it"
        own = "them" if self.is_pixels else "it"
        return f"remove {'the import' if self.is_imported else own}, or {use}"


class UnusedParameter(Warn):
    """A block or model never reads one of its parameters.

    Whoever sets it expects an effect, and there is none.
    """

    code = "CNN808"
    owner: str
    name: str
    message_template = "{owner} never reads its parameter `{name}`"
    help_template = "remove it, or use it in the body"


class DenseHoldsMost(Warn):
    """One dense layer holds more than nine tenths of all parameters of a network.

    That is what happens where a large image is flattened: the convolutions, which do the work,
    are a footnote, and the layer overfits. Later networks average each channel instead (Lin et
    al. 2013, section 3.2).
    """

    code = "CNN809"
    share: float
    length: int
    units: int
    total: int
    help_template = "pool more before `flatten`, or use `global_avg_pool` in its place"

    @property
    def message(self) -> str:
        share, size = int(100 * self.share), f"{self.length:,} x {self.units:,}"
        return (
            f"this dense layer holds {share}% of the network's {self.total:,} parameters ({size})"
        )


class ActivationTwice(Warn):
    """An activation directly behind another.

    The same one twice changes nothing (`relu`) or saturates (`tanh`, `sigmoid`). Two different
    ones are most often a slip as well: behind `relu`, a `sigmoid` never falls below one half, and
    a softmax cannot tell the classes that the relu has set to zero apart.
    """

    code = "CNN810"
    first: str
    second: str
    help_template = "remove one of them, or put a layer between"

    @property
    def message(self) -> str:
        if self.first == self.second:
            return f"{self.second} twice in a row"
        return f"{self.second} directly behind {self.first}"


class SoftmaxOfOne(Warn):
    """A softmax over a single channel gives 1 whatever it receives.

    The network can then learn nothing: its output is constant and every gradient is zero. One
    unit that says yes or no takes a `sigmoid`.
    """

    code = "CNN811"
    message_template = "softmax over one channel is always 1"
    help_template = "use `sigmoid` for one unit, or give softmax one channel for each class"


class HiddenDirection(Warn):
    """A character that changes the direction of writing, and is not to be seen itself.

    Editors and review pages then show the text in another order than it is read in: a layer can
    seem to be a comment, and a comment a layer (Boucher and Anderson 2021, "Trojan Source").
    Comments in Arabic or Hebrew need none of these characters, which stand in no word.
    """

    code = "CNN813"
    character: str
    help_template = "remove it, unless you know why it is there"

    @property
    def message(self) -> str:
        return f"U+{ord(self.character):04X} changes the direction in which the text is shown"


class LoopAsPath(Warn):
    """A `for` stands as a path of a merge: it is one path, its turns one after another.

    Who means a path for each turn gets a network that is deeper and has other numbers. Loops make
    no paths: several are named, or a block joins one path with what it makes of the others.
    """

    code = "CNN814"
    op: str
    message_template = "this `for` is one path of {op}: its turns stand in a row"
    help_template = (
        "for several paths, name values and join them, as in `{op}(a, b)`, or call a block from "
        "itself; if one is meant, make the loop a block"
    )


class OpenPath(Warn):
    """An `if` without `else` is a path of a merge: where it is false, the path is `identity`.

    The path is still there, and joins what enters the merge. Who means a path that is left out
    gets an input too many, and no message, as shapes often fit.
    """

    code = "CNN815"
    op: str
    message_template = (
        "when the condition is false, this path of {op} is not left out: it is the identity"
    )
    help_template = "write `else {{ identity }}` to say so, or put the `if` around the merge"


class ChannelsFirst(Warn):
    """An input of 3x224x224, which is an image of three rows of pixels with 224 channels.

    PyTorch states the channels first, and this language last: height, width, channels. The layers
    fit such an input as well, so that only their sizes say that something is wrong.
    """

    code = "CNN816"
    shape: Shape
    message_template = (
        "the input {shape} is an image {shape.height} high, of {shape.channels} channels"
    )

    @property
    def help(self) -> str | None:
        channels, height, width = self.shape.dims
        return f"channels come last: write `{height}x{width}x{channels}`"


class MomentumOfOthers(Warn):
    """A `batch_norm` that keeps less than half of the old statistics at each step.

    `momentum` is the share of the old statistics that is kept, as in Keras and the paper. PyTorch's
    is the share of the new ones that is taken, so that its 0.1 is 0.9 here.
    """

    code = "CNN817"
    momentum: float
    message_template = "this batch_norm keeps {momentum:g} of its old statistics at each step"

    @property
    def help(self) -> str | None:
        other = f"{1 - self.momentum:g}"
        return f"PyTorch's momentum is the other share: write `momentum={other}` for it"


def _counted(count: int, noun: str) -> str:
    return noun if count == 1 else f"{count} {noun}s"
