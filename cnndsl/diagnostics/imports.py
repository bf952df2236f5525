"""CNN6xx: files and imports."""

from __future__ import annotations

from .base import Diagnostic


class Unreadable(Diagnostic):
    """A file that cannot be read as a spec: missing, no regular file, not text, or too large.

    The path of an import is relative to the file that imports. A link to a file whose name does
    not end in `.cnn`, and a file without any definition, are no specs; nothing is shown of them.
    """

    code = "CNN601"
    path: str
    reason: str
    message_template = "cannot read {path}: {reason}"

    @property
    def help(self) -> str | None:
        is_missing = self.reason == "no such file or directory"
        return "an import's path is relative to the file that imports" if is_missing else None


class ImportCycle(Diagnostic):
    """Files that import each other in a circle.

    None of them could be read before the others.
    """

    code = "CNN602"
    paths: tuple[str, ...]
    help_template = "move the blocks that both need into a third file"

    @property
    def message(self) -> str:
        return f"import cycle: {' -> '.join(self.paths)}"


class NotExported(Diagnostic):
    """An import of a name that the other file does not define.

    Blocks, models and definitions of `pixels` can be imported, what the other file imports cannot.
    """

    code = "CNN603"
    name: str
    path: str
    known: tuple[str, ...]
    message_template = "{path} defines no block, model or pixels `{name}`"
    help_template = "it defines {known}"


class NotInZoo(Diagnostic):
    """An import from the zoo, `import ... from "zoo:NAME"`, of a file that is not there.

    The files of the zoo come with cnndsl. They are found in every folder, by their names without
    `.cnn`, those of a shelf with the shelf before them: `zoo:torchvision/resnet_blocks`.
    """

    code = "CNN604"
    name: str
    known: tuple[str, ...]
    blocks: tuple[str, ...]
    message_template = "the zoo has no file `{name}`"
    help_template = "its files of blocks are {blocks}"
