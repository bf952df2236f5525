"""One builder for each rule of the grammar: children to syntax node."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Finding
from ..text import Location
from ..values import Shape, Size
from . import tree
from .lexer import SyntaxFailure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from ..text import Source

    Kind = TypeVar("Kind", bound=tree.Node)
    Builder = Callable[[Source, list[Any], int, int], Any]

LONGEST_EXPRESSION = 200
SCALES = {"K": 10**3, "M": 10**6, "G": 10**9}
CONSTANTS = {"true": True, "false": False, "none": None}


class ExpressionTooDeep(SyntaxFailure):
    """An expression with more operators in a row than the checker can follow."""


def _number(text: str) -> int | float:
    scale = SCALES.get(text[-1], 1)
    digits = text.rstrip("KMG").replace("_", "")
    if digits.isdigit():
        return int(digits[:400]) * scale
    value = float(digits) * scale
    return int(value) if scale > 1 and value == int(value) else value


def _literal(_source: Source, children: list[Any], start: int, end: int) -> tree.Literal:
    token = children[0]
    if token.kind == "SIZE":
        sides = tuple(int(side[:20]) for side in token.text.replace("_", "").split("x"))
        return tree.Literal(start, end, Size(*sides) if len(sides) == 2 else Shape(sides))
    if token.text in CONSTANTS:
        return tree.Literal(start, end, CONSTANTS[token.text])
    return tree.Literal(start, end, _number(token.text))


def _value_of(token: Any) -> tree.Name:
    """A named value by its name with a dot, which is that of no number."""
    return tree.Name(token.start, token.end, f"{token.text}.")


def _name_of(token: Any) -> tree.Name:
    return tree.Name(token.start, token.end, token.text)


def _binary(source: Source, children: list[Any], start: int, end: int) -> tree.Binary:
    left, operator, right = children
    depth = operator_depth(Location(source, start, end), left, right)
    return tree.Binary(start, end, left, operator.text, right, depth)


def _index(source: Source, children: list[Any], start: int, end: int) -> tree.Index:
    sequence, index = children
    depth = operator_depth(Location(source, start, end), sequence, index)
    return tree.Index(start, end, sequence, index, depth)


def _function(_source: Source, children: list[Any], start: int, end: int) -> tree.Function:
    name, arguments = children
    given = arguments or ()
    first = next((place for place, one in enumerate(given) if one.name), len(given))
    values = tuple([one.value for one in given[:first]])
    return tree.Function(start, end, name.text, values, given[first:])


def operator_depth(location: Location, *parts: Any) -> int:
    """How deep operators stand inside each other. Raises `ExpressionTooDeep`."""
    depth = 1 + max(getattr(part, "depth", 0) for part in parts)
    if depth > LONGEST_EXPRESSION:
        raise ExpressionTooDeep(Finding(diagnostics.NestedTooDeeply(LONGEST_EXPRESSION), location))
    return depth


def _element(_source: Source, children: list[Any], start: int, end: int) -> tree.Element:
    primary, repeat, token, numbers, others, assertion = children
    name = token and _name_of(token)
    if numbers is not None:
        kind = tree.NumberedName if numbers else tree.ListName
        name = kind(name.start, name.end, name.name, *filter(None, (numbers,)))
    return tree.Element(start, end, primary, repeat, name, assertion, others or ())


def _conditional(_source: Source, children: list[Any], start: int, end: int) -> tree.If:
    condition, then, otherwise = children
    if isinstance(otherwise, tree.If):  # `else if`: a body of one statement
        element = tree.Element(otherwise.start, otherwise.end, otherwise, None, None, None)
        chain = tree.Chain(otherwise.start, otherwise.end, (element,))
        otherwise = tree.Body(otherwise.start, otherwise.end, (chain,))
    return tree.If(start, end, condition, then, otherwise)


def _definition(source: Source, children: list[Any], start: int, end: int) -> tree.Definition:
    keyword, name, parameters, body = children
    kind = keyword.text
    if kind == "stage":  # a block of one stage, which adds no name of its own
        kind, stage = "block", tree.Stage(start, end, "", name.start, body)
        element = tree.Element(start, end, stage, None, None, None)
        body = tree.Body(body.start, end, (tree.Chain(start, end, (element,)),))
    heading = kind, name.text, name.start, parameters or ()
    return tree.Definition(start, end, *heading, body, _comment_above(source, start))


def _variant(source: Source, children: list[Any], start: int, end: int) -> tree.Definition:
    keyword, name, call = children
    heading = keyword.text, name.text, name.start, ()
    body = tree.Body(call.start, end, ())
    return tree.Definition(start, end, *heading, body, _comment_above(source, start), call)


def _pixels_definition(
    source: Source, children: list[Any], start: int, end: int
) -> tree.Definition:
    name, call = children
    body = tree.Body(call.start, end, (tree.Pixels(call.start, end, call),))
    heading = "pixels", name.text, name.start, ()
    return tree.Definition(start, end, *heading, body, _comment_above(source, start))


def _comment_above(source: Source, start: int) -> str:
    """The comment lines directly above what is first on its line, without their marks."""
    text, before = source.text, start
    while before and text[before - 1] in " \t\f":
        before -= 1
    lines: list[str] = []
    while before and text[before - 1] == "\n":
        end, before = before - 1, text.rfind("\n", 0, before - 1) + 1
        line = text[before:end].strip()
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("#").strip())
    return "\n".join(reversed(lines)).strip()


def _file(_source: Source, children: list[Any], start: int, end: int) -> tree.File:
    imports, definitions = _of(tree.Import, children), _of(tree.Definition, children)
    defaults, recipes = _of(tree.Defaults, children), _of(tree.Recipe, children)
    return tree.File(start, end, imports, definitions, (), (), defaults, recipes)


def _of(kind: type[Kind], children: list[Any]) -> tuple[Kind, ...]:
    return tuple([child for child in children if type(child) is kind])


def _recipe(source: Source, children: list[Any], start: int, end: int) -> tree.Recipe:
    _, name, model, *settings = children
    lines = tuple(one for one in settings if isinstance(one, tree.Setting))
    model = model and _name_of(model)
    return tree.Recipe(start, end, _name_of(name), model, lines, _comment_above(source, start))


def _path(token: Any) -> tree.Literal:
    return tree.Literal(token.start, token.end, token.text[1:-1])


BUILDERS: dict[str, Builder] = {
    "start": _file,
    "import": lambda _, c, s, e: tree.Import(s, c[1].end, c[0], _path(c[1])),
    "definition": _definition,
    "variant": _variant,
    "pixels_definition": _pixels_definition,
    "parameters": lambda _, c, s, e: tuple(child for child in c if child is not None),
    "parameter": lambda _, c, s, e: tree.Parameter(s, e, c[0].text, c[1]),
    "recipe": _recipe,
    "setting": lambda _, c, s, e: tree.Setting(s, e, _name_of(c[0]), c[1] or (), c[2] or ()),
    "entries": lambda _, c, s, e: tuple(c),
    "text": lambda _, c, s, e: _path(c[0]),
    "body": lambda _, c, s, e: tree.Body(s, e, tuple(child for child in c if child is not None)),
    "input": lambda _, c, s, e: tree.Input(s, e, c[0]),
    "inputs": lambda _, c, s, e: tree.Inputs(s, e, (_name_of(c[0]), *c[1])),
    "stated_inputs": lambda _, c, s, e: tree.Inputs(s, e, *zip(*c, strict=True)),
    "stated": lambda _, c, _s, _e: (_name_of(c[0]), c[1]),
    "pixels": lambda _, c, s, e: tree.Pixels(s, e, c[0]),
    "defaults": lambda _, c, s, e: tree.Defaults(s, e, c[0]),
    "output": lambda _, c, s, e: tree.Output(s, e, c[0], False),
    "training_output": lambda _, c, s, e: tree.Output(s, e, c[0], True),
    "expect": lambda _, c, s, e: tree.Expect(s, e, c[0]),
    "let": lambda _, c, s, e: tree.Let(s, e, _name_of(c[0]), c[1]),
    "let_value": lambda _, c, s, e: tree.LetValue(s, e, _name_of(c[1]), c[2]),
    "share": lambda _, c, s, e: tree.Share(s, e, _name_of(c[0]), c[1]),
    "names": lambda _, c, s, e: tuple(map(_name_of, c)),
    "others": lambda _, c, s, e: tuple(map(_name_of, c)),
    "gap": lambda _, c, _s, _e: c[0].gap,
    "chain": lambda _, c, s, e: tree.Chain(s, e, tuple(c)),
    "element": _element,
    "bare": lambda _, c, s, e: tree.Call(s, e, c[0].text, None, e),
    "call": lambda _, c, s, e: tree.Call(s, e, c[0].text, c[1] or (), c[0].end),
    "merge": lambda _, c, s, e: tree.Merge(s, e, c[0].text, c[0].end, c[1]),
    "group": lambda _, c, s, e: tree.Group(s, e, c[0]),
    "values": lambda _, c, s, e: tree.Values(s, e, tuple(c)),
    "item": lambda _, c, s, e: tree.Item(s, e, _name_of(c[0]), c[1]),
    "numbers": lambda _, c, _s, _e: c[0] or (),
    "for_loop": lambda _, c, s, e: tree.For(s, e, *c),
    "stage": lambda _, c, s, e: tree.Stage(s, e, c[0].text, c[0].start, c[1]),
    "conditional": _conditional,
    "arguments": lambda _, c, _s, _e: tuple(c),
    "positional": lambda _, c, s, e: tree.Argument(s, e, None, c[0]),
    "named": lambda _, c, s, e: tree.Argument(s, e, c[0].text, c[1]),
    "choice": lambda _, c, s, e: tree.Conditional(s, e, c[0], c[1], c[2]),
    "binary": _binary,
    "unary": lambda _, c, s, e: tree.Unary(s, e, c[0].text, c[1]),
    "index": _index,
    "literal": _literal,
    "name": lambda _, c, s, e: _name_of(c[0]),
    "input_dimension": lambda _, c, s, e: tree.InputDimension(s, e, c[0].text),
    "value_dimension": lambda _, c, s, e: tree.ValueDimension(s, e, _value_of(c[0]), c[1].text),
    "function": _function,
    "list": lambda _, c, s, e: tree.Items(s, e, c[0] or (), False),
    "comprehension": lambda _, c, s, e: tree.Comprehension(s, e, *c),
    "tuple": lambda _, c, s, e: tree.Items(s, e, (c[0], *(c[1] or ())), True),
    "parenthesised": lambda _, c, s, e: c[0],
    "expressions": lambda _, c, _s, _e: tuple(c),
}
