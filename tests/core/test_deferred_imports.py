"""Imports inside functions: there for start-up alone, first in the function, and marked.

The block of imports stands right below the docstring, and its first line says why they wait:

    def as_json(network: Network) -> str:
        import json  # deferred: only `--format json` needs it

A `try` may stand around imports of what need not be installed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[2]
MARK = re.compile(r"  # deferred: \S.*$")
FILES = sorted(
    str(path.relative_to(ROOT))
    for folder in ("cnndsl", "backends")
    for path in (ROOT / folder).rglob("*.py")
    if (ROOT / "cnndsl/recipes/support") not in path.parents
    and path.parent.name != "training"  # scripts carry both without cnndsl
)
Function = ast.FunctionDef | ast.AsyncFunctionDef
Import = ast.Import | ast.ImportFrom


def unmarked(text: str) -> list[int]:
    """The lines of imports inside functions that are out of place or lack the mark."""
    lines = text.splitlines()
    found: list[int] = []
    for function in ast.walk(ast.parse(text)):
        if isinstance(function, Function):
            block = list(imports_first_in(function))
            found += [one.lineno for one in imports_of(function) if one not in block]
            if block and not MARK.search(lines[block[0].lineno - 1]):
                found.append(block[0].lineno)
    return sorted(found)


def imports_of(node: ast.AST) -> Iterator[Import]:
    """The imports of a function, without those of functions inside it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Import):
            yield child
        elif not isinstance(child, Function):
            yield from imports_of(child)


def imports_first_in(function: Function) -> Iterator[Import]:
    """The imports that the body starts with, below its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    for statement in body:
        inside = statement.body if isinstance(statement, ast.Try) else [statement]
        for one in inside:
            if not isinstance(one, Import):
                return
            yield one


@pytest.mark.parametrize("path", FILES)
def test_imports_inside_functions_are_marked(path: str) -> None:
    found = unmarked((ROOT / path).read_text(encoding="utf-8"))
    assert not found, f"lines {found} of {path}: mark these imports with `# deferred: WHY`"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import os\n", []),
        ("def f():\n    import os  # deferred: why\n    from a import b\n", []),
        ('def f():\n    """What."""\n    import os  # deferred: why\n    return os\n', []),
        ("def f():\n    from a import (  # deferred: why\n        b,\n    )\n", []),
        (
            "def f():\n    try:\n        import a  # deferred: why\n    except E:\n        pass\n",
            [],
        ),
        ("def f():\n    import os\n", [2]),
        ("def f():\n    import os  # deferred:\n", [2]),
        ("def f():\n    from a import b\n    import os  # deferred: why\n", [2]),
        ("def f():\n    x = 1\n    import os  # deferred: why\n", [3]),
        ("def f():\n    if x:\n        import os  # deferred: why\n", [3]),
        (
            "def f():\n    try:\n        x()\n        import a  # deferred: why\n    finally: 0\n",
            [4],
        ),
        ("def f():\n    import a  # deferred: why\n    def g():\n        import b\n", [4]),
        ("class C:\n    async def f(self):\n        import os\n", [3]),
        (
            "def f():\n    def g():\n        import b  # deferred: why\n    import a  # deferred\n",
            [4],
        ),
    ],
)
def test_the_rule(text: str, expected: list[int]) -> None:
    assert unmarked(dedent(text)) == expected
