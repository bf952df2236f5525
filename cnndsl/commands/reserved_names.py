"""The table `semantics/reserved.py` of the names that no layer can have.

Each backend states what its emitted code cannot name. `check` reports that without looking for
backends, so what those of this distribution state is written down. What other backends reserve is
refused when they emit.
"""

from __future__ import annotations

import textwrap
from importlib.metadata import entry_points

from ..backend import GROUP

TEXT = '''\
"""What no layer can be called, as the backends that come with cnndsl state it.

Written by `python -m cnndsl.generate`; do not edit.
"""

from __future__ import annotations

NAMES = {{
{entries}}}
"""What the names are, for people, with the names."""

RESERVED = {{name: owner for owner, names in NAMES.items() for name in names.split()}}
'''


def reserved_names() -> str:
    """The table as a module."""
    entries = ""
    for point in entry_points(group=GROUP):
        stated = point.load().reserved
        if point.dist is not None and point.dist.name == "cnndsl" and stated is not None:
            lines = textwrap.wrap(" ".join(sorted(stated.names)), 88)
            quoted = "".join(f'        "{line} "\n' for line in lines)
            entries += f'    "{stated.owner}": (\n{quoted}    ),\n'
    return TEXT.format(entries=entries)
