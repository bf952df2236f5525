"""What `[tool.cnndsl]` of the nearest pyproject.toml asks for.

    [tool.cnndsl]
    select = ["CNN1", "CNN3"]          # codes or their beginnings; all, where it is left out
    ignore = ["CNN803"]
    output-format = "concise"
    exclude = ["vendor/", "old_*.cnn"]

    [tool.cnndsl.per-file-ignores]
    "examples/*.cnn" = ["CNN8"]

A file without that table does not count. Paths are relative to the folder of pyproject.toml.
"""

from __future__ import annotations

import os

from ..diagnostics.base import Failure, choice, reason_of
from ..record import Record
from .regular import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ..diagnostics.base import Finding

FILE = "pyproject.toml"
PREFIX = "CNN"
BEGINNINGS = ("[tool.cnndsl]", "[tool.cnndsl.", "[tool]", "tool.", "tool=")
"""What lines may begin with that begin the table, without `UNMEANT` characters."""
UNMEANT = {ord(one): None for one in " \t\"'"}


class ConfigError(Failure, ValueError):
    """A configuration that cannot be read."""


class Config(Record):
    """The settings for the specs below a folder, which is None where nothing is configured."""

    folder: str | None = None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    output_format: str | None = None
    exclude: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def excludes(self, path: str) -> bool:
        """Whether a pattern of `exclude` fits the path or a folder above it."""
        return any(matches(path, self.folder, one) for one in self.exclude)

    def ignored_in(self, path: str | None) -> tuple[str, ...]:
        """The codes that `per-file-ignores` names for a file."""
        if path is None:
            return ()
        rules = self.per_file_ignores
        return tuple(c for one, codes in rules if matches(path, self.folder, one) for c in codes)

    def wants(
        self,
        finding: Finding,
        select: tuple[str, ...] | None = None,
        ignore: tuple[str, ...] | None = None,
    ) -> bool:
        """Whether a finding is to be listed. `select` and `ignore` overrule what is configured."""
        select = self.select if select is None else select
        ignore = self.ignore if ignore is None else ignore
        if select is None and not ignore and not self.per_file_ignores:
            return True
        ignore += self.ignored_in(finding.location.source.path)
        return is_selected(finding.diagnostic.code, select, ignore)


class Configs:
    """The configuration of each folder, found once."""

    def __init__(self) -> None:
        self._known: dict[str, Config] = {}
        self._by_name: dict[str, Config] = {}
        """By the folders' paths as they are written."""

    def of_folder(self, folder: str) -> Config:
        """What the pyproject.toml nearest to a real path asks for. Raises `ConfigError`."""
        if folder not in self._known:
            config = read(folder)
            above = os.path.dirname(folder)
            if config is None:
                config = self.of_folder(above) if above != folder else Config()
            self._known[folder] = config
        return self._known[folder]

    def of_file(self, path: str | None) -> Config:
        """The configuration for a spec; of the current folder for one without a path."""
        folder = os.path.dirname(path) if path else ""
        if folder not in self._by_name:
            self._by_name[folder] = self.of_folder(os.path.realpath(folder))
        return self._by_name[folder]


