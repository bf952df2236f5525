"""Files of arrays."""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile, is_zipfile

import numpy as np


def arrays_in(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an `.npz` file by name. Raises `ValueError` and `OSError`."""
    with path.open("rb") as opened:
        if not is_zipfile(opened):
            raise ValueError("it is no .npz file, or a damaged one")
    try:
        with np.load(path) as file:
            return {name: file[name] for name in file.files}
    except (BadZipFile, EOFError) as error:
        raise ValueError(f"it is damaged: {error}") from None
