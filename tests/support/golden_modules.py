"""The golden modules: each spec of `tests/torch_backend/golden` has its PyTorch code beside it.

    python tests/support/golden_modules.py --write

writes them anew, for a person to read the difference.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cnndsl_torch.backend import BACKEND
from spec_text import network_of

FOLDER = Path(__file__).parents[1] / "torch_backend" / "golden"
SPECS = tuple(sorted(FOLDER.glob("*.cnn")))


def module_of(path: Path) -> str:
    """The code that a spec comes to."""
    return BACKEND.emit(network_of(path.read_text(encoding="utf-8"))).text


def main(arguments: list[str]) -> int:
    """Write or compare. Gives how many modules differ."""
    differing = 0
    for path in SPECS:
        golden, code = path.with_suffix(".txt"), module_of(path)
        if golden.exists() and golden.read_text(encoding="utf-8") == code:
            continue
        differing += 1
        print(f"{path.name} differs")
        if "--write" in arguments:
            golden.write_text(code, encoding="utf-8")
    return differing


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
