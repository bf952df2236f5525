"""The zoo: networks that come with cnndsl, each under its shelf and the name of its model.

`resnet50` is a model of the package `cnndsl_zoo`, and `torchvision/resnet50` one of its folder
`torchvision`, in a file of its own or with others of its family. A file that defines only blocks
serves the others and is not listed.

However a name is spelled (`ResNet-50`, `EfficientNetB0`), it is found. Where no shelf is said and
several have it, it is that of the classics, or else of the shelf whose publisher spells it so.
"""

from __future__ import annotations

import os
import re

from .. import diagnostics
from ..diagnostics.base import Rejected, did_you_mean, nearest
from ..record import Record
from .regular import SUFFIX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

CLASSICS = "classics"
"""What the zoo's own folder is called as a shelf."""


class Entry(Record):
    """A zoo network: its name, its file, its model there, and what is said of it."""

    name: str
    path: str
    model: str | None
    """None for what stands for the whole file."""
    documentation: str = ""

    @property
    def title(self) -> str:
        """The first sentence of the documentation, which names the paper."""
        return first_sentence(self.documentation)

    @property
    def file(self) -> str:
        """What messages call its file."""
        shelf = f"{self.shelf}/" if self.shelf else ""
        return shelf + os.path.basename(self.path)

    @property
    def shelf(self) -> str:
        """The folder that it stands in, empty for the zoo's own."""
        return self.name.rpartition("/")[0]

    def fits(self, pattern: str) -> bool:
        """Whether a pattern with `*`, `?` or `[abc]` fits the name, or else is a part of it."""
        from fnmatch import fnmatch  # deferred: only a list of networks needs it

        names = self.name, self.model or self.name
        if any(mark in pattern for mark in "*?["):
            return any(fnmatch(one.lower(), pattern.lower()) for one in names)
        return pattern.lower() in self.name or spelled(pattern) in spelled(self.name)


def shelf_title(shelf: str) -> str:
    """What a shelf holds; its own name where nothing is said of it."""
    from cnndsl_zoo import SHELVES  # deferred: it need not be installed

    return SHELVES.get(shelf, shelf)


def citation(title: str) -> str:
    """The paper that a title names in parentheses, in short: `He et al. 2016, Deep residual ...`.

    There stand authors, the work in quotation marks, then where and when it appeared.
    """
    for inside in re.findall(r"\(([^\W\d](?:[^()]|\([^()]*\))*)\)", title):
        before, _, behind = inside.removeprefix("after ").partition(', "')
        work, _, where = behind.partition('"')
        if not behind:
            before, _, where = before.rpartition(", ")
        authors = re.split(", | and | et al", before)
        if len(authors) > 2:
            before = f"{authors[0]} et al."
        year = re.search(r"\b\d{4}\b", where)
        when = year[0] if year else where.strip(", ").split(",")[0]
        return ", ".join(part for part in (f"{before} {when}".strip(), work.rstrip(",")) if part)
    return ""


def folder() -> str | None:
    """Where the zoo lies, or None where it is not installed."""
    try:
        import cnndsl_zoo  # deferred: it need not be installed
    except ImportError:
        return None
    return os.path.dirname(cnndsl_zoo.__file__)


def find(name: str) -> Entry | None:
    """The zoo network `name`, or None. Files are found as well, also those of blocks."""
    root = folder()
    parts = name.split("/")
    if root is None or not all(map(_is_plain, parts)):
        return None
    path = os.path.join(root, *parts) + SUFFIX
    if os.path.isfile(path):
        return Entry(name, path, None)
    candidates = namesakes(name)
    found = [one for one in candidates if name in (one.name, one.model)] or candidates
    found = [one for one in found if not one.shelf] or found
    if len(found) > 1:
        found = [one for one in found if is_spelling_of(one.shelf, name)]
    return found[0] if len(found) == 1 else None


