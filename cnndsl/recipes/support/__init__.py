"""What every training script carries: where samples come from, and in which order."""

import os

FOLDER = os.path.dirname(__file__)
PARTS = (
    "archive",
    "photo",
    "table",
    "samples",
    "halves",
    "batches",
    "class_numbers",
    "targets",
    "schedule",
    "log",
    "progress",
    "curves",
)
"""The modules that a framework's script takes, in the order in which it has them."""
