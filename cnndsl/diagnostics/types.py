"""CNN4xx: values and calls of the wrong kind, and statements in the wrong place."""

from __future__ import annotations

from .base import Diagnostic


class WrongValue(Diagnostic):
    """An attribute, count or condition receives a value that it does not take.

    Nothing is converted on the quiet: 8.5 filters are not 8, and 0 is not false.
    """

    code = "CNN401"
    what: str
    wanted: str
    found: str
    advice: str | None = None
    message_template = "{what} takes {wanted}, not {found}"


class LayerAsValue(Diagnostic):
    """A layer or block where a value is wanted, or another value where a layer is.

    A parameter takes a layer if it stands in a chain, as `act` does in `conv(8, 3x3) -> act`.
    Others are numbers, sizes, flags and words.
    """

    code = "CNN418"
    name: str
    is_parameter: bool
    advice: str | None = None

    @property
    def message(self) -> str:
        if self.is_parameter:
            return f"`{self.name}` is a parameter, and no layer"
        return f"`{self.name}` is a layer, and no value"

    @property
    def help(self) -> str | None:
        if self.advice is not None:
            return self.advice
        if self.is_parameter:
            return f"give it a layer, as in the default `{self.name} = relu`"
        return "a parameter takes a layer if it stands in a chain, as in `conv(8, 3x3) -> act`"


class MissingArgument(Diagnostic):
    """A call leaves out an attribute or parameter that has no default.

    There is no value that would be right for most networks, so the spec has to say it.
    """

    code = "CNN402"
    owner: str
    name: str
    signature: str
    advice: str | None = None
    message_template = "{owner} needs `{name}`"
    help_template = "write `{signature}`"


class TooManyArguments(Diagnostic):
    """A call with more positional arguments than there are attributes."""

    code = "CNN403"
    owner: str
    takes: tuple[str, ...]
    found: int

    @property
    def help(self) -> str:
        return f"it takes {', '.join(self.takes)}" if self.takes else f"write `{self.owner}`"

    @property
    def message(self) -> str:
        most = len(self.takes)
        arguments = "argument" if most == 1 else "arguments"
        return f"{self.owner} takes at most {most} {arguments}, not {self.found}"


class ArgumentTwice(Diagnostic):
    """A call gives the same attribute twice, or `output` lists a name twice.

    Only one of the values could count. A positional argument gives the attribute of its place. A
    layer that is handed on with arguments has those already: where it is called, others can follow.
    """

    code = "CNN404"
    owner: str
    name: str
    advice: str | None = None
    message_template = "{owner} is given `{name}` twice"

    @property
    def help(self) -> str:
        return self.advice or "remove one of them"


class PositionalAfterNamed(Diagnostic):
    """A positional argument after a named one.

    Its place would no longer tell which attribute it gives.
    """

    code = "CNN405"
    owner: str
    message_template = "a positional argument of {owner} comes after a named one"
    help_template = "put positional arguments first"


class BadOperation(Diagnostic):
    """An operator or function on values that it is not defined for."""

    code = "CNN406"
    reason: str
    advice: str | None = None
    message_template = "{reason}"


class Indivisible(Diagnostic):
    """`/` of two integers that does not come out even. The language has no rounding by accident.

    Half of an odd number of channels is a decision: `//` rounds down.
    """

    code = "CNN407"
    dividend: int
    divisor: int
    decimal: str
    """How the division is written for a decimal number."""
    is_count: bool | None = None
    """Whether an integer is wanted, or else a decimal number; None where that is not known."""

    @property
    def help(self) -> str:
        quotient, decimal = self.dividend // self.divisor, f"`{self.decimal}` for a decimal number"
        if quotient < 1:
            multiple = f"`/` takes a multiple of {self.divisor} here"
            return multiple if self.is_count else f"write {decimal}"
        down = f"`//` to round down, to {quotient}"
        choices = {None: f"{down}, or {decimal}", True: down, False: decimal}
        return f"write {choices[self.is_count]}"

    @property
    def message(self) -> str:
        quotient = f" = {self.dividend / self.divisor:.6g}" if abs(self.dividend) < 2**53 else ""
        return f"{self.dividend} / {self.divisor}{quotient} is not an integer"


