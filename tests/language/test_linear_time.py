"""Checking and mending take time in the size of a file, counted in calls of functions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from spec_text import module_of

from cnndsl.diagnostics.base import Fix, SpecError
from cnndsl.explain.fixes import apply, compatible
from cnndsl.project.lints import warnings_of
from cnndsl.project.loading import check_models, elaborate_model

HEAD = "model m {\n    input 8x8x3\n"
TAIL = "    relu\n}\n"
NUMBER = 150


def lines(form: str, number: int) -> str:
    return "".join(f"{form.format(one)}\n" for one in range(number))


KINDS: dict[str, Callable[[int], str]] = {
    "values that nobody reads": lambda n: HEAD + lines("    let v{0} = relu", n) + TAIL,
    "parameters that nobody reads": lambda n: lines("block b{0}(n) {{ relu }}", n),
    "definitions on a line": lambda n: (
        "# why\n" * n + "block b { relu } " + lines("block b{0} {{ relu }}", n).replace("\n", " ")
    ),
    "warnings under a comment": lambda n: (
        HEAD + "# cnndsl: ignore CNN501\n" * n + "relu" + " -> relu" * n + "\n" + TAIL
    ),
    "numbers": lambda n: HEAD + "    let v = 1\n" + lines("    let v{0} = v + 1", n) + TAIL,
    "layers as arguments": lambda n: (
        f"block b(f) {{\n{lines('    relu', n)}    f\n}}\n{HEAD}{lines('    b(relu)', n)}}}"
    ),
    "lets on a line": lambda n: f"{HEAD}    conv({'let, ' * n}let = let){TAIL}",
    "names taken": lambda n: HEAD + lines("    relu as v", n) + TAIL,
    "an unknown name": lambda n: HEAD + lines("    rleu", n) + TAIL,
    "outputs": lambda n: (
        f"{HEAD}{lines('    relu as v{0}', n)}    output {', '.join(f'v{i}' for i in range(n))}\n}}"
    ),
    "blocks": lambda n: lines("block b{0} {{ relu }}", n) + HEAD + lines("    b{0}", n) + "}",
    "stages": lambda n: HEAD + lines("    stage s{0} {{ relu }}", n) + TAIL,
    "models": lambda n: lines("model m{0} {{ input 8x8x3\n relu }}", n),
}  # fmt: skip


def calls_of(work: Callable[[], object]) -> int:
    """How many functions are called, those of Python itself included."""
    count = 0

    def add(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(add)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def check(text: str, path: Path | None = None) -> None:
    module = module_of(text, path=str(path) if path else None)
    findings, networks = check_models(module, module.models, {})
    if not findings:
        warnings_of(module, networks)


def assert_linear(work: Callable[[int], object]) -> None:
    """Four times the size may take six times the calls; where each looks at all, it takes 16."""
    work(2)  # what is read and kept once
    few = calls_of(lambda: work(NUMBER))
    assert calls_of(lambda: work(4 * NUMBER)) < 6 * few


@pytest.mark.parametrize("kind", KINDS)
def test_checking(kind: str) -> None:
    assert_linear(lambda number: check(KINDS[kind](number)))


def test_loading_a_model_of_many_blocks() -> None:
    def load(number: int) -> None:
        module = module_of(f"{lines('block b{0} {{ relu }}', number)}{HEAD}    rleu\n}}")
        with pytest.raises(SpecError):
            elaborate_model(module.models[0], {})

    assert_linear(load)


def test_fixes() -> None:
    fixes = [Fix(((4 * one, 4 * one + 3, "new"),), True) for one in range(4 * NUMBER)]
    assert_linear(lambda number: compatible(fixes[:number]))
    text = "old " * (4 * NUMBER)
    assert apply(text, fixes) == "new " * (4 * NUMBER)
    assert compatible([*fixes, *fixes]) == fixes


def test_imports_of_many_faulty_files(tmp_path: Path) -> None:
    for one in range(4 * NUMBER):
        (tmp_path / f"b{one}.cnn").write_text(f"block b{one} {{ rleu }}\n")
    first = tmp_path / "m.cnn"
    names = [f'import b{one} from "b{one}.cnn"\n' for one in range(4 * NUMBER)]
    assert_linear(lambda number: check("".join(names[:number]) + HEAD + TAIL, first))


def test_a_definition_with_more_parameters_than_there_can_be() -> None:
    parameters = ", ".join(f"p{one} = 1" for one in range(1_003))
    module = module_of(f"model m({parameters}) {{\n    input 4\n    dense(p1)\n}}\n")
    (message, *_) = said = [one.diagnostic.message for one in module.findings]
    assert message == "`p1000` cannot stand here: a definition has at most 1,000 parameters"
    assert len(said) == 3
