"""How wide texts are in the font of drawings, so that each fits its box without a browser that could measure it."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from math import ceil

FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif"
"""Fonts whose letters have the same widths, so that a drawing is the same with each of them."""

# Widths of letters in thousandths of the size, as the fonts' own tables have them: a width, and the letters of it.
_REGULAR = {
    191: "'",
    222: "ijl",
    260: "|",
    278: " !,./:;I[\\]ftÌÍÎÏìíîï",
    333: "()-`r·",
    334: "{}",
    355: '"',
    389: "*",
    400: "°",
    469: "^",
    500: "Jcksvxyzçýÿ",
    549: "±÷≥≤",
    556: "#$0123456789?L_abdeghnopquàáâãäåèéêëðñòóôõöùúûüþ–",
    576: "µ",
    584: "+<=>~×−",
    611: "FTZßø",
    667: "&ABEKPSVXYÀÁÂÃÄÅÈÉÊËÝÞ",
    713: "∞",
    722: "CDHNRUwÇÐÑÙÚÛÜ",
    778: "GOQÒÓÔÕÖØ",
    833: "Mm",
    889: "%æ",
    944: "W",
    1000: "Æ…—→",
    1015: "@",
}
_BOLD = {
    238: "'",
    278: " ,./I\\ijlÌÍÎÏìíîï",
    280: "|",
    333: "!()-:;[]`ft·",
    389: "*r{}",
    400: "°",
    474: '"',
    500: "z",
    549: "±÷≥≤",
    556: "#$0123456789J_aceksvxyàáâãäåçèéêëýÿ–",
    576: "µ",
    584: "+<=>^~×−",
    611: "?FLTZbdghnopqußðñòóôõöøùúûüþ",
    667: "EPSVXYÈÉÊËÝÞ",
    713: "∞",
    722: "&ABCDHKNRUÀÁÂÃÄÅÇÐÑÙÚÛÜ",
    778: "GOQwÒÓÔÕÖØ",
    833: "M",
    889: "%mæ",
    944: "W",
    975: "@",
    1000: "Æ…—→",
}
_WIDTHS = tuple({letter: width for width, letters in each.items() for letter in letters} for each in (_REGULAR, _BOLD))
_OTHERS = 667
"""The width of a letter that is in no table: most are narrower in any font."""
_WIDE = 1000
_ELLIPSIS = "…"


@lru_cache(4096)
def helvetica_width(text: str, size: int = 12, is_bold: bool = False) -> int:
    """The width of a text in px, rounded up."""
    widths = _WIDTHS[is_bold]
    return ceil(sum(widths.get(each) or _width_of_other(each) for each in text) * size / 1000)


@lru_cache(4096)
def _width_of_other(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return _WIDE if unicodedata.east_asian_width(letter) in "WF" else _OTHERS


@lru_cache(4096)
def shortened(text: str, width: int, size: int = 12, is_bold: bool = False) -> str:
    """A text that is at most so wide: the middle of a longer one is left out, since names differ in their ends."""
    if helvetica_width(text, size, is_bold) <= width:
        return text
    least, most = 0, len(text) - 1  # how many letters are kept
    while least < most:
        kept = (least + most + 1) // 2
        if helvetica_width(_without_middle(text, kept), size, is_bold) <= width:
            least = kept
        else:
            most = kept - 1
    return _without_middle(text, least)


def _without_middle(text: str, kept: int) -> str:
    return text[: (kept + 1) // 2] + _ELLIPSIS + text[len(text) - kept // 2 :]