def read(folder: str) -> Config | None:
    """The configuration of a folder's own pyproject.toml, if that has one."""
    path = os.path.join(folder, FILE)
    try:
        text = text_of(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError:
        raise ConfigError(f"cannot read {path}: not UTF-8 text") from None
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {reason_of(error)}") from None
    return parsed(text, folder, path) if may_have_table(text) else None


def parsed(text: str, folder: str, path: str) -> Config | None:
    """The configuration that the text of a pyproject.toml holds, if it does."""
    import tomllib  # deferred: few of the files above a spec have a table of ours

    try:
        tool = tomllib.loads(text).get("tool", {})
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is no TOML: {error}") from None
    if not isinstance(tool, dict) or "cnndsl" not in tool:
        return None
    return config_of(tool["cnndsl"], folder, path)


def may_have_table(text: str) -> bool:
    """Whether a reader of TOML is worth its import: a line looks like the table's beginning."""
    if "cnndsl" not in text:
        return False
    lines = [line.translate(UNMEANT) for line in text.splitlines() if "tool" in line]
    return any(line.startswith(BEGINNINGS) for line in lines)


def config_of(table: Any, folder: str, path: str) -> Config:
    """The configuration that a table holds. Raises `ConfigError`."""
    where = f"[tool.cnndsl] of {path}"
    if not isinstance(table, dict):
        raise ConfigError(f"{where} is no table")
    values = {}
    for name, value in table.items():
        if name not in SETTINGS:
            advice = choice(name, SETTINGS)
            raise ConfigError(f"{where} has an unknown setting `{name}`", advice)
        values[name.replace("-", "_")] = SETTINGS[name](name, value, where)
    return Config(folder, **values)


def _text(name: str, value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"{where}: `{name}` is no text")
    return value


def _texts(name: str, value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ConfigError(f"{where}: `{name}` is no list of texts")
    return tuple(value)


def _codes(name: str, value: Any, where: str) -> tuple[str, ...]:
    texts = _texts(name, value, where)
    try:
        return codes_of(texts)
    except ConfigError as error:
        raise ConfigError(f"{where}: `{name}`: {error.message}", error.advice) from None


def _rules(name: str, value: Any, where: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: `{name}` is no table of patterns and codes")
    return tuple((pattern, _codes(pattern, codes, where)) for pattern, codes in value.items())


SETTINGS: dict[str, Callable[[str, Any, str], Any]] = {
    "select": _codes,
    "ignore": _codes,
    "output-format": _text,
    "exclude": _texts,
    "per-file-ignores": _rules,
}
"""Each setting, a field of `Config`, with what reads its value. Readers raise `ConfigError`."""


# Codes


def codes_of(words: Iterable[str]) -> tuple[str, ...]:
    """Codes or their beginnings, from texts that may hold several with commas between.

    Raises `ConfigError` for what begins no code.
    """
    codes = []
    for word in words:
        for part in word.split(","):
            code = part.strip().upper()
            digits = code.removeprefix(PREFIX)
            if code == "ALL":
                code = PREFIX
            elif not code.startswith(PREFIX) or len(digits) > 3 or not (digits + "0").isdecimal():
                advice = "write codes such as CNN301, or their beginnings, such as CNN3"
                raise ConfigError(f"`{part.strip()}` is no code", advice)
            codes.append(code)
    return tuple(codes)


def is_selected(code: str, select: Iterable[str] | None, ignore: Iterable[str]) -> bool:
    """Whether a code counts: the longest beginning of it decides, and `ignore` at a tie."""
    chosen = 0 if select is None else _longest(code, select)
    return chosen > _longest(code, ignore)


def _longest(code: str, beginnings: Iterable[str]) -> int:
    """The length of the longest text that the code begins with, or -1."""
    return max((len(one) for one in beginnings if code.startswith(one)), default=-1)


# Paths


def matches(path: str, folder: str | None, pattern: str) -> bool:
    """Whether a pattern fits a path, or a folder above it, below `folder`.

    A pattern without `/` fits a name at any depth, and another one a path from `folder` on:
    `*` and `?` stand for anything within a name, `**` for any folders between.
    """
    within = os.path.relpath(os.path.realpath(path), folder or os.getcwd()).replace(os.sep, "/")
    parts = within.split("/")
    text = pattern.strip().removeprefix("./").rstrip("/")
    if "/" not in text:
        return any(_fits([part], [text]) for part in parts)
    wanted = text.removeprefix("/").split("/")
    return any(_fits(parts[:length], wanted) for length in range(1, len(parts) + 1))


def _fits(parts: list[str], wanted: list[str]) -> bool:
    from fnmatch import fnmatchcase  # deferred: only `exclude` and `per-file-ignores` need it

    if not wanted or not parts:
        return not parts and all(one == "**" for one in wanted)
    if wanted[0] == "**":
        return _fits(parts, wanted[1:]) or _fits(parts[1:], wanted)
    return fnmatchcase(parts[0], wanted[0]) and _fits(parts[1:], wanted[1:])
