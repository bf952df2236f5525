"""Source rendered from random trees: formatted as ruff does, and meaning what was built."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Callable, Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnndsl.emit import python as s
from cnndsl.emit.python.layout import flat_text
from cnndsl.emit.python.statements import Simple

# The seed is fixed: ruff itself is not stable on a few of the trees there could be.
THOROUGH = settings(
    deadline=None,
    max_examples=40,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)

# Names of all lengths, so that lines end on every side of the limit.

IDENTIFIERS = st.builds(
    lambda letter, length: letter * length,
    st.sampled_from("abcdefxyz"),
    st.sampled_from([1, 1, 1, 1, 3, 5, 8, 8, 11, 12, 17, 23, 30, 44, 71, 84]),
)
NAMES = st.one_of(
    IDENTIFIERS.map(s.name),
    IDENTIFIERS.map(lambda identifier: s.name(f"self.{identifier}")),
    IDENTIFIERS.map(lambda identifier: s.name(f"nn.{identifier}")),
)
TEXTS = st.text(st.sampled_from("ab c'\"\\{}\n\t\x00é漢\u200b#"), max_size=12)
NUMBERS = st.one_of(
    st.integers(-3, 4096),
    st.floats(),
    st.sampled_from([True, False, None, 1e22, 1e-5, 0.1, 224]),
)
ATOMS = st.one_of(
    NAMES,
    NAMES,
    NUMBERS.map(s.number),
    TEXTS.map(s.string),
    st.lists(st.one_of(TEXTS, NAMES), max_size=3)
    .map(lambda parts: s.FString(*parts)),
)  # fmt: skip


def keywords(values: st.SearchStrategy[s.Expression]) -> st.SearchStrategy[dict[str, s.Expression]]:
    """Keyword arguments."""
    return st.dictionaries(
        st.sampled_from(["name", "kernel_size", "padding", "x"]), values, max_size=3
    )


def chained(start: s.Expression, links: Sequence[tuple[str, s.Expression]]) -> s.Expression:
    """Calls of methods, attributes and subscripts one after the other."""
    for attribute, argument in links:
        start = s.Attribute(start, attribute)
        if len(attribute) > 3:
            start = s.Call(start, [argument])
    return start


def larger(values: st.SearchStrategy[s.Expression]) -> st.SearchStrategy[s.Expression]:
    """Expressions with `values` in them."""
    some = st.lists(values, max_size=4)
    binary = st.sampled_from(list(BINARY))
    compared = st.sampled_from(["==", "<", ">=", "in", "not in", "is", "is not"])
    targets = st.one_of(IDENTIFIERS, st.lists(IDENTIFIERS, min_size=2, max_size=3))
    generators = st.builds(s.Generator, values, targets, values, st.none() | values)
    starred = st.one_of(generators.map(s.Starred), values.map(s.Starred))
    arguments = st.one_of(some, some, st.builds(lambda head, last: [*head, last], some, starred))
    call = st.one_of(
        st.builds(s.Call, NAMES, arguments, keywords(values)),
        st.builds(s.Call, values, arguments, keywords(values)),
    )
    links = st.lists(st.tuples(IDENTIFIERS, values), min_size=1, max_size=3)
    return st.one_of(
        call,
        call,
        call,
        some.map(s.List),
        some.map(s.Tuple),
        st.builds(s.Dict),
        st.builds(s.Binary, values, binary, values),
        st.builds(s.Unary, st.sampled_from(["-", "not"]), values),
        st.builds(s.Compare, values, compared, values),
        st.builds(s.Compare, values, compared, values, compared, values),
        st.builds(s.BoolOp, st.sampled_from(["and", "or"]), values, values),
        st.builds(s.BoolOp, st.sampled_from(["and", "or"]), values, values, values),
        st.builds(s.Conditional, values, values, values),
        generators,
        generators.map(lambda generator: s.call("tuple", generator)),
        st.builds(s.ListComprehension, values, targets, values, st.none() | values),
        st.builds(s.Index, values, values),
        st.builds(s.Index, values, values, values),
        st.builds(chained, values, links),
        values.map(hole),
    )


def hole(value: s.Expression) -> s.Expression:
    """An f-string with the value in it, if it can stand there."""
    try:
        return s.FString("block", value)
    except ValueError:
        return value


BINARY = ("+", "-", "*", "/", "//", "%", "@")
EXPRESSIONS = st.recursive(ATOMS, larger, max_leaves=14)
ANNOTATIONS = st.one_of(
    NAMES, st.builds(s.Index, NAMES, NAMES, NAMES), st.builds(s.Binary, NAMES, st.just("+"), NAMES)
)


def is_settled(value: s.Expression) -> bool:
    """Whether ruff is stable on a value of a target that can break.

    Formatted again, its own output changes if such a value is a chain of several brackets.
    """
    count = 0
    while isinstance(value, (s.Attribute, s.Call, s.Index)):
        count += not isinstance(value, s.Attribute)
        value = value.value
    return count < 2 and not isinstance(value, s.Parenthesized)


SETTLED = EXPRESSIONS.filter(is_settled)


@st.composite
def parameters(draw: st.DrawFn) -> list[s.Parameter | str]:
    """Parameters with names that differ."""
    result: list[s.Parameter | str] = []
    for index in range(draw(st.integers(0, 4))):
        name = draw(IDENTIFIERS) + str(index)
        if draw(st.booleans()) and "*" not in result:
            result.append("*")
        annotation = draw(st.none() | ANNOTATIONS)
        if "*" in result and draw(st.booleans()):
            result.append(s.Parameter(name, annotation, draw(EXPRESSIONS)))
        else:
            result.append(s.Parameter(name, annotation))
    return result[:-1] if result and result[-1] == "*" else result


SIMPLE = st.one_of(
    st.builds(s.Assign, NAMES, EXPRESSIONS),
    st.builds(s.Assign, NAMES, EXPRESSIONS),
    st.builds(s.Assign, NAMES, EXPRESSIONS),
    st.builds(s.Assign, st.lists(IDENTIFIERS, min_size=2, max_size=4), SETTLED),
    st.builds(s.Assign, st.builds(s.Index, NAMES, NAMES), SETTLED),
    st.builds(s.Assign, IDENTIFIERS, SETTLED, IDENTIFIERS),
    st.builds(s.AugmentedAssign, NAMES, st.sampled_from(BINARY), EXPRESSIONS),
    st.builds(lambda value: s.statement(s.call("list", value)), EXPRESSIONS),
    st.builds(s.Raise, EXPRESSIONS),
    st.builds(s.Import, IDENTIFIERS, st.none() | IDENTIFIERS),
    st.builds(s.ImportFrom, st.just("torch.nn"), st.lists(IDENTIFIERS, min_size=1, max_size=4)),
)
LAYOUT = st.just(s.Blank())
DOCSTRINGS = st.none() | st.sampled_from(["A layer.", "It says 'no'."])


def compound(bodies: st.SearchStrategy[s.Statement]) -> st.SearchStrategy[s.Statement]:
    """Statements with bodies of `bodies`."""
    body = st.lists(st.one_of(bodies, bodies, LAYOUT), max_size=3)
    targets = st.one_of(NAMES, st.lists(IDENTIFIERS, min_size=2, max_size=3))
    returning = st.builds(
        lambda head, value: [*head, s.Return(value)],
        body,
        st.one_of(st.none(), EXPRESSIONS, st.lists(EXPRESSIONS, min_size=2, max_size=3)),
    )
    condition = st.builds(s.If, EXPRESSIONS, body, body)
    returns = st.none() | ANNOTATIONS
    function = st.builds(s.FunctionDef, IDENTIFIERS, parameters(), returns, DOCSTRINGS, returning)
    bases = st.lists(NAMES, max_size=2)
    return st.one_of(
        st.builds(s.For, targets, EXPRESSIONS, body),
        condition,
        st.builds(s.If, EXPRESSIONS, body, st.tuples(condition)),
        function,
        function,
        st.builds(s.ClassDef, IDENTIFIERS, bases, DOCSTRINGS, body),
        st.builds(
            s.ClassDef, IDENTIFIERS, bases, DOCSTRINGS, st.lists(function, min_size=1, max_size=3)
        ),
    )


STATEMENTS = st.recursive(SIMPLE, compound, max_leaves=8)
MODULES = st.lists(st.one_of(STATEMENTS, STATEMENTS, STATEMENTS, LAYOUT), max_size=12)


# The same trees on one line each and in as many parentheses as there can be.


def naive(value: s.Expression) -> str:
    """An expression whose every operand is in parentheses."""
    match value:
        case s.Parenthesized():
            return naive(value.value)
        case s.Call():
            arguments = [
                f"*({naive(each.value)})" if isinstance(each, s.Starred) else naive(each)
                for each in value.arguments
            ]
            arguments += [f"{key}={naive(each)}" for key, each in value.keywords]
            return f"({naive(value.value)})({', '.join(arguments)})"
        case s.Attribute():
            return f"({naive(value.value)}).{value.attribute}"
        case s.Index():
            indices = ", ".join(naive(each) for each in value.indices)
            return f"({naive(value.value)})[{indices}]"
        case s.List():
            return f"[{', '.join(naive(each) for each in value.items)}]"
        case s.Tuple():
            return f"({' '.join(naive(each) + ',' for each in value.items)})"
        case s.Dict():
            return "{}"
        case s.Generator():
            names = ", ".join(naive(each) for each in value.targets)
            clause = f"({naive(value.element)}) for {names} in ({naive(value.iterable)})"
            clause += "".join(f" if ({naive(test)})" for test in value.tests)
            return f"[{clause}]" if isinstance(value, s.ListComprehension) else f"({clause})"
        case s.Unary():
            return f"({value.operator} ({naive(value.operand)}))"
        case s.Binary() | s.Compare() | s.BoolOp():
            first, *rest = value.operands
            parts = [f"({naive(first)})"]
            for operator, each in zip(value.operators, rest, strict=True):
                parts += [operator, f"({naive(each)})"]
            return f"({' '.join(parts)})"
        case s.Conditional():
            body, test, orelse = naive(value.body), naive(value.test), naive(value.orelse)
            return f"(({body}) if ({test}) else ({orelse}))"
        case _:
            return f"({value})"


def naive_body(body: Sequence[s.Statement], margin: str) -> list[str]:
    """The lines of a body."""
    lines = [line for each in body for line in naive_lines(each, margin)]
    return [*lines, f"{margin}pass"] if lines or margin else lines


def naive_lines(each: s.Statement, margin: str = "") -> list[str]:
    """A statement on one line, or of one line for the header and those of its bodies."""
    inner = margin + " "
    match each:
        case s.Blank():
            return []
        case s.Docstring():
            return [f"{margin}{each.text!r}"]
        case s.Assign():
            annotation = "" if each.annotation is None else f": {each.annotation}"
            names = ", ".join(str(target) for target in each.targets)
            return [f"{margin}{names}{annotation} = {naive(each.value)}"]
        case s.AugmentedAssign():
            return [f"{margin}{each.target} {each.operator}= {naive(each.value)}"]
        case s.ExpressionStatement():
            return [margin + naive(each.value)]
        case s.Return():
            return [f"{margin}return {', '.join(naive(value) for value in each.values)}"]
        case s.Raise():
            return [f"{margin}raise {naive(each.value)}"]
        case s.For():
            names = ", ".join(str(target) for target in each.targets)
            header = f"{margin}for {names} in {naive(each.iterable)}:"
            return [header, *naive_body(each.body, inner)]
        case s.If():
            branches = [f"{margin}if {naive(each.condition)}:", *naive_body(each.body, inner)]
            if any(naive_lines(other) for other in each.orelse):
                branches += [f"{margin}else:", *naive_body(each.orelse, inner)]
            return branches
        case s.ClassDef():
            header = f"{margin}class {each.name}({', '.join(naive(base) for base in each.bases)}):"
        case s.FunctionDef():
            parts = [naive_parameter(parameter) for parameter in each.parameters]
            returns = "" if each.returns is None else f" -> {naive(each.returns)}"
            header = f"{margin}def {each.name}({', '.join(parts)}){returns}:"
        case Simple():
            return [margin + flat_text(each.document())]
        case _:
            raise TypeError(each)
    return [header, *naive_body(each.body, inner)]


def naive_parameter(parameter: s.Parameter) -> str:
    """A parameter."""
    annotation = "" if parameter.annotation is None else f": {naive(parameter.annotation)}"
    default = "" if parameter.default is None else f" = {naive(parameter.default)}"
    return parameter.name + annotation + default


class WithoutPass(ast.NodeTransformer):
    """Drops each `pass`, for bodies that are empty get one."""

    def visit_Pass(self, node: ast.Pass) -> None:
        """Nothing."""


def meaning(text: str) -> str:
    """What a module means, whatever it looks like."""
    return ast.dump(WithoutPass().visit(ast.parse(text)))


@THOROUGH
@given(MODULES)
def test_modules_are_formatted_and_mean_what_was_built(
    ruff_format: Callable[[str], str], module: list[s.Statement]
) -> None:
    text = s.render(module)
    assert ruff_format(text) == text
    assert meaning(text) == meaning("\n".join(naive_body(module, "")))


@THOROUGH
@given(st.lists(EXPRESSIONS, max_size=20))
def test_expressions_mean_what_was_built(values: list[s.Expression]) -> None:
    flat = "".join(f"_ = {value}\n" for value in values)
    assert meaning(flat) == meaning("".join(f"_ = {naive(value)}\n" for value in values))


# The variables that are read and assigned: Python's own symbol table is the judge.


def tables(table: symtable.SymbolTable) -> list[symtable.SymbolTable]:
    """A table and those of the functions and comprehensions in it."""
    return [table, *(each for child in table.get_children() for each in tables(child))]


def read_in(text: str) -> set[str]:
    """The variables of a module that its text reads, also from within functions."""
    top, *inner = tables(symtable.symtable(text, "module", "exec"))
    found = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    for table in inner:
        found |= {
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_referenced() and symbol.is_global()
        }
    return found


def assigned_in(text: str) -> set[str]:
    """The variables that the text of a module sets."""
    symbols = symtable.symtable(text, "module", "exec").get_symbols()
    return {each.get_name() for each in symbols if each.is_assigned() or each.is_imported()}


@THOROUGH
@given(st.lists(EXPRESSIONS, max_size=20))
def test_names_are_the_variables_that_an_expression_reads(values: list[s.Expression]) -> None:
    for value in values:
        assert value.names == read_in(f"_ = {value}\n")


TARGETS = st.one_of(
    IDENTIFIERS,
    st.builds(s.Index, NAMES, EXPRESSIONS),
    st.builds(s.Attribute, NAMES, IDENTIFIERS),
    st.builds(lambda one, other: s.Tuple([one, s.Attribute(other, "x")]), IDENTIFIERS, NAMES),
)
IN_FUNCTIONS = st.recursive(
    st.one_of(
        st.builds(s.Assign, TARGETS, EXPRESSIONS),
        st.builds(s.Assign, st.lists(IDENTIFIERS, min_size=2, max_size=3), EXPRESSIONS),
        st.builds(lambda value: s.statement(s.call("list", value)), EXPRESSIONS),
        st.builds(s.Raise, EXPRESSIONS),
        st.builds(s.Import, IDENTIFIERS, st.none() | IDENTIFIERS),
        st.builds(s.ImportFrom, st.just("torch.nn"), st.lists(IDENTIFIERS, min_size=1, max_size=3)),
    ),
    lambda bodies: st.one_of(
        st.builds(s.For, TARGETS, EXPRESSIONS, st.lists(bodies, max_size=3)),
        st.builds(s.If, EXPRESSIONS, st.lists(bodies, max_size=2), st.lists(bodies, max_size=2)),
        st.builds(
            s.FunctionDef,
            IDENTIFIERS,
            parameters(),
            st.none() | ANNOTATIONS,
            st.none(),
            st.lists(bodies, max_size=3),
        ),
    ),
    max_leaves=6,
)


@THOROUGH
@given(st.lists(IN_FUNCTIONS, max_size=6))
def test_statements_tell_what_they_read_and_assign(statements: list[s.Statement]) -> None:
    for each in statements:
        text = s.render([each])
        assert each.reads == read_in(text)
        assert each.assigns == assigned_in(text)


def test_what_an_augmented_assignment_and_an_annotation_read() -> None:
    assert s.AugmentedAssign("x", "+", "y").reads == {"x", "y"}
    assert s.AugmentedAssign("x", "+", "y").assigns == {"x"}
    assert s.AugmentedAssign("self.x", "+", "y").assigns == set()
    assert s.Assign("x", s.Dict(), "dict[str, Module]").reads == set()
    assert s.Return(["x", s.name("y.z")]).reads == {"x", "y"}
    assert s.Raw("f(x.y) if z else 'a'").names == {"f", "x", "z", "a"}
