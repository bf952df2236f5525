"""What draws do to images (count, height, width, channels) of numbers from 0 to 1."""

from __future__ import annotations

import os

from cnndsl.emit.support import Helpers

HELPERS = Helpers(os.path.dirname(__file__))
"""Their text, for the scripts that carry it."""
