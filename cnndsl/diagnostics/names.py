"""CNN2xx: names that mean nothing here, or mean something else."""

from __future__ import annotations

from .base import Diagnostic


class UnknownLayer(Diagnostic):
    """A chain names something that is neither an op, nor a block, nor a value named before.

    Nothing is skipped: a layer that is not known would be missing from the network. Blocks of other
    files need an `import`.
    """

    code = "CNN201"
    name: str
    known: tuple[str, ...]
    advice: str | None = None
    """What to write for a word of other frameworks."""
    message_template = "unknown layer or block `{name}`"
    help_template = "define it, `block {name}(...) {{ ... }}`, or import it from another file"


class UnknownAttribute(Diagnostic):
    """A layer or block call with an attribute that it does not have.

    An attribute that nobody reads would leave the default in force, and the network would not be
    the one that was written down.
    """

    code = "CNN202"
    owner: str
    name: str
    known: tuple[str, ...]
    advice: str | None = None
    meant: str | None = None
    """The attribute that is certainly meant, if one is."""
    message_template = "{owner} has no attribute `{name}`"
    help_template = "it takes {known}"

    @property
    def help(self) -> str | None:
        return self.advice or super().help


class UnknownName(Diagnostic):
    """An expression uses a name that is neither a parameter, nor a loop variable, nor a word.

    A block sees its own parameters alone, so that its text says all that it depends on.
    """

    code = "CNN203"
    name: str
    known: tuple[str, ...]
    advice: str | None = None
    """What the attribute takes for which the name stands."""
    message_template = "unknown name `{name}`"


class UnknownValue(Diagnostic):
    """A merge or `output` reads a value that no layer before it was named.

    Names are given by `as` and `let`, before they are used. Those inside a stage, loop or block are
    its own affair and cannot be read from outside; nor does it see those around it, but for the
    lists that a `for` reads.
    """

    code = "CNN204"
    name: str
    known: tuple[str, ...]
    advice: str | None = None
    message_template = "no value is named `{name}` here"
    help_template = (
        "name a layer with `as` or `let` before; names in a stage, loop or block stay inside"
    )


class NeverGrown(Diagnostic):
    """`name[i]` where a value is wanted, and no list of values has that name.

    A list is there once `as name[]` has put a value into it. A list of numbers gives numbers, which
    stand in arguments.
    """

    code = "CNN213"
    name: str
    message_template = "`{name}` is no list of values"
    help_template = "put values into it before: `as {name}[]` behind a layer or block"


class NoSuchValue(Diagnostic):
    """An index beyond the values that a list has at that place.

    They are counted from 0 in the order in which they came, and from the end with -1, -2, ...
    Later lines and turns put more of them into it.
    """

    code = "CNN214"
    name: str
    index: int | None
    """Without one, all of its values are meant."""
    count: int

    @property
    def message(self) -> str:
        if self.index is None:
            return f"the list `{self.name}` is empty here"
        if not self.count:
            return f"`{self.name}[{self.index}]`: the list is empty here"
        values = "value" if self.count == 1 else "values"
        return f"`{self.name}[{self.index}]`: the list has {self.count} {values} here"

    @property
    def help(self) -> str:
        if not self.count:
            return f"put values into it before this line: `as {self.name}[]` behind a layer"
        last = self.count - 1
        return f"the first is `{self.name}[0]`, the last `{self.name}[{last}]` or `{self.name}[-1]`"


class UnknownPixels(Diagnostic):
    """`pixels` names neither an order of channels nor a definition in reach.

    Other files' definitions need an `import`, as their blocks do.
    """

    code = "CNN211"
    name: str
    known: tuple[str, ...]
    message_template = "there are no pixels `{name}`"
    help_template = "there are {known}, or define it: `pixels {name} = rgb(...)`"


class NameTaken(Diagnostic):
    """Two layers, parameters or definitions of one scope share a name.

    A layer's name is its key in a weight file, its attribute in PyTorch and its name in Keras, so
    two layers cannot have the same.
    """

    code = "CNN205"
    what: str
    name: str
    message_template = "{what} `{name}` is already defined"
    help_template = "choose another name"


class ReservedName(Diagnostic):
    """A name that emitted code could not carry: Python or PyTorch's `Module` has it already.

    A layer called `forward` would replace the module's own method.
    """

    code = "CNN206"
    name: str
    owner: str
    message_template = "`{name}` cannot be a name: it is {owner}"

    @property
    def help(self) -> str | None:
        return f"write `{self.name.strip('_')}_`, or a name that says what it is"


class NameInLoop(Diagnostic):
    """`as` inside a loop or repeat, where the name would be given once for each turn.

    Layers in a loop are numbered in the order they run. The loop as a whole can have a name.
    """

    code = "CNN207"
    name: str
    message_template = "`as {name}` inside a loop would name several layers"
    help_template = (
        "make the loop's body a block, where values can be named; or name the whole loop, "
        "`for ... {{ ... }} as NAME`, or keep each turn's value of a `for` in a list, `as {name}[]`"
    )


class NotNameable(Diagnostic):
    """`as` after something that is no single layer of a stage or loop.

    A stage is one sequence of numbered layers, and a group in brackets makes no layer of its own
    that a name could stand for.
    """

    code = "CNN208"
    name: str
    message_template = "`as {name}` needs a layer, block or merge here"
    help_template = "put `as` directly behind the layer that it names"


class AmbiguousFact(Diagnostic):
    """A budget uses a name that is both a fact about the model and a parameter or number of it.

    `depth` in `expect` is the depth of the network. Where the model has a parameter of that name,
    a reader cannot tell which of the two is meant.
    """

    code = "CNN212"
    name: str
    model: str
    message_template = (
        "`{name}` is a fact that `expect` speaks of, and a name of model {model}, too"
    )
    help_template = "call the model's own by another name"


class UnknownModel(Diagnostic):
    """`--model` names a model that the file does not define.

    Every command that works on one network needs to know which.
    """

    code = "CNN209"
    name: str
    known: tuple[str, ...]
    message_template = "no model is named `{name}`"
    help_template = "there are: {known}"


class UnknownParameter(Diagnostic):
    """`--set` names a parameter that the model does not have.

    The value would have no effect.
    """

    code = "CNN210"
    model: str
    name: str
    known: tuple[str, ...]
    message_template = "model {model} has no parameter `{name}`"
    help_template = "it takes {known}"
