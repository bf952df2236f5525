"""How wide text is, without a font at hand: by the widths of Helvetica, which Arial shares."""

from __future__ import annotations

FAMILY = "Helvetica, Arial, 'Liberation Sans', 'Nimbus Sans', sans-serif"
WIDTHS = {
    191: "'",
    222: "ijl",
    260: "|",
    278: " !,./:;I[\\]ft",
    333: "()-`r",
    334: "{}",
    355: '"',
    389: "*",
    469: "^",
    500: "Jcksvxyz",
    556: "#$?L_abdeghnopqu0123456789",
    584: "+<=>~×−",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1015: "@",
}
WIDTH_OF = {character: width for width, characters in WIDTHS.items() for character in characters}
WIDEST = 1000
BOLD = 1.08
"""How much wider bold text is."""


def width_of(text: str, size: float, is_bold: bool = False) -> float:
    """The width of a line of text, about as it is set."""
    units = sum(WIDTH_OF.get(character, WIDEST) for character in text)
    return units / 1000 * size * (BOLD if is_bold else 1.0)
