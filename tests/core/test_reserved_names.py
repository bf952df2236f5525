"""The table of reserved names is what the backends state."""

from __future__ import annotations

from cnndsl.backend import find_backend
from cnndsl.commands import reserved_names
from cnndsl.semantics.reserved import RESERVED


def test_the_table_is_what_the_backends_state() -> None:
    hint = "run `python -m cnndsl.commands.reserved_names`"
    assert reserved_names.TABLE.read_text(encoding="utf-8") == reserved_names.document(), hint
    stated = find_backend("torch").reserved
    assert stated is not None
    assert dict.fromkeys(stated.names, stated.owner).items() <= RESERVED.items()
