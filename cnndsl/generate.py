"""Rewrite the files that are made from others: grammar tables, pages and their pictures.

    python -m cnndsl.generate [--check]

says of each file whether it was written or up to date. With `--check` nothing is written, and the
exit status is 1 where a file is stale; it is 2 where one cannot be read, made or written.
"""

from __future__ import annotations

import argparse
import sys
import textwrap
from importlib.metadata import entry_points
from pathlib import Path

from .backend import GROUP
from .commands.api_page import api_page
from .commands.catalogue_page import catalogue_page
from .commands.command_page import command_page
from .commands.coverage_page import coverage_page
from .commands.page_pictures import picture_in, picture_of, picture_of_difference
from .highlighting.textmate import grammar
from .highlighting.tree_sitter import with_words
from .ops import FAMILIES, OPS, ops_in
from .ops.manual import with_chapter_on_ops
from .recipes.manual import with_augmentations, with_recipes
from .syntax.grammar import parser_tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).parents[1]
RESERVED_NAMES = '''\
"""What no layer can be called, as the backends that come with cnndsl state it.

Written by `python -m cnndsl.generate`; do not edit.
"""

from __future__ import annotations

NAMES = {{
{entries}}}
"""What the names are, for people, with the names."""

RESERVED = {{name: owner for owner, names in NAMES.items() for name in names.split()}}
'''

INDEX_OF_OPS = '''\
"""What ops there are, so that a spec's own alone are imported.

Written by `python -m cnndsl.generate`; do not edit.
"""

from __future__ import annotations

FAMILY_OF = {{
{families}}}
"""The module in which each op is."""

MERGES = (
{merges})
"""The ops that take two or more inputs."""

WORDS = frozenset(
    {{
{words}    }}
)
"""The words that some attribute takes: `same`, `valid`, `ceil`, `he_normal` and so on."""
'''


def index_of_ops() -> str:
    """The module of what is to be known of ops before their classes are made."""
    kinds = [one.kind for op in OPS.values() for one in op.attributes.values()]
    words = sorted({word for kind in kinds for word in kind.words})
    return INDEX_OF_OPS.format(
        families="".join(f'    "{op}": "{one}",\n' for one in FAMILIES for op in ops_in(one)),
        merges="".join(f'    "{name}",\n' for name, op in OPS.items() if op.merges),
        words="".join(f'        "{word}",\n' for word in words),
    )


def reserved_names() -> str:
    """The module of the names that no layer can have, as the distribution's backends state them.

    `check` reports them without looking for backends. What other backends reserve is refused when
    they emit.
    """
    entries = ""
    for point in entry_points(group=GROUP):
        stated = point.load().reserved
        if point.dist is not None and point.dist.name == "cnndsl" and stated is not None:
            lines = textwrap.wrap(" ".join(sorted(stated.names)), 88)
            quoted = "".join(f'        "{line} "\n' for line in lines)
            entries += f'    "{stated.owner}": (\n{quoted}    ),\n'
    return RESERVED_NAMES.format(entries=entries)


def of_tutorial(name: str, depth: int | None = None) -> str:
    """The picture of that name in the tutorial."""
    return picture_in(ROOT / "docs" / "tutorial.md", f"pictures/{name}.svg", "net.cnn", depth)


GENERATED: dict[str, Callable[[str], str]] = {
    "cnndsl/ops/index.py": lambda _text: index_of_ops(),
    "cnndsl/semantics/reserved.py": lambda _text: reserved_names(),
    "cnndsl/syntax/grammar.tables": lambda _text: parser_tables(),
    "editors/tree-sitter-cnn/queries/highlights.scm": with_words,
    "editors/vscode/syntaxes/cnn.tmLanguage.json": lambda _text: grammar(),
    "docs/language.md": with_chapter_on_ops,
    "docs/diagnostics.md": lambda _text: catalogue_page(),
    "docs/augmentation.md": with_augmentations,
    "docs/training.md": with_recipes,
    "docs/coverage.md": lambda _text: coverage_page(ROOT),
    "docs/commands.md": lambda _text: command_page(),
    "docs/api.md": lambda _text: api_page(),
    "docs/pictures/unet.svg": lambda _text: picture_of("unet"),
    "docs/pictures/diff.svg": lambda _text: picture_of_difference("resnet18", "resnet34"),
    "docs/pictures/convolutions.svg": lambda _text: of_tutorial("convolutions"),
    "docs/pictures/skip.svg": lambda _text: of_tutorial("skip", 1),
    "docs/pictures/shortcut.svg": lambda _text: of_tutorial("shortcut", 1),
    "docs/pictures/resnet20.svg": lambda _text: of_tutorial("resnet20", 1),
}
"""Each file by its path in the repository, with what makes its text of the text as it is."""


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Rewrite or check all files below `root`, and give the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m cnndsl.generate", description="Rewrite every generated file."
    )
    parser.add_argument("--check", action="store_true", help="only say what is stale")
    is_check = parser.parse_args(arguments).check
    stale = 0
    for path, generate in GENERATED.items():
        try:
            is_stale = bring_up_to_date(root / path, generate, is_check)
        except (OSError, ValueError) as error:
            print(f"cannot generate {path}: {error}", file=sys.stderr)
            return 2
        stale += is_stale
        news = "is up to date" if not is_stale else "is stale" if is_check else "was written"
        print(f"{path} {news}")
    return 1 if stale and is_check else 0


def bring_up_to_date(file: Path, generate: Callable[[str], str], is_check: bool) -> bool:
    """Whether a file was not as it should be; then it is written, unless this is but a check."""
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    after = generate(before)
    if before != after and not is_check:
        file.write_text(after, encoding="utf-8")
    return before != after


if __name__ == "__main__":
    sys.exit(main())