class Misplaced(Diagnostic):
    """A statement or call where it cannot stand, such as `input` in a block.

    A block can be called from several places, so it cannot have an input or a budget of its own; a
    stage or a loop is one chain without side chains.
    """

    code = "CNN408"
    what: str
    rule: str
    message_template = "{what} cannot stand here: {rule}"


class MissingInput(Diagnostic):
    """A model without `input`, so that no shape is known."""

    code = "CNN409"
    model: str
    message_template = "model {model} has no input"
    help_template = "start it with a line such as `input 224x224x3`"


class NoModel(Diagnostic):
    """A file without a model where one is needed.

    A file of blocks alone can be checked and imported from, but there is no network to build.
    """

    code = "CNN410"
    blocks: int
    help_template = "write `model NAME {{ input 32x32x3 ... }}`"

    @property
    def message(self) -> str:
        return "this file defines no model" + (", only blocks" if self.blocks else "")


class WhichModel(Diagnostic):
    """A file with several models where one is needed.

    `check` takes them all; a command that works on one network does not guess.
    """

    code = "CNN411"
    models: tuple[str, ...]

    @property
    def message(self) -> str:
        return f"this file defines {len(self.models)} models: {', '.join(self.models)}"

    @property
    def help(self) -> str:
        return f"choose one, as in `--model {self.models[0]}`"


class Recursion(Diagnostic):
    """A block that is sure to call itself, directly or through others, and so has no end.

    A network has finitely many layers. Repetition is written `block * n` or `for`; a block that
    holds itself needs an `if` around the call, or a count that comes to 0.
    """

    code = "CNN412"
    names: tuple[str, ...]
    help_template = "write repetition as `block * n` or `for`, or put the call into an `if`"

    @property
    def message(self) -> str:
        return f"block {self.names[0]} calls itself: {' -> '.join(self.names)}"


class EndlessRecursion(Diagnostic):
    """A block that calls itself on a condition which holds in every call, or in very many.

    A block can be inside itself 32 times, far beyond any network that halves its image from level
    to level.
    """

    code = "CNN419"
    name: str
    how: str
    call: str
    message_template = "block {name} calls itself {how}: {call}"
    help_template = (
        "end it by an `if` on a number that falls from call to call, as in "
        "`if depth > 0 {{ level(depth - 1) }}`"
    )


class TooManyLayers(Diagnostic):
    """A network larger than any framework builds: most likely a count with a slip."""

    code = "CNN413"
    count: int
    limit: int
    what: str = "layers"
    message_template = "the network would have {count:,} {what}; the limit is {limit:,}"
    help_template = "look for a slip in a count"


class TooManySteps(Diagnostic):
    """Loops, block calls or values that multiply beyond what any network takes.

    Checking stays fast on every spec, even on one made to be slow. A layer is a step, a new block
    sixteen, and an expression of eight parts one; all models of a file share the steps, and what
    stands behind the last is not checked. A longer file may take more.
    """

    code = "CNN417"
    limit: int
    message_template = "checking this file takes more than {limit:,} steps"
    help_template = (
        "look for loops in loops, blocks that call several others with new values, long lists, or "
        "patterns of a recipe that stand for very many layers"
    )


class NoPaths(Diagnostic):
    """A line of a merge's body that is not a path.

    A merge joins the values of its lines, and a `let` or `output` has none.
    """

    code = "CNN414"
    op: str
    message_template = "each line of `{op} {{ }}` is one path: a chain of layers"
    help_template = "move it before `{op} {{`, and write the paths as chains"


class EmptyModel(Diagnostic):
    """A model that does nothing with its input."""

    code = "CNN415"
    model: str
    message_template = "model {model} has no layers"
    help_template = "write its layers below `input`"


class UnreadInput(Diagnostic):
    """One of a model's inputs that leads to no output.

    Frameworks refuse such an input, or ask for values that change nothing. What feeds outputs for
    training alone is none of inference's.
    """

    code = "CNN420"
    model: str
    name: str
    message_template = "no output of model {model} depends on the input `{name}`"
    help_template = "start a chain with `{name} -> ...` that leads to an output, or leave it out"


class MissingParameter(Diagnostic):
    """A model whose parameter has neither a default nor a value from `--set`.

    Shapes depend on it, so nothing can be checked without.
    """

    code = "CNN416"
    model: str
    name: str
    message_template = "model {model} needs a value for `{name}`"
    help_template = "give it a default, or `--set {name}=...`"
