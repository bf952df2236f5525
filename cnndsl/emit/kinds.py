"""The kinds of values that an expression can have, as far as Python code must tell them apart.

The language finds 3x3 and 3, or true and 1, different. Emitted code writes a square size as one
integer and a list as a tuple, and Python takes True for 1, so that a comparison of such values
would come out otherwise there. And `/` of two integers is exact in the language, which is `//` in
Python.
"""

from __future__ import annotations

from ..semantics.evaluate import FUNCTIONS, SIZE, ListValue
from ..syntax import tree
from ..values import LayerValue, Padding, Shape, Size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TypeAlias

    from ..values import Value

    Kind: TypeAlias = frozenset[Any]
    """What a value can be: names of types, ("list", Kind) and ("tuple", (Kind, ...))."""

INTEGER: Kind = frozenset({"int"})
FLOAT: Kind = frozenset({"float"})
BOOLEAN: Kind = frozenset({"bool"})
WORD: Kind = frozenset({"word"})
TENSOR: Kind = frozenset({"tensor"})
NOTHING: Kind = frozenset()
LAYER_WITH: Kind = frozenset({"layer with arguments"})
"""Layers with arguments, which Python makes anew wherever they stand, so that none is equal."""

NUMBERS = INTEGER | FLOAT
_NAMES = {bool: "bool", int: "int", float: "float", str: "word", type(None): "none"}
_NAMES |= {Size: "size", Shape: "shape", Padding: "tuple", LayerValue: "layer"}


def kind_of(value: Value) -> Kind:
    if isinstance(value, LayerValue) and value.arguments:
        return LAYER_WITH
    if isinstance(value, ListValue):
        return frozenset({("list", union(map(kind_of, value)))})
    if isinstance(value, tuple):
        return frozenset({("tuple", tuple(map(kind_of, value)))})
    return frozenset({_NAMES[type(value)]})


def union(kinds: Iterable[Kind]) -> Kind:
    return NOTHING.union(*kinds)


def elements(kind: Kind) -> Kind:
    """The kind of what stands in lists and tuples of a kind."""
    found = NOTHING
    for atom in kind:
        if isinstance(atom, tuple):
            found |= atom[1] if atom[0] == "list" else union(atom[1])
    return found


def unpacked(kind: Kind, count: int) -> list[Kind]:
    """The kinds of `count` loop variables that take an element of this kind apart."""
    if count == 1:
        return [kind]
    parts = [NOTHING] * count
    for atom in kind:
        if isinstance(atom, tuple):
            places = (atom[1],) * count if atom[0] == "list" else atom[1]
            for place, other in enumerate(places[:count]):
                parts[place] |= other
    return parts


def infer(node: tree.Expression, kinds: Mapping[str, Kind]) -> Kind:
    """The kind of an expression. `kinds` are those of its names; one that lacks is an integer."""
    if isinstance(node, tree.Literal):
        return kind_of(node.value)
    if isinstance(node, tree.Name):
        return kinds.get(node.name, INTEGER)
    if isinstance(node, tree.Comprehension):
        own = own_kinds(node, infer(node.iterable, kinds))
        return frozenset({("list", infer(node.element, {**kinds, **own}))})
    return _RULES[type(node)](node, lambda part: infer(part, kinds))


def own_kinds(node: tree.Comprehension, iterable: Kind) -> dict[str, Kind]:
    """The kinds of a comprehension's own names, by that of what it goes over."""
    names = [one.name for one in node.targets]
    return dict(zip(names, unpacked(elements(iterable), len(names)), strict=True))


def python_type(kind: Kind) -> str:
    """The Python type of values of a kind: an integer, if nothing is known of them."""
    found = {_python_type(atom) for atom in kind if atom != "int" or "float" not in kind}
    return " | ".join(sorted(found, key=lambda text: (text == "None", text))) or "int"


