"""`cnndsl zoo`: the networks that come with cnndsl."""

from __future__ import annotations

import os

from ..diagnostics.base import reason_of
from ..project import zoo
from ..project.loading import Loader
from ..project.locate import read_file
from .argument_parser import Parser, run_action
from .failure import CLEAN, CommandError, write
from .files import write_atomically
from .zoo_list import list_networks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .argument_parser import Action

DESCRIPTION = """\
List, show and copy the networks that come with cnndsl. Their names stand for a SPEC in every
command. `copy` takes along the files that a spec imports."""
EXAMPLES = """\
cnndsl zoo list                    all networks, with their sizes and papers
cnndsl zoo show resnet50           the text of a spec
cnndsl zoo copy resnet50           into this folder, to change it
cnndsl zoo copy resnet50 nets      into another folder"""


def main(arguments: Sequence[str]) -> int:
    return run_action("zoo", ACTIONS, DESCRIPTION, EXAMPLES, arguments)


def show(arguments: Sequence[str]) -> int:
    """Print a network's spec."""
    parser = Parser("zoo show", "Print a spec of the zoo.", "cnndsl zoo show resnet50")
    parser.add_argument("name", metavar="NAME")
    path = path_of(parser.parse(arguments).name)
    write(read_file(path).text)
    return CLEAN


def copy(arguments: Sequence[str]) -> int:
    """Write a spec and the files that it imports into a folder."""
    parser = Parser(
        "zoo copy",
        "Copy a spec and the files that it imports into a folder.",
        "cnndsl zoo copy resnet50\ncnndsl zoo copy resnet50 nets --force",
    )
    parser.add_argument("name", metavar="NAME")
    parser.add_argument(
        "folder", metavar="FOLDER", nargs="?", default=".", help="(default: the current one)"
    )
    parser.add_argument("--force", action="store_true", help="overwrite files that differ")
    options = parser.parse(arguments)
    path = path_of(options.name)
    files = {one: read_file(one).text for one in with_imports(path)}
    common = os.path.commonpath(list(files))
    if os.path.isfile(common):
        common = os.path.dirname(common)
    targets = {
        os.path.normpath(os.path.join(options.folder, os.path.relpath(one, common))): text
        for one, text in files.items()
    }
    if not options.force:
        refuse_changes(targets)
    for target, text in targets.items():
        try:
            os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
        except OSError as error:
            raise CommandError(f"cannot write {target}: {reason_of(error)}") from None
        write_atomically(target, text)
        write(f"wrote {target}\n")
    return CLEAN


ACTIONS: dict[str, Action] = {
    "list": list_networks,
    "show": show,
    "copy": copy,
}


def path_of(name: str) -> str:
    """The file of a zoo network, links resolved. Raises `CommandError`."""
    path = zoo.find(name.removesuffix(zoo.SUFFIX))
    if path is None:
        raise CommandError(f"no zoo network is named `{name}`", zoo.zoo_advice(name))
    return os.path.realpath(path)


def with_imports(path: str) -> list[str]:
    """The file, and those that it imports directly or through others."""
    loader = Loader()
    loader.module(read_file(path))
    return [path, *(one for one in loader.modules if one != path)]


def refuse_changes(targets: dict[str, str]) -> None:
    """Raise `CommandError` if a target exists with another text."""
    for target, text in targets.items():
        is_same = os.path.isfile(target) and read_file(target).text == text
        if os.path.lexists(target) and not is_same:
            raise CommandError(
                f"{target} exists already", "choose another folder, or add `--force`"
            )
