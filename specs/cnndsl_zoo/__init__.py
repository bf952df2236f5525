"""The zoo: specs of well-known networks, shipped with cnndsl."""

SHELVES = {
    "": "The classics, as published or taught",
    "keras": "As keras.applications builds them: its weights fit",
    "modern": "Newer ones, for detection, segmentation and super-resolution too",
    "torchvision": "With torchvision's names: its checkpoints load as they are",
}
"""What stands on each shelf, which is a folder here."""
SPELLINGS = {"keras": "[A-Z].*", "torchvision": "[^A-Z]+"}
"""How the publisher of a shelf writes names: beginning with a capital, or in small letters."""