def _python_type(atom: Any) -> str:
    if not isinstance(atom, tuple):
        return _TYPES.get(atom, str(atom))
    if atom[0] == "list":
        return f"tuple[{python_type(atom[1])}, ...]"
    return f"tuple[{', '.join(map(python_type, atom[1]))}]"


_TYPES = {"word": "str", "none": "None", "size": "int | tuple[int, int]"}


def equal_alike(left: Kind, right: Kind) -> bool:
    """Whether `==` in Python says what it says in the language, for all values of two kinds."""
    return all(_alike(one, other) for one in left for other in right)


def _alike(left: Any, right: Any) -> bool:
    if isinstance(left, tuple) and isinstance(right, tuple):
        if left[0] != right[0]:
            return False  # emitted code writes a list as a tuple
        inside = elements(frozenset({left})), elements(frozenset({right}))
        return all(_alike_inside(one, other) for one in inside[0] for other in inside[1])
    sizes = {"size", "shape"}
    if isinstance(left, tuple) or isinstance(right, tuple):
        return not sizes & {left, right}
    if left == right or {left, right} <= NUMBERS:
        return left not in LAYER_WITH
    return not ({left, right} & sizes or ("bool" in (left, right) and NUMBERS & {left, right}))


def _alike_inside(left: Any, right: Any) -> bool:
    """The same within lists and tuples, which the language compares as Python does."""
    return _alike(left, right) or {left, right} <= NUMBERS | BOOLEAN


def _unary(node: Any, kind: Callable[[Any], Kind]) -> Kind:
    return BOOLEAN if node.operator == "not" else kind(node.operand)


def _binary(node: Any, kind: Callable[[Any], Kind]) -> Kind:
    if node.operator in ("and", "or", "==", "!=", "<", "<=", ">", ">="):
        return BOOLEAN
    left, right = kind(node.left), kind(node.right)
    lists = elements(left) | elements(right)
    if lists:
        return frozenset({("list", lists)})
    if "float" in left | right:
        return FLOAT if "int" not in left or "int" not in right else NUMBERS
    return INTEGER


def _function(node: Any, kind: Callable[[Any], Kind]) -> Kind:
    given = [*map(kind, node.arguments)]
    if node.name in _FUNCTIONS:
        return _FUNCTIONS[node.name](given)
    if node.name not in FUNCTIONS:
        return INTEGER
    return elements(union(given)) or union(given)


def _list_of_tuples(kinds: Iterable[Kind]) -> Kind:
    return frozenset({("list", frozenset({("tuple", tuple(kinds))}))})


_FUNCTIONS: dict[str, Callable[[list[Kind]], Kind]] = {
    **dict.fromkeys(("len", "round", "floor", "ceil", "make_divisible"), lambda given: INTEGER),
    "range": lambda given: frozenset({("list", INTEGER)}),
    "enumerate": lambda given: _list_of_tuples((INTEGER, *map(elements, given))),
    "zip": lambda given: _list_of_tuples(map(elements, given)),
}
"""What functions give whose values are of other kinds than their arguments, or those in lists."""


def _items(node: Any, kind: Callable[[Any], Kind]) -> Kind:
    inside = tuple(map(kind, node.items))
    return frozenset({("tuple", inside) if node.is_tuple else ("list", union(inside))})


_RULES: dict[type, Callable[[Any, Callable[[Any], Kind]], Kind]] = {
    **dict.fromkeys(
        (tree.InputDimension, tree.ValueDimension),
        lambda node, kind: frozenset({SIZE}) if node.axis == SIZE else INTEGER,
    ),
    tree.Unary: _unary,
    tree.Binary: _binary,
    tree.Conditional: lambda node, kind: kind(node.then) | kind(node.otherwise),
    tree.Index: lambda node, kind: elements(kind(node.sequence)),
    tree.Function: _function,
    tree.Items: _items,
    tree.LayerWith: lambda node, kind: LAYER_WITH,
}
