"""CNN1xx: habits and slips, each with what to write instead. A text without mistakes needs none."""

from __future__ import annotations

from .base import Diagnostic


class MissingComma(Diagnostic):
    """Two arguments, parameters, items or names side by side, without a comma between them."""

    code = "CNN107"
    before: str
    after: str
    message_template = "a comma is missing between `{before}` and `{after}`"
    help_template = "write `{before}, {after}`"


class MissingArrow(Diagnostic):
    """Two layers on one line without an arrow between them."""

    code = "CNN108"
    before: str
    after: str
    message_template = "`->` is missing between `{before}` and `{after}`"
    help_template = "put `->` between layers, or start a new line"


class StrayArrow(Diagnostic):
    """An arrow without a layer on both of its sides."""

    code = "CNN109"
    position: str
    """Where it is: `first`, `last`, or `doubled`."""

    @property
    def message(self) -> str:
        return {
            "first": "this arrow comes from nowhere: no layer stands before it",
            "last": "this arrow leads nowhere: no layer comes after it",
            "doubled": "two arrows in a row, with no layer between them",
        }[self.position]

    @property
    def help(self) -> str | None:
        return {
            "first": "remove it: each line goes on from the line above",
            "last": "remove it, or write the layer that it leads to",
            "doubled": "remove one, or write the layer that is missing (`identity` does nothing)",
        }[self.position]


class ForeignSymbol(Diagnostic):
    """A symbol of other languages, or of typography, for one that the language spells otherwise."""

    code = "CNN110"
    found: str
    wanted: str
    message_template = "`{found}` is not a symbol of the language"
    help_template = "write `{wanted}`"


class ColonForEquals(Diagnostic):
    """An attribute or a default that is given its value with `:`, as in a Python dict."""

    code = "CNN111"
    name: str
    kind: str = "an attribute"
    message_template = "{kind} gets its value with `=`, not `:`"
    help_template = "write `{name} = ...`"


class MissingEquals(Diagnostic):
    """A name and its value side by side, without `=` between them."""

    code = "CNN112"
    name: str
    value: str
    message_template = "`=` is missing between `{name}` and `{value}`"
    help_template = "write `{name} = {value}`"


class WrongEquals(Diagnostic):
    """`=` where two values are compared, or `==` where a name gets its value."""

    code = "CNN113"
    found: str

    @property
    def message(self) -> str:
        if self.found == "=":
            return "`=` gives a name its value; values are compared with `==`"
        return "`==` compares values; a name gets its value with `=`"

    @property
    def help(self) -> str | None:
        return "write `==`" if self.found == "=" else "write `=`"


class MisspeltKeyword(Diagnostic):
    """A word that is almost a keyword, where only the keyword makes sense."""

    code = "CNN114"
    found: str
    keyword: str
    message_template = "`{found}` is not a word of the language"
    help_template = "did you mean `{keyword}`?"


class BadImport(Diagnostic):
    """An import in the manner of Python, or one that is not complete."""

    code = "CNN115"
    found: str
    message_template = "this import cannot be read: {found}"
    help_template = 'write `import NAME, NAME from "file.cnn"`: blocks, by their names, from a file'


class QuotedWord(Diagnostic):
    """Quotes around a name, a word or a number. Only the path of an import is a string."""

    code = "CNN116"
    text: str
    advice: str | None = None
    message_template = "`{text}` is in quotes; names, words and numbers take none"
    help_template = "write `{text}`"


class SizeInPieces(Diagnostic):
    """A size whose numbers are not joined by a plain `x`: `3 x 3`, `3*3`, `3X3`."""

    code = "CNN117"
    found: str
    size: str
    message_template = "`{found}` is not how a size is written"
    help_template = "write `{size}`, in one piece"


class Semicolon(Diagnostic):
    """A semicolon. Statements end with their line."""

    code = "CNN118"
    message_template = "a statement takes no `;`: it ends with its line"
    help_template = "remove it, and start a new line for each statement"


class ForeignComment(Diagnostic):
    """A comment in the manner of C."""

    code = "CNN119"
    found: str
    message_template = "`{found}` does not start a comment"
    help_template = "comments start with `#`"


class ColonForBraces(Diagnostic):
    """A heading that ends with `:`, as in Python. What belongs to it stands in braces."""

    code = "CNN120"
    heading: str
    message_template = "`{heading}` takes its lines in braces, not after a colon"
    help_template = "write `{{` in place of the colon, and a `}}` after the last line"


class MissingBrace(Diagnostic):
    """A heading that no `{` follows."""

    code = "CNN121"
    heading: str
    message_template = "a `{{` is missing after `{heading}`"
    help_template = (
        "put it on the heading's own line, and a `}}` after the last line that belongs to it"
    )


class MissingName(Diagnostic):
    """A model, block or stage without a name."""

    code = "CNN122"
    kind: str
    message_template = "this {kind} has no name"
    help_template = "write `{kind} NAME {{ ... }}`"


class WrongBrackets(Diagnostic):
    """Parameters or arguments in brackets other than round ones."""

    code = "CNN123"
    what: str
    found: str
    message_template = "{what} stand in round brackets, not in `{found}`"
    help_template = "write `(` and `)`"


class MissingIn(Diagnostic):
    """A `for` without its `in`."""

    code = "CNN124"
    found: str
    message_template = "`for` needs `in` between its names and its list, but has {found}"
    help_template = "write `for NAME in [64, 128]`"


class Unfinished(Diagnostic):
    """Something that ends before it is complete: an expression, an argument, a statement."""

    code = "CNN125"
    after: str
    missing: str
    example: str | None = None
    message_template = "{missing} is missing after `{after}`"

    @property
    def help(self) -> str | None:
        if self.example is not None:
            return f"write it, as in `{self.example}`"
        return f"write it, or remove the `{self.after}`"


class ForeignWord(Diagnostic):
    """A keyword of Python or another language, where this one has its own form."""

    code = "CNN126"
    found: str
    advice: str
    message_template = "the language has no `{found}`"


class OutsideDefinition(Diagnostic):
    """A statement outside of every model and block."""

    code = "CNN127"
    found: str
    message_template = "`{found}` stands outside of every model and block"
    help_template = (
        "put it between the braces of `model NAME {{ ... }}`, or look for a `}}` too many above"
    )


class MissingBrackets(Diagnostic):
    """The arguments of a layer or block without brackets around them."""

    code = "CNN128"
    name: str
    argument: str
    message_template = "the arguments of `{name}` stand in brackets"
    help_template = "write `{name}({argument})`"


class Assignment(Diagnostic):
    """`x = layer`, as in Python. Layers get names with `as`, chains and values with `let`."""

    code = "CNN129"
    name: str
    advice: str | None = None
    message_template = "`{name} = ...` is not a statement"
    help_template = "name a layer with `... as {name}`, a chain or value with `let {name} = ...`"


class MissingColon(Diagnostic):
    """A shape assertion without its colon."""

    code = "CNN130"
    shape: str
    message_template = "a `:` is missing before the shape `{shape}`"
    help_template = "write `: {shape}`"


class ArrowInBrackets(Diagnostic):
    """An arrow among the arguments of a call: most likely its `)` is missing or misplaced."""

    code = "CNN131"
    name: str
    message_template = "an arrow stands among the arguments of `{name}`"
    help_template = "close the arguments with `)` before the arrow"


class DoubledComma(Diagnostic):
    """A comma with nothing before it."""

    code = "CNN132"
    message_template = "a comma with nothing before it"
    help_template = "remove it, or write what is missing"
