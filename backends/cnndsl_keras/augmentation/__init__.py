"""What draws do to images (count, height, width, channels) of numbers from 0 to 1.

They take tensors or arrays, in the functions of a `tf.data.Dataset` too.
"""

from __future__ import annotations

import os

from cnndsl.emit.augmentation import Tools
from cnndsl.emit.support import Helpers

TOOLS = Tools(Helpers(os.path.dirname(__file__)), "keras.KerasTensor")
"""Their text, for the scripts that carry it."""