def is_spelling_of(shelf: str, name: str) -> bool:
    """Whether those whose networks stand on a shelf spell names so."""
    from cnndsl_zoo import SPELLINGS  # deferred: it need not be installed

    return re.fullmatch(SPELLINGS.get(shelf, ""), name) is not None


def spelled(name: str) -> str:
    """A name as all its spellings have it: small letters, and `_` between digits alone."""
    between_digits = re.sub(r"(?<=\d)[-_. ]+(?=\d)", "_", name.lower())
    return re.sub(r"(?<!\d)[-_. ]+|[-_. ]+(?!\d)", "", between_digits)


def file_of(name: str) -> str:
    """The path of the zoo's file that an import calls `zoo:NAME`. Raises `Rejected`."""
    known = files()
    if not known:
        raise Rejected(diagnostics.Unreadable(f"zoo:{name}", "the zoo is not installed"))
    if name not in known:
        blocks = tuple(sorted(one for one in known if one.endswith("blocks")))
        raise Rejected(diagnostics.NotInZoo(name, tuple(known), blocks))
    return known[name]


def files() -> dict[str, str]:
    """The paths of the zoo's files by what imports call them behind `zoo:`, those of blocks too."""
    root = folder()
    return {} if root is None else dict(_files(root, ""))


def namesakes(name: str) -> list[Entry]:
    """The networks with this name however it is spelled, on its shelf if it says one."""
    wanted = spelled(name)
    return [
        one for one in entries() if wanted in (spelled(one.name), spelled(one.model or one.name))
    ]


def entries() -> tuple[Entry, ...]:
    """All networks by name, those of the shelves last."""
    root = folder()
    if root is None:
        return ()
    found = []
    for name, path in _files(root, ""):
        with open(path, encoding="utf-8-sig") as file:
            models = documented_models(file.read())
        shelf = name[: name.rfind("/") + 1]
        found += [Entry(shelf + model, path, model, said) for model, said in models]
    return tuple(sorted(found, key=lambda one: (one.name.count("/"), one.name)))


def zoo_advice(name: str) -> str:
    """What to write instead of a name that no network has, which may lack but a folder."""
    last = name.rsplit("/", 1)[-1]
    known = {one.name: one.model or one.name for one in entries()}
    similar = namesakes(last) or namesakes(nearest(last, known.values()) or "")
    if similar:
        return f"did you mean {' or '.join(f'`{one.name}`' for one in similar)}?"
    return (
        did_you_mean(last, known.values()) or did_you_mean(name, known) or "see `cnndsl zoo list`"
    )


def documented_models(text: str) -> Iterator[tuple[str, str]]:
    """Name and documentation of each model of a spec, which a variant has from its base.

    They are read off its lines alone.

    Reads a shelf of specs in the time that parsing one of them takes. It relies on a model
    standing at the start of its line, as the zoo writes them.
    """
    comment: list[str] = []
    said: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            comment.append(line.lstrip("#").strip())
            continue
        if heading := re.match(r"model +(\w+)(?: *= *(\w+))?", line):
            name, base = heading.groups()
            said[name] = "\n".join(comment).strip() or said.get(base, "")
            yield name, said[name]
        comment.clear()


def first_sentence(documentation: str) -> str:
    """The lines up to the first that ends with a full stop, as one."""
    lines: list[str] = []
    for line in documentation.splitlines():
        lines.append(line)
        if not line or line.endswith("."):
            break
    return " ".join(lines).strip()


def _is_plain(part: str) -> bool:
    return bool(part) and not part.startswith(".") and os.sep not in part and "\0" not in part


def _files(path: str, prefix: str) -> Iterator[tuple[str, str]]:
    with os.scandir(path) as listing:
        for one in listing:
            if one.name.endswith(SUFFIX) and one.is_file():
                yield prefix + one.name.removesuffix(SUFFIX), one.path
            elif one.is_dir() and one.name[0] not in "._":
                yield from _files(one.path, f"{prefix}{one.name}/")
