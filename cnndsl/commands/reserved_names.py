"""Write `semantics/reserved.py`: in one table, the names that no layer can have.

    python -m cnndsl.commands.reserved_names

Each backend states what its emitted code cannot name. `check` reports that without looking for
backends, so what those of this distribution state is written down. A test holds the table against
them. What other backends reserve is refused when they emit.
"""

from __future__ import annotations

import textwrap
from importlib.metadata import entry_points
from pathlib import Path

from ..backend import GROUP

TABLE = Path(__file__).parents[1] / "semantics" / "reserved.py"
TEXT = '''\
"""What no layer can be called, as the backends that come with cnndsl state it.

Written by `python -m cnndsl.commands.reserved_names`; do not edit.
"""

from __future__ import annotations

NAMES = {{
{entries}}}
"""What the names are, for people, with the names."""

RESERVED = {{name: owner for owner, names in NAMES.items() for name in names.split()}}
'''


def document() -> str:
    """The table as a module."""
    entries = ""
    for point in entry_points(group=GROUP):
        stated = point.load().reserved
        if point.dist is not None and point.dist.name == "cnndsl" and stated is not None:
            lines = textwrap.wrap(" ".join(sorted(stated.names)), 88)
            quoted = "".join(f'        "{line} "\n' for line in lines)
            entries += f'    "{stated.owner}": (\n{quoted}    ),\n'
    return TEXT.format(entries=entries)


if __name__ == "__main__":
    TABLE.write_text(document(), encoding="utf-8")
