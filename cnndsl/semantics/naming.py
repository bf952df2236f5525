"""The fixed names of layers, and what cannot be a name.

Names are given by the text, not by the instance: a block's layers have the same names wherever it
is called, so that each block can become one class.

In a model, a block or a merge's paths a layer is named by `as`, or after its op or block, with a
number where there are several: conv1, conv2. A stage, a loop and a repeat are sequences: their
layers are numbered from 0 in the order they run, as in a PyTorch `Sequential`, unless `as` names
them.
"""

from __future__ import annotations

import keyword

from .. import diagnostics
from ..ops.index import WORDS
from ..record import Record
from ..syntax import tree
from .bound import NumberedName
from .evaluate import FUNCTIONS
from .reserved import RESERVED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .bound import Named, Shared
    from .expressions import Names, Report

OF_TURNS = "numbers in a name tell the turns of a `for` apart"


class Namespace:
    """A namespace of values and of layers. A stage, loop or repeat is a sequence: it has no values.

    `in_loop` tells whether what stands here may run several times, and `in_turns` whether numbers
    can tell these times apart, as those of a repeat cannot.
    """

    __slots__ = (
        "in_loop",
        "in_turns",
        "is_sequence",
        "layers",
        "lists",
        "report",
        "shared",
        "stems",
        "values",
        "wanted",
    )

    def __init__(
        self,
        report: Report,
        is_sequence: bool = False,
        in_loop: bool = False,
        in_turns: bool = False,
    ) -> None:
        self.report = report
        self.is_sequence = is_sequence
        self.in_loop = in_loop
        self.in_turns = in_turns
        self.values: dict[str, None] = {}
        self.lists: dict[str, None] | None = None
        """The lists that have grown; None where the namespace can know none."""
        self.shared: dict[str, Shared | None] = {}
        """Layers and blocks to call by name; None for one at fault."""
        self.wanted: list[tuple[Named | None, str, tree.Name | None]] = []
        self.layers: dict[str, None] = {}
        """The names that `as` gives to layers; in a sequence they are no values."""
        self.stems: dict[str, None] = {}
        """The names behind which stand numbers."""

    def looped(self, in_turns: bool) -> Namespace:
        """The same sequence within a loop, which has turns that numbers can tell apart or not."""
        in_turns = in_turns and (self.in_turns or not self.in_loop)
        inner = Namespace(self.report, self.is_sequence, True, in_turns)
        inner.values, inner.wanted, inner.stems = self.values, self.wanted, self.stems
        inner.layers = self.layers
        return inner

    def want(self, node: Named | None, name: tree.Name | None, default: str) -> None:
        """Have a node named: as is written, or after its op or block. An invalid one has no node.

        In a sequence only what is written counts.
        """
        if self.is_sequence:
            if name is None:
                return
            if self.in_loop and not (self.in_turns and type(name) is tree.NumberedName):
                self.report(diagnostics.NameInLoop(name.name), name)
                self.values[name.name] = None  # reported, so that nobody asks for it again
                return
        if name is not None:
            check_layer_name(name, self.report)
            self.layers[name.name] = None
        if type(name) is tree.NumberedName:
            self.want_numbered(node, name)
            return
        derived = default.lstrip("_") or "block"  # Python would alter a class's `__name`
        self.wanted.append((node, name.name if name else derived, name))

    def want_numbered(self, node: Named | None, name: tree.NumberedName) -> None:
        """Have a node named in each turn of a loop."""
        if not self.in_turns:
            self.report(diagnostics.Misplaced(f"`{name.name}[...]`", OF_TURNS), name)
        elif node is not None:
            self.stems[name.name] = None
            numbered = NumberedName(name.name)
            numbered.numbers = name.numbers
            object.__setattr__(node, "name", numbered)  # as below

    def assign_names(self) -> None:
        """Name every layer: those of `as` as they are, the others numbered where there are more."""
        taken: set[str] = set()
        uses: dict[str, int] = {}
        for _, name, given in self.wanted:
            if given is None:
                uses[name] = uses.get(name, 0) + 1
                continue
            if name in taken or name.rstrip("0123456789") in self.stems:
                self.report(diagnostics.NameTaken("the name", name), given)
            taken.add(name)
        numbers: dict[str, int] = {}
        for node, name, given in self.wanted:
            if given is None:
                if uses[name] > 1 or name in taken or keyword.iskeyword(name) or name in RESERVED:
                    number = numbers.get(name, 0) + 1
                    while f"{name}{number}" in taken:
                        number += 1
                    numbers[name] = number
                    name = f"{name}{number}"
                taken.add(name)
            if node is not None:
                object.__setattr__(node, "name", name)  # frozen for all but the binder


class Place(Record):
    """Where a primary stands: its element, what is in reach there, and the name to give it."""

    element: tree.Element
    namespace: Namespace
    names: Names
    name: tree.Name | None
    is_first: bool
    """In its chain."""


def check_layer_name(name: tree.Name, report: Report) -> None:
    """Report a name that emitted code could not carry."""
    text = name.name
    if keyword.iskeyword(text):
        owner = "a word of Python"
    elif text in RESERVED:
        owner = RESERVED[text]
    elif text.startswith("_"):
        owner = "kept for the frameworks (a leading underscore)"
    elif text == "main":
        owner = "the main line"
    else:
        return
    report(diagnostics.ReservedName(text, owner), name)


def declared(what: str, name: tree.Name, taken: Names, report: Report) -> Names:
    """The one name of a parameter or variable, after reporting what is wrong with it."""
    if name.name in taken:
        report(diagnostics.NameTaken(what, name.name), name)
    check_variable_name(name.name, name, report)
    return frozenset((name.name,))


def check_variable_name(name: str, node: tree.Node, report: Report) -> None:
    """Report a parameter or loop variable that Python code cannot carry or the language has."""
    if keyword.iskeyword(name) or name == "self":
        report(diagnostics.ReservedName(name, "a word of Python"), node)
    elif name in WORDS:
        report(diagnostics.ReservedName(name, "a word that attributes take"), node)
    elif name in FUNCTIONS:
        report(diagnostics.ReservedName(name, "a function"), node)
