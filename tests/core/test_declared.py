"""What packages declare, as `importlib.metadata` reads it."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import pytest

from cnndsl.declared import declared

GROUP = "some.group"
OWN = """\
[console_scripts]
tool = own.cli:main

[some.group]
# none = of.these:REALLY
first = own.backend:BACKEND
second = own.backend : Class.BACKEND [extra]

[some.group.other]
third = own:other
"""


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Two folders of packages at the beginning of the path, and what is no folder."""
    first, second = tmp_path / "first", tmp_path / "second"
    path = [str(first), str(tmp_path / "missing"), str(tmp_path / "some.zip"), str(second)]
    (tmp_path / "some.zip").write_bytes(b"no folder")
    monkeypatch.setattr("sys.path", path)
    return first, second


def install(folder: Path, name: str, points: str | None) -> None:
    about = folder / f"{name}-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    if points is not None:
        (about / "entry_points.txt").write_text(points)


def agrees(group: str) -> dict[str, tuple[str, str]]:
    """What is declared, which is what the library reads."""
    found = {name: (one.module, one.name) for name, one in declared(group).items()}
    points = reversed(tuple(entry_points(group=group)))
    assert found == {one.name: (one.module, one.attr) for one in points}
    return found


def test_points_of_a_group_alone(folders: tuple[Path, Path]) -> None:
    install(folders[0], "own", OWN)
    install(folders[0], "silent", None)
    install(folders[1], "other", "[some.group]\nfourth=other:NAME\n")
    assert agrees(GROUP) == {
        "first": ("own.backend", "BACKEND"),
        "second": ("own.backend", "Class.BACKEND"),
        "fourth": ("other", "NAME"),
    }


def test_what_comes_first_on_the_path_counts(folders: tuple[Path, Path]) -> None:
    install(folders[0], "own", "[some.group]\none = new:NAME\n")
    install(folders[1], "own", "[some.group]\none = old:NAME\ngone = old:OTHER\n")
    install(folders[1], "other", "[some.group]\none = other:NAME\ntwo = other:NAME\n")
    assert agrees(GROUP) == {"one": ("new", "NAME"), "two": ("other", "NAME")}


def test_those_that_are_installed_here() -> None:
    assert {"keras", "numpy", "torch"} <= agrees("cnndsl.backends").keys()
    backend = declared("cnndsl.backends")["numpy"].load()
    assert backend.name == "numpy"
