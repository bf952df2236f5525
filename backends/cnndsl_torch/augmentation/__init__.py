"""What draws do to images (count, channels, height, width) of numbers from 0 to 1."""

from __future__ import annotations

import os

from cnndsl.emit.augmentation import Tools
from cnndsl.emit.support import Helpers

TOOLS = Tools(Helpers(os.path.dirname(__file__)), "Tensor", "as_tensors")
"""Their text, for the scripts that carry it."""
