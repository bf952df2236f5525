"""Whatever stands in a spec, a lock or a configuration, a command ends with a word on it.

`tests/fuzz/long.py` damages many more specs.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from command_line import SMALL
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from listed_specs import listed
from mutations import HANG_SECONDS, WORDS, check, damaged, zoo_texts
from random_specs import random_spec
from spec_text import module_of

from cnndsl.cli import dispatch
from cnndsl.diagnostics.base import Failure
from cnndsl.project.loading import check_module

FEW = settings(
    max_examples=60,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
MANY = settings(FEW, max_examples=150)
ZOO = zoo_texts()


def run(*arguments: str) -> int:
    """The exit status of a command. Any error but that of a mistake in its use goes through."""
    try:
        return dispatch(list(arguments))
    except Failure:
        return 2


def mistakes(text: str) -> tuple[int, int]:
    """How many syntax errors a text has, and how many errors."""
    codes = [one.diagnostic.code for one in check_module(module_of(text))]
    return sum(code.startswith("CNN1") for code in codes), len(codes)


# Specs


@MANY
@given(st.integers(0, 2**32))
def test_damaged_specs(seed: int) -> None:
    random = Random(seed)
    whole = random.choice([random.choice(ZOO), random_spec(seed), listed(random)])
    text = damaged(whole, random)
    assert check(text) < HANG_SECONDS


@MANY
@given(st.text(max_size=200))
@example("block b(a) relu\n  conv(a, 1x1)\n}\n")
@example("\ufeff\ufeffmodel m { input 3 }")
@example("model m { input 3\n relu \x1b[2J }")
def test_any_text(text: str) -> None:
    assert check(text) < HANG_SECONDS


@MANY
@given(st.lists(st.sampled_from(WORDS), max_size=60))
def test_any_words(words: list[str]) -> None:
    assert check(" ".join(words)) < HANG_SECONDS
    assert check(f"model m {{\n    input 8x8x3\n    {' '.join(words)}\n}}\n") < HANG_SECONDS


@pytest.mark.parametrize(
    "text",
    [
        "model {classifier{é dense}→expect or",
        "model ({(dssifier{dssifier{(dssifier{(dssifier{{{\n{{" + "(dssifier {\n" * 20,
        "block conv_bn(a) relu\n    # a comment\n    conv(a, 1x1)\n}\n",
        ": \n conv",
        "for i in x:\n relu",
        "model m:\n    input 4x4x2\n    relu\n    ",
    ],
)
def test_texts_that_recovery_went_astray_in(text: str) -> None:
    assert check(text) < HANG_SECONDS


@FEW
@given(st.binary(max_size=200))
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "spec.cnn"
    path.write_bytes(data)
    assert run("check", str(path)) in (0, 1, 2)


# Fixes


@settings(MANY, max_examples=30)
@given(st.integers(0, 2**32))
@example(37)
def test_a_fix_mends_and_is_final(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    text = damaged(random.choice(ZOO), random)
    path = tmp_path / "spec.cnn"
    path.write_text(text, newline="")
    before = path.read_bytes()
    assert run("check", "--quiet", "--diff", str(path)) in (0, 1)
    assert path.read_bytes() == before
    status = run("check", "--quiet", "--fix", str(path))
    fixed = path.read_bytes()
    mended = fixed.decode()
    syntax, errors = mistakes(mended)
    assert syntax <= mistakes(text)[0]
    assert status == (1 if errors else 0)
    run("check", "--quiet", "--fix", str(path))
    assert path.read_bytes() == fixed


# Locks and configurations


@pytest.fixture
def locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a spec and its lock."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.cnn").write_text(SMALL)
    assert run("lock", "small.cnn") == 0
    return tmp_path


@MANY
@given(st.integers(0, 2**32))
def test_damaged_locks(locked: Path, seed: int) -> None:
    lock = locked / "cnndsl.lock"
    whole = lock.read_text()
    lock.write_text(damaged(whole, Random(seed)))
    try:
        assert run("check", "--quiet", "--locked", "small.cnn") in (0, 1, 2)
    finally:
        lock.write_text(whole)


@FEW
@given(st.binary(max_size=100))
def test_locks_of_any_bytes(locked: Path, data: bytes) -> None:
    lock = locked / "cnndsl.lock"
    whole = lock.read_text()
    lock.write_bytes(data)
    try:
        assert run("check", "--quiet", "--locked", "small.cnn") in (0, 1, 2)
    finally:
        lock.write_text(whole)


KEYS = "select ignore output-format exclude per-file-ignores backend Select".split()
SCALARS = st.one_of(
    st.sampled_from(['"CNN3"', '"CNN301"', '"*.cnn"', '"**/["', '""', '"json"', "1", "true"]),
    st.sampled_from(["1.5", "nan", "1979-05-27", "[]", "{}", '["CNN9", 3]', '[["CNN1"]]']),
)
VALUES = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
    st.lists(SCALARS, max_size=3, unique=True).map(
        lambda items: f"{{{', '.join(f'k{n} = {one}' for n, one in enumerate(items))}}}"
    ),
)


@MANY
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3), st.booleans())
def test_any_configuration(locked: Path, table: dict[str, str], is_list: bool) -> None:
    lines = [f"{key} = {value}" for key, value in table.items()]
    heading = "[[tool.cnndsl]]" if is_list else "[tool.cnndsl]"
    (locked / "pyproject.toml").write_text("\n".join([heading, *lines, ""]))
    assert run("check", "--quiet", "small.cnn", "nothing.cnn") == 2
    assert run("check", "--quiet", "small.cnn") in (0, 1, 2)


@FEW
@given(st.one_of(st.binary(max_size=100), st.text(max_size=100).map(str.encode)))
def test_configurations_of_any_bytes(locked: Path, data: bytes) -> None:
    (locked / "pyproject.toml").write_bytes(b"[tool.cnndsl]\n" + data)
    assert run("check", "--quiet", "small.cnn") in (0, 1, 2)
