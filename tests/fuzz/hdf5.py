"""Read damaged HDF5 files of Keras: `python tests/fuzz/hdf5.py [COMMAND [FIRST [COUNT]]]`.

COMMAND is `import` (into canonical weights) or `run`. What goes wrong is printed with the number of
its file, which is the same every time.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from damaged_hdf5 import damaged_file, fate, warm_up
from hostile_files import SPEC


def main() -> int:
    command = sys.argv[1] if len(sys.argv) > 1 else "import"
    numbers = [int(one) for one in sys.argv[2:4]]
    first, count = (*numbers, *(0, 500)[len(numbers) :])
    tally: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "net.cnn").write_text(SPEC)
        warm_up(command, folder)
        for seed in range(first, first + count):
            found = fate(command, folder, *damaged_file(seed, folder / "secret"))
            tally[found.status] += 1
            if found.fault is not None:
                tally["faults"] += 1
                print(f"file {seed}: {found.fault}", flush=True)
    print(f"{count} files, {dict(tally)}")
    return bool(tally["faults"])


if __name__ == "__main__":
    sys.exit(main())
